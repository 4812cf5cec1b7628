#!/bin/sh
# Measures planetbed against its peers on one lab; see docs/bench.md. As root, after `make build`.
#
#   scripts/bench.sh [--rounds N] [--only near|far]
set -eu
export PYTHONDONTWRITEBYTECODE=1
cd "$(dirname "$0")/.."
venv=.build/bench/venv

# The peers' versions are pinned, so that a figure can be told to be about them.
requirements=bench/requirements.txt
if ! cmp -s "$requirements" "$venv/requirements.txt"; then
  echo "Installing what planetbed is measured against" >&2
  rm -rf "$venv"
  mkdir -p .build/bench
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements"
  cp "$requirements" "$venv/requirements.txt"
fi
exec "$venv/bin/python" bench/bench.py "$@"

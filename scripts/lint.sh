#!/bin/sh
# The strict linter over everything that is Swift, a syntax check over the shell scripts, and the
# rule that no file grows beyond what one name can describe.
set -eu
cd "$(dirname "$0")/.."

swift format lint --strict --recursive --parallel Package.swift Sources Tests
find scripts -name '*.sh' | while read -r script; do sh -n "$script"; done

long=$(find Sources Tests -name '*.swift' -exec wc -l {} + | awk '$1 > 420 && $2 != "total"')
if [ -n "$long" ]; then
  printf 'These files have more than 420 lines; split each where two names describe it better:\n%s\n' "$long" >&2
  exit 1
fi

#!/bin/sh
# The last words of `make demo`: where to go from here.
set -eu
planetbed=$1
inventory=$2

cat <<EOF

The testbed is up: eight hosts at three sites, each reaching every other through its site's router.

  $planetbed plan $inventory                 nothing left to change
  $planetbed exec $inventory -- ip route     a command on every machine
  $planetbed lab shell $inventory master01   a shell on one of them
  $planetbed reset $inventory                take back what planetbed put there
  make demo-down                            take the lab itself down

Your own machines: copy inventory/thesis.toml, read docs/inventory.md, run planetbed check.
EOF

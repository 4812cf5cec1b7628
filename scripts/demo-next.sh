#!/bin/sh
# The last words of `make demo`: where to go from here.
set -eu
planetbed=$1
inventory=$2

cat <<EOF

The testbed is up: a Kubernetes cluster of three masters and four workers across three sites, each machine
reaching every other through its site's router.

  $planetbed plan $inventory                 nothing left to change
  $planetbed status $inventory               tunnels, who reaches whom, nodes, delays
  $planetbed kubectl $inventory -- get nodes,pods --all-namespaces -o wide
  $planetbed exec $inventory -- ip route     a command on every machine
  $planetbed lab shell $inventory node04     a shell on one of them
  $planetbed reset $inventory                take back what planetbed put there
  make demo-down                            take the lab itself down

Your own machines: copy inventory/thesis.toml, read docs/inventory.md, run planetbed check.
EOF

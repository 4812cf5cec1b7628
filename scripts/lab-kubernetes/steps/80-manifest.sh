#!/bin/sh
# step: the list of what was made
# usually: 5
set -eu
. "$HERE/common.sh"
. "$HERE/parts/manifest.sh"

{
  printf 'kubernetes %s\n' "$KUBERNETES_VERSION"
  printf 'source kubernetes %s\n' "$(cat "$WORK/source-version")"
  printf 'debian %s\n' "$DEBIAN_RELEASE"
  printf 'from %s\n' "$(cat "$WORK/compiler")"
  list_debian etcd-server iptables conntrack busybox-static dnsmasq-base
  list_files
} >"$WORK/manifest.new"
mv "$WORK/manifest.new" "$RESULT/manifest"

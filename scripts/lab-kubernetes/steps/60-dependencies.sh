#!/bin/sh
# step: the packages that these depend on
# usually: 15
# All that a minimal machine of the release needs besides, so that it can install them without any
# network; proven by resolving an installation from this folder alone.
set -eu
. "$HERE/common.sh"

folder=$ROOT/build/dependencies
rm -rf "$folder" "$ROOT/build/packages" "$ROOT/build/check"
mkdir -p "$folder/partial" "$ROOT/build/packages"
cp "$WORK/minbase-status" "$ROOT/build/minbase-status"

# What the packages of the step before name, and the container runtime.
in_root sh -eu -c '
  set -- -o Dir::State::status=/build/minbase-status -o Dir::State::extended_states=/dev/null
  apt-get "$@" install -y --download-only --no-install-recommends \
    -o Dir::Cache::archives=/build/dependencies \
    containerd runc containernetworking-plugins iptables iproute2 socat util-linux mount ebtables ethtool \
    conntrack init-system-helpers kmod procps etcd-client
'
for package in "$folder"/*.deb; do
  # apt keeps an epoch in the name, as %3a; a repository does not.
  install -m 0644 "$package" "$ROOT/build/packages/$(basename "$package" | sed 's/_[0-9]*%3a/_/')"
done
install -m 0644 "$WORK"/packages/*.deb "$ROOT/build/packages/"
in_root sh -eu -c '
  cd /build/packages
  dpkg-scanpackages --multiversion . >Packages
  mkdir -p /build/check/lists/partial /build/check/cache
  printf "deb [trusted=yes] file:/build/packages ./\n" >/build/check/sources.list
  set -- -o Dir::State::status=/build/minbase-status -o Dir::State::extended_states=/dev/null \
    -o Dir::State::lists=/build/check/lists -o Dir::Cache=/build/check/cache \
    -o Dir::Etc::sourcelist=/build/check/sources.list -o Dir::Etc::sourceparts=/dev/null
  apt-get "$@" update
  apt-get "$@" install -s --no-install-recommends kubeadm kubelet kubectl containerd runc
'
rm -rf "$RESULT/packages"
cp -r "$ROOT/build/packages" "$RESULT/packages"

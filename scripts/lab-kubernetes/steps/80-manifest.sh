#!/bin/sh
# step: the list of what was made
# usually: 5
# A line by file: path, sha256, size in bytes, and the package's name and version or the image's name.
set -eu
. "$HERE/common.sh"

{
  printf 'kubernetes %s\n' "$KUBERNETES_VERSION"
  printf 'source kubernetes %s\n' "$(cat "$WORK/source-version")"
  printf 'debian %s\n' "$DEBIAN_RELEASE"
  printf 'from %s\n' "$(cat "$WORK/compiler")"
  for program in etcd-server iptables conntrack busybox-static dnsmasq-base; do
    printf 'from %s\n' "$(in_root dpkg-query -W -f '${Package} ${Version}' "$program")"
  done
  cd "$RESULT"
  for file in packages/*.deb; do
    printf 'package %s %s %s %s\n' "$file" "$(sha256sum "$file" | cut -d' ' -f1)" \
      "$(stat -c %s "$file")" "$(dpkg-deb --show --showformat '${Package} ${Version}' "$file")"
  done
  while read -r file reference; do
    printf 'image %s %s %s %s\n' "$file" "$(sha256sum "$file" | cut -d' ' -f1)" \
      "$(stat -c %s "$file")" "$reference"
  done <"$WORK/image-references"
} >"$WORK/manifest.new"
mv "$WORK/manifest.new" "$RESULT/manifest"

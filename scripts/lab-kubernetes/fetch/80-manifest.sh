#!/bin/sh
# step: the list of what was fetched
# usually: 5
set -eu
. "$HERE/common.sh"
. "$HERE/parts/manifest.sh"

{
  printf 'kubernetes %s\n' "$FETCH_VERSION"
  printf 'repository %s\n' "$FETCH_FOLDER"
  printf 'registry %s\n' "${FETCH_REGISTRY:-"that of each image's name"}"
  printf 'debian %s\n' "$DEBIAN_RELEASE"
  list_debian busybox-static dnsmasq-base
  list_files
} >"$WORK/manifest.new"
mv "$WORK/manifest.new" "$RESULT/manifest"

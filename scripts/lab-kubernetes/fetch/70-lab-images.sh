#!/bin/sh
# step: the lab's own images
# usually: 15
# Test pods' and cluster DNS's, made as they are beside a Kubernetes that is built.
set -eu
. "$HERE/common.sh"
. "$HERE/parts/images.sh"

new_images
# Of a run of this step that was interrupted.
sed -i '/^images\/\(busybox\|cluster-dns\)\.tar /d' "$references"
lab_images
rm -rf "$stage"

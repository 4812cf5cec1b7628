#!/bin/sh
# Kubernetes for the lab as the project itself publishes it, in the same form as build.sh makes it:
# see README.md beside this file.
#
#   fetch.sh VERSION OUTPUT_FOLDER     fetches, unless OUTPUT_FOLDER holds it already
#   fetch.sh --key VERSION             prints what names it: the version, and a digest of all that
#                                      it is made of and from where
#
# From the environment, for mirrors and tests:
#   PLANETBED_KUBERNETES_REPOSITORY   the repository of packages that has core:/stable:/… below it;
#                                     https://pkgs.k8s.io
#   PLANETBED_KUBERNETES_REGISTRY     the registry that has the images under their own names; the one
#                                     that kubeadm names. One that begins with http:// is asked in
#                                     the clear
#   http_proxy, https_proxy           the way to both
set -eu

here=$(cd "$(dirname "$0")" && pwd)
. "$here/common.sh"
. "$here/work.sh"

usage() {
  echo "usage: fetch.sh VERSION OUTPUT_FOLDER | fetch.sh --key VERSION" >&2
  exit 2
}

show_key=
if [ "${1-}" = --key ]; then
  show_key=yes
  shift
fi
[ $# -ge 1 ] || usage
version=$1
printf '%s\n' "$version" | grep -qE '^1\.[0-9]{1,3}\.[0-9]{1,3}$' ||
  fail "$version is not a version of Kubernetes, such as 1.34.2"
minor=${version%.*}
# pkgs.k8s.io begins with 1.24 (kubernetes.io/blog, 15 August 2023).
[ -n "${PLANETBED_KUBERNETES_REPOSITORY-}" ] || [ "${minor#1.}" -ge 24 ] ||
  fail "there are no packages of Kubernetes $version any more: pkgs.k8s.io begins with 1.24.
Write a later version, or version = \"$KUBERNETES_VERSION\", which is built from Debian's source package."

export FETCH_VERSION="$version"
export FETCH_FOLDER="${PLANETBED_KUBERNETES_REPOSITORY:-https://pkgs.k8s.io}/core:/stable:/v$minor/deb/"
export FETCH_REGISTRY="${PLANETBED_KUBERNETES_REGISTRY-}"

recipe=$(digest_below fetch.sh fetch common.sh work.sh parts steps/10-root.sh steps/60-dependencies.sh)
key=$version-$(printf '%s\n' "$recipe" "$FETCH_FOLDER" "$FETCH_REGISTRY" | sha256sum | cut -c1-16)
title="Kubernetes $version"

if [ -n "$show_key" ]; then
  printf '%s\n' "$key"
  exit 0
fi
[ $# = 2 ] || usage

output=$(absolute "$2")
end_if_finished
require_programs 'apt ca-certificates debian-archive-keyring debootstrap dpkg gpgv skopeo util-linux' \
  debootstrap setpriv unshare flock apt-get gpgv dpkg-deb sha256sum skopeo
begin 3

# What may fail for want of a way there comes first.
set -- fetch/20-packages.sh fetch/30-images.sh steps/10-root.sh steps/60-dependencies.sh \
  fetch/70-lab-images.sh fetch/80-manifest.sh
total=$#
for step; do run_step "$step" "$total"; done
publish

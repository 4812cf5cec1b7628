# What every step knows. Sourced; WORK, ROOT, RESULT and HERE come from build.sh.
# shellcheck shell=sh disable=SC2034 # used where this is sourced

# The release that the lab's machines and the build root have, and the Kubernetes that its source
# package holds: its own version number says 1.20.5+really1.20.2.
DEBIAN_RELEASE=bookworm
KUBERNETES_VERSION=1.20.2
# Packages have the revision that the community's had then, so that what asks for one by its
# version works with these as with those.
PACKAGE_REVISION=00

# The date that goes into every file, package and image: that of Kubernetes 1.20.2.
SOURCE_DATE_EPOCH=1610543364
export SOURCE_DATE_EPOCH
# What is put into archives is readable by everybody, whatever the caller's own habit.
umask 022
LC_ALL=C.UTF-8
export LC_ALL

progress() { printf 'progress: %s\n' "$*"; }

fail() {
  printf 'lab-kubernetes: %s\n' "$*" >&2
  exit 1
}

# Runs a command in the build root, with mounts and processes of its own, which end with it.
in_root() {
  unshare --mount --propagation private --pid --fork --kill-child sh -eu -c '
    root=$1
    shift
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    exec chroot "$root" /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
      HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive SOURCE_DATE_EPOCH="$SOURCE_DATE_EPOCH" \
      ${http_proxy+"http_proxy=$http_proxy"} ${https_proxy+"https_proxy=$https_proxy"} "$@"
  ' in_root "$ROOT" "$@"
}

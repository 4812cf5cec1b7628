# What every step knows. Sourced; WORK, ROOT, RESULT and HERE come from build.sh.
# shellcheck shell=sh disable=SC2034 # used where this is sourced

# The release that the lab's machines and the build root have, and the Kubernetes that its source
# package holds: its own version number says 1.20.5+really1.20.2.
DEBIAN_RELEASE=bookworm
DEBIAN_KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
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

# apt_archives Packages|Sources: a line "suite URI" for each of this computer's archives of the release
# that has these, as apt itself reads its lists of either format.
apt_archives() {
  apt-get indextargets --format '$(CREATED_BY) $(REPO_URI) $(RELEASE) $(COMPONENT)' |
    awk -v kind="$1" -v release="$DEBIAN_RELEASE" '
      $1 == kind && $4 == "main" &&
        ($3 == release || $3 == release "-updates" || $3 == release "-security") && !seen[$2 $3]++ {
        print $3, $2
      }'
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

# Runs a command in the source tree, with what the Go programs are built with. All are built with the
# same flags, so that each package is compiled once: static, and without the debugging data that no
# program keeps. A compiler that collects its garbage less often is done sooner.
in_go_tree() {
  in_root /usr/bin/env --chdir=/build/go/src/k8s.io/kubernetes PATH=/usr/lib/go-1.19/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    GOPATH=/build/go GO111MODULE=off GOCACHE=/build/cache GOFLAGS= CGO_ENABLED=0 GOGC=200 \
    GO_BUILD='go build -installsuffix static -gcflags=all=-dwarf=false' "$@"
}

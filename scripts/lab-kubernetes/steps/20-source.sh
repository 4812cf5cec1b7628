#!/bin/sh
# step: Debian's source package of Kubernetes
# usually: 75
set -eu
. "$HERE/common.sh"

# Where the sources are: as this computer's apt says; else where the packages are.
sources=$(apt_archives Sources)
[ -n "$sources" ] || sources=$(apt_archives Packages)
printf '%s\n' "$sources" | while read -r suite uri; do
  printf 'deb-src %s %s main\n' "$uri" "$suite"
done >"$ROOT/etc/apt/sources.list.d/source.list"
in_root apt-get update && in_root apt-cache showsrc --only-source kubernetes >/dev/null ||
  fail "the mirror that this computer's apt uses has no source packages of Debian $DEBIAN_RELEASE, from which
Kubernetes is built. Add a mirror that has them, as a line in a file of /etc/apt/sources.list.d, and run
apt-get update:
    deb-src URI $DEBIAN_RELEASE main"

# To build with.
in_root apt-get install -y --no-install-recommends \
  golang-1.19-go golang-github-modern-go-reflect2-dev gcc libc6-dev

rm -rf "$ROOT/build"
mkdir -p "$ROOT/build/source" "$ROOT/build/go/src/k8s.io"
in_root sh -eu -c 'cd /build/source && chown _apt . && apt-get source --only-source kubernetes'

version=$(sed -n 's/^Version: //p' "$ROOT"/build/source/kubernetes_*.dsc | head -n 1)
case $version in
*"really$KUBERNETES_VERSION"-* | "$KUBERNETES_VERSION"-*) ;;
*) fail "Debian's source package is of version $version, and this recipe is for $KUBERNETES_VERSION" ;;
esac
printf '%s\n' "$version" >"$WORK/source-version"
in_root dpkg-query -W -f '${Package} ${Version}\n' golang-1.19-go >"$WORK/compiler"

tree=$ROOT/build/go/src/k8s.io/kubernetes
mv "$ROOT"/build/source/kubernetes-*/ "$tree"

# The vendored reflect2 reads the runtime's internals as they were before Go 1.18 and panics with
# a newer one; Debian's package of it does not.
rm -rf "$tree/vendor/github.com/modern-go/reflect2"
cp -RL "$ROOT/usr/share/gocode/src/github.com/modern-go/reflect2" \
  "$tree/vendor/github.com/modern-go/"

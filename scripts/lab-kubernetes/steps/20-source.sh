#!/bin/sh
# step: Debian's source package of Kubernetes
set -eu
. "$HERE/common.sh"

rm -rf "$ROOT/build"
mkdir -p "$ROOT/build/source" "$ROOT/build/go/src/k8s.io"
in_root sh -eu -c 'cd /build/source && chown _apt . && apt-get source --only-source kubernetes'

version=$(sed -n 's/^Version: //p' "$ROOT"/build/source/kubernetes_*.dsc | head -n 1)
case $version in
*"really$KUBERNETES_VERSION"-* | "$KUBERNETES_VERSION"-*) ;;
*) fail "Debian's source package is of version $version, and this recipe is for $KUBERNETES_VERSION" ;;
esac
printf '%s\n' "$version" >"$WORK/source-version"

tree=$ROOT/build/go/src/k8s.io/kubernetes
mv "$ROOT"/build/source/kubernetes-*/ "$tree"

# The vendored reflect2 reads the runtime's internals as they were before Go 1.18 and panics with
# a newer one; Debian's package of it does not.
rm -rf "$tree/vendor/github.com/modern-go/reflect2"
cp -RL "$ROOT/usr/share/gocode/src/github.com/modern-go/reflect2" \
  "$tree/vendor/github.com/modern-go/"

# The build's own scripts ask git where they are and which version this is.
in_root sh -eu -c '
  cd /build/go/src/k8s.io/kubernetes
  git init -q .
  git config user.name lab
  git config user.email lab@localhost
'

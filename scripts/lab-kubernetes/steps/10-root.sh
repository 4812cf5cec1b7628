#!/bin/sh
# step: a Debian build root
# A throw-away Debian of its own, from the mirror that this computer's apt uses, with what the
# build needs: nothing is installed on the computer itself.
set -eu
. "$HERE/common.sh"

# This computer's archives of the release, as apt itself reads its lists of either format.
sources=$(apt-get indextargets --format '$(CREATED_BY) $(REPO_URI) $(RELEASE) $(COMPONENT)' |
  awk -v release="$DEBIAN_RELEASE" '
    $1 == "Packages" && $4 == "main" &&
      ($3 == release || $3 == release "-updates" || $3 == release "-security") && !seen[$2 $3]++ {
      print $3, $2
    }')
mirror=$(printf '%s\n' "$sources" | awk -v release="$DEBIAN_RELEASE" '$1 == release { print $2; exit }')
[ -n "$mirror" ] ||
  fail "this computer's apt knows no mirror of Debian $DEBIAN_RELEASE (main): add one to /etc/apt/sources.list.d"

rm -rf --one-file-system "$ROOT"
debootstrap --variant=minbase "$DEBIAN_RELEASE" "$ROOT" "$mirror"

# What a minimal machine has, before anything else: the packages' dependencies are counted from it.
cp "$ROOT/var/lib/dpkg/status" "$WORK/minbase-status"

printf '%s\n' "$sources" | while read -r suite uri; do
  printf 'deb %s %s main\ndeb-src %s %s main\n' "$uri" "$suite" "$uri" "$suite"
done >"$ROOT/etc/apt/sources.list"
# How this computer's apt fetches (proxies, dates of snapshots) is how the build root's must.
apt-config dump Acquire >"$ROOT/etc/apt/apt.conf.d/10acquire"
cat >"$ROOT/etc/apt/apt.conf.d/20build" <<'END'
APT::Install-Recommends "false";
Acquire::Languages "none";
END
cp -L /etc/resolv.conf /etc/hosts "$ROOT/etc/"
# A mirror behind TLS is believed by whom this computer believes.
mkdir -p "$ROOT/etc/ssl/certs"
[ ! -e /etc/ssl/certs/ca-certificates.crt ] || cp -L /etc/ssl/certs/ca-certificates.crt "$ROOT/etc/ssl/certs/"

# No service is started in the build root.
printf '#!/bin/sh\nexit 101\n' >"$ROOT/usr/sbin/policy-rc.d"
chmod 0755 "$ROOT/usr/sbin/policy-rc.d"

in_root apt-get update
# To build with; to take files from for images and packages.
in_root apt-get install -y --no-install-recommends \
  golang-1.19-go golang-github-modern-go-reflect2-dev make gcc libc6-dev git rsync which jq procps \
  dpkg-dev xz-utils file netbase \
  etcd-server etcd-client iptables conntrack busybox-static containernetworking-plugins

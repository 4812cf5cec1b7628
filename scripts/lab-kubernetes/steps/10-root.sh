#!/bin/sh
# step: a Debian build root
# usually: 60
# A throw-away Debian of its own, from the mirror that this computer's apt uses: nothing is installed
# on the computer itself.
set -eu
. "$HERE/common.sh"

# This computer's archives of the release, as apt itself reads its lists of either format.
sources=$(apt_archives Packages)
mirror=$(printf '%s\n' "$sources" | awk -v release="$DEBIAN_RELEASE" '$1 == release { print $2; exit }')
[ -n "$mirror" ] ||
  fail "this computer's apt knows no mirror of Debian $DEBIAN_RELEASE (main): add one to /etc/apt/sources.list.d"

rm -rf --one-file-system "$ROOT"
debootstrap --variant=minbase --keyring="$DEBIAN_KEYRING" "$DEBIAN_RELEASE" "$ROOT" "$mirror"

# What a minimal machine has, before anything else: the packages' dependencies are counted from it.
cp "$ROOT/var/lib/dpkg/status" "$WORK/minbase-status"

printf '%s\n' "$sources" | while read -r suite uri; do
  printf 'deb %s %s main\n' "$uri" "$suite"
done >"$ROOT/etc/apt/sources.list"
# How this computer's apt fetches (proxies, dates of snapshots) is how the build root's must.
apt-config dump Acquire >"$ROOT/etc/apt/apt.conf.d/10acquire"
cat >"$ROOT/etc/apt/apt.conf.d/20build" <<'CONF'
APT::Install-Recommends "false";
Acquire::Languages "none";
CONF
# Nobody needs the build root after a crash: no waiting for the disk.
printf 'force-unsafe-io\n' >"$ROOT/etc/dpkg/dpkg.cfg.d/build"
cp -L /etc/resolv.conf /etc/hosts "$ROOT/etc/"
# A mirror behind TLS is believed by whom this computer believes.
mkdir -p "$ROOT/etc/ssl/certs"
[ ! -e /etc/ssl/certs/ca-certificates.crt ] || cp -L /etc/ssl/certs/ca-certificates.crt "$ROOT/etc/ssl/certs/"

# No service is started in the build root.
printf '#!/bin/sh\nexit 101\n' >"$ROOT/usr/sbin/policy-rc.d"
chmod 0755 "$ROOT/usr/sbin/policy-rc.d"

in_root apt-get update
# To index packages with, and to take files from for images and packages.
in_root apt-get install -y --no-install-recommends \
  dpkg-dev xz-utils netbase \
  etcd-server etcd-client iptables conntrack busybox-static containernetworking-plugins dnsmasq-base

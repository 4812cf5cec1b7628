#!/bin/sh
# What the lab's routers need beside Debian's user-mode-linux where this computer's kernel has no netem:
# see README.md beside this file.
#
#   build.sh OUTPUT_FOLDER     builds, unless OUTPUT_FOLDER holds this very build already
#   build.sh --key             prints the digest of this folder and the package's version, which names a build
#
# The work is done in OUTPUT_FOLDER.building, and its result is renamed to OUTPUT_FOLDER at the end: a
# half-done build is never taken for a whole one. One that was interrupted is begun again.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
LC_ALL=C.UTF-8
export LC_ALL
umask 022

progress() { printf 'progress: %s\n' "$*"; }

fail() {
  printf 'lab-router-kernel: %s\n' "$*" >&2
  exit 1
}

package_field() { dpkg-query --show --showformat="\${$1}" user-mode-linux 2>/dev/null || :; }

version=$(package_field Version)
[ -n "$version" ] || fail "the package user-mode-linux is missing: apt-get install user-mode-linux"
key=$({
  printf '%s\n' "$version"
  cd "$here" && sha256sum build.sh xstate.c
} | sha256sum | cut -c1-16)

case ${1-} in
--key)
  printf '%s\n' "$key"
  exit 0
  ;;
'' | -*)
  echo "usage: build.sh OUTPUT_FOLDER | build.sh --key" >&2
  exit 2
  ;;
esac

mkdir -p "$(dirname "$1")"
output=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
work=$output.building
[ "$(cat "$output/key" 2>/dev/null)" != "$key" ] || exit 0

# All that runs is in a process namespace that ends with this script, however it ends.
if [ -z "${PLANETBED_ROUTER_KERNEL_INSIDE-}" ]; then
  mkdir -p "$work"
  # One build at a time in a folder; the second one waits, and then finds the first one's result.
  exec 9>"$work.lock"
  flock -n 9 || {
    progress "waiting for another build in $work"
    flock 9
  }
  [ "$(cat "$output/key" 2>/dev/null)" != "$key" ] || exit 0
  PLANETBED_ROUTER_KERNEL_INSIDE=1 setpriv --pdeathsig KILL \
    unshare --mount --propagation private --pid --fork --kill-child --mount-proc sh "$0" "$output" || exit
  rm -f "$work.lock"
  exit 0
fi

available=$(df -Pk "$work" | awk 'NR == 2 { print int($4 / 1048576) }')
[ "$available" -ge 3 ] || fail "$work has $available GiB of free space; the build needs 3"
rm -rf "$work"
mkdir -p "$work/result"
cd "$work"

# quietly PROGRAM …: runs it, and shows the end of what it said only when it failed.
quietly() {
  "$@" >>"$work/log" 2>&1 || {
    tail -n 15 "$work/log" >&2
    fail "failed: $*"
  }
}

# The modules fit the kernel only when they are of the very same source.
source=$(package_field Built-Using | sed -n 's/.*\<linux (= \([^)]*\)).*/\1/p')
[ -n "$source" ] || fail "user-mode-linux $version does not say which source of Linux it was built from"
release=$(linux.uml --version)
[ -d "/usr/lib/uml/modules/$release" ] ||
  fail "user-mode Linux $release has no modules in /usr/lib/uml/modules/$release"
series=${release%.*}

progress "the source of Linux $source (140 MB)"
quietly apt-get -q -o APT::Sandbox::User=root download "linux-source-$series=$source"
quietly dpkg-deb --extract "linux-source-${series}_$(printf %s "$source" | sed 's/:/%3a/')_all.deb" package
rm -f ./*.deb
# Without the drivers' and other architectures' programs: only what configures them is needed.
quietly tar --extract --file "package/usr/src/linux-source-$series.tar.xz" \
  --exclude='*/drivers/*.[chS]' --exclude='*/sound/*.[chS]' --exclude='*/fs/*.c' --exclude='*.rst' \
  --exclude='*/Documentation/devicetree/*' --exclude='*/tools/testing/*' --exclude='*/boot/dts/*'
rm -rf package
cd "linux-source-$series"

progress "nf_tables with its IPv4 family, for Linux $release"
gzip -dc /usr/share/doc/user-mode-linux/config.gz >.config
quietly scripts/config --enable NF_TABLES_INET --enable NF_TABLES_IPV4 --enable NF_TABLES_IPV6
quietly make ARCH=um olddefconfig
quietly make ARCH=um -j"$(nproc)" modules_prepare
[ "$(make -s ARCH=um kernelrelease)" = "$release" ] ||
  fail "linux-source-$series $source is not the source of Linux $release"
# The symbols of the rest of the kernel are in the one that Debian built, and not here to be looked up.
quietly make ARCH=um -j"$(nproc)" KBUILD_MODPOST_WARN=1 net/netfilter/nf_tables.ko

# Which module needs which stays as the package says: a file of the same name takes the other's place.
modules=$work/result/root/usr/lib/modules
mkdir -p "$modules"
quietly cp -a "/usr/lib/uml/modules/$release" "$modules/$release"
quietly strip --strip-debug -o "$modules/$release/kernel/net/netfilter/nf_tables.ko" net/netfilter/nf_tables.ko
quietly gcc -O2 -Wall -Werror -shared -fPIC -o "$work/result/xstate.so" "$here/xstate.c"

printf '%s\n' "$release" >"$work/result/release"
printf '%s\n' "$key" >"$work/result/key"
rm -rf "$output"
mv "$work/result" "$output"
rm -rf "$work"
progress "ready"

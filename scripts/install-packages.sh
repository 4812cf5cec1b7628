#!/bin/sh
# Installs the Debian packages that a purpose needs and that are not there yet; says nothing and does
# nothing when all are. As root, or through sudo.
#
#   scripts/install-packages.sh build|lab|official|test|bench|report …
set -eu

packages_for() {
  case $1 in
  # Building planetbed, beside Swift itself.
  build) echo g++ libsqlite3-dev libssh2-1-dev libtomlplusplus-dev make pkg-config ;;
  # A testbed on this computer, and its base image.
  lab) echo apt-utils bc binutils bison debian-archive-keyring debootstrap flex gcc iproute2 libc6-dev \
    make mount openssh-client perl procps systemd-container user-mode-linux util-linux wget xz-utils ;;
  # For a lab whose Kubernetes is not the one that is built: its packages and images from the network.
  official) echo ca-certificates gpgv skopeo ;;
  # What the tests talk to, and run programs with.
  test) echo apt-utils busybox dash debian-archive-keyring gnupg gpgv iproute2 openssh-client \
    openssh-server openssl procps util-linux ;;
  # What planetbed is measured against, and with.
  bench) echo iproute2 iputils-ping openssh-client python3 python3-venv ;;
  # What opens a report as its readers do.
  report) echo chromium fonts-dejavu-core python3 ;;
  *)
    echo "install-packages.sh: unknown purpose '$1': it is build, lab, official, test, bench or report" >&2
    exit 2
    ;;
  esac
}

is_installed() {
  [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    echo "install-packages.sh: not root, and there is no sudo to become it: $*" >&2
    exit 1
  fi
}

if [ $# = 0 ]; then
  echo "usage: scripts/install-packages.sh build|lab|official|test|bench ..." >&2
  exit 2
fi
if ! command -v dpkg-query >/dev/null; then
  echo "install-packages.sh: this is not Debian; see the README for what $* needs" >&2
  exit 1
fi

missing=
for purpose in "$@"; do
  wanted=$(packages_for "$purpose")
  for package in $wanted; do
    case " $missing " in *" $package "*) continue ;; esac
    is_installed "$package" || missing="$missing $package"
  done
done
[ -n "$missing" ] || exit 0

echo "Installing$missing" >&2
install_missing() {
  # Package names have no spaces; the list is meant to be split.
  # shellcheck disable=SC2086
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends \
    -o Dpkg::Use-Pty=0 install $missing >"$log" 2>&1
}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# A list of packages that is missing or old is brought up to date, and only then.
install_missing || { as_root apt-get -qq update >"$log" 2>&1 && install_missing; } || {
  cat "$log" >&2
  echo "install-packages.sh: apt-get could not install$missing" >&2
  exit 1
}

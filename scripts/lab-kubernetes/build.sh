#!/bin/sh
# Kubernetes for the lab, built from Debian's own source package, as Debian packages and image
# archives: see README.md beside this file.
#
#   build.sh OUTPUT_FOLDER     builds, unless OUTPUT_FOLDER holds this very build already
#   build.sh --key             prints the digest of all that a build is made of, which names it
#   build.sh --version         prints the version of Kubernetes that is built
#
# The programs, which take most of the time, are taken from an earlier build beside OUTPUT_FOLDER when
# it made them in the same way.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
. "$here/common.sh"
. "$here/work.sh"

key=$(digest_below build.sh common.sh work.sh parts steps data)
title="Kubernetes $KUBERNETES_VERSION"

case ${1-} in
--key)
  printf '%s\n' "$key"
  exit 0
  ;;
--version)
  printf '%s\n' "$KUBERNETES_VERSION"
  exit 0
  ;;
'' | -*)
  echo "usage: build.sh OUTPUT_FOLDER | build.sh --key | build.sh --version" >&2
  exit 2
  ;;
esac

output=$(absolute "$1")
end_if_finished
require_programs 'apt debian-archive-keyring debootstrap dpkg util-linux' \
  debootstrap setpriv unshare flock apt-get dpkg-deb sha256sum
begin 8

# How the programs are made; the steps that make them.
program_steps='20-source 30-programs 40-tools'
# shellcheck disable=SC2046 # one word per file: the recipe's files have no blanks in their names
programs_key=$(digest common.sh $(cd "$here" && for step in $program_steps; do
  find "steps/$step.sh" "data/$step" -type f 2>/dev/null || :
done | LC_ALL=C sort))

# take_programs FOLDER: puts the programs of a finished build where its steps would have put them.
take_programs() {
  rm -rf "$work/programs" "$work/taken"
  mkdir -p "$work/programs" "$work/taken"
  for package in kubeadm kubelet kubectl cri-tools; do
    dpkg-deb --extract "$1"/packages/"${package}"_*_amd64.deb "$work/taken"
  done
  for image in masters/kube-apiserver masters/kube-controller-manager masters/kube-scheduler \
    kube-proxy pause; do
    tar --extract --to-stdout --file "$1/images/$image.tar" layer.tar |
      tar --extract --directory "$work/taken"
  done
  for program in "$work"/taken/usr/bin/* "$work"/taken/usr/local/bin/* "$work/taken/pause"; do
    install -m 0755 "$program" "$work/programs/"
  done
  rm -rf "$work/taken"
  sed -n 's/^source kubernetes //p' "$1/manifest" >"$work/source-version"
  sed -n 's/^from \(golang-.*\)/\1/p' "$1/manifest" >"$work/compiler"
}

has_programs() { [ "$(cat "$1" 2>/dev/null)" = "$programs_key" ]; }

if ! has_programs "$work/programs.key"; then
  for other in "$output" "$(dirname "$output")"/kubernetes-*; do
    has_programs "$other/programs" || continue
    progress "the programs are those of $(basename "$other")"
    take_programs "$other"
    printf '%s\n' "$programs_key" >"$work/programs.key"
    break
  done
fi

steps=$(cd "$here" && find steps -name '*.sh' | LC_ALL=C sort)
total=$(printf '%s\n' "$steps" | wc -l)
for step in $steps; do
  skip=
  case " $program_steps " in *" $(basename "$step" .sh) "*)
    if has_programs "$work/programs.key"; then skip=skip; fi
    ;;
  esac
  run_step "$step" "$total" "$skip"
  if [ "$(basename "$step" .sh)" = "${program_steps##* }" ]; then
    printf '%s\n' "$programs_key" >"$work/programs.key"
  fi
done

printf '%s\n' "$programs_key" >"$RESULT/programs"
publish

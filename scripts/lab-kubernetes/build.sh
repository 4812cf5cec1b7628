#!/bin/sh
# Kubernetes for the lab, built from Debian's own source package, as Debian packages and image
# archives: see README.md beside this file.
#
#   build.sh OUTPUT_FOLDER     builds, unless OUTPUT_FOLDER holds this very build already
#   build.sh --key             prints the digest of everything in this folder, which names a build
#
# The work is done in OUTPUT_FOLDER.building, one step after the other, and its result is renamed
# to OUTPUT_FOLDER at the end: a half-done build is never taken for a whole one. A run that was
# interrupted goes on with the step that it was in, and the programs, which take most of the time, are
# taken from an earlier build beside OUTPUT_FOLDER when it made them in the same way.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
. "$here/common.sh"

# The digest of the named files, with their names: of what a step does, or of the whole recipe.
digest() { (cd "$here" && sha256sum "$@" | sha256sum | cut -c1-16); }

recipe_key() {
  (cd "$here" && find . -type f ! -name '*.md' ! -name '.*' | LC_ALL=C sort | xargs sha256sum | sha256sum | cut -c1-16)
}

case ${1-} in
--key)
  recipe_key
  exit 0
  ;;
'' | -*)
  echo "usage: build.sh OUTPUT_FOLDER | build.sh --key" >&2
  exit 2
  ;;
esac

mkdir -p "$(dirname "$1")"
output=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
key=$(recipe_key)

if [ "$(cat "$output/key" 2>/dev/null)" = "$key" ]; then
  progress "Kubernetes $KUBERNETES_VERSION is built already"
  exit 0
fi

[ "$(id -u)" = 0 ] || fail "the build needs root, for a build root of its own (debootstrap, chroot)"
[ "$(dpkg --print-architecture)" = amd64 ] || fail "the lab's Kubernetes is built for amd64 alone"
for program in debootstrap setpriv unshare flock apt-get dpkg-deb sha256sum; do
  command -v "$program" >/dev/null ||
    fail "$program is missing: apt-get install apt debian-archive-keyring debootstrap dpkg util-linux"
done
[ -e "$DEBIAN_KEYRING" ] ||
  fail "$DEBIAN_KEYRING is missing: apt-get install debian-archive-keyring"
if [ -e "$output" ] && [ ! -e "$output/key" ]; then
  fail "$output exists and is not a build of this script's: name another folder, or remove it"
fi

work=$output.building
mkdir -p "$work"
available=$(df -Pk "$work" | awk 'NR == 2 { print int($4 / 1048576) }')
[ "$available" -ge 8 ] || [ -e "$work/root" ] ||
  fail "$work has $available GiB of free space; the build needs 8"

# One build at a time in a folder; the second one waits, and then finds the first one's result.
exec 9>"$work/lock"
flock -n 9 || {
  progress "waiting for another build in $work"
  flock 9
}
if [ "$(cat "$output/key" 2>/dev/null)" = "$key" ]; then
  progress "Kubernetes $KUBERNETES_VERSION is built already"
  exit 0
fi

export WORK="$work" ROOT="$work/root" RESULT="$work/result" HERE="$here"
mkdir -p "$RESULT"

# How the programs are made; the steps that make them.
program_steps='20-source 30-programs 40-tools'
# shellcheck disable=SC2046 # one word per file, as below
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

# A step is done when its stamp holds the digest of all that it and the steps before it are made
# of; what each writes to the log goes into the work folder.
total=$(find "$here/steps" -name '*.sh' | wc -l)
number=0
chain=$(digest common.sh)
for step in "$here"/steps/*.sh; do
  name=$(basename "$step" .sh)
  number=$((number + 1))
  title=$(sed -n 's/^# step: //p' "$step")
  # A step's own data files are in the folder named like it.
  inputs=$(cd "$here" && find "steps/$name.sh" "data/$name" -type f 2>/dev/null | LC_ALL=C sort)
  # shellcheck disable=SC2086 # one word per file: the recipe's files have no blanks in their names
  chain=$(printf '%s %s\n' "$chain" "$(digest $inputs)" | sha256sum | cut -c1-16)
  case " $program_steps " in *" $name "*)
    has_programs "$work/programs.key" && continue
    ;;
  esac
  [ "$(cat "$work/$name.done" 2>/dev/null)" = "$chain" ] && continue
  progress "$number/$total about $(sed -n 's/^# usually: //p' "$step") s: $title"
  began=$(date +%s)
  # In mounts and processes of its own, which end with this script: nothing stays mounted in the
  # build root, however the build ends. The lock stays with the step until it is gone.
  if ! setpriv --pdeathsig KILL unshare --mount --propagation private --pid --fork --kill-child \
    --mount-proc sh "$step" >"$work/$name.log" 2>&1; then
    tail -n 20 "$work/$name.log" >&2
    fail "step $name ($title) failed; all that it said is in $work/$name.log, and another run goes on with it"
  fi
  printf '%s\n' "$(($(date +%s) - began))" >"$work/$name.seconds"
  printf '%s\n' "$chain" >"$work/$name.done"
  if [ "$name" = "${program_steps##* }" ]; then
    printf '%s\n' "$programs_key" >"$work/programs.key"
  fi
done

printf '%s\n' "$programs_key" >"$RESULT/programs"
printf '%s\n' "$key" >"$RESULT/key"
rm -rf "$output"
mv "$RESULT" "$output"
rm -rf --one-file-system "$work"
progress "Kubernetes $KUBERNETES_VERSION is ready in $output"

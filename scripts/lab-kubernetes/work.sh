# How build.sh and fetch.sh work: in a folder OUTPUT.building, one at a time, one step after the other,
# and the result is renamed to OUTPUT at the end: a half-done one is never taken for a whole one. A
# run that was interrupted goes on with the step that it was in. Sourced, after common.sh.
# shellcheck shell=sh disable=SC2154,SC2164 # here, output, key and title are those of who sources this, with set -e

# The digest of the named files, with their names.
digest() { (cd "$here" && sha256sum "$@" | sha256sum | cut -c1-16); }

# digest_below PATH...: that of all files there, but for the documentation.
digest_below() {
  # shellcheck disable=SC2046 # one word per file: the recipe's files have no blanks in their names
  digest $(cd "$here" && find "$@" -type f ! -name '*.md' ! -name '.*' | LC_ALL=C sort)
}

# The absolute path of what may not be there yet, in a folder that is made.
absolute() {
  mkdir -p "$(dirname "$1")"
  printf '%s/%s\n' "$(cd "$(dirname "$1")" && pwd)" "$(basename "$1")"
}

# Ends the program with success when $output is what $key names; $title says what it is.
end_if_finished() {
  [ "$(cat "$output/key" 2>/dev/null)" = "$key" ] || return 0
  progress "$title is there already"
  exit 0
}

# require_programs PACKAGES PROGRAM...
require_programs() {
  packages=$1
  shift
  for program; do
    command -v "$program" >/dev/null || fail "$program is missing: apt-get install $packages"
  done
}

# begin GIB: takes $output.building for this run, which needs so much room there.
begin() {
  [ "$(id -u)" = 0 ] || fail "this needs root, for a build root of its own (debootstrap, chroot)"
  [ "$(dpkg --print-architecture)" = amd64 ] || fail "the lab's Kubernetes is for amd64 alone"
  [ -e "$DEBIAN_KEYRING" ] ||
    fail "$DEBIAN_KEYRING is missing: apt-get install debian-archive-keyring"
  if [ -e "$output" ] && [ ! -e "$output/key" ]; then
    fail "$output exists and is not of this script's making: name another folder, or remove it"
  fi

  work=$output.building
  mkdir -p "$work"
  available=$(df -Pk "$work" | awk 'NR == 2 { print int($4 / 1048576) }')
  [ "$available" -ge "$1" ] || [ -e "$work/root" ] ||
    fail "$work has $available GiB of free space; this needs $1"

  # One at a time in a folder; the second one waits, and then finds the first one's result.
  exec 9>"$work/lock"
  flock -n 9 || {
    progress "waiting for another one that is at work in $work"
    flock 9
  }
  end_if_finished

  export WORK="$work" ROOT="$work/root" RESULT="$work/result" HERE="$here"
  mkdir -p "$RESULT"
  number=0
  chain=$(digest common.sh)
}

# What a step is made of: itself, its own data, in the folder that is named like it, and what it
# sources; the parts source one another.
inputs_of() {
  (
    cd "$here"
    find "$1" "data/$(basename "$1" .sh)" -type f 2>/dev/null || :
    sed -n 's|^\. "$HERE/\(.*\)"$|\1|p' "$1"
    ! grep -q '^\. "$HERE/parts/' "$1" || find parts -type f
  ) | LC_ALL=C sort --unique
}

# run_step STEP TOTAL [skip]: the next one of so many, unless it is done, or to be skipped. A step is
# done when its stamp holds the digest of all that it and the steps before it are made of.
run_step() {
  step=$1 total=$2
  name=$(basename "$step" .sh)
  number=$((number + 1))
  step_title=$(sed -n 's/^# step: //p' "$here/$step")
  # shellcheck disable=SC2046 # one word per file, as above
  chain=$(printf '%s %s\n' "$chain" "$(digest $(inputs_of "$step"))" | sha256sum | cut -c1-16)
  [ "${3-}" != skip ] || return 0
  [ "$(cat "$work/$name.done" 2>/dev/null)" != "$chain" ] || return 0
  progress "$number/$total about $(sed -n 's/^# usually: //p' "$here/$step") s: $step_title"
  began=$(date +%s)
  # In mounts and processes of its own, which end with this script: nothing stays mounted in the
  # build root, however the work ends. The lock stays with the step until it is gone.
  if ! setpriv --pdeathsig KILL unshare --mount --propagation private --pid --fork --kill-child \
    --mount-proc sh "$here/$step" >"$work/$name.log" 2>&1; then
    tail -n 20 "$work/$name.log" >&2
    fail "step $name ($step_title) failed; all that it said is in $work/$name.log, and another run goes on with it"
  fi
  printf '%s\n' "$(($(date +%s) - began))" >"$work/$name.seconds"
  printf '%s\n' "$chain" >"$work/$name.done"
}

# Puts the result in its place.
publish() {
  printf '%s\n' "$key" >"$RESULT/key"
  rm -rf "$output"
  mv "$RESULT" "$output"
  rm -rf --one-file-system "$work"
  progress "$title is ready in $output"
}

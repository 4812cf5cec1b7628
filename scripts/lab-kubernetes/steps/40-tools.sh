#!/bin/sh
# step: pause, and the lab's crictl
# usually: 10
set -eu
. "$HERE/common.sh"

tree=$ROOT/build/go/src/k8s.io/kubernetes
mkdir -p "$tree/cmd/lab-crictl" "$ROOT/build/tools"
cp "$HERE/data/40-tools/crictl.go" "$tree/cmd/lab-crictl/main.go"
cp "$HERE/data/40-tools/pause.c" "$ROOT/build/tools/"

in_go_tree sh -eu -c '
  gcc -Os -Wall -Wextra -Werror -static -s -o /build/tools/pause /build/tools/pause.c
  $GO_BUILD -ldflags "-s -w -buildid=" -o /build/tools/crictl ./cmd/lab-crictl
'
install -m 0755 "$ROOT/build/tools/pause" "$ROOT/build/tools/crictl" "$WORK/programs/"

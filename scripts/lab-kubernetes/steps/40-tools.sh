#!/bin/sh
# step: pause, and the lab's crictl
set -eu
. "$HERE/common.sh"

tree=$ROOT/build/go/src/k8s.io/kubernetes
mkdir -p "$tree/cmd/lab-crictl" "$ROOT/build/tools"
cp "$HERE/data/40-tools/crictl.go" "$tree/cmd/lab-crictl/main.go"
cp "$HERE/data/40-tools/pause.c" "$ROOT/build/tools/"

in_root sh -eu -c '
  PATH=/usr/lib/go-1.19/bin:$PATH
  export PATH GOPATH=/build/go GO111MODULE=off CGO_ENABLED=0
  # With the flags of the step before, so that what it compiled already is found in its cache.
  export GOCACHE=$GOPATH/src/k8s.io/kubernetes/_output/local/go/cache
  gcc -Os -Wall -Wextra -Werror -static -s -o /build/tools/pause /build/tools/pause.c
  cd "$GOPATH/src/k8s.io/kubernetes"
  go build -installsuffix static -ldflags "-s -w -buildid=" -o /build/tools/crictl ./cmd/lab-crictl
'
install -m 0755 "$ROOT/build/tools/pause" "$ROOT/build/tools/crictl" "$WORK/programs/"

#!/bin/sh
# step: the programs of Kubernetes (the longest step, about ten minutes on two cores)
# With the source's own build, which generates the API server's OpenAPI code first; all static, so
# that an image needs nothing but its program.
set -eu
. "$HERE/common.sh"

tree=$ROOT/build/go/src/k8s.io/kubernetes
source_version=$(cat "$WORK/source-version")

# What the programs say of their version: kubeadm asks the kubelet, and counts an unnamed one as 0.0.0.
cat >"$tree/planetbed-version" <<END
KUBE_GIT_VERSION='v$KUBERNETES_VERSION'
KUBE_GIT_MAJOR='1'
KUBE_GIT_MINOR='20'
KUBE_GIT_TREE_STATE='archive'
KUBE_GIT_COMMIT='debian-$source_version'
END

in_root sh -eu -c '
  PATH=/usr/lib/go-1.19/bin:$PATH
  export PATH GOPATH=/build/go GO111MODULE=off
  export KUBE_GIT_VERSION_FILE=$GOPATH/src/k8s.io/kubernetes/planetbed-version
  export KUBE_STATIC_OVERRIDES="kubelet kubectl kubeadm" KUBE_VERBOSE=3
  cd "$GOPATH/src/k8s.io/kubernetes"
  make all WHAT="cmd/kubeadm cmd/kubelet cmd/kubectl cmd/kube-apiserver cmd/kube-controller-manager cmd/kube-scheduler cmd/kube-proxy"
'

rm -rf "$WORK/programs"
mkdir -p "$WORK/programs"
for program in kubeadm kubelet kubectl kube-apiserver kube-controller-manager kube-scheduler kube-proxy; do
  install -m 0755 "$tree/_output/local/bin/linux/amd64/$program" "$WORK/programs/$program"
done

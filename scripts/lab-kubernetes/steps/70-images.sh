#!/bin/sh
# step: the container images
# usually: 20
# Named as kubeadm asks for them, made of the programs and of Debian's files.
set -eu
. "$HERE/common.sh"
. "$HERE/parts/images.sh"

rm -rf "$RESULT/images" "$references"
new_images

for name in kube-apiserver kube-controller-manager kube-scheduler; do
  layer "$name"
  install -m 0755 "$WORK/programs/$name" "$stage/$name/usr/local/bin/"
  image "$name" "k8s.gcr.io/$name:v$KUBERNETES_VERSION" "[\"/usr/local/bin/$name\"]" masters/
done

# kube-proxy speaks to the kernel with Debian's iptables (over nftables, as on the node itself).
layer kube-proxy
install -m 0755 "$WORK/programs/kube-proxy" "$stage/kube-proxy/usr/local/bin/"
plugins=$(cd "$ROOT" && find usr/lib/x86_64-linux-gnu/xtables -name '*.so' | sed 's|^|/|' | LC_ALL=C sort)
# shellcheck disable=SC2086 # one word per plugin
from_debian kube-proxy /usr/sbin/iptables /usr/sbin/iptables-save /usr/sbin/iptables-restore \
  /usr/sbin/ip6tables /usr/sbin/ip6tables-save /usr/sbin/ip6tables-restore /usr/sbin/conntrack $plugins
cp -a "$ROOT/etc/protocols" "$ROOT/etc/services" "$stage/kube-proxy/etc/"
image kube-proxy "k8s.gcr.io/kube-proxy:v$KUBERNETES_VERSION" '["/usr/local/bin/kube-proxy"]'

layer etcd
from_debian etcd /usr/bin/etcd /usr/bin/etcdctl
image etcd k8s.gcr.io/etcd:3.4.13-0 '["/usr/bin/etcd"]' masters/

layer pause
install -m 0755 "$WORK/programs/pause" "$stage/pause/pause"
image pause k8s.gcr.io/pause:3.2 '["/pause"]'

lab_images
rm -rf "$stage"

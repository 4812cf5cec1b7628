#!/bin/sh
# step: the images of Kubernetes, from its registry
# usually: 60
# Those that this kubeadm asks for, under the names that it asks for, wherever they come from. An image
# that is there already stays: a step that was interrupted goes on where it was.
set -eu
. "$HERE/common.sh"
. "$HERE/fetch/hosts.sh"

folder=$RESULT/images
mkdir -p "$folder/masters" "$WORK/temporary"
rm -f "$WORK/image-references"
env -i PATH="$PATH" HOME=/nonexistent "$WORK/programs/kubeadm" config images list \
  --kubernetes-version "v$FETCH_VERSION" >"$WORK/images.wanted"

while read -r reference; do
  path=${reference#*/}
  name=${path%:*}
  name=${name##*/}
  case $name in
  kube-apiserver | kube-controller-manager | kube-scheduler | etcd) file=images/masters/$name.tar ;;
  *) file=images/$name.tar ;;
  esac
  printf '%s %s\n' "$file" "$reference" >>"$WORK/image-references"
  [ ! -e "$RESULT/$file" ] || continue

  verified=true
  case $FETCH_REGISTRY in
  '') source=$reference ;;
  http://*) source=${FETCH_REGISTRY#http://}/$path verified=false ;;
  *) source=${FETCH_REGISTRY#https://}/$path ;;
  esac
  rm -f "$RESULT/$file.new"
  # Signatures are nobody's to ask for here: the registry is believed since it is who it says.
  skopeo --insecure-policy --override-os linux --override-arch amd64 --tmpdir "$WORK/temporary" \
    copy --quiet --src-tls-verify="$verified" "docker://$source" \
    "docker-archive:$RESULT/$file.new:$reference" >"$WORK/skopeo.said" 2>&1 </dev/null || {
    said=$(sed 's/^time=[^ ]* level=fatal msg=//' "$WORK/skopeo.said" | tail -n 3)
    case $said in
    *'manifest unknown'* | *'name unknown'* | *'not found'*)
      fail "${source%%/*} has no image ${source#*/}, which kubeadm $FETCH_VERSION asks for:
$said
$alternatives"
      ;;
    *) not_reached "${source%%/*}" "$said" ;;
    esac
  }
  mv "$RESULT/$file.new" "$RESULT/$file"
done <"$WORK/images.wanted"
[ -s "$WORK/image-references" ] || fail "kubeadm $FETCH_VERSION names no images"
rm -rf "$WORK/temporary"

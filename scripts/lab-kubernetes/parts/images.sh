# Images as archives that `ctr -n k8s.io images import` reads: one layer each, made of programs and
# of the build root's files. Sourced, after common.sh; `references` gets a line for each, its file and
# its name.
# shellcheck shell=sh

stage=$WORK/images
references=$WORK/image-references

# new_images: begins anew; what stands in the result's folder of images stays.
new_images() {
  rm -rf "$stage"
  mkdir -p "$stage" "$RESULT/images/masters"
}

# layer NAME: an empty root folder for an image.
layer() {
  mkdir -p "$stage/$1"
  (cd "$stage/$1" && mkdir -p etc usr/local/bin var/lib run && mkdir -m 1777 tmp)
  printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' >"$stage/$1/etc/passwd"
  printf 'root:x:0:\nnogroup:x:65534:\n' >"$stage/$1/etc/group"
}

# from_debian NAME FILE...: programs or plugins of the build root, with the libraries that they load.
from_debian() {
  name=$1
  shift
  rm -rf "$ROOT/build/image"
  mkdir -p "$ROOT/build/image"
  in_root sh -eu -c '
    for file do
      cp -a --parents "$file" /build/image/
      # A name such as iptables leads by one or two links to the program.
      while [ -L "$file" ]; do
        target=$(readlink "$file")
        case $target in /*) file=$target ;; *) file=$(dirname "$file")/$target ;; esac
        cp -a --parents "$file" /build/image/
      done
      ldd "$file" 2>/dev/null | grep -o "/[^ ]*" | while read -r library; do
        cp -L --parents "$library" /build/image/
      done
    done
  ' from_debian "$@"
  cp -a "$ROOT/build/image/." "$stage/$name/"
}

# with_busybox NAME: busybox with all of its applets.
with_busybox() {
  mkdir -p "$stage/$1/bin" "$stage/$1/root" "$stage/$1/proc"
  install -m 0755 "$ROOT/bin/busybox" "$stage/$1/bin/busybox"
  chroot "$stage/$1" /bin/busybox --list | while read -r applet; do
    [ "$applet" = busybox ] || ln -s busybox "$stage/$1/bin/$applet"
  done
}

# image NAME REFERENCE COMMAND [FOLDER]: packs the root folder as an archive. COMMAND is a JSON list;
# FOLDER is `masters/` for what no worker runs.
image() {
  name=$1 reference=$2 command=$3
  file=images/${4-}$name.tar folder=$stage/$name.archive
  mkdir -p "$folder"
  tar --create --file "$folder/layer.tar" --directory "$stage/$name" --sort=name --format=gnu \
    --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner .
  digest=$(sha256sum "$folder/layer.tar" | cut -d' ' -f1)
  created=$(date --utc --date="@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)
  cat >"$folder/config.json" <<END
{"architecture":"amd64","os":"linux","created":"$created","author":"planetbed lab","config":{"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],"Cmd":$command,"WorkingDir":"/"},"rootfs":{"type":"layers","diff_ids":["sha256:$digest"]},"history":[{"created":"$created","created_by":"planetbed lab"}]}
END
  cat >"$folder/manifest.json" <<END
[{"Config":"config.json","RepoTags":["$reference"],"Layers":["layer.tar"]}]
END
  tar --create --file "$RESULT/$file" --directory "$folder" --sort=name --format=gnu \
    --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --mode=0644 \
    config.json layer.tar manifest.json
  printf '%s %s\n' "$file" "$reference" >>"$references"
  rm -rf "$folder" "${stage:?}/$name"
}

# lab_images: the images that are the lab's own, whichever Kubernetes it has; kubectl is that one's.
lab_images() {
  # What test pods run: a shell, httpd, wget, nslookup, ping.
  layer busybox
  with_busybox busybox
  image busybox planetbed.lab/busybox:1 '["/bin/sh"]'

  # Cluster DNS: Debian has no CoreDNS, but a DNS server, and kubectl can follow the API.
  layer cluster-dns
  with_busybox cluster-dns
  from_debian cluster-dns /usr/sbin/dnsmasq
  install -m 0755 "$WORK/programs/kubectl" "$stage/cluster-dns/usr/local/bin/"
  install -m 0755 "$HERE/parts/cluster-dns.sh" "$stage/cluster-dns/usr/local/bin/cluster-dns"
  image cluster-dns planetbed.lab/cluster-dns:1 '["/usr/local/bin/cluster-dns"]'
}

#!/bin/sh
# repository.sh FOLDER VERSION: a repository of packages in the form of pkgs.k8s.io's, with one release
# in two revisions, signed with a key of its own. Its kubeadm knows no more than the names of images.
set -eu
folder=$1 version=$2
deb="$folder/core:/stable:/v${version%.*}/deb"
stage=$folder/stage
mkdir -p "$deb/amd64"

package() { # NAME VERSION: what is in $stage/NAME
  mkdir -p "$stage/$1/DEBIAN"
  printf 'Package: %s\nVersion: %s\nArchitecture: amd64\nMaintainer: nobody\nDescription: stand-in\n' \
    "$1" "$2" >"$stage/$1/DEBIAN/control"
  dpkg-deb --root-owner-group -Znone --build "$stage/$1" "$deb/amd64/$1_$2_amd64.deb" >/dev/null
}

mkdir -p "$stage/kubeadm/usr/bin" "$stage/kubectl/usr/bin"
cat >"$stage/kubeadm/usr/bin/kubeadm" <<'END'
#!/bin/sh
[ "$1 $2 $3 $4" = 'config images list --kubernetes-version' ] || exit 1
printf '%s\n' "registry.k8s.io/kube-apiserver:$5" "registry.k8s.io/kube-proxy:$5" \
  registry.k8s.io/coredns/coredns:v1.9.3 registry.k8s.io/pause:3.7 registry.k8s.io/etcd:3.5.4-0
END
echo kubectl >"$stage/kubectl/usr/bin/kubectl"
chmod 0755 "$stage"/*/usr/bin/*
for name in kubelet kubeadm kubectl; do
  package "$name" "$version-1.1"
  package "$name" "$version-2.1"
done
package cri-tools 1.24.2-1.1
package kubernetes-cni 1.1.1-1.1
rm -r "$stage"

cd "$deb"
apt-ftparchive packages amd64 >Packages
apt-ftparchive release . >"$folder/Release"
mv "$folder/Release" .

# new_key NAME: a key that signs, in a key ring of its own.
new_key() {
  export GNUPGHOME="$folder/$1"
  mkdir -m 0700 "$GNUPGHOME"
  gpg --batch --quiet --passphrase '' --quick-gen-key "$1" ed25519 sign never
}
new_key other
gpg --batch --armor --export >"$folder/other.key"
gpgconf --kill all
new_key own
gpg --batch --armor --export >Release.key
gpg --batch --quiet --clearsign --output InRelease Release
gpgconf --kill all

#!/bin/sh
# step: kubeadm, kubelet, kubectl, kubernetes-cni and cri-tools as Debian packages
# usually: 10
# Laid out as the community's packages of that time.
set -eu
. "$HERE/common.sh"

stage=$WORK/stage
rm -rf "$stage" "$WORK/packages"
mkdir -p "$stage" "$WORK/packages"
version=$KUBERNETES_VERSION-$PACKAGE_REVISION
cni_version=$(in_root dpkg-query -W -f '${Version}' containernetworking-plugins | sed 's/[+-].*//')

# package NAME VERSION DEPENDS SUMMARY, TEXT on stdin: what is staged in $stage/NAME becomes a package.
package() {
  name=$1 its_version=$2 depends=$3 summary=$4
  folder=$stage/$name
  mkdir -p "$folder/DEBIAN"
  {
    printf 'Package: %s\nVersion: %s\nArchitecture: amd64\nMaintainer: planetbed lab <root@localhost>\n' \
      "$name" "$its_version"
    printf 'Installed-Size: %s\n' "$(du -sk --apparent-size --exclude=DEBIAN "$folder" | cut -f1)"
    [ -z "$depends" ] || printf 'Depends: %s\n' "$depends"
    printf 'Section: admin\nPriority: optional\nDescription: %s\n' "$summary"
    sed 's/^/ /'
  } >"$folder/DEBIAN/control"
  (cd "$folder" && find . -path ./DEBIAN -prune -o -type f -printf '%P\0' | LC_ALL=C sort -z |
    xargs -0 -r md5sum) >"$folder/DEBIAN/md5sums"
  find "$folder" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
  dpkg-deb --root-owner-group --uniform-compression -Zgzip -z1 --build "$folder" \
    "$WORK/packages/${name}_${its_version}_amd64.deb"
}
origin="Built for planetbed's lab from Debian's source package kubernetes $(cat "$WORK/source-version")."

install -D -m 0755 "$WORK/programs/kubectl" "$stage/kubectl/usr/bin/kubectl"
package kubectl "$version" '' 'Kubernetes command line tool (planetbed lab)' <<END
$origin
END

install -D -m 0755 "$WORK/programs/kubelet" "$stage/kubelet/usr/bin/kubelet"
install -D -m 0644 "$HERE/data/50-packages/kubelet.service" "$stage/kubelet/lib/systemd/system/kubelet.service"
install -d "$stage/kubelet/var/lib/kubelet" "$stage/kubelet/etc/kubernetes/manifests" "$stage/kubelet/DEBIAN"
for script in postinst prerm postrm; do
  install -m 0755 "$HERE/data/50-packages/kubelet.$script" "$stage/kubelet/DEBIAN/$script"
done
package kubelet "$version" \
  'iptables (>= 1.4.21), kubernetes-cni (>= 0.8.7), iproute2, socat, util-linux, mount, ebtables, ethtool, conntrack, init-system-helpers' \
  'Kubernetes node agent (planetbed lab)' <<END
$origin
END

install -D -m 0755 "$WORK/programs/kubeadm" "$stage/kubeadm/usr/bin/kubeadm"
install -D -m 0644 "$HERE/data/50-packages/10-kubeadm.conf" \
  "$stage/kubeadm/etc/systemd/system/kubelet.service.d/10-kubeadm.conf"
mkdir -p "$stage/kubeadm/DEBIAN"
printf '/etc/systemd/system/kubelet.service.d/10-kubeadm.conf\n' >"$stage/kubeadm/DEBIAN/conffiles"
install -m 0755 "$HERE/data/50-packages/kubeadm.postinst" "$stage/kubeadm/DEBIAN/postinst"
package kubeadm "$version" \
  'kubelet (>= 1.13.0), kubectl (>= 1.13.0), kubernetes-cni (>= 0.8.7), cri-tools (>= 1.13.0)' \
  'Kubernetes cluster bootstrapping tool (planetbed lab)' <<END
$origin
END

# Debian's plugins, where the community's package has them.
mkdir -p "$stage/kubernetes-cni/opt/cni/bin"
for plugin in "$ROOT"/usr/lib/cni/*; do
  ln -s "/usr/lib/cni/$(basename "$plugin")" "$stage/kubernetes-cni/opt/cni/bin/"
done
package kubernetes-cni "$cni_version-$PACKAGE_REVISION" 'containernetworking-plugins' \
  'Kubernetes container network plugins (planetbed lab)' <<END
Places Debian's containernetworking-plugins at /opt/cni/bin.
END

install -D -m 0755 "$WORK/programs/crictl" "$stage/cri-tools/usr/bin/crictl"
package cri-tools "$KUBERNETES_VERSION-$PACKAGE_REVISION" '' \
  'stand-in for crictl, for the lab of planetbed' <<END
Not the program of the Kubernetes project: the commands that kubeadm 1.20 and
an operator need, spoken over CRI with the kubelet's own client.
END
rm -rf "$stage"

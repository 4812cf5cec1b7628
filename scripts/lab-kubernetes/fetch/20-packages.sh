#!/bin/sh
# step: the packages of Kubernetes, from its own repository
# usually: 20
# With an apt of its own, which has no source but that repository and believes no key but its: nothing
# of this computer's configuration has a say, nor is it touched.
set -eu
. "$HERE/common.sh"
. "$HERE/fetch/hosts.sh"

apt=$WORK/apt
rm -rf "$apt" "$WORK/packages" "$WORK/programs"
mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/none" "$WORK/packages" "$WORK/programs"
: >"$apt/status"
cat >"$apt/apt.conf" <<CONF
Dir::State "$apt";
Dir::State::lists "$apt/lists";
Dir::State::status "$apt/status";
Dir::Cache "$apt/cache";
Dir::Etc "$apt/none";
Dir::Etc::main "/dev/null";
Dir::Etc::parts "$apt/none";
Dir::Etc::sourcelist "$apt/sources.list";
Dir::Etc::sourceparts "$apt/none";
Dir::Etc::trusted "/dev/null";
Dir::Etc::trustedparts "$apt/none";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "$apt/none";
APT::Architecture "amd64";
APT::Architectures { "amd64"; };
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
Acquire::http::Timeout "30";
Acquire::https::Timeout "30";
CONF
export APT_CONFIG="$apt/apt.conf"
host=$(host_of "$FETCH_FOLDER")

# asked PROGRAM...: runs it and keeps what it says in $apt/said, for refused.
asked() { "$@" >"$apt/said" 2>&1 </dev/null; }

# refused: fails with why apt could not do what it was asked.
refused() {
  errors=$(grep '^[EW]: ' "$apt/said" | grep -v '^E: Download Failed$' | head -n 6)
  case $errors in
  *'404 '* | *'403 '* | *'File not found'*)
    fail "$host has no packages of Kubernetes ${FETCH_VERSION%.*}, of which it was asked for $FETCH_VERSION:
$errors
$alternatives"
    ;;
  *'is not signed'* | *NO_PUBKEY* | *BADSIG* | *'Hash Sum mismatch'* | *'unexpected size'*)
    fail "what $host has is not what its key signs, which is ${FETCH_FOLDER}Release.key:
$errors
Nothing of it was taken. Something on the way may have changed it, such as a proxy, or a mirror is not whole."
    ;;
  *) not_reached "$host" "$errors" ;;
  esac
}

# apt's own helper fetches as apt does. The key is believed since its host is who it says.
asked /usr/lib/apt/apt-helper -q download-file "${FETCH_FOLDER}Release.key" "$apt/key.asc" || refused
if ! grep -q -e '-----BEGIN PGP PUBLIC KEY BLOCK-----' "$apt/key.asc"; then
  fail "what $host has as ${FETCH_FOLDER}Release.key is no key: is a proxy's own page in its place?"
fi
printf 'deb [signed-by=%s] %s /\n' "$apt/key.asc" "$FETCH_FOLDER" >"$apt/sources.list"
asked apt-get -q update || refused

# The newest revision of each; what the others need is of the same repository.
if [ -z "$(apt-cache madison kubeadm | awk -v prefix="$FETCH_VERSION-" 'index($3, prefix) == 1')" ]; then
  fail "$host has no Kubernetes $FETCH_VERSION. Of ${FETCH_VERSION%.*} it has: $(apt-cache madison kubeadm |
    awk '{ sub(/-.*/, "", $3); if (!seen[$3]++) printf "%s%s", (NR > 1 ? ", " : ""), $3 }')
$alternatives"
fi
(
  cd "$WORK/packages"
  asked apt-get -q download "kubelet=$FETCH_VERSION-*" "kubeadm=$FETCH_VERSION-*" \
    "kubectl=$FETCH_VERSION-*" cri-tools kubernetes-cni || refused
)

# kubeadm knows the images, and kubectl is what the lab's DNS servers follow the API with.
for program in kubeadm kubectl; do
  dpkg-deb --fsys-tarfile "$WORK/packages/$program"_*.deb |
    tar --extract --to-stdout "./usr/bin/$program" >"$WORK/programs/$program"
  chmod 0755 "$WORK/programs/$program"
done

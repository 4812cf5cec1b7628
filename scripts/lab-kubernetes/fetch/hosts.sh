# What is said when something is not had from a host. Sourced, after common.sh.
# shellcheck shell=sh

# The host in an address, with its port.
host_of() { printf '%s\n' "$1" | sed -e 's|^[a-z]*://||' -e 's|/.*||' -e 's|^$|this computer|'; }

# What can be done instead.
alternatives="Kubernetes $KUBERNETES_VERSION takes no network but a Debian mirror: it is built from Debian's source package when the inventory says version = \"$KUBERNETES_VERSION\" in [kubernetes], or none."

# not_reached HOST WHY
not_reached() {
  fail "$1 is not reached, where Kubernetes ${FETCH_VERSION-} comes from:
$2
Where a proxy leads there, set http_proxy and https_proxy to its address.
$alternatives"
}

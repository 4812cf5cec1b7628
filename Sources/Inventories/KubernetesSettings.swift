import Diagnostics

/// `[kubernetes]`: the cluster.
package struct KubernetesSettings: Sendable, Hashable {
  /// Whether planetbed makes the cluster: false for the network and the load balancer alone.
  package var installs = true
  /// The version to install, `1.34.2`; nil when the inventory names none: the newest of the repository.
  package var version: String?
  /// Where pods get their addresses.
  package var podNetwork: IPv4Prefix
  /// Where services get their addresses.
  package var serviceNetwork: IPv4Prefix
  /// Where the node packages come from.
  package var packages = PackageSource.community
  /// Where the control plane's images come from, `registry.k8s.io`; nil for kubeadm's own default.
  package var imageRepository: String?
  /// A folder on each node whose image archives (`*.tar`) are loaded, for sites without a registry.
  package var imageArchives: String?
  /// The HTTP proxy that apt and containerd use, `http://proxy:3128`.
  package var proxy: String?
  /// What joins the pods.
  package var network = PodNetworkChoice.bridge
  /// Who answers questions for names within the cluster.
  package var dns = ClusterDNSChoice.kubeadm
  /// Where the file says it; nil when it says nothing of the cluster.
  package var position: SourcePosition?
  /// The image of the pods that are run on every worker to see that the cluster works.
  package var trialImage = Self.defaultTrialImage

  /// A few MB, and it has a shell, a web server and a client.
  package static let defaultTrialImage = "docker.io/library/busybox:1.36"

  /// `[kubernetes]`, with defaults for all that is not given.
  package init(version: String?, podNetwork: IPv4Prefix, serviceNetwork: IPv4Prefix) {
    self.version = version
    self.podNetwork = podNetwork
    self.serviceNetwork = serviceNetwork
  }
}

/// Where the node packages come from: `[kubernetes] repository`.
package enum PackageSource: Sendable, Hashable {
  /// The community's repository of the version's minor release (pkgs.k8s.io).
  case community
  /// What the machines' package manager has anyhow: `repository = "none"`.
  case machine
  /// This apt repository: what stands behind the options of a `deb` line, `https://mirror/k8s ./`, and
  /// the URL of its signing key; without a key, it is trusted as it is.
  case repository(String, key: String?)
}

/// What joins the pods: `[kubernetes] network`.
package enum PodNetworkChoice: Sendable, Hashable {
  /// The bridge and host-local plugins, routed by the nodes and the site VPN.
  case bridge
  /// Whatever these manifests make.
  case manifest(ClusterManifest)
}

/// Who answers questions for names within the cluster: `[kubernetes] dns`.
package enum ClusterDNSChoice: Sendable, Hashable {
  /// kubeadm's own addon, CoreDNS.
  case kubeadm
  /// Nobody.
  case none
  /// Whatever these manifests make.
  case manifest(ClusterManifest)
}

/// Manifests that are applied to the cluster as they are.
package enum ClusterManifest: Sendable, Hashable {
  /// The first master fetches them.
  case url(String)
  /// A file beside the inventory, by its path as the user gave it.
  case file(path: String, text: String)
}

import Diagnostics
import TOMLReading

extension InventoryDraft {
  /// The hosts make a cluster, and the cluster's networks have room for it.
  func checkRoles(_ findings: TOMLFindings) {
    // A host whose role could not be read may be the one that is missing.
    let hosts = sites.flatMap(\.hosts)
    let rolesAreKnown =
      sites.allSatisfy(\.hostsAreComplete) && hosts.allSatisfy { $0.role != nil }
    let roles = hosts.compactMap(\.role)
    let masters = roles.filter { $0.value == .master }
    let loadBalancers = roles.filter { $0.value == .loadBalancer }
    if masters.isEmpty, rolesAreKnown, !sites.isEmpty {
      findings.error(
        "no host has the role master", detail: "A cluster has one master at least.",
        at: testbedPosition)
    }
    if masters.count > 1, loadBalancers.isEmpty, rolesAreKnown {
      findings.error(
        "there are \(masters.count) masters, but no host has the role loadbalancer",
        detail: "Nodes find several masters through a load balancer: add a host for it.",
        at: masters[1].position)
    }
    if masters.count > 1, masters.count % 2 == 0 {
      findings.warning(
        "an even number of masters, \(masters.count)",
        detail: "etcd needs more than half of its members: \(masters.count) bear no more failures "
          + "than \(masters.count - 1) do.",
        at: masters[masters.count - 1].position)
    }
    for extra in loadBalancers.dropFirst() {
      findings.error(
        "a second load balancer",
        detail: "Nodes know the masters by one address. The first is in line "
          + "\(loadBalancers[0].position.line).",
        at: extra.position)
    }
    if rolesAreKnown, !masters.isEmpty, !roles.contains(where: { $0.value == .worker }) {
      findings.warning(
        "no host has the role worker", detail: "Masters run no pods but their own.",
        at: testbedPosition)
    }
    // Without a cluster its networks are of no use, and of any size.
    if kubernetes?.installs != false {
      checkClusterNetworks(nodes: roles.count - loadBalancers.count, findings)
    }
  }

  private func checkClusterNetworks(nodes: Int, _ findings: TOMLFindings) {
    if let podNetwork {
      let spare = Limits.nodePrefixLength - podNetwork.prefix.length
      if spare < 0 || 1 << spare < nodes {
        var length = Limits.nodePrefixLength
        while length > 0, 1 << (Limits.nodePrefixLength - length) < nodes { length -= 1 }
        findings.error(
          "the pod network \(podNetwork.prefix) is too small for \(nodes) nodes",
          detail:
            "Kubernetes gives a /\(Limits.nodePrefixLength) of it to each: set pod_network to "
            + "a /\(length).",
          at: podNetwork.position ?? testbedPosition)
      }
    }
    if let serviceNetwork, !Limits.servicePrefixLength.contains(serviceNetwork.prefix.length) {
      findings.error(
        "the service network \(serviceNetwork.prefix) is too "
          + (serviceNetwork.prefix.length < Limits.servicePrefixLength.lowerBound
            ? "large" : "small"),
        detail: "kubeadm takes a length of \(Limits.servicePrefixLength.lowerBound) to "
          + "\(Limits.servicePrefixLength.upperBound).",
        at: serviceNetwork.position ?? testbedPosition)
    }
  }
}

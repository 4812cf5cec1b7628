import Diagnostics
import TOMLReading

extension InventoryDraft {
  /// The inventory, with every default filled in; nil when a required part is missing, which has been
  /// noted as an error then.
  func inventory(file: String, digest: String) -> Inventory? {
    guard let name, let topology = assembledTopology, let tunnelNetwork, let tunnelMTU,
      let tunnelPort,
      let podNetwork, let serviceNetwork,
      let kubernetes = kubernetes?.settings(
        podNetwork: podNetwork.prefix, serviceNetwork: serviceNetwork.prefix)
    else { return nil }
    var lab: LabSettings?
    if isLab {
      guard let labName else { return nil }
      lab = LabSettings(name: labName)
    }
    let assembledSites = sites.compactMap(assemble)
    let rules = latency.compactMap(\.rule)
    guard assembledSites.count == sites.count, rules.count == latency.count else { return nil }
    return Inventory(
      file: file, digest: digest,
      testbed: Testbed(
        name: name, topology: topology, tunnelNetwork: tunnelNetwork.prefix,
        tunnelMTU: tunnelMTU.value, tunnelPort: tunnelPort.value),
      lab: lab,
      kubernetes: kubernetes,
      loadBalancer: LoadBalancerSettings(etcd: etcd), sites: assembledSites, latency: rules)
  }

  private var assembledTopology: Testbed.Topology? {
    switch topology?.value {
    case "mesh": .mesh
    case "hub": hub.map { .hub(site: $0.value) }
    default: nil
    }
  }

  private func assemble(_ site: SiteDraft) -> Site? {
    guard let name = site.name, let lan = site.lan?.value, let draft = site.router,
      let router = assemble(draft, of: site)
    else { return nil }
    let hosts = site.hosts.compactMap { assemble($0, of: site, behind: router.name) }
    guard hosts.count == site.hosts.count else { return nil }
    return Site(
      name: name.value, lan: lan, location: site.location, city: site.city?.value, router: router,
      hosts: hosts, position: name.position)
  }

  private func assemble(_ router: RouterDraft, of site: SiteDraft) -> Router? {
    guard let name = router.machine.name, let wan = router.wan?.value, let lan = router.lan?.value,
      let reachable = router.reachable?.value
    else { return nil }
    return Router(
      name: name.value, wan: wan, lan: lan, reachable: reachable,
      ssh: settings(of: router.machine, in: site, address: wan, jump: nil),
      position: name.position)
  }

  private func assemble(_ host: HostDraft, of site: SiteDraft, behind router: String) -> Host? {
    guard let name = host.machine.name, let address = host.address?.value, let role = host.role
    else { return nil }
    return Host(
      name: name.value, address: address, role: role.value,
      ssh: settings(of: host.machine, in: site, address: address, jump: router),
      position: name.position)
  }

  /// How to log in to a machine: its own keys, then the site's, then the inventory's, then defaults.
  private func settings(
    of machine: MachineDraft, in site: SiteDraft, address: IPv4Address, jump: String?
  ) -> SSHSettings {
    let own = machine.ssh
    let effectiveJump =
      switch own.jump?.value {
      case .machine(let name)?: name
      case Jump.none?: String?.none
      case nil: jump
      }
    return SSHSettings(
      address: own.address ?? address.description,
      port: own.port ?? site.ssh.port ?? ssh.port,
      user: own.user ?? site.ssh.user ?? ssh.user ?? (isLab ? "root" : nil),
      identityFiles: own.identityFiles ?? site.ssh.identityFiles ?? ssh.identityFiles ?? [],
      sudo: own.sudo ?? site.ssh.sudo ?? ssh.sudo ?? false,
      jump: effectiveJump, hostKey: own.hostKey,
      allowsPassword: own.password ?? site.ssh.password ?? ssh.password ?? false)
  }
}

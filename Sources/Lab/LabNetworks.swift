import Diagnostics

#if canImport(Glibc)
  import Glibc
#endif

/// The networks of a lab as they are on the computer.
struct LabNetworks: Sendable {
  /// Where the store's own locks and marks lie.
  var store: LabStore
  /// Stops the work.
  var interruption: Interruption

  /// The namespaces that start with `pb-<lab>.` or are the lab's other two.
  static func namespaces(of lab: String) -> [String] {
    FileTree.names(in: MachineRecipe.namespaces).filter {
      $0.hasPrefix(LabLayout.machineNamespacePrefix(of: lab))
        || $0 == LabLayout.bridgesNamespace(of: lab) || $0 == LabLayout.operatorNamespace(of: lab)
    }
  }

  /// The links in the bridges' namespace, by name; none when there is no such namespace, or an
  /// interrupted run left the name of one.
  func ports(_ layout: LabLayout) throws(Problem) -> Set<String> {
    let listing = try HostCommand(
      "ip", ["-n", layout.bridgesNamespace, "-brief", "link", "show"]
    ).runToEnd(interruption)
    guard listing.status == 0 else { return [] }
    return Set(
      listing.text.split(whereSeparator: \.isNewline).compactMap { line in
        line.split(whereSeparator: { $0 == " " || $0 == "@" }).first.map(String.init)
      })
  }

  /// Makes the bridges and the operator's end, anew: with the old ones go all links to machines.
  func makeBackbone(_ layout: LabLayout) throws(Problem) {
    let namespaces = [layout.bridgesNamespace, layout.operatorNamespace]
    try delete(namespaces)
    try withNamespacesFolder { () throws(Problem) in
      try run(NetworkCommands.add(namespaces: namespaces))
    }
    try run(NetworkCommands.add(bridges: layout.bridges, layout: layout))
    let link = layout.operatorLink
    try run(NetworkCommands.attach([(link, layout.operatorNamespace)], layout: layout))
    try run(NetworkCommands.configure([link], namespace: layout.operatorNamespace))
  }

  /// Makes the networks of machines, anew: a machine that runs in the old ones is cut off.
  func make(_ recipes: [MachineRecipe], layout: LabLayout) throws(Problem) {
    if recipes.isEmpty { return }
    try detach(recipes.flatMap(\.node.links).map(\.port), layout: layout)
    try delete(recipes.map(\.node.namespace))
    try run(
      NetworkCommands.tap(
        recipes.filter { $0.kind == .userModeLinux }.flatMap(\.node.links), layout: layout))
    let machines = recipes.filter { $0.kind == .container }.map(\.node)
    try withNamespacesFolder { () throws(Problem) in
      try run(NetworkCommands.add(namespaces: machines.map(\.namespace)))
    }
    let links = machines.flatMap { node in node.links.map { ($0, namespace: node.namespace) } }
    try run(NetworkCommands.attach(links, layout: layout))
    try Interruption.forEach(machines) { node throws(Problem) in
      try run(NetworkCommands.configure(node.links, namespace: node.namespace))
    }
  }

  /// Deletes links of machines, as far as they are there. The kernel takes its time to delete those of a
  /// namespace that is gone, so that one may go by itself meanwhile, and be missed here.
  func detach(_ ports: [String], layout: LabLayout) throws(Problem) {
    let there = try self.ports(layout)
    let batch = NetworkCommands.detach(ports.filter(there.contains), layout: layout)
    guard !batch.lines.isEmpty else { return }
    _ = try HostCommand(
      "ip", ["-n", layout.bridgesNamespace, "-force", "-batch", "-"],
      input: batch.lines.joined(separator: "\n") + "\n"
    ).runToEnd(interruption)
  }

  /// Deletes namespaces, with all links in them.
  func delete(_ namespaces: [String]) throws(Problem) {
    let there = namespaces.filter { FileTree.exists(MachineRecipe.namespacePath($0)) }
    if there.isEmpty { return }
    try withNamespacesFolder { () throws(Problem) in
      try run(NetworkCommands.delete(namespaces: there))
    }
  }

  private func run(_ batch: NetworkCommands.Batch) throws(Problem) {
    guard !batch.lines.isEmpty else { return }
    let scope = batch.namespace.map { ["-n", $0] } ?? []
    let input = batch.lines.joined(separator: "\n") + "\n"
    try HostCommand("ip", scope + ["-batch", "-"], input: input).run(interruption)
  }

  /// Does something with the folder in which `ip netns` names namespaces. It makes the folder and
  /// mounts it when it is missing; when it was a lab that had it do so, it goes with the last
  /// namespace. The lock keeps one lab from taking the folder from under another.
  private func withNamespacesFolder(_ work: () throws(Problem) -> Void) throws(Problem) {
    try FileTree.makeFolder(store.root)
    let lock = try FileLock("\(store.root)/namespaces.lock", interruption: interruption) {}
    try withExtendedLifetime(lock) { () throws(Problem) in
      let mark = "\(store.root)/namespaces.ours"
      let folder = MachineRecipe.namespaces
      if !FileTree.exists(folder) { try FileTree.write("", to: mark) }
      try work()
      guard FileTree.exists(mark), FileTree.names(in: folder).isEmpty else { return }
      if FileTree.exists(folder) {
        // Not being a mount point is what an interrupted run may have left.
        _ = try HostCommand("umount", [folder]).runToEnd(interruption)
        rmdir(folder)
      }
      unlink(mark)
    }
    lock.remove()
  }
}

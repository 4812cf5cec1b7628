import Inventories

/// What `ip` is told, as values: lines for `ip -batch -`, in one namespace each.
enum NetworkCommands {
  /// Lines for one `ip -batch`.
  struct Batch: Sendable, Hashable {
    /// The namespace that the lines are about; nil for the computer's own, in which namespaces are
    /// added and deleted.
    var namespace: String?
    /// The lines.
    var lines: [String]
  }

  /// Adds namespaces.
  static func add(namespaces: [String]) -> Batch {
    Batch(namespace: nil, lines: namespaces.map { "netns add \($0)" })
  }

  /// Deletes namespaces, and with each the links in it.
  static func delete(namespaces: [String]) -> Batch {
    Batch(namespace: nil, lines: namespaces.map { "netns delete \($0)" })
  }

  /// Adds bridges to the bridges' namespace.
  static func add(bridges: [String], layout: LabLayout) -> Batch {
    Batch(
      namespace: layout.bridgesNamespace,
      lines: ["link set lo up"]
        + bridges.flatMap { ["link add name \($0) type bridge", "link set \($0) up"] })
  }

  /// Adds links from bridges to the namespaces of their other ends. Both ends are made where they
  /// stay: none is ever in the computer's own namespace.
  static func attach(_ links: [(LabLayout.Link, namespace: String)], layout: LabLayout) -> Batch {
    Batch(
      namespace: layout.bridgesNamespace,
      lines: links.flatMap { link, namespace in
        [
          "link add name \(link.port) type veth peer name \(link.name) netns \(namespace)",
          "link set \(link.port) master \(link.bridge)",
          "link set \(link.port) up",
        ]
      })
  }

  /// Adds links from bridges to the machines that make their cards of them: taps, which stay where
  /// they are.
  static func tap(_ links: [LabLayout.Link], layout: LabLayout) -> Batch {
    Batch(
      namespace: layout.bridgesNamespace,
      lines: links.flatMap { link in
        [
          "tuntap add dev \(link.port) mode tap", "link set \(link.port) master \(link.bridge)",
          "link set \(link.port) up",
        ]
      })
  }

  /// Deletes links from the bridges' namespace, and with each its other end.
  static func detach(_ ports: [String], layout: LabLayout) -> Batch {
    Batch(namespace: layout.bridgesNamespace, lines: ports.map { "link delete \($0)" })
  }

  /// Gives the cards in a namespace their addresses. There is no route but to what is on the link:
  /// before the VPN nobody reaches another site.
  static func configure(_ links: [LabLayout.Link], namespace: String) -> Batch {
    Batch(
      namespace: namespace,
      lines: ["link set lo up"]
        + links.flatMap {
          ["address add \($0.address)/\($0.prefixLength) dev \($0.name)", "link set \($0.name) up"]
        })
  }
}

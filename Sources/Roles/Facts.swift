/// What is known of the machines: each value comes from a machine's own answer.
package struct Facts: Sendable, Hashable {
  /// What is known of each machine that answered, by its name.
  package var hosts: [String: HostFacts]

  /// What is known of the machines.
  package init(hosts: [String: HostFacts] = [:]) { self.hosts = hosts }

  /// A registered fact; nil when it is not known, or not yet.
  package subscript(reference: FactReference) -> String? {
    hosts[reference.host]?.registered[reference.name]
  }
}

/// What is known of one machine.
package struct HostFacts: Sendable, Hashable {
  /// What every probe reports.
  package var system: SystemFacts
  /// What the `command` tasks with `register` have reported, by the fact's name.
  package var registered: [String: String]

  /// What is known of one machine.
  package init(system: SystemFacts, registered: [String: String] = [:]) {
    self.system = system
    self.registered = registered
  }
}

/// What every probe reports of its machine.
package struct SystemFacts: Sendable, Hashable {
  /// `ID` of /etc/os-release: `debian`; empty when unknown.
  package var osID: String
  /// `VERSION_ID` of /etc/os-release: `12`.
  package var osVersion: String
  /// `PRETTY_NAME` of /etc/os-release.
  package var osName: String
  /// `uname -r`.
  package var kernel: String
  /// `uname -m`: `x86_64`.
  package var architecture: String
  /// The machine's clock minus the operator's, in milliseconds, known to within the round trip; nil when not measured.
  package var clockOffsetMilliseconds: Double?
  /// The IPv4 addresses of its interfaces, `address/length`, by the interface's name.
  package var addresses: [String: [String]]
  /// Whether /dev/net/tun is there.
  package var hasTun: Bool
  /// Versions of the programs that stages ask about, by the program's name: `openvpn` → `2.6.14`; absent when not installed.
  package var versions: [String: String]
  /// Whether systemd runs the machine.
  package var hasSystemd: Bool

  /// What every probe reports.
  package init(
    osID: String = "", osVersion: String = "", osName: String = "", kernel: String = "",
    architecture: String = "", clockOffsetMilliseconds: Double? = nil,
    addresses: [String: [String]] = [:], hasTun: Bool = false, versions: [String: String] = [:],
    hasSystemd: Bool = false
  ) {
    self.osID = osID
    self.osVersion = osVersion
    self.osName = osName
    self.kernel = kernel
    self.architecture = architecture
    self.clockOffsetMilliseconds = clockOffsetMilliseconds
    self.addresses = addresses
    self.hasTun = hasTun
    self.versions = versions
    self.hasSystemd = hasSystemd
  }
}

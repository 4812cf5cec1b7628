import Inventories
import Roles

/// What a router told of its lanes: the fact `latency` of the role site-latency.
struct LaneState: Sendable, Hashable {
  /// A root queueing discipline that somebody else put on a tunnel device.
  struct Foreign: Sendable, Hashable {
    /// The device.
    var device: String
    /// Its kind and handle: `tbf 8001:`.
    var words: String
  }

  /// The fact's name.
  static let fact = "latency"

  /// Whether the kernel has `sch_netem`.
  private(set) var hasModule = false
  /// The natural round trips that are known, in microseconds, by the site at the other end.
  private(set) var baselines: [String: Int] = [:]
  /// What is in the way.
  private(set) var foreign: [Foreign] = []

  /// What a router told; nil when it did not. Lines that the role cannot have written are passed over.
  init?(of router: String, in facts: Facts) {
    guard let told = facts[FactReference(host: router, name: Self.fact)] else { return nil }
    for line in told.split(separator: "\n") {
      let words = line.split(separator: " ")
      switch (words.first, words.count) {
      case ("module", 2): hasModule = words[1] == "present"
      case ("baseline", 3):
        guard let microseconds = Int(words[2]), (0..<1_000_000_000).contains(microseconds) else {
          continue
        }
        baselines[String(words[1])] = microseconds
      case ("foreign", 4):
        foreign.append(Foreign(device: String(words[1]), words: "\(words[2]) \(words[3])"))
      default: continue
      }
    }
  }
}

/// The natural delays that a site's router does not know, and is to learn.
///
/// A path whose other end knows it already is not measured: what that end sends may be delayed by now,
/// so that the number would be wrong. (This is so when a router was set up anew.) A path whose other end
/// did not answer waits for a run in which it does.
struct BaselineMeasurement: Sendable, Hashable {
  /// The sites whose paths it measures.
  private(set) var asked: Set<String> = []
  /// What its program reads: a line for each site, with the microseconds where they are known.
  private(set) var lines = ""
  private var names: [String] = []

  /// The sites, for people.
  var words: String {
    names.count <= 4
      ? names.joined(separator: ", ")
      : names.prefix(3).joined(separator: ", ") + " and \(names.count - 3) more"
  }

  /// What is to be learnt, by the site whose router is to do so.
  static func needed(in inventory: Inventory, facts: Facts) -> [String: BaselineMeasurement] {
    guard inventory.sites.count > 1 else { return [:] }
    let states = inventory.sites.map { LaneState(of: $0.router.name, in: facts) }
    var needed: [String: BaselineMeasurement] = [:]
    for (site, state) in zip(inventory.sites, states) {
      guard let state else { continue }
      var own = BaselineMeasurement()
      for (peer, other) in zip(inventory.sites, states)
      where peer.name != site.name && state.baselines[peer.name] == nil {
        guard let other else { continue }
        own.names.append(peer.name)
        if let known = other.baselines[site.name] {
          own.lines += "\(peer.name) \(known)\n"
        } else {
          own.lines += "\(peer.name)\n"
          own.asked.insert(peer.name)
        }
      }
      if !own.names.isEmpty { needed[site.name] = own }
    }
    return needed
  }
}

import Diagnostics
import Inventories
import TOMLReading

extension LatencyProfile {
  /// What happens when on a testbed. `sites` says which site of the inventory a name of the profile
  /// stands for, where that is not what the profile says itself (`--site edge-1=vlan20`).
  ///
  /// Throws, with exit status 2, when a name stands for no site of the inventory, when two events begin
  /// at one instant on one path and ask different things, and when there is more than routers are sent.
  package func timetable(
    for inventory: Inventory, sites: [String: String] = [:]
  ) throws(Problem) -> Timetable {
    try timetable(for: inventory, sites: sites, mostChanges: ProfileLimits.changes)
  }

  /// A timetable of so many changes at most.
  func timetable(
    for inventory: Inventory, sites: [String: String] = [:], mostChanges: Int
  ) throws(Problem) -> Timetable {
    let names = try resolved(for: inventory, overriding: sites)
    var compiler = PathCompiler(
      profile: self, sites: inventory.sites.map(\.name),
      layers: events.map { PathLayer(event: $0, names: names) }, mostChanges: mostChanges)
    try compiler.run()
    return Timetable(
      events: compiler.sortedEvents, periodMilliseconds: periodMilliseconds,
      repetitions: repetitions, announcements: announcements,
      sites: names.sorted { $0.key < $1.key }.map {
        Timetable.NamedSite(name: $0.key, site: $0.value)
      })
  }
}

/// An event with the sites that its names stand for.
struct PathLayer {
  let event: ProfileEvent
  private let sites: [String]

  init(event: ProfileEvent, names: [String: String]) {
    self.event = event
    sites = event.ends.names.map { names[$0.value] ?? $0.value }
  }

  /// How the event sees the path between two sites: whether the left one is the first of its two; nil
  /// when the path is none of the event's.
  func seesLeftFirst(_ left: String, _ right: String) -> Bool? {
    switch event.ends {
    case .two:
      if sites == [left, right] { return true }
      return sites == [right, left] ? false : nil
    case .others(_, let first):
      guard sites[0] == left || sites[0] == right else { return nil }
      return (sites[0] == left) == first
    case .everyTwo: return true
    }
  }

  /// Whether, when both ask for something, this one is heard: it began later, or names the path more
  /// narrowly.
  func outranks(_ other: PathLayer) -> Bool {
    (event.begin, event.ends.narrowness, event.index)
      > (other.event.begin, other.event.ends.narrowness, other.event.index)
  }

  /// Whether neither of two is to be heard rather than the other.
  func rivals(_ other: PathLayer) -> Bool {
    event.begin == other.event.begin && event.ends.narrowness == other.event.ends.narrowness
  }
}

/// Puts the events of each path one over the other.
private struct PathCompiler {
  private let profile: LatencyProfile
  private let sites: [String]
  /// Those that are heard rather than others come last.
  private let layers: [PathLayer]
  /// The most changes of a repetition.
  private let mostChanges: Int
  /// What an event asks when that is the same on every path, by the event's number.
  private var common: [Int: [PathChange]] = [:]
  private var entries: [(from: Int, to: Int, event: Timetable.Event)] = []
  /// How many changes each site's router is sent.
  private var counts: [Int]
  private var contradictions: [[Int]: Diagnostic] = [:]

  init(profile: LatencyProfile, sites: [String], layers: [PathLayer], mostChanges: Int) {
    self.profile = profile
    self.mostChanges = mostChanges
    self.sites = sites
    self.layers = layers.sorted { $1.outranks($0) }
    counts = sites.map { _ in 0 }
  }

  /// By time, then by the inventory's order.
  var sortedEvents: [Timetable.Event] {
    entries.sorted {
      ($0.event.milliseconds, $0.from, $0.to) < ($1.event.milliseconds, $1.from, $1.to)
    }.map(\.event)
  }

  /// Compiles every path.
  mutating func run() throws(Problem) {
    for left in sites.indices {
      for right in sites.indices.dropFirst(left + 1) {
        var onPath: [(layer: PathLayer, leftFirst: Bool)] = []
        for layer in layers {
          guard let leftFirst = layer.seesLeftFirst(sites[left], sites[right]) else { continue }
          onPath.append((layer, leftFirst))
        }
        if !onPath.isEmpty { try compile(left, right, onPath) }
      }
    }
    guard contradictions.isEmpty else {
      throw Problem(
        contradictions.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.value),
        exitStatus: .usage)
    }
  }

  /// Compiles one path, by going through the moments at which any of its events asks something else.
  private mutating func compile(
    _ left: Int, _ right: Int, _ onPath: [(layer: PathLayer, leftFirst: Bool)]
  ) throws(Problem) {
    var moments: [(milliseconds: Int, layer: Int, state: PathState)] = []
    for (number, (layer, leftFirst)) in onPath.enumerated() {
      let event = layer.event
      for change in try changes(of: event, left, right) {
        moments.append(
          (
            event.begin + change.milliseconds, number,
            leftFirst ? change.state : change.state.reversed
          ))
      }
      if event.end < profile.periodMilliseconds {
        moments.append((event.end, number, .transparent))
      }
    }
    // No event has two of them at one time: its changes come before its end.
    moments.sort { ($0.milliseconds, $0.layer) < ($1.milliseconds, $1.layer) }
    var asked = onPath.map { _ in PathState.transparent }
    var states: [(milliseconds: Int, state: PathState)] = []
    var next = 0
    while next < moments.count {
      let time = moments[next].milliseconds
      while next < moments.count, moments[next].milliseconds == time {
        asked[moments[next].layer] = moments[next].state
        next += 1
      }
      let top = asked.lastIndex { $0 != .transparent }
      if let top { noteContradictions(to: top, asked, onPath.map(\.layer), left, right) }
      states.append((time, top.map { asked[$0] } ?? .natural))
    }
    try add(states, from: left, to: right)
    try add(states.map { ($0.milliseconds, $0.state.reversed) }, from: right, to: left)
  }

  private mutating func changes(
    of event: ProfileEvent, _ left: Int, _ right: Int
  ) throws(Problem) -> [PathChange] {
    if let known = common[event.index] { return known }
    // Both ways of a path go up and down together, whichever comes first in the inventory.
    let path = [sites[left], sites[right]].sorted()
    var random = SplitMix64(
      seed: profile.streamSeed(event: event.index, path: path))
    guard
      let changes = event.changes(
        every: profile.every, limit: ProfileLimits.changesOfRouter, random: &random)
    else { throw tooMany(ofOne: event) }
    if !event.action.isRandom { common[event.index] = changes }
    return changes
  }

  /// Notes the changes of one way; those alone at which something changes.
  private mutating func add(
    _ states: [(milliseconds: Int, state: PathState)], from: Int, to: Int
  ) throws(Problem) {
    var changes: [(milliseconds: Int, conditions: OneWayConditions?)] = []
    var current: OneWayConditions?
    for (time, state) in states {
      let wanted = state.leavingFirst
      if wanted != current { changes.append((time, wanted)) }
      current = wanted
    }
    // The next repetition must not begin with what the last one ended with.
    if profile.repetitions != 1, current != nil, changes.first?.milliseconds != 0 {
      changes.insert((0, nil), at: 0)
    }
    counts[from] += changes.count
    guard counts[from] <= ProfileLimits.changesOfRouter,
      entries.count + changes.count <= mostChanges
    else { throw tooMany(site: from) }
    for (time, conditions) in changes {
      entries.append(
        (
          from, to,
          Timetable.Event(
            milliseconds: time, from: sites[from], to: sites[to], conditions: conditions)
        ))
    }
  }

  /// Two that begin together and name the path as narrowly must ask the same.
  private mutating func noteContradictions(
    to top: Int, _ asked: [PathState], _ onPath: [PathLayer], _ left: Int, _ right: Int
  ) {
    for other in asked.indices.prefix(top).reversed() {
      guard onPath[other].rivals(onPath[top]) else { return }
      let (first, second) = (onPath[other].event, onPath[top].event)
      guard asked[other] != .transparent, asked[other] != asked[top],
        contradictions[[first.index, second.index]] == nil
      else { continue }
      contradictions[[first.index, second.index]] = profile.document.diagnostic(
        .error,
        "two events begin at \(QuantityText.time(second.begin)) between \(sites[left]) and "
          + "\(sites[right]), and ask different things",
        detail:
          "The other is in line \(first.position.line). Of events that begin together, one that names "
          + "its sites more narrowly is heard: give one of the two another time, or make them one.",
        at: second.position)
    }
  }

  private func tooMany(ofOne event: ProfileEvent) -> Problem {
    Problem(
      [
        profile.document.diagnostic(
          .error, "the event makes more than \(ProfileLimits.changesOfRouter) changes",
          detail: Self.remedy, at: event.position)
      ], exitStatus: .usage)
  }

  private func tooMany(site: Int) -> Problem {
    let isRouters = counts[site] > ProfileLimits.changesOfRouter
    return Problem(
      isRouters
        ? "\(profile.file): the router of \(sites[site]) would be sent more than "
          + "\(ProfileLimits.changesOfRouter) changes"
        : "\(profile.file): a repetition has more than \(mostChanges) changes",
      detail: Self.remedy, exitStatus: .usage)
  }

  private static let remedy =
    "Set values less often (every, period, flap), make the repetition shorter (duration, with repeat), or "
    + "name fewer paths (between)."
}

extension PathState {
  /// The same, seen from the path's other end.
  var reversed: PathState {
    if case .conditions(let conditions) = self { .conditions(conditions.reversed) } else { self }
  }

  /// What packets that leave the first site are to meet; nil for what was there before.
  var leavingFirst: OneWayConditions? {
    if case .conditions(let conditions) = self { conditions.leavingFirst } else { nil }
  }
}

import ShellPrograms

/// What a router's program tells of its lanes: `RouterAgent.show`.
package struct AgentReport: Sendable, Hashable {
  /// Whose packets a lane's queueing discipline holds.
  package enum Ownership: String, Sendable, Hashable {
    /// planetbed put it there.
    case ours
    /// There is none but the kernel's own, or no such device.
    case absent
    /// Somebody else put it there: it is never touched.
    case foreign
  }

  /// What a lane holds for some time.
  package struct Held: Sendable, Hashable {
    /// When it ends, by the router's clock in milliseconds; nil for never.
    package var until: Int?
    /// The conditions, as `OneWayConditions.laneText` writes them.
    package var text: String
  }

  /// What the kernel tells of a lane.
  package struct Queue: Sendable, Hashable {
    /// Whose it is.
    package var ownership: Ownership
    /// How many packets have gone through since it is there; 0 when it is absent.
    package var sent: Int
    /// How many were thrown away, by `loss` or because `limit` was reached; 0 when it is absent.
    package var dropped: Int
    /// tc's own line; empty when it is absent.
    package var line: String
  }

  /// A lane, by the site that its packets are for.
  package struct Lane: Sendable, Hashable {
    /// The site.
    package var peer: String
    /// The tunnel device.
    package var device: String
    /// The path's natural round trip in microseconds; nil when it has not been measured.
    package var baselineMicroseconds: Int?
    /// What the inventory asked when it was applied, as `OneWayConditions.laneText` writes it; nil
    /// for nothing.
    package var own: String?
    /// What is held; nil for nothing.
    package var held: Held?
    /// What is in force; nil for nothing.
    package var now: String?
    /// What the kernel tells.
    package var queue: Queue
  }

  /// A run that is under way.
  package struct Run: Sendable, Hashable {
    /// What it is called.
    package var name: String
    /// When it begins or began, by the router's clock in milliseconds.
    package var start: Int
    /// When it ends at the latest; nil for never.
    package var until: Int?
  }

  /// A change that a run has made.
  package struct Fired: Sendable, Hashable {
    /// When it was to be made, in milliseconds from the run's beginning.
    package var offset: Int
    /// How much later it was made, in milliseconds.
    package var late: Int
  }

  /// The router's clock when it told, in milliseconds since it was started.
  package var uptime: Int
  /// Whether its kernel has `sch_netem`.
  package var hasModule: Bool
  /// The lanes, in the order of the inventory that was applied.
  package var lanes: [Lane]
  /// The run that is under way.
  package var run: Run?
  /// The last changes of that run, or of the last one since the router was started, in order.
  package var fired: [Fired]

  /// The lane to a site.
  package func lane(to peer: String) -> Lane? { lanes.first { $0.peer == peer } }
}

extension AgentReport {
  /// How many lanes are believed: more sites than a testbed can have.
  static let mostLanes = 10_000
  /// How many changes are told at most.
  static let mostFired = 1_000

  /// Reads what `RouterAgent.show` wrote. Throws when it is not that.
  package init(_ text: String) throws(FrameError) {
    self.init(uptime: 0, hasModule: false, lanes: [], run: nil, fired: [])
    var places: [String: Int] = [:]
    var hasUptime = false
    for line in text.split(separator: "\n") {
      var words = Words(line)
      guard let kind = words.next() else { continue }
      switch kind {
      case "uptime":
        uptime = try words.number()
        hasUptime = true
      case "module": hasModule = words.next() == "present"
      case "run":
        run = Run(
          name: try words.name(), start: try words.number(), until: try words.deadline())
      case "fired":
        guard fired.count < Self.mostFired else { throw FrameError("it tells of too many changes") }
        fired.append(Fired(offset: try words.number(), late: try words.number()))
      case "lane":
        let peer = try words.name()
        guard lanes.count < Self.mostLanes, places[peer] == nil else {
          throw FrameError("it tells of a lane twice, or of too many")
        }
        places[peer] = lanes.count
        lanes.append(
          Lane(
            peer: peer, device: try words.name(),
            queue: Queue(ownership: .absent, sent: 0, dropped: 0, line: "")))
      case "baseline", "own", "held", "now", "qdisc":
        guard let place = places[try words.name()] else {
          throw FrameError("it tells of a lane that it has not named")
        }
        try lanes[place].read(String(kind), &words)
      default: throw FrameError("it is not a report of delays")
      }
    }
    guard hasUptime else { throw FrameError("it is not a report of delays") }
  }
}

extension AgentReport.Lane {
  /// Takes a line that is about the lane.
  fileprivate mutating func read(
    _ kind: String, _ words: inout Words
  ) throws(FrameError) {
    switch kind {
    case "baseline": baselineMicroseconds = try words.number()
    case "own": own = words.rest
    case "held": held = .init(until: try words.deadline(), text: words.rest)
    case "now": now = words.rest
    default:
      guard let word = words.next(),
        let ownership = AgentReport.Ownership(rawValue: String(word))
      else { throw FrameError("it does not say whose a queueing discipline is") }
      queue = .init(
        ownership: ownership, sent: try words.number(), dropped: try words.number(),
        line: words.rest)
    }
  }
}

/// The words of a line, one after the other.
private struct Words {
  private var line: Substring

  init(_ line: Substring) { self.line = line }

  /// The next word; nil at the line's end.
  mutating func next() -> Substring? {
    line = line.drop { $0 == " " }
    let word = line.prefix { $0 != " " }
    line = line.dropFirst(word.count)
    return word.isEmpty ? nil : word
  }

  /// A whole number that is not negative.
  mutating func number() throws(FrameError) -> Int {
    guard let word = next(), word.utf8.count <= 18,
      word.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(word)
    else { throw FrameError("a number is missing") }
    return number
  }

  /// A time at which something ends; 0 stands for never.
  mutating func deadline() throws(FrameError) -> Int? {
    let time = try number()
    return time == 0 ? nil : time
  }

  /// A name of a site, a device or a run.
  mutating func name() throws(FrameError) -> String {
    guard let word = next(), word.utf8.count <= 64,
      word.utf8.allSatisfy({ (33...126).contains($0) })
    else { throw FrameError("a name is missing") }
    return String(word)
  }

  /// What is left of the line, of a length that is fit to be shown.
  var rest: String { String(line.drop { $0 == " " }.prefix(500)) }
}

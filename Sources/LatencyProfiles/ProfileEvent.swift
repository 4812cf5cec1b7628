import Diagnostics
import Inventories
import TOMLReading

/// An event of a profile: what paths are like from a moment on.
struct ProfileEvent: Sendable {
  /// Which paths, in the profile's names.
  enum Ends: Sendable {
    /// That between two sites.
    case two(Located<String>, Located<String>)
    /// Those between a site and every other; it is the first site of each when the file names it first.
    case others(of: Located<String>, first: Bool)
    /// All.
    case everyTwo

    /// The names in it.
    var names: [Located<String>] {
      switch self {
      case .two(let first, let second): [first, second]
      case .others(let name, _): [name]
      case .everyTwo: []
      }
    }

    /// How narrowly it names its paths: of two events that begin together, the narrower holds.
    var narrowness: Int { names.count }

    /// For those who watch: `device ↔ edge-1`.
    var text: String {
      switch self {
      case .two(let first, let second): "\(first.value) ↔ \(second.value)"
      case .others(let name, _): "\(name.value) ↔ all"
      case .everyTwo: "all"
      }
    }
  }

  /// What it does.
  enum Action: Sendable {
    /// The path is as before the run.
    case clear
    /// Nothing passes.
    case partition
    /// Up and cut in turn; while up as given, or as without the event.
    case flap(Flap, whileUp: PathConditions?)
    /// As given, all the time.
    case steady(PathConditions)
    /// Evenly from one to the other, in so many milliseconds, and anew.
    case ramp(from: PathConditions, to: PathConditions, period: Int)
    /// From one to the other and back, in so many milliseconds, and anew.
    case sine(from: PathConditions, to: PathConditions, period: Int)
    /// One after the other, all of them in so many milliseconds, and anew; each part longer or shorter
    /// by a share.
    case step([PathConditions], period: Int, spread: Double)
    /// As a file says, and anew after so many milliseconds.
    case trace([TraceLine], period: Int, file: String)

    /// Whether it is not the same on every path.
    var isRandom: Bool {
      switch self {
      case .flap(let flap, _): flap.spread > 0
      case .step(_, _, let spread): spread > 0
      default: false
      }
    }
  }

  /// How a path is up and cut in turn.
  struct Flap: Sendable {
    /// How long it is up, in milliseconds.
    var up: Int
    /// How long it is cut, in milliseconds.
    var down: Int
    /// By what share each of them is longer or shorter.
    var spread: Double
  }

  /// Its number in the file, from 0.
  var index: Int
  /// Where it stands.
  var position: SourcePosition
  /// When it begins, in milliseconds.
  var begin: Int
  /// When it ends, in milliseconds.
  var end: Int
  /// Which paths.
  var ends: Ends
  /// What it does.
  var action: Action
}

/// A line of a trace.
struct TraceLine: Sendable {
  /// From when on it holds, in milliseconds from the event's beginning.
  var milliseconds: Int
  /// What the path is like then.
  var conditions: PathConditions
}

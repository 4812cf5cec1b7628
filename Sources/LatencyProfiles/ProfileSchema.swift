import Inventories
import TOMLReading

/// Every key of a profile: `LatencyProfile.read` reads by it, and the tables of `docs/profiles.md` are
/// made from it.
package enum ProfileSchema {
  /// The tables in the order of the reference.
  package static let tables = [Root.schema, sites, EventKeys.schema, FlapKeys.schema]

  enum Root {
    static let description = TOMLKey(
      "description", .string, .optional("nothing"), "What it is, in a sentence.")
    static let duration = TOMLKey(
      "duration", .time(ProfileLimits.shortestRepetition...ProfileLimits.longestTime),
      .optional("the last `until`; an error when an event begins then or later"),
      "How long one repetition takes.")
    static let repetitions = TOMLKey(
      "repeat", .repetitions, .byDefault(1),
      "How often all of it happens, one repetition after another; `\"forever\"`: until the run is ended."
    )
    static let seed = TOMLKey(
      "seed", .integer(0...4_294_967_295), .byDefault(0),
      "What random things follow from. The same seed gives the same timetable on every computer.")
    static let every = TOMLKey(
      "every", .time(ProfileLimits.every), .byDefault(250),
      "How often a ramp and a sine set a new value.")
    static let sites = TOMLKey(
      "sites", .table, .optional("the events name sites of the inventory"),
      "Which site of the inventory each of the profile's names stands for.")
    static let event = TOMLKey("event", .tables, .required, "What happens when.")

    static let schema = TOMLTableSchema(
      "the profile", "The keys and tables of a profile.",
      keys: [description, duration, repetitions, seed, every, sites, event])
  }

  /// A table whose keys are the user's own.
  static let sites = TOMLTableSchema(
    "[sites]",
    "Each key is a name that the events use, its value the site of the inventory that it stands for unless "
      + "the command line says otherwise (`--site edge-1=vlan20`). A name that is not here is a site's own.",
    keys: [
      TOMLKey(
        "NAME", TOMLForm<String>.name, .optional("the site of that name"),
        "The site that the name stands for.")
    ])

  enum EventKeys {
    static let at = TOMLKey(
      "at", .time(0...ProfileLimits.longestTime), .required,
      "When it begins, from the beginning of the repetition.")
    static let until = TOMLKey(
      "until", .time(1...ProfileLimits.longestTime), .optional("the repetition's end"),
      "When it ends. Then holds again what would hold without it.")
    static let between = TOMLKey(
      "between", .ends, .required,
      "The path: two names of sites; one name and `\"all\"`, for its paths to all others; or `\"all\"` alone, "
        + "for every path.")
    static let clear = TOMLKey(
      "clear", .isSo, .optional("no"),
      "The path is as it was before the run.")
    static let partition = TOMLKey(
      "partition", .isSo, .optional("no"),
      "The path is cut: every packet is lost, both ways.")
    static let flap = TOMLKey(
      "flap", .table, .optional("no"),
      "The path is up and cut in turn. While it is up, it is as the event's quantities say, or, without any, "
        + "as it would be without the event.")
    static let shape = TOMLKey(
      "shape", .oneOf(ShapeName.allCases.map(\.rawValue)),
      .optional("what it asks for does not change"),
      "How quantities move that are given as an array, such as `rtt = [\"10ms\", \"200ms\"]`. `\"ramp\"`: evenly "
        + "from the first value to the second. `\"sine\"`: from the first to the second and back, in the shape "
        + "of a wave. `\"step\"`: one value after the other, each for an equal part of the period. `\"trace\"`: "
        + "as the `file` says.")
    static let period = TOMLKey(
      "period", .time(1...ProfileLimits.longestTime), .optional("from `at` to the event's end"),
      "How long a shape takes before it begins anew.")
    static let spread = TOMLKey(
      "spread", .percentage, .optional("none"),
      "By how much of it each part of a `\"step\"` is longer or shorter, at random.")
    static let file = TOMLKey(
      "file", .string, .optional("an error with `shape = \"trace\"`"),
      "The trace: a CSV file with the columns `seconds` and `rtt_ms`, and perhaps `jitter_ms` and `loss` (a "
        + "percentage), named in its first line. Each line holds from that time on, counted from `at`. Its path "
        + "begins at the profile's folder.")

    static let schema = TOMLTableSchema(
      "[[event]]",
      "What a path is like from a moment on, or for a time. It says all of what the path is like: nothing "
        + "of what held before is left.",
      keys: [at, until, between] + PathQuantities.schema.keys + [
        clear, partition, flap, shape, period, spread, file,
      ])
  }

  enum FlapKeys {
    static let up = TOMLKey(
      "up", .time(ProfileLimits.flap), .required, "How long the path is up; it begins so.")
    static let down = TOMLKey(
      "down", .time(ProfileLimits.flap), .required, "How long it is cut then.")
    static let spread = TOMLKey(
      "spread", .percentage, .optional("none"),
      "By how much of it each of these times is longer or shorter, at random; every path by itself."
    )

    static let schema = TOMLTableSchema(
      "flap", "How a path is up and cut in turn.", keys: [up, down, spread])
  }
}

/// The shapes that quantities move in.
enum ShapeName: String, CaseIterable {
  case ramp, sine, step, trace
}

/// Bounds of profiles.
enum ProfileLimits {
  /// The longest time in a profile, in milliseconds: 30 days.
  static let longestTime = TraceFile.latest
  /// The shortest repetition, in milliseconds: routers begin every one of them anew.
  static let shortestRepetition = 1000
  /// How often values may be set, in milliseconds: routers keep their times to 20 ms.
  static let every = 50...3_600_000
  /// How long a flapping path may be up or down, in milliseconds.
  static let flap = 50...longestTime
  /// The most repetitions that are counted.
  static let repetitions = 1_000_000
  /// The most events of a profile.
  static let events = 1000
  /// The most values of a step.
  static let values = 1000
  /// The most that one router is sent, in changes: about 5 MB.
  static let changesOfRouter = TraceFile.longest
  /// The most changes of a timetable.
  static let changes = 1_000_000
}

extension TOMLForm where Value == Int {
  /// A time within a run, in milliseconds.
  static func time(_ range: ClosedRange<Int>) -> TOMLForm {
    TOMLForm(
      "time",
      decode: { value throws(TOMLMismatch) in
        let detail =
          "Write a number with its unit, ms, s, min or h, such as \"250ms\", \"60s\" or \"5min\"; it is whole "
          + "milliseconds."
        let text = try value.expectString(detail: detail)
        guard let exact = Notation.milliseconds(text), exact < 1e15,
          // What is written in decimals need not be whole in binary: 0.29 s are 290 ms.
          abs(exact - exact.rounded()) < 1e-6
        else {
          throw TOMLMismatch("is not a time: \(tomlLiteral(text))", detail: detail)
        }
        let milliseconds = Int(exact.rounded())
        guard range.contains(milliseconds) else {
          let (low, high) = (
            QuantityText.time(range.lowerBound), QuantityText.time(range.upperBound)
          )
          throw TOMLMismatch("must be \(low) to \(high), not \(tomlLiteral(text))")
        }
        return milliseconds
      }, write: { tomlLiteral(QuantityText.time($0).filter { $0 != " " }) })
  }

  /// How often; `forever` is 0.
  static var repetitions: TOMLForm {
    TOMLForm(
      "1 to \(ProfileLimits.repetitions), or `\"forever\"`",
      decode: { value throws(TOMLMismatch) in
        if value.string == "forever" { return 0 }
        guard value.integer != nil else {
          throw TOMLMismatch(
            "must be a whole number or \"forever\", not "
              + (value.string.map(tomlLiteral) ?? value.typeName))
        }
        return try TOMLForm.integer(1...ProfileLimits.repetitions).decode(value)
      }, write: { $0 == 0 ? "\"forever\"" : String($0) })
  }
}

extension TOMLForm where Value == Bool {
  /// `true`; what is not so is left out.
  static var isSo: TOMLForm {
    TOMLForm(
      "`true`",
      decode: { value throws(TOMLMismatch) in
        guard value.boolean == true else {
          throw TOMLMismatch(
            "must be true" + (value.boolean == nil ? ", not \(value.typeName)" : ""),
            detail: "Leave it out when it is not so.")
        }
        return true
      }, write: { String($0) })
  }
}

extension TOMLForm where Value == ProfileEvent.Ends {
  /// The ends of a path, or of several.
  static var ends: TOMLForm {
    let detail =
      "Write two names, [\"device\", \"edge-1\"], a name and \"all\", [\"device\", \"all\"], or \"all\" alone."
    return TOMLForm(
      "two names, a name and `\"all\"`, or `\"all\"`",
      decode: { value throws(TOMLMismatch) in
        if value.string == "all" { return .everyTwo }
        guard let elements = value.array, elements.count == 2 else {
          throw TOMLMismatch("must be two names of sites, or \"all\"", detail: detail)
        }
        var names: [Located<String>] = []
        for element in elements {
          do throws(TOMLMismatch) {
            names.append(Located(try TOMLForm<String>.name.decode(element), at: element.position))
          } catch {
            throw TOMLMismatch(
              "names no sites: this \(error.what)", detail: error.detail, at: element.position)
          }
        }
        guard names[0].value != names[1].value else {
          throw TOMLMismatch(
            names[0].value == "all"
              ? "is \"all\" twice" : "is between \(tomlLiteral(names[0].value)) and itself",
            detail: names[0].value == "all"
              ? "Write between = \"all\"."
              : "The path within a site is its LAN, which planetbed leaves alone.",
            at: names[1].position)
        }
        if names[0].value == "all" { return .others(of: names[1], first: false) }
        if names[1].value == "all" { return .others(of: names[0], first: true) }
        return .two(names[0], names[1])
      }, write: { $0.text })
  }
}

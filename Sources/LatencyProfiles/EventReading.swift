import Diagnostics
import Inventories
import TOMLReading

/// Reads one `[[event]]`.
struct EventReading {
  private typealias Keys = ProfileSchema.EventKeys

  private let findings: TOMLFindings
  private let reader: TOMLTableReader
  private let quantities: EventQuantities

  /// Where its header is.
  let position: SourcePosition
  /// When it begins.
  let at: Located<Int>?
  /// When it ends; nil for the repetition's end.
  let until: Located<Int>?
  /// Whether the file says when it ends, be it rightly written or not.
  let hasUntil: Bool
  /// Which paths.
  let ends: Located<ProfileEvent.Ends>?
  private let shape: Located<ShapeName>?
  private let file: Located<String>?

  init(_ table: Located<TOMLTable>, in document: TOMLDocument, findings: TOMLFindings) {
    self.findings = findings
    reader = TOMLTableReader(table, by: Keys.schema, findings: findings)
    quantities = EventQuantities(table, in: document)
    position = table.position
    at = reader.read(Keys.at)
    until = reader.read(Keys.until)
    hasUntil = reader.has(Keys.until)
    ends = reader.read(Keys.between)
    shape = reader.read(Keys.shape).flatMap { written in
      ShapeName(rawValue: written.value).map { Located($0, at: written.position) }
    }
    file = reader.read(Keys.file)
    if let at, let until, until.value <= at.value {
      findings.error(
        "the event ends before it begins",
        detail: "Both at and until are counted from the beginning of the repetition.",
        at: until.position)
    }
  }

  /// The name of the trace file that it wants to be read.
  var traceFile: Located<String>? { shape?.value == .trace ? file : nil }

  /// The event in a repetition of so many milliseconds; nil when something is wrong with it, which is
  /// noted, or when it is not known how long a repetition takes.
  func event(index: Int, period: Int?, every: Int, trace: TraceFile?) -> ProfileEvent? {
    // Looked at before anything is missed, so that all that is wrong is told.
    let action = action(
      span: (until?.value ?? period).flatMap { end in at.map { max(1, end - $0.value) } },
      every: every, trace: trace)
    guard let at, let ends, let action, let end = until?.value ?? period else { return nil }
    return ProfileEvent(
      index: index, position: position, begin: at.value, end: end, ends: ends.value,
      action: action)
  }

  private func action(span: Int?, every: Int, trace: TraceFile?) -> ProfileEvent.Action? {
    checkCombination()
    let values = quantities.values(findings, motion: motion(trace))
    if case .everyTwo? = ends?.value, quantities.isAsymmetric {
      findings.error(
        "one_way between all",
        detail: "Of every two sites, none is the first. Name one: between = [\"device\", \"all\"].",
        at: quantities.oneWayPosition ?? position)
    }
    if reader.has(Keys.clear) { return reader.read(Keys.clear) == nil ? nil : .clear }
    if reader.has(Keys.partition) { return reader.read(Keys.partition) == nil ? nil : .partition }
    if reader.has(Keys.flap) {
      guard let flap = readFlap(), let values else { return nil }
      return .flap(flap, whileUp: values.first)
    }
    guard reader.has(Keys.shape) else { return values?.first.map { .steady($0) } }
    guard let shape, let values, let period = reader.read(Keys.period)?.value ?? span else {
      return nil
    }
    return moving(shape, values, period: period, every: every, trace: trace)
  }

  private func motion(_ trace: TraceFile?) -> EventQuantities.Motion {
    guard reader.has(Keys.shape) else { return .none }
    switch shape?.value {
    case .trace?: return trace.map { .trace($0) } ?? .unknown
    case .ramp?, .sine?, .step?: return .values
    case nil: return .unknown
    }
  }

  /// An event does one thing, and has only the keys that it needs for that.
  private func checkCombination() {
    let things = [
      (Keys.clear.name, reader.has(Keys.clear), reader.keyPosition(Keys.clear)),
      (Keys.partition.name, reader.has(Keys.partition), reader.keyPosition(Keys.partition)),
      (Keys.flap.name, reader.has(Keys.flap), reader.keyPosition(Keys.flap)),
      (Keys.shape.name, reader.has(Keys.shape), reader.keyPosition(Keys.shape)),
    ].filter(\.1)
    if things.count > 1 {
      findings.error(
        "\(things[0].0) and \(things[1].0) in one event",
        detail: "An event does one thing; of two that overlap, the one that began later is heard.",
        at: things[1].2)
    }
    if let first = quantities.firstKey, let thing = things.first,
      thing.0 == Keys.clear.name || thing.0 == Keys.partition.name
    {
      findings.error(
        "\(first.value) with \(thing.0)",
        detail: thing.0 == Keys.clear.name
          ? "With clear, the path is as it was before the run."
          : "With partition, nothing passes.", at: first.position)
    }
    if things.isEmpty, quantities.firstKey == nil {
      findings.error(
        "an event that asks for nothing",
        detail: "Give a quantity such as rtt or loss, or clear, partition, flap or shape.",
        at: position)
    }
    if !reader.has(Keys.shape), reader.has(Keys.period) {
      findings.error(
        "period without shape", detail: "It says how long a shape takes.",
        at: reader.keyPosition(Keys.period))
    }
    if reader.has(Keys.spread), shape?.value != .step {
      findings.error(
        "spread without shape = \"step\"",
        detail: reader.has(Keys.flap)
          ? "That of a flap is in its table: flap = { up = \"5s\", down = \"1s\", spread = \"20%\" }."
          : "It varies how long the parts of a step are.", at: reader.keyPosition(Keys.spread))
    }
    if reader.has(Keys.file), shape?.value != .trace {
      findings.error(
        "file without shape = \"trace\"", detail: "It names the trace.",
        at: reader.keyPosition(Keys.file))
    }
    if let shape, shape.value == .trace, !reader.has(Keys.file) {
      findings.error(
        "a trace without a file", detail: "Name it: file = \"trace.csv\".", at: shape.position)
    }
  }

  private func readFlap() -> ProfileEvent.Flap? {
    typealias Keys = ProfileSchema.FlapKeys
    guard let table = reader.read(ProfileSchema.EventKeys.flap) else { return nil }
    let flap = TOMLTableReader(table, by: Keys.schema, findings: findings)
    let (up, down, spread) = (flap.read(Keys.up), flap.read(Keys.down), flap.read(Keys.spread))
    guard let up, let down else { return nil }
    if let spread { checkSpread(spread, shortest: min(up.value, down.value)) }
    return ProfileEvent.Flap(up: up.value, down: down.value, spread: spread?.value ?? 0)
  }

  /// With its spread, the shortest part still holds as long as a value must.
  private func checkSpread(_ spread: Located<Double>, shortest part: Int) {
    let least = ProfileLimits.every.lowerBound
    guard part >= least, Double(part) * (1 - spread.value) < Double(least) else { return }
    findings.error(
      "with this spread, a part of \(QuantityText.time(part)) may be over at once",
      detail: "It must last \(least) ms at least: give a smaller spread, or a longer part.",
      at: spread.position)
  }

  private func moving(
    _ shape: Located<ShapeName>, _ values: [PathConditions], period: Int, every: Int,
    trace: TraceFile?
  ) -> ProfileEvent.Action? {
    func expect(_ least: Int, _ what: String) -> Bool {
      if period >= least { return true }
      findings.error(
        "the shape has a period of \(QuantityText.time(period)) only",
        detail: "\(QuantityText.time(least)) at least: \(what).",
        at: reader.has(Keys.period) ? reader.keyPosition(Keys.period) : shape.position)
      return false
    }
    switch shape.value {
    case .trace:
      guard let trace, let file, let base = values.first,
        expect(ProfileLimits.every.lowerBound, "no value may hold for less")
      else { return nil }
      return .trace(
        trace.lines.map { TraceLine($0, over: base) }, period: period, file: file.value)
    case .step:
      let spread = reader.read(Keys.spread)
      if let spread { checkSpread(spread, shortest: period / values.count) }
      guard
        expect(
          values.count * ProfileLimits.every.lowerBound,
          "each of its \(values.count) values holds \(ProfileLimits.every.lowerBound) ms or longer")
      else { return nil }
      return .step(values, period: period, spread: spread?.value ?? 0)
    case .ramp, .sine:
      guard values.count == 2 else {
        findings.error(
          "a \(shape.value.rawValue) goes between two values, not \(values.count)",
          detail: "For one value after the other there is shape = \"step\".", at: shape.position)
        return nil
      }
      guard expect(4 * every, "values are set every \(QuantityText.time(every)) (see every)") else {
        return nil
      }
      return shape.value == .ramp
        ? .ramp(from: values[0], to: values[1], period: period)
        : .sine(from: values[0], to: values[1], period: period)
    }
  }
}

extension TraceLine {
  /// A line over what the event says for all lines.
  init(_ line: TraceFile.Line, over base: PathConditions) {
    var conditions = base
    conditions.delay = .total(roundTrip: line.roundTripMilliseconds)
    if let jitter = line.jitterMilliseconds {
      var varied = base.jitter ?? Jitter(roundTripMilliseconds: 0)
      varied.roundTripMilliseconds = jitter
      conditions.jitter = jitter > 0 ? varied : nil
    }
    if let loss = line.loss { conditions.loss = loss }
    self.init(milliseconds: line.milliseconds, conditions: conditions)
  }
}

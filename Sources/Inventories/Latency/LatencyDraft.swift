import Diagnostics
import TOMLReading

/// A `[[latency]]` as the file has it.
struct LatencyDraft {
  /// A key that gives a delay.
  struct DelayKey {
    var name: String
    var position: SourcePosition
  }

  var position: SourcePosition
  /// Whether the file says between which sites, be it rightly written or not.
  var isForAPair: Bool
  var between: Located<[Located<String>]>?
  var rtt: Located<Double>?
  var addedRTT: Located<Double>?
  var oneWay: Located<(from: Double, to: Double)>?
  var jitter: Located<Double>?
  var distribution: Located<String>?
  var correlation: Located<Double>?
  var loss: Located<Double>?
  var duplicate: Double?
  var reorder: Located<Double>?
  var corrupt: Double?
  var rate: Double?
  var matrix: Located<String>?
  var servers: Located<String>?
  var model: Located<String>?
  var factor: Located<Double>?
  /// Every delay that the file gives, be it rightly written or not, in its order.
  var delays: [DelayKey]
  /// Whether the file gives a jitter, be it rightly written or not.
  var asksForJitter: Bool
  /// Whether the file asks for anything, be it rightly written or not.
  var asksForSomething: Bool
  /// What `matrix` says, once it is read.
  var measured: RoundTripMatrix?

  init(_ reader: TOMLTableReader) {
    typealias Keys = InventorySchema.LatencyKeys
    position = reader.position
    isForAPair = reader.has(Keys.between)
    between = reader.read(Keys.between)
    rtt = reader.read(Keys.rtt)
    addedRTT = reader.read(Keys.addedRTT)
    oneWay = Self.oneWay(reader)
    jitter = reader.read(Keys.jitter)
    distribution = reader.read(Keys.distribution)
    correlation = reader.read(Keys.correlation)
    loss = reader.read(Keys.loss)
    duplicate = reader.read(Keys.duplicate)?.value
    reorder = reader.read(Keys.reorder)
    corrupt = reader.read(Keys.corrupt)?.value
    rate = reader.read(Keys.rate)?.value
    matrix = reader.read(Keys.matrix)
    servers = reader.read(Keys.servers)
    model = reader.read(Keys.model)
    factor = reader.read(Keys.factor)
    delays = [
      (Keys.rtt.name, reader.has(Keys.rtt), reader.keyPosition(Keys.rtt)),
      (Keys.addedRTT.name, reader.has(Keys.addedRTT), reader.keyPosition(Keys.addedRTT)),
      (Keys.oneWay.name, reader.has(Keys.oneWay), reader.keyPosition(Keys.oneWay)),
      (Keys.matrix.name, reader.has(Keys.matrix), reader.keyPosition(Keys.matrix)),
      (Keys.model.name, reader.has(Keys.model), reader.keyPosition(Keys.model)),
    ].filter(\.1).map { DelayKey(name: $0.0, position: $0.2) }
      .sorted { ($0.position.line, $0.position.column) < ($1.position.line, $1.position.column) }
    asksForJitter = reader.has(Keys.jitter)
    asksForSomething =
      !delays.isEmpty || asksForJitter || reader.has(Keys.loss) || reader.has(Keys.duplicate)
      || reader.has(Keys.reorder) || reader.has(Keys.corrupt) || reader.has(Keys.rate)
  }

  private static func oneWay(_ reader: TOMLTableReader) -> Located<(from: Double, to: Double)>? {
    typealias Keys = InventorySchema.OneWayKeys
    guard let table = reader.read(InventorySchema.LatencyKeys.oneWay) else { return nil }
    let ways = TOMLTableReader(table, by: Keys.schema, findings: reader.findings)
    let from = ways.read(Keys.from)
    let to = ways.read(Keys.to)
    guard let from, let to else { return nil }
    for way in [from, to] where way.value > Double(Limits.longestRTT / 2) {
      reader.findings.error(
        "one_way is longer than tc can delay", detail: "At most \(Limits.longestRTT / 2000) s.",
        at: way.position)
    }
    return Located((from.value, to.value), at: table.position)
  }

  /// The delay that is said outright.
  var statedDelay: PathConditions.Delay? {
    if let rtt { return .total(roundTrip: rtt.value) }
    if let addedRTT { return .added(roundTrip: addedRTT.value) }
    return oneWay.map { .oneWay(from: $0.value.from, to: $0.value.to) }
  }

  /// How the delay varies, where the file says it, or a file that it names.
  var jitterDistribution: Jitter.Distribution {
    distribution.flatMap { Jitter.Distribution(rawValue: $0.value) } ?? .normal
  }

  /// What is said outright.
  var conditions: PathConditions {
    var conditions = PathConditions(delay: statedDelay)
    if let jitter, jitter.value > 0 {
      conditions.jitter = Jitter(
        roundTripMilliseconds: jitter.value, distribution: jitterDistribution,
        correlation: correlation?.value ?? 0)
    }
    conditions.loss = loss?.value ?? 0
    conditions.duplicate = duplicate ?? 0
    conditions.reorder = reorder?.value ?? 0
    conditions.corrupt = corrupt ?? 0
    conditions.rateBitsPerSecond = rate
    return conditions
  }

  /// The rule; nil when a part of it is missing, which has been noted then.
  var rule: LatencyRule? {
    let delays: LatencyRule.Delays
    if matrix != nil {
      guard let measured else { return nil }
      delays = .measured(measured)
    } else if model != nil {
      delays = .geographic(
        GeographicModel(factor: factor?.value ?? GeographicModel.measuredFactor))
    } else {
      delays = .stated
    }
    guard isForAPair else {
      return LatencyRule(.allPairs, conditions, delays: delays, position: position)
    }
    return between.map { between in
      LatencyRule(
        .pair(between.value[0].value, between.value[1].value), conditions, delays: delays,
        position: between.position)
    }
  }
}

import Inventories

/// Why a path is not as it is asked to be.
package enum DelayFault: Sendable, Hashable {
  /// No probe was answered; what ping complained of, or empty.
  case noAnswer(complaint: String)
  /// Too few probes were answered to tell anything.
  case fewAnswers(received: Int, sent: Int)
  /// The path is to be cut, and probes were answered.
  case notCut(received: Int, sent: Int)
  /// The mean is off: measured, expected and allowed for, in milliseconds.
  case mean(measured: Double, expected: Double, tolerance: Double)
  /// The standard deviation is out of the interval for as many probes, in milliseconds.
  case jitter(measured: Double, expected: Double, interval: ClosedRange<Double>)
  /// The share of lost probes does not go with what is asked.
  case loss(measured: Double, expected: Double, sent: Int)

  // What may be the cause.

  /// The path's natural delay is larger than what is asked, in milliseconds.
  case naturalLarger(natural: Double, asked: Double)
  /// Most times are as expected and a few are long; the median in milliseconds.
  case fewLong(median: Double)
  /// The path's natural delay seems to be another than when it was measured, in milliseconds.
  case naturalChanged(known: Double, fitting: Double)
  /// The lane's queue was full; how many packets it threw away.
  case dropped(router: String, device: String, packets: Int)
  /// The router's kernel has no netem.
  case moduleMissing(router: String)
  /// There is no queueing discipline of planetbed's on the device.
  case notInstalled(router: String, device: String)
  /// Somebody else's queueing discipline is on the device; tc's line.
  case foreign(router: String, device: String, line: String)
  /// The router keeps something else than what the inventory asks now.
  case outdated(router: String)
  /// The router has no program for delays, or does not know the lane.
  case unknownLane(router: String)

  /// Whether it is a cause, and no finding of its own.
  package var isCause: Bool {
    switch self {
    case .noAnswer, .fewAnswers, .notCut, .mean, .jitter, .loss: false
    default: true
    }
  }

  /// It in words, for people.
  package var text: String {
    func ms(_ value: Double) -> String { DelayText.milliseconds(value) }
    switch self {
    case .noAnswer(let complaint):
      return "no probe was answered" + (complaint.isEmpty ? "" : " (\(complaint))")
    case .fewAnswers(let received, let sent):
      return "only \(received) of \(sent) probes were answered, which tells nothing"
    case .notCut(let received, let sent):
      return "it is to be cut, and \(received) of \(sent) probes were answered"
    case .mean(let measured, let expected, let tolerance):
      return "the mean is \(ms(measured)), and should be within \(ms(tolerance)) of \(ms(expected))"
    case .jitter(let measured, let expected, let interval):
      return
        "the times vary by \(ms(measured)) where \(ms(expected)) are asked; from so many probes "
        + "\(ms(interval.lowerBound)) to \(ms(interval.upperBound)) would do"
    case .loss(let measured, let expected, let sent):
      let lost = "\(ConditionsText.percent(measured)) of \(sent) probes were lost"
      return expected > 0
        ? "\(lost), where \(ConditionsText.percent(expected)) of round trips should be"
        : "\(lost), where no loss is asked"
    case .naturalLarger(let natural, let asked):
      return "the path itself takes \(ms(natural)), more than the \(ms(asked)) that are asked: "
        + "no delay can be taken away"
    case .fewLong(let median):
      return
        "the median of the times is \(ms(median)): a few probes took long, as on a router that is "
        + "short of processor time"
    case .naturalChanged(let known, let fitting):
      return
        "the path itself took \(ms(known)) when that was measured; \(ms(fitting)) would fit now: "
        + "it has changed, or the routers were busy then, or are now"
    case .dropped(let router, let device, let packets):
      return "the queue on \(router) (\(device)) was full and threw away \(packets) packets: "
        + "more is sent than the rate or the queue's limit allows for"
    case .moduleMissing(let router):
      return "the kernel of \(router) has no sch_netem: on Fedora, RHEL and their kin install "
        + "kernel-modules-extra; on Debian and Ubuntu linux-image-amd64 or linux-modules-extra "
        + "of the running kernel"
    case .notInstalled(let router, let device):
      return "\(router) has no delay on \(device), though it should: planetbed apply puts it back"
    case .foreign(let router, let device, let line):
      return "\(device) of \(router) has a queueing discipline that is not planetbed's and is left "
        + "alone: \(line)"
    case .outdated(let router):
      return
        "\(router) has been told something else than what the inventory asks now: planetbed apply"
    case .unknownLane(let router):
      return "\(router) knows nothing of this delay yet: planetbed apply"
    }
  }
}

/// Measured times in sentences.
package enum DelayText {
  /// `0.41 ms`, `12.3 ms`, `300.2 ms`: a tenth, and a hundredth below ten.
  package static func milliseconds(_ value: Double) -> String {
    number(value) + " ms"
  }

  /// The same without its unit.
  package static func number(_ value: Double) -> String {
    guard value.isFinite, abs(value) < 1e9 else { return "–" }
    let places = abs(value) < 9.995 ? 100 : 10
    let (whole, rest) = Int((abs(value) * Double(places)).rounded())
      .quotientAndRemainder(dividingBy: places)
    let digits = String(places + rest).dropFirst()
    return "\(value < 0 ? "−" : "")\(whole).\(digits)"
  }
}

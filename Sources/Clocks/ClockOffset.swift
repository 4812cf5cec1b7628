/// A question to a machine's clock and its answer, in milliseconds.
package struct ClockExchange: Sendable, Hashable {
  /// When the question was sent, by this computer's clock.
  package var sent: Double
  /// When the answer had come, by this computer's clock.
  package var received: Double
  /// What the machine's clock showed when it answered.
  package var reading: Double
  /// By how much the machine's clock may have been further than it showed: the step in which it is
  /// shown; 0 when it was read the moment it stepped.
  package var step: Double

  /// A question and its answer.
  package init(sent: Double, received: Double, reading: Double, step: Double) {
    self.sent = sent
    self.received = received
    self.reading = reading
    self.step = step
  }
}

/// How far a machine's clock is ahead of this computer's.
///
/// An answer was given after its question was sent and before it was received, so each exchange
/// bounds the offset on both sides; all of them together bound it as the quickest way there and the
/// quickest way back do. What is left is the network's: that half of the quickest round trip is each
/// way's is assumed, as NTP does (RFC 5905, section 8).
package struct ClockOffset: Sendable, Hashable {
  /// The machine's clock minus this computer's, in milliseconds.
  package var milliseconds: Double
  /// How far the truth may be from that on each side, in milliseconds, were all of the round trip
  /// one way's.
  package var uncertainty: Double
  /// The quickest round trip in milliseconds.
  package var roundTrip: Double

  /// A known offset.
  package init(milliseconds: Double, uncertainty: Double, roundTrip: Double) {
    self.milliseconds = milliseconds
    self.uncertainty = uncertainty
    self.roundTrip = roundTrip
  }

  /// The offset that all exchanges agree with; nil when there is none, because a clock was set
  /// meanwhile, or when there are no exchanges.
  package init?(_ exchanges: [ClockExchange]) {
    guard let lower = exchanges.map({ $0.reading - $0.received }).max(),
      let bound = exchanges.map({ $0.reading + $0.step - $0.sent }).min(),
      let roundTrip = exchanges.map({ $0.received - $0.sent }).min()
    else { return nil }
    var upper = bound
    // An exact reading comes later than it was asked for, since the step was waited for: its own round
    // trip says nothing. But its way back was no longer than the quickest round trip.
    let exact = exchanges.filter { $0.step == 0 }.map { $0.reading - $0.received }.max()
    if let exact, exact == lower { upper = min(upper, exact + roundTrip) }
    guard lower <= upper else { return nil }
    milliseconds = (lower + upper) / 2
    uncertainty = (upper - lower) / 2
    self.roundTrip = roundTrip
  }

  /// What the machine's clock shows when this computer's shows `milliseconds`.
  package func machineTime(at milliseconds: Double) -> Double { milliseconds + self.milliseconds }

  /// What this computer's clock shows when the machine's shows `milliseconds`.
  package func ownTime(at milliseconds: Double) -> Double { milliseconds - self.milliseconds }
}

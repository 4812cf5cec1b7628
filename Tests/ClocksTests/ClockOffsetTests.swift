import Testing

@testable import Clocks

@Suite struct ClockOffsetTests {
  /// A machine whose clock is ahead, behind a network with delays of a test's own.
  private struct Machine {
    var ahead: Double
    var now = 5000.0

    /// Asks; `there` and `back` in milliseconds.
    mutating func ask(there: Double, back: Double, atStep: Bool) -> ClockExchange {
      let sent = now
      now += there
      var reading = ((now + ahead) / 10).rounded(.down) * 10
      if atStep {
        let step = reading + 10
        now = step - ahead
        reading = step
      }
      now += back
      return ClockExchange(sent: sent, received: now, reading: reading, step: atStep ? 0 : 10)
    }
  }

  private func offset(
    ahead: Double, _ delay: (Int) -> (there: Double, back: Double), steps: Bool = true
  ) throws -> ClockOffset {
    var machine = Machine(ahead: ahead)
    let exchanges = (0..<12).map { number in
      let (there, back) = delay(number)
      return machine.ask(there: there, back: back, atStep: steps && number % 2 == 1)
    }
    return try #require(ClockOffset(exchanges))
  }

  /// A round trip that is a multiple of the clock's step meets always the same part of it.
  @Test(arguments: [0.2, 3, 7.77, 10, 100, 300, 305], [0, 1234.5678, -98_765.4, 3e9])
  func evenDelaysAreFoundExactly(roundTrip: Double, ahead: Double) throws {
    let offset = try offset(ahead: ahead) { _ in (roundTrip / 2, roundTrip / 2) }
    #expect(abs(offset.milliseconds - ahead) < 0.01)
    #expect(abs(offset.roundTrip - roundTrip) < 0.01)
    #expect(offset.uncertainty <= roundTrip / 2 + 0.01)
  }

  /// Jitter of one way alone, as a busy computer's: the quickest exchanges count.
  @Test func jitterOfOneWayDoesNotMoveIt() throws {
    let late = [0, 41, 17, 3, 88, 0, 25, 9, 60, 33, 12, 5].map(Double.init)
    let there = try offset(ahead: 700) { (150 + late[$0], 150) }
    #expect(abs(there.milliseconds - 700) < 0.01)
    let back = try offset(ahead: 700) { (150, 150 + late[$0]) }
    #expect(abs(back.milliseconds - 700) < 0.01)
    let both = try offset(ahead: 700) { (150 + late[$0], 150 + late[11 - $0]) }
    #expect(abs(both.milliseconds - 700) < 5)
  }

  /// What nobody can tell from the ends: it is within the uncertainty.
  @Test func anUnevenPathStaysWithinTheUncertainty() throws {
    let offset = try offset(ahead: 700) { _ in (250, 50) }
    #expect(abs(offset.milliseconds - 800) < 0.01)
    #expect(abs(offset.milliseconds - 700) <= offset.uncertainty)
  }

  /// Without exact readings the steps themselves bound the offset, if they are met at different parts.
  @Test func stepsAloneNarrowItToo() throws {
    let offset = try offset(ahead: 42, { (5 + Double($0) * 0.9, 5) }, steps: false)
    #expect(abs(offset.milliseconds - 42) <= offset.uncertainty)
    #expect(offset.uncertainty < 7)
    #expect(abs(offset.milliseconds - 42) < 3)
  }

  @Test func nothingAndContradictionsGiveNoOffset() {
    #expect(ClockOffset([]) == nil)
    let before = ClockExchange(sent: 0, received: 1, reading: 1000, step: 10)
    let after = ClockExchange(sent: 2, received: 3, reading: 9000, step: 10)
    #expect(ClockOffset([before, after]) == nil)
  }

  @Test func translatesBothWays() {
    let offset = ClockOffset(milliseconds: 250, uncertainty: 1, roundTrip: 2)
    #expect(offset.machineTime(at: 1000) == 1250)
    #expect(offset.ownTime(at: 1250) == 1000)
  }

  @Test(arguments: [
    ("12.34", 12_340.0), ("0.05", 50), ("999999999.99", 999_999_999_990),
  ]) func readsUptimes(text: String, milliseconds: Double) {
    #expect(ClockMeasurement.milliseconds(Array(text.utf8)) == milliseconds)
  }

  @Test(arguments: [
    "", "12", "12.3", "12.345", "-1.00", "1e3.00", ".00", "1234567890123.00", "1.2.3", "a.bc",
  ]) func refusesWhatIsNoUptime(text: String) {
    #expect(ClockMeasurement.milliseconds(Array(text.utf8)) == nil)
  }
}

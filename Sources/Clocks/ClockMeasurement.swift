import Diagnostics
import ShellPrograms
import Transport

/// Measures how far the clock that a Linux machine counts from its start (`/proc/uptime`) is ahead of
/// this computer's, by asking it to and fro over one channel.
///
/// That clock is never set, and reading it takes no process of its own; it is shown in steps of 10 ms
/// (proc_uptime(5)), so that every other time the machine answers the moment it steps.
package enum ClockMeasurement {
  /// How often the clock is asked.
  package static let exchanges = 12
  private static let step = 10.0
  /// How long all may take: 12 round trips and the program's start over the worst of networks.
  private static let deadline = Duration.seconds(60)

  /// The machine's end: answers each line with its clock, at once, or, when the line is `step`, the
  /// moment the clock steps. A clock that stands still is answered with too.
  static let program = RemoteProgram(
    """
    LC_ALL=C
    now() { IFS=' ' read -r now rest </proc/uptime; }
    while read -r question; do
      now
      if [ "$question" = step ]; then
        before=$now
        tries=0
        while [ "$now" = "$before" ] && [ "$tries" -lt 20000 ]; do
          tries=$((tries + 1))
          now
        done
      fi
      echo "$now"
    done

    """, asRoot: false, deadline: deadline)

  /// Asks a machine's clock.
  /// - Parameters:
  ///   - machine: the machine's name, for errors.
  ///   - uptime: this computer's clock, in seconds, which is never set.
  /// - Throws: `Problem` naming the machine when its clock cannot be read, or was set meanwhile;
  ///   what the connection throws.
  package static func offset(
    of machine: String, over connection: any Connection, uptime: @escaping @Sendable () -> Double
  ) async throws -> ClockOffset {
    do {
      let exchanges = try await connection.converse(program) { conversation in
        var exchanges: [ClockExchange] = []
        for number in 0..<Self.exchanges {
          let isAtStep = number % 2 == 1
          let sent = uptime() * 1000
          let answer = try await conversation.ask(isAtStep ? "step" : "now")
          let received = uptime() * 1000
          guard let reading = Self.milliseconds(answer) else {
            throw unreadable(machine, said: answer)
          }
          exchanges.append(
            ClockExchange(
              sent: sent, received: received, reading: reading, step: isAtStep ? 0 : step))
        }
        return exchanges
      }
      guard let offset = ClockOffset(exchanges) else {
        throw Problem(
          "the clock of \(machine) does not run evenly",
          detail:
            "What it showed in \(exchanges.count) answers cannot be of one clock; see that the "
            + "machine is not suspended or moved while it is measured.",
          host: machine, exitStatus: .failure)
      }
      return offset
    } catch let silence as Conversation.Silence {
      switch silence {
      case .ended(let result): throw unreadable(machine, said: result.errors + result.output)
      case .tooMuch, .givenUp: throw unreadable(machine, said: [])
      }
    }
  }

  private static func unreadable(_ machine: String, said: [UInt8]) -> Problem {
    let words = VisibleText.lastLines(of: said, count: 3).joined(separator: "\n")
    return Problem(
      "\(machine) does not tell how long it runs",
      detail: "Its clock is read from /proc/uptime, which every Linux has."
        + (words.isEmpty ? "" : " It said:\n\(words)"),
      host: machine, exitStatus: .failure)
  }

  /// Seconds and hundredths, as /proc/uptime has them, in milliseconds.
  static func milliseconds(_ bytes: [UInt8]) -> Double? {
    let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 2, (1...12).contains(parts[0].count), parts[1].count == 2,
      parts.allSatisfy({ $0.allSatisfy { (48...57).contains($0) } }),
      let hundredths = Int(String(decoding: parts.joined(), as: UTF8.self))
    else { return nil }
    return Double(hundredths) * 10
  }
}

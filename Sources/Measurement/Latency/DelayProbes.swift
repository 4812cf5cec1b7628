import Diagnostics
import Foundation
import Inventories
import ShellPrograms

/// The program by which a router pings the routers of other sites many times, all at once, and what it
/// answers.
///
/// Each target takes one process, however many probes it gets: starting one takes 25 ms on a small
/// machine. What it writes goes to a file of its own, and is handed over when all have ended.
package enum DelayProbes {
  /// Whom to ping, and how.
  package struct Target: Sendable, Hashable {
    /// The address of a router on its tunnels.
    package var address: IPv4Address
    /// How often, and how fast.
    package var plan: ProbePlan

    /// Whom to ping, and how.
    package init(_ address: IPv4Address, _ plan: ProbePlan) {
      self.address = address
      self.plan = plan
    }
  }

  /// What came of a target.
  package struct Reply: Sendable, Hashable {
    /// What came of the probes.
    package var statistics: RoundTripStatistics
    /// The first line in which ping complains, made fit to be shown; empty when it does not.
    package var complaint: String
  }

  /// What a router answered.
  package enum Answer: Sendable, Hashable {
    /// What came of each target.
    case replies([Reply])
    /// It has no program `ping`.
    case noPing
  }

  /// As many pings run at once: a router of a small machine has few processes to spare.
  static let atOnce = 128
  /// As many times of one target are read.
  static let mostTimes = 10_000

  /// The program. iputils' ping knows fractions of a second; another one (busybox) is told to probe
  /// once a second, and so less often.
  package static func program(_ targets: [Target]) -> RemoteProgram {
    var text = """
      LC_ALL=C; export LC_ALL
      umask 077
      command -v ping >/dev/null 2>&1 || { echo absent; exit 0; }
      folder=$(mktemp -d) || exit 1
      trap 'rm -rf "$folder"' EXIT
      trap 'exit 1' HUP INT TERM
      kind=other
      case $(ping -V 2>&1) in *iputils*) kind=iputils ;; esac
      ask() {
        {
          echo "target $1"
          [ "$kind" != iputils ] || exec ping -n -c "$3" -i "$4" -W "$6" "$2"
          exec ping -c "$5" -W "$6" "$2"
        } >"$folder/$1" 2>&1 &
      }

      """
    var longest = 30.0
    for first in stride(from: 0, to: targets.count, by: atOnce) {
      let batch = first..<min(first + atOnce, targets.count)
      for place in batch {
        let (target, plan) = (targets[place], targets[place].plan)
        let (whole, rest) = plan.intervalMilliseconds.quotientAndRemainder(dividingBy: 1000)
        let fraction = String(1000 + rest).dropFirst()
        let slow = min(plan.count, max(5, Int(plan.seconds)))
        text +=
          "ask \(place) \(target.address) \(plan.count) \(whole).\(fraction) \(slow) "
          + "\(plan.patience)\n"
      }
      text += "wait\n"
      longest += (batch.map { targets[$0].plan.seconds }.max() ?? 0) * 2 + 10
    }
    text += "cat \"$folder\"/*\n"
    return RemoteProgram(text, asRoot: true, deadline: .seconds(Int(longest)))
  }

  /// Reads what the program wrote; what ping cannot have written is passed over.
  package static func answer(from output: [UInt8], targets: [Target]) -> Answer {
    var readings = targets.map { Reading(limit: min($0.plan.count, mostTimes)) }
    var place: Int?
    for line in output.split(separator: UInt8(ascii: "\n")) {
      let text = String(decoding: line.prefix(300), as: UTF8.self)
      if text == "absent", place == nil { return .noPing }
      if text.hasPrefix("target ") {
        place = Int(text.dropFirst(7)).flatMap { readings.indices.contains($0) ? $0 : nil }
      } else if let place {
        readings[place].take(text)
      }
    }
    return .replies(readings.map(\.reply))
  }

  /// What one ping wrote, line by line.
  private struct Reading {
    let limit: Int
    var times: [Double] = []
    var duplicates = 0
    var sent: Int?
    var mean: Double?
    var complaint = ""

    init(limit: Int) { self.limit = limit }

    mutating func take(_ line: String) {
      if line.contains("seq="), let time = Self.time(in: line) {
        if line.contains("DUP!") {
          duplicates = min(duplicates + 1, DelayProbes.mostTimes)
        } else if !line.contains("BAD CHECKSUM"), times.count < limit {
          times.append(time)
        }
      } else if line.contains(" packets transmitted") {
        if let count = Int(line.prefix { $0 != " " }), (0...limit).contains(count) { sent = count }
      } else if line.contains("min/avg/max") {
        // rtt min/avg/max/mdev = 99.9/100.2/100.4/0.1 ms; round-trip min/avg/max = … with busybox
        let numbers = line.drop { $0 != "=" }.dropFirst().split(separator: "/")
        if numbers.count >= 3 { mean = Self.milliseconds(numbers[1]) }
      } else if complaint.isEmpty, !line.hasPrefix("PING "), !line.hasPrefix("---"),
        line.contains(":") || line.hasPrefix("From ")
      {
        complaint = VisibleText.line(line, limit: 200)
      }
    }

    /// `time=100 ms`, `time=0.5 ms`, `time<1 ms`
    private static func time(in line: String) -> Double? {
      guard let mark = line.range(of: "time=") ?? line.range(of: "time<") else { return nil }
      return milliseconds(line[mark.upperBound...].prefix { $0 != " " })
    }

    private static func milliseconds(_ text: Substring) -> Double? {
      guard let value = Double(text.filter { $0 != " " }), (0..<3_600_000).contains(value) else {
        return nil
      }
      return value
    }

    var reply: Reply {
      let sent = max(sent ?? limit, times.count)
      // ping's mean is of answers that came twice too; and it must be one of these times.
      var exact: Double?
      if duplicates == 0, let mean, let least = times.min(), let most = times.max(),
        (least - 1...most + 1).contains(mean)
      {
        exact = mean
      }
      return Reply(
        statistics: RoundTripStatistics(
          sent: sent, received: times.count, duplicates: duplicates, times: times,
          exactMean: exact), complaint: complaint)
    }
  }
}

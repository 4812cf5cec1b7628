import Inventories
import ShellPrograms

/// The program by which a machine pings others, all at once, and what it answers.
///
/// Each target's answer is one line, shorter than PIPE_BUF, so that pings that end together do not
/// write into each other (POSIX, write).
package enum PingProgram {
  /// As many pings run at once: a router of a small machine has few processes to spare.
  static let atOnce = 64

  /// The program.
  /// - Parameters:
  ///   - targets: whom to ping.
  ///   - attempts: how often one is asked before it counts as unreached; a second lies between.
  ///   - patience: how long an answer may take, in whole seconds.
  package static func program(
    targets: [IPv4Address], attempts: Int = 1, patience: Int = 5
  ) -> RemoteProgram {
    var text = """
      LC_ALL=C; export LC_ALL
      command -v ping >/dev/null 2>&1 || { echo absent; exit 0; }
      ask() {
        left=\(attempts)
        while :; do
          if answer=$(ping -n -c 1 -W \(patience) "$2" 2>/dev/null); then
            case $answer in
            *time[=\\<]*) answer=${answer#*time[=\\<]}; answer=${answer%%[!0-9.]*} ;;
            *) answer=0 ;;
            esac
            printf 'reached %s %s\\n' "$1" "$answer"
            return
          fi
          left=$((left - 1))
          [ "$left" -gt 0 ] || break
          sleep 1
        done
        printf 'unreached %s\\n' "$1"
      }

      """
    for (place, target) in targets.enumerated() {
      text += "ask \(place) \(target) &\n"
      if (place + 1) % atOnce == 0 { text += "wait\n" }
    }
    text += "wait\n"
    let rounds = (targets.count + atOnce - 1) / atOnce
    let longest = rounds * attempts * (patience + 1) + 30
    return RemoteProgram(text, asRoot: true, deadline: .seconds(longest))
  }

  /// What a machine answered.
  package enum Answer: Sendable, Hashable {
    /// The round-trip time to each target in milliseconds; nil where no answer came.
    case times([Double?])
    /// The machine has no program `ping`.
    case noPing
  }

  /// Reads what the program wrote of so many targets; lines that it cannot have written are passed
  /// over, and a target of which no line tells counts as unreached.
  package static func answer(from output: [UInt8], count: Int) -> Answer {
    var times = [Double?](repeating: nil, count: count)
    for line in output.split(separator: UInt8(ascii: "\n")).prefix(count + 1) {
      let words = String(decoding: line.prefix(80), as: UTF8.self).split(separator: " ")
      if words == ["absent"] { return .noPing }
      guard words.count == 3, words[0] == "reached", let place = Int(words[1]),
        times.indices.contains(place), let time = Double(words[2]), (0..<3_600_000).contains(time)
      else { continue }
      times[place] = time
    }
    return .times(times)
  }
}

import Inventories
import ShellPrograms

/// What a tunnel is like whose other end does not answer.
package struct TunnelState: Sendable, Hashable {
  /// What there is of its device.
  package enum Device: String, Sendable, Hashable {
    /// There is none: OpenVPN has not made it.
    case absent
    /// It is there, and down.
    case down
    /// It is there, and up.
    case up
  }

  /// What there is of its device.
  package var device: Device
  /// What systemd says of its unit: `active`, `activating`, `failed`, `inactive`; `unknown`
  /// without systemd.
  package var unit: String

  /// What a tunnel is like.
  package init(device: Device, unit: String) {
    self.device = device
    self.unit = unit
  }
}

/// The program by which a machine pings others, all at once, and what it answers.
///
/// Each target's answer is one line, shorter than PIPE_BUF, so that pings that end together do not
/// write into each other (POSIX, write).
package enum PingProgram {
  /// Whom to ping.
  package struct Target: Sendable, Hashable {
    /// The address.
    package var address: IPv4Address
    /// The device and the unit of the tunnel that the address is the other end of; looked at when
    /// it does not answer.
    package var tunnel: Tunnel?

    /// Whom to ping.
    package init(_ address: IPv4Address, tunnel: Tunnel? = nil) {
      self.address = address
      self.tunnel = tunnel
    }
  }

  /// What a machine's end of a tunnel is made of.
  package struct Tunnel: Sendable, Hashable {
    /// The network device's name.
    package var device: String
    /// The systemd unit's name.
    package var unit: String

    /// What an end of a tunnel is made of.
    package init(device: String, unit: String) {
      self.device = device
      self.unit = unit
    }
  }

  /// What came of a target.
  package enum Reply: Sendable, Hashable {
    /// It answered; the round-trip time in milliseconds.
    case reached(milliseconds: Double)
    /// It did not; what its tunnel is like, when it was to be looked at.
    case unreached(TunnelState?)
  }

  /// As many pings run at once: a router of a small machine has few processes to spare.
  static let atOnce = 64

  /// The program.
  /// - Parameters:
  ///   - targets: whom to ping.
  ///   - attempts: how often one is asked before it counts as unreached; a second lies between.
  ///   - patience: how long an answer may take, in whole seconds.
  package static func program(
    targets: [Target], attempts: Int = 1, patience: Int = 5
  ) -> RemoteProgram {
    var text = """
      LC_ALL=C; export LC_ALL
      command -v ping >/dev/null 2>&1 || { echo absent; exit 0; }
      state() {
        device=absent
        if [ -r "/sys/class/net/$1/flags" ]; then
          read -r flags <"/sys/class/net/$1/flags"
          device=down
          [ $((flags & 1)) = 0 ] || device=up
        fi
        unit=$(systemctl is-active "$2" 2>/dev/null)
        printf ' %s %s' "$device" "${unit:-unknown}"
      }
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
        seen=
        [ "$#" = 2 ] || seen=$(state "$3" "$4")
        printf 'unreached %s%s\\n' "$1" "$seen"
      }

      """
    for (place, target) in targets.enumerated() {
      let tunnel = target.tunnel.map {
        " " + ShellQuoting.quoted($0.device) + " " + ShellQuoting.quoted($0.unit)
      }
      text += "ask \(place) \(target.address)\(tunnel ?? "") &\n"
      if (place + 1) % atOnce == 0 { text += "wait\n" }
    }
    text += "wait\n"
    let rounds = (targets.count + atOnce - 1) / atOnce
    let longest = rounds * attempts * (patience + 1) + 30
    return RemoteProgram(text, asRoot: true, deadline: .seconds(longest))
  }

  /// What a machine answered.
  package enum Answer: Sendable, Hashable {
    /// What came of each target.
    case replies([Reply])
    /// The machine has no program `ping`.
    case noPing
  }

  /// Reads what the program wrote of so many targets; lines that it cannot have written are passed
  /// over, and a target of which no line tells counts as unreached.
  package static func answer(from output: [UInt8], count: Int) -> Answer {
    var replies = [Reply](repeating: .unreached(nil), count: count)
    for line in output.split(separator: UInt8(ascii: "\n")).prefix(count + 1) {
      let words = String(decoding: line.prefix(80), as: UTF8.self).split(separator: " ")
      if words == ["absent"] { return .noPing }
      guard words.count > 1, let place = Int(words[1]), replies.indices.contains(place) else {
        continue
      }
      switch (words[0], words.count) {
      case ("reached", 3):
        guard let time = Double(words[2]), (0..<3_600_000).contains(time) else { continue }
        replies[place] = .reached(milliseconds: time)
      case ("unreached", 4):
        guard let device = TunnelState.Device(rawValue: String(words[2])),
          words[3].utf8.allSatisfy({ (97...122).contains($0) || $0 == UInt8(ascii: "-") })
        else { continue }
        replies[place] = .unreached(TunnelState(device: device, unit: String(words[3])))
      default: continue
      }
    }
    return .replies(replies)
  }
}

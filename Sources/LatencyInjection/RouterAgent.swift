import Inventories
import ShellPrograms
import Stages

/// The program that planetbed leaves on routers, which puts delays there and takes them away:
/// `templates/latency/agent`.
///
/// All times are milliseconds of the router's own clock since it was started (`/proc/uptime`, which
/// goes in steps of 10 ms): no step of its clock, and no clock of another machine, moves them. The
/// answers of all calls are read by `AgentAnswer`.
package struct RouterAgent: Sendable, Hashable {
  /// What a lane is to be like, from now on or from a time on.
  package struct Change: Sendable, Hashable {
    /// The lane: the site that its packets are for.
    package var peer: String
    /// What they are to meet, as `OneWayConditions.laneText` writes it; nil for what there was before.
    package var text: String?

    /// What a lane is to be like.
    package init(peer: String, conditions: OneWayConditions?) {
      self.init(peer: peer, text: conditions?.laneText)
    }

    /// What a lane is to be like, in the words of the router itself: what it held before.
    package init(peer: String, text: String?) {
      self.peer = peer
      self.text = text
    }
  }

  /// A change within a run.
  package struct Event: Sendable, Hashable {
    /// When, in milliseconds from the beginning of a repetition.
    package var milliseconds: Int
    /// What changes.
    package var change: Change

    /// A change within a run.
    package init(milliseconds: Int, change: Change) {
      self.milliseconds = milliseconds
      self.change = change
    }
  }

  /// The most that a call may carry: as many lanes as the largest testbed's routers have, many times.
  package static let mostEvents = 100_000
  /// How far ahead a change may be asked for, in milliseconds: the call waits for it.
  package static let greatestDelay = 60_000

  /// The testbed's name.
  package var testbed: String

  /// The program of a testbed's routers.
  package init(testbed: String) { self.testbed = testbed }

  /// Its path on a router.
  package var path: String { "/etc/planetbed/\(testbed)/latency/agent" }

  /// The systemd unit that a run is, while it lasts.
  package var runUnit: String { "planetbed-\(testbed)-latency-run.service" }

  /// Puts in force what is to be: the run's, else what is held, else the inventory's own.
  package var settle: RemoteProgram { call("settle") }

  /// Changes lanes, atomically each and all at the same time; what is held in other lanes stays. It
  /// ends when they have been switched. A lane under a run gets it when the run ends.
  /// - Parameters:
  ///   - changes: the lanes; without conditions, what was held there is taken away.
  ///   - at: when to switch, by the router's clock, at most `greatestDelay` ahead; 0 for at once.
  ///   - until: when the router takes it away by itself; nil for never (but for a reboot).
  package func hold(_ changes: [Change], at: Int = 0, until: Int?) -> RemoteProgram {
    call(
      "hold \(at) \(until ?? 0)", input: changes.map { "\($0.peer) \($0.text ?? "-")" },
      seconds: 60 + Self.greatestDelay / 1000)
  }

  /// Begins a timetable, which goes on without a connection, and ends at once. It is refused while
  /// another one is under way.
  /// - Parameters:
  ///   - name: what it is called in answers: letters, digits, `-`, `.` and `_`, at most 64.
  ///   - events: what happens, in the order of time.
  ///   - at: when it begins, by the router's clock.
  ///   - until: when it is ended at the latest; nil for never (but for a reboot).
  ///   - period: how long a repetition takes, in milliseconds.
  ///   - times: how many repetitions there are; nil for as many as fit before `until`.
  package func run(
    _ name: String, events: [Event], at: Int, until: Int?, period: Int, times: Int?
  ) -> RemoteProgram {
    call(
      "run \(ShellQuoting.quoted(name)) \(at) \(until ?? 0) \(period) \(times ?? 0)",
      input: events.map { "\($0.milliseconds) \($0.change.peer) \($0.change.text ?? "-")" })
  }

  /// Ends the run, if there is one: what was there before it is in force again.
  package var stop: RemoteProgram { call("stop") }

  /// Ends the run and takes away all that is held: the inventory's own is in force again.
  package var clear: RemoteProgram { call("clear") }

  /// Tells what is asked, what is in force, and what the kernel says of it: an `AgentReport`.
  package var show: RemoteProgram { call("show") }

  /// A call of the program. What it says comes as one frame, so that nothing that a shell's start
  /// files write is taken for it.
  private func call(
    _ words: String, input: [String] = [], seconds: Int = 120
  ) -> RemoteProgram {
    let lines = input.isEmpty ? "" : input.joined(separator: "\n") + "\n"
    return RemoteProgram(
      FrameFormat.opening(boundary: FrameFormat.randomBoundary())
        + ShellLibrary.surroundings
          + """
          agent=\(ShellQuoting.quoted(path))
          if [ ! -x "$agent" ]; then
            frame absent ''
            exit 0
          fi
          lines=\(ShellQuoting.quoted(lines))
          said=$(printf '%s' "$lines" | "$agent" \(words) 2>&1)
          frame "ended $?" "$said"

          """, asRoot: true, deadline: .seconds(seconds))
  }
}

import Execution
import Measurement

/// Two runs of the journal, and how what they measured differs.
package struct RunComparison: Sendable, Hashable {
  /// A cell of the matrix that both experiments have.
  package struct Cell: Sendable, Hashable {
    /// The round-trip time that was asked for, in milliseconds; nil for the testbed's own.
    package var rttMilliseconds: Double?
    /// How many containers were started at once.
    package var containers: Int
    /// Of the seconds until all were ready; nil when one of the two has no finished run of it.
    package var difference: MeanDifference?
    /// Runs of the first and of the second that were not finished by the deadline, and are left out.
    package var unfinished: [Int]
  }

  /// A path that both runs measured.
  package struct Path: Sendable, Hashable {
    /// The site that probed.
    package var from: String
    /// The site that answered.
    package var to: String
    /// Of the round-trip times in milliseconds; nil when one of them is no number.
    package var difference: MeanDifference?
  }

  /// Something that was not the same in both experiments, beside what was measured.
  package struct Circumstance: Sendable, Hashable {
    /// What it is: `Kubernetes`, `node01: kernel`.
    package var name: String
    /// What it was in the first.
    package var first: String
    /// What it was in the second.
    package var second: String
  }

  /// The first run, from which differences are counted.
  package let first: RunRecord
  /// The second.
  package let second: RunRecord
  /// The cells that both have, in the order of the first.
  package let cells: [Cell]
  /// The paths that both have, in the order of the first.
  package let paths: [Path]
  /// What else differs.
  package let circumstances: [Circumstance]

  /// Whether there is nothing that both measured.
  package var isEmpty: Bool { cells.isEmpty && paths.isEmpty }

  /// How two runs differ.
  package init(_ first: RecordedRun, _ second: RecordedRun) {
    self.first = first.record
    self.second = second.record
    cells = Self.cells(first.starts?.cells ?? [], second.starts?.cells ?? [])
    let others = Dictionary(
      second.paths.map { ([$0.from, $0.to], $0.milliseconds) }, uniquingKeysWith: { one, _ in one })
    paths = first.paths.compactMap { path in
      guard let times = others[[path.from, path.to]] else { return nil }
      return Path(
        from: path.from, to: path.to,
        difference: MeanDifference(from: path.milliseconds, to: times))
    }
    circumstances =
      zip(Self.circumstances(of: first), Self.circumstances(of: second)).flatMap { one, other in
        Self.differences(one, other)
      }
  }

  private static func cells(_ first: [StartCell], _ second: [StartCell]) -> [Cell] {
    first.compactMap { cell in
      let match = second.first {
        $0.rttMilliseconds == cell.rttMilliseconds && $0.containers == cell.containers
      }
      guard let match else { return nil }
      let finished = [cell, match].map { $0.runs.filter(\.isComplete).map(\.seconds) }
      return Cell(
        rttMilliseconds: cell.rttMilliseconds, containers: cell.containers,
        difference: MeanDifference(from: finished[0], to: finished[1]),
        unfinished: [cell, match].map { $0.runs.count { !$0.isComplete } })
    }
  }

  /// What a run was done with: by itself, and each machine.
  private static func circumstances(of run: RecordedRun) -> [[(name: String, value: String)]] {
    var all = [(name: "planetbed", value: run.record.version)]
    all.append(("inventory (SHA-256)", String(run.record.digest.prefix(16))))
    guard let manifest = run.starts?.manifest else { return [all, []] }
    all.append(("Kubernetes", manifest.kubernetes))
    all.append(("image", manifest.image))
    all.append(("deadline in seconds", "\(manifest.deadlineSeconds)"))
    all.append(("service-account tokens", manifest.mountsTokens ? "mounted" : "not mounted"))
    let machines = manifest.machines.flatMap { machine in
      [
        ("system", machine.system), ("kernel", machine.kernel), ("runtime", machine.runtime ?? "–"),
        ("processors", machine.processors.map(String.init) ?? "–"),
        ("memory in bytes", machine.memory.map { "\($0)" } ?? "–"),
      ].map { (name: "\(machine.name): \($0.0)", value: $0.1) }
    }
    return [all, machines]
  }

  /// What both have and is not the same.
  private static func differences(
    _ first: [(name: String, value: String)], _ second: [(name: String, value: String)]
  ) -> [Circumstance] {
    let others = Dictionary(second.map { ($0.name, $0.value) }, uniquingKeysWith: { one, _ in one })
    return first.compactMap { name, value in
      guard let other = others[name], other != value else { return nil }
      return Circumstance(name: name, first: value, second: other)
    }
  }
}

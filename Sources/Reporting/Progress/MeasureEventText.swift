import Diagnostics
import Experiments
import Measurement

extension StartMatrixEvent {
  /// The event's line for people, with its line end; nil when there is none. With a verbosity of 1 and
  /// more, the beginnings of runs are told too.
  package func line(_ layout: TextLayout, verbosity: Int) -> String? {
    switch self {
    case .began(let run, let missing, let all):
      return missing == all
        ? "run \(run): \(Counted.text(all, "start")) to measure\n"
        : "run \(run) goes on: \(missing) of \(Counted.text(all, "start")) left to measure\n"
    case .prepared(let ground):
      return "Kubernetes \(VisibleText.line(ground.kubernetes, limit: 40)), image "
        + "\(VisibleText.line(ground.image, limit: 255)): every worker has it\n"
    case .instrument(let run, let runs):
      return verbosity > 0 ? "the instrument itself: start \(run) of \(runs) of none\n" : nil
    case .switching(let delay):
      return "\(StartsTable.delayName(delay)): being put in force\n"
    case .switched(let delay, let inForce):
      let measured = inForce.rttMilliseconds.map { "measured \(Counted.exactMilliseconds($0))" }
      let name = StartsTable.delayName(delay)
      if inForce.isAsAsked == false {
        return "\(name): \(layout.style("off", .error)), \(measured ?? "nothing measured")\n"
      }
      return "\(name): in force, \(measured ?? "not measured")\n"
    case .warmUp(_, let containers):
      return verbosity > 0 ? "warm-up: \(Counted.text(containers, "container"))\n" : nil
    case .started(let step): return verbosity > 0 ? "\(step.text): begins\n" : nil
    case .finished(let step, let run):
      if run.isComplete { return "\(step.text): \(Counted.exactSeconds(run.seconds))\n" }
      let ready = run.containers.count { $0.ready != nil }
      let text = "cut off with \(ready) of \(step.containers) ready"
      return "\(step.text): \(layout.style(text, .error))\n"
    case .interrupted:
      return
        "interrupted: the containers are being taken away and the delays put back; once more gives up "
        + "waiting\n"
    case .restoring: return "putting back what was there before\n"
    }
  }

  /// The event as a line of `--output jsonl`; `elapsed` in seconds since the verb began.
  package func json(elapsed: Double) -> JSONValue {
    var members: [JSONValue.Member]
    switch self {
    case .began(let run, let missing, let all):
      members = [
        .init("event", "measureBegun"), .init("run", .string(run)),
        .init("missing", .integer(missing)), .init("of", .integer(all)),
      ]
    case .prepared(let ground):
      members = [
        .init("event", "prepared"), .init("kubernetes", .string(ground.kubernetes)),
        .init("image", .string(ground.image)), .init("machines", .integer(ground.machines.count)),
      ]
    case .instrument(let run, let runs):
      members = [
        .init("event", "instrument"), .init("number", .integer(run)), .init("of", .integer(runs)),
      ]
    case .switching(let delay):
      members = [.init("event", "switching"), .init("rttMs", .measured(delay))]
    case .switched(let delay, let inForce):
      members = [
        .init("event", "inForce"), .init("rttMs", .measured(delay)),
        .init("measuredRttMs", .measured(inForce.rttMilliseconds)),
        .init("asAsked", inForce.isAsAsked.map { .boolean($0) } ?? .null),
      ]
    case .warmUp(let delay, let containers):
      members = [
        .init("event", "warmUp"), .init("rttMs", .measured(delay)),
        .init("containers", .integer(containers)),
      ]
    case .started(let step): members = [.init("event", "startBegun")] + step.members
    case .finished(let step, let run):
      members =
        [.init("event", "startFinished")] + step.members + [
          .init("seconds", .measured(run.seconds)), .init("complete", .boolean(run.isComplete)),
        ]
    case .interrupted: members = [.init("event", "interrupted")]
    case .restoring: members = [.init("event", "restoring")]
    }
    members.insert(.init("elapsed", .measured(elapsed)), at: 1)
    return .object(members)
  }
}

extension StartStep {
  /// `cell 3 of 9: 300 ms × 20, run 2 of 5`
  package var text: String {
    let delay = StartsTable.label(rttMilliseconds)
    return "cell \(cell) of \(cells): \(delay) × \(containers), run \(run) of \(runs)"
  }

  fileprivate var members: [JSONValue.Member] {
    [
      .init("cell", .integer(cell)), .init("cells", .integer(cells)),
      .init("rttMs", .measured(rttMilliseconds)), .init("containers", .integer(containers)),
      .init("number", .integer(run)), .init("of", .integer(runs)),
    ]
  }
}

extension StartProgress {
  /// The event's line for people, with its line end; nil when there is none.
  package func line(_ layout: TextLayout, verbosity: Int) -> String? {
    func warning(_ host: String, _ text: String) -> String {
      "\(host): \(layout.style(VisibleText.line(text, limit: 300), .warning))\n"
    }
    switch self {
    case .master(let name): return verbosity > 0 ? "\(name): its clock counts\n" : nil
    case .leftOut(let worker, let reason): return warning(worker, "left out: \(reason)")
    case .undescribed(let machine, let problem):
      return warning(machine, "not asked what it is: \(problem.diagnostics.first?.summary ?? "")")
    case .fetching(let image):
      return "every worker sees to it that it has \(VisibleText.line(image, limit: 255))\n"
    case .clock(let machine, let offset, let uncertainty):
      guard verbosity > 0 else { return nil }
      let sign = offset < 0 ? "behind" : "ahead"
      return "\(machine): its clock is \(Counted.milliseconds(abs(offset))) \(sign), known to ± "
        + "\(Counted.milliseconds(uncertainty))\n"
    case .unread(let worker, let problem):
      return warning(
        worker,
        "when containers were started is not known: "
          + (problem.diagnostics.first?.summary ?? ""))
    case .incomplete(let containers, let warnings):
      let said = VisibleText.lines(warnings, limit: 2000).split(separator: "\n")
      return layout.style(
        "cut off at the deadline: \(Counted.text(containers, "container"))", .warning) + "\n"
        + said.map { "  \($0)\n" }.joined()
    }
  }

  /// The event as a line of `--output jsonl`; `elapsed` in seconds since the verb began.
  package func json(elapsed: Double) -> JSONValue {
    var members: [JSONValue.Member]
    switch self {
    case .master(let name): members = Self.members("master", name)
    case .leftOut(let worker, let reason):
      members = Self.members("leftOut", worker) + [.init("reason", .string(reason))]
    case .undescribed(let machine, let problem):
      members = Self.members("undescribed", machine) + [Self.diagnostics(problem)]
    case .fetching(let image):
      members = [.init("event", "fetching"), .init("image", .string(image))]
    case .clock(let machine, let offset, let uncertainty):
      members =
        Self.members("nodeClock", machine) + [
          .init("offsetMs", .measured(offset)), .init("uncertaintyMs", .measured(uncertainty)),
        ]
    case .unread(let worker, let problem):
      members = Self.members("unread", worker) + [Self.diagnostics(problem)]
    case .incomplete(let containers, let warnings):
      members = [
        .init("event", "cutOff"), .init("containers", .integer(containers)),
        .init("warnings", .string(warnings)),
      ]
    }
    members.insert(.init("elapsed", .measured(elapsed)), at: 1)
    return .object(members)
  }

  private static func members(_ event: String, _ host: String) -> [JSONValue.Member] {
    [.init("event", .string(event)), .init("host", .string(host))]
  }

  private static func diagnostics(_ problem: Problem) -> JSONValue.Member {
    .init("diagnostics", .array(problem.diagnostics.map(\.json)))
  }
}

import Diagnostics
import Planning
import Roles

/// Which program may run on which machine next: a pure account of a plan's steps.
///
/// The steps of a machine that wait for nothing go into one program. A step that waits for another
/// machine, or for a fact that an earlier program must report, goes into a later one; its rank says
/// how many programs must have run one after another before it. All steps of one rank on a machine
/// go together, so that the number of programs follows from the longest chain of facts and not
/// from the number of peers.
struct Schedule {
  /// What has become of a step.
  enum StepState: Hashable {
    /// It waits, or its program runs.
    case open
    /// It is so.
    case done
    /// It was not done; the machine that failed first.
    case lost(because: String)
  }

  /// Steps of one machine that go into one program.
  struct Batch: Hashable {
    var host: String
    var steps: [PlanStep]
  }

  private var states: [RoleApplication.ID: StepState] = [:]
  private var waiting: [String: [Batch]] = [:]
  private var busy: Set<String> = []
  private var programmed: Set<String> = []
  /// The machines that have failed.
  private(set) var lostHosts: Set<String>
  private let hosts: [String]
  /// Which application reports a fact.
  let providers: [FactReference: RoleApplication.ID]
  /// The machines that were left alone, wholly or in part, and the one that failed first.
  private(set) var skips: [String: String] = [:]

  /// - Parameters:
  ///   - plan: what to do.
  ///   - providers: which application reports a fact.
  ///   - unreached: the machines that could not be asked: they are in no plan.
  /// - Throws: `Problem` when steps wait for each other in a circle.
  init(
    plan: Plan, providers: [FactReference: RoleApplication.ID], unreached: Set<String>
  ) throws(Problem) {
    hosts = plan.hosts.map(\.host)
    self.providers = providers
    lostHosts = unreached.union(plan.hosts.filter { !$0.problems.isEmpty }.map(\.host))
    let ranks = try StepRanks(plan: plan, providers: providers)
    for host in plan.hosts {
      var batches: [(rank: Int, batch: Batch)] = []
      for step in host.steps {
        let id = step.application.id
        guard let rank = ranks.rank(of: id) else {
          states[id] = .done
          continue
        }
        states[id] = .open
        if batches.last?.rank == rank {
          batches[batches.count - 1].batch.steps.append(step)
        } else {
          batches.append((rank, Batch(host: host.host, steps: [step])))
        }
      }
      waiting[host.host] = batches.map(\.batch)
    }
  }

  /// Whether every step is done or lost.
  var isFinished: Bool { busy.isEmpty && waiting.values.allSatisfy(\.isEmpty) }

  /// What has become of a step; nil when it is not in the plan.
  func state(of id: RoleApplication.ID) -> StepState? { states[id] }

  /// The batches that can run now; they count as running from now on. Steps that wait for what
  /// failed are lost here, and left out.
  mutating func next() -> [Batch] {
    var found: [Batch] = []
    // A batch that is lost as a whole may let others go: at most every batch is looked at once more.
    var moved = true
    while moved {
      moved = false
      for host in hosts where !busy.contains(host) {
        guard let batch = waiting[host]?.first, isReady(batch) else { continue }
        waiting[host]?.removeFirst()
        moved = true
        let steps = batch.steps.filter { step in
          guard let culprit = culprit(of: step) else { return true }
          lose(step, because: culprit)
          return false
        }
        if steps.isEmpty { continue }
        busy.insert(host)
        found.append(Batch(host: host, steps: steps))
      }
    }
    return found
  }

  /// Tells that a step of a running batch is done, before the batch ends.
  mutating func done(_ id: RoleApplication.ID) { states[id] = .done }

  /// Tells that a step of a batch cannot be done, because `culprit` failed.
  mutating func lose(_ step: PlanStep, because culprit: String) {
    states[step.application.id] = .lost(because: culprit)
    if skips[step.application.id.host] == nil { skips[step.application.id.host] = culprit }
  }

  /// Tells that the program of a machine has ended well.
  mutating func ended(on host: String, ran: Bool) {
    busy.remove(host)
    if ran { programmed.insert(host) }
  }

  /// Whether a program has run on the machine.
  func hasRun(_ host: String) -> Bool { programmed.contains(host) }

  /// Tells that a machine failed: all that it has not done is lost.
  mutating func failed(_ host: String) {
    busy.remove(host)
    waiting[host] = []
    lostHosts.insert(host)
    for (id, state) in states where id.host == host && state == .open {
      states[id] = .lost(because: host)
    }
  }

  private func isReady(_ batch: Batch) -> Bool {
    let own = Set(batch.steps.map(\.application.id))
    return batch.steps.allSatisfy { step in
      step.after.allSatisfy { own.contains($0) || states[$0] != .open }
    }
  }

  /// The failed machine for whose sake a step cannot be done; nil when it can.
  private func culprit(of step: PlanStep) -> String? {
    let needed = step.needed(providers)
    for id in needed.sorted() {
      switch states[id] {
      case .lost(let because): return because
      case nil where lostHosts.contains(id.host): return id.host
      case nil, .open, .done: continue
      }
    }
    // What reports the fact is in no plan when its machine was not reached.
    return step.application.facts.sorted()
      .first { providers[$0] == nil && lostHosts.contains($0.host) }?.host
  }
}

extension PlanStep {
  /// The applications that it cannot do without. What merely stands before it for its machine is
  /// in `after` too, and is none of them: one tunnel that cannot be made keeps no other from it.
  func needed(_ providers: [FactReference: RoleApplication.ID]) -> Set<RoleApplication.ID> {
    let own = application.id.host
    return after.filter { $0.host != own }
      .union(application.after).union(application.facts.compactMap { providers[$0] })
  }
}

extension RoleApplication {
  /// The facts that its variables name.
  var facts: Set<FactReference> { variables.values.reduce(into: []) { $1.collect(into: &$0) } }
}

extension Variable {
  fileprivate func collect(into facts: inout Set<FactReference>) {
    switch self {
    case .string, .integer, .boolean: break
    case .list(let values): for value in values { value.collect(into: &facts) }
    case .table(let values): for value in values.values { value.collect(into: &facts) }
    case .fact(let reference): facts.insert(reference)
    }
  }
}

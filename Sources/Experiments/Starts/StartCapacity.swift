import Diagnostics

/// A worker that containers can be started on, and how many more pods it takes.
struct StartWorker: Sendable, Hashable {
  /// Its name.
  var name: String
  /// How many pods it takes beside those that it has.
  var free: Int
}

/// How many containers can be started at once when they are spread evenly.
enum StartCapacity {
  /// No worker has two more of them than another, so the fullest one decides: beyond what it takes, each
  /// of the others can have one more.
  static func most(on workers: [StartWorker]) -> Int {
    guard let fewest = workers.map(\.free).min() else { return 0 }
    return workers.count * fewest + workers.count { $0.free > fewest }
  }

  /// - Throws: `Problem` that tells what each worker takes when they do not take so many.
  static func check(_ largest: Int, on workers: [StartWorker]) throws(Problem) {
    let most = most(on: workers)
    guard largest > most else { return }
    let shown = workers.prefix(20).map { "\($0.name) \($0.free)" }.joined(separator: ", ")
    throw Problem(
      "the workers do not take \(largest) containers at once",
      detail:
        "Spread evenly, they take \(most); the pods that each takes beside those that it has: \(shown)"
        + (workers.count > 20 ? " and \(workers.count - 20) more" : "")
        + ".\nAsk for fewer (--containers), add workers, or let kubelets take more (maxPods).",
      exitStatus: .failure)
  }
}

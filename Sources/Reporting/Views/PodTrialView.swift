import Diagnostics
import Measurement

/// What came of a trial with pods: a part of what `apply` ends with.
struct PodTrialView {
  let result: PodTrialResult

  private var workers: [PodTrialResult.Worker] { result.workers }
  /// Every worker with every other, whether or not they could be tried.
  private var pairCount: Int { workers.count * max(0, workers.count - 1) }
  private var reachedCount: Int { workers.flatMap(\.reaches).filter { $0 == true }.count }

  func text(_ layout: TextLayout) -> String {
    guard !workers.isEmpty else {
      return layout.style("Pods: there was no trial", result.isWell ? .faint : .error) + "\n"
    }
    let count = workers.count
    func part(_ name: String, _ number: Int, of all: Int) -> String {
      layout.style("\(name) \(number) of \(all)", number == all ? .good : .error)
    }
    let running = workers.filter(\.runs).count
    var parts = [
      layout.style(
        "\(running) of \(Counted.text(count, "worker")) run\(count == 1 ? "s" : "") one",
        running == count ? .good : .error)
    ]
    if count > 1 { parts.append(part("pod to pod", reachedCount, of: pairCount)) }
    parts.append(
      part("service from", workers.filter { $0.reachesService == true }.count, of: count))
    if workers.contains(where: { $0.findsNames != nil }) {
      parts.append(part("names from", workers.filter { $0.findsNames == true }.count, of: count))
    }
    return "Pods: \(parts.joined(separator: "; ")) (\(Counted.seconds(result.seconds)))\n"
  }

  /// `{complete, workers[], matrix[][], seconds}`: a row of the matrix for each worker that asks.
  var json: JSONValue {
    [
      "complete": .boolean(result.isWell && !workers.isEmpty),
      "workers": .array(
        workers.map {
          [
            "name": .string($0.name), "site": .string($0.site), "running": .boolean($0.runs),
            "service": Self.json($0.reachesService), "backends": .integer($0.backends),
            "names": Self.json($0.findsNames),
          ]
        }),
      "matrix": .array(workers.map { .array($0.reaches.map(Self.json)) }),
      "seconds": .measured(result.seconds),
    ]
  }

  private static func json(_ value: Bool?) -> JSONValue { value.map { .boolean($0) } ?? .null }
}

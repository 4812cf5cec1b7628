import Diagnostics
import LatencyProfiles
import Measurement

/// In which order the cells of an experiment are run.
///
/// Switching a delay and measuring it takes long, so that each delay has its turn once. With a seed, the
/// delays come in an order of chance, and the numbers within each delay in one of their own: what grows
/// over an experiment's time (a warm cache, a full disk) is not taken for an effect of delay or number.
package struct StartMatrix: Sendable, Hashable {
  /// The cells of one delay.
  package struct Turn: Sendable, Hashable {
    /// The delay in milliseconds; nil for the testbed's own.
    package var rttMilliseconds: Double?
    /// The cells, by their place in `cells`.
    package var places: [Int]
  }

  /// The cells, in the order of the delays and, within a delay, of the numbers.
  package let cells: [StartCell]
  /// The order in which they are run.
  package let turns: [Turn]

  /// The cells of a request.
  /// - Throws: `Problem` of wrong usage when it asks for nothing, or for what cannot be.
  package init(_ request: StartRequest) throws(Problem) {
    guard !request.delays.isEmpty, !request.containers.isEmpty, request.runs > 0,
      Set(request.delays).count == request.delays.count,
      Set(request.containers).count == request.containers.count,
      request.containers.allSatisfy({ $0 > 0 }), request.deadlineSeconds > 0,
      request.delays.allSatisfy({ $0.map { $0.isFinite && $0 > 0 } ?? true })
    else {
      throw Problem(
        "this is no experiment with container starts",
        detail:
          "It takes delays and numbers of containers, above zero and each once, a run at least, "
          + "and a deadline.", exitStatus: .usage)
    }
    cells = request.delays.flatMap { delay in
      request.containers.map { StartCell(rttMilliseconds: delay, containers: $0) }
    }
    let width = request.containers.count
    var turns = request.delays.enumerated().map { row, delay in
      Turn(rttMilliseconds: delay, places: (0..<width).map { row * width + $0 })
    }
    if let seed = request.seed {
      var chance = SplitMix64(seed: seed)
      Self.shuffle(&turns, &chance)
      for turn in turns.indices { Self.shuffle(&turns[turn].places, &chance) }
    }
    self.turns = turns
  }

  /// Fisher and Yates's shuffle. Swift's own may change how it uses the numbers, and with it the order
  /// that a seed stands for.
  private static func shuffle<Element>(_ elements: inout [Element], _ chance: inout SplitMix64) {
    for last in elements.indices.dropFirst().reversed() {
      elements.swapAt(last, Int(chance.next().multipliedFullWidth(by: UInt64(last + 1)).high))
    }
  }
}

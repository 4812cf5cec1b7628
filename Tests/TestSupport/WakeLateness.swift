/// How late this computer wakes those who sleep: what its other programs, or the computer it shares its
/// processors with, take away from whoever must be in time.
///
/// What it makes late is never early. So a test of time judges the quickest always, and what is usual
/// only where the computer let it be so.
package struct WakeLateness: Sendable {
  /// How late it was, in milliseconds, each five milliseconds.
  package var samples: [Double]

  /// The mean in milliseconds.
  package var mean: Double { samples.reduce(0, +) / Double(max(1, samples.count)) }

  /// Whether what takes a dozen wakings, as a packet there and back through two user-mode routers, is
  /// in time within two milliseconds.
  package var isQuiet: Bool { mean < 0.3 }

  /// Watches while `body` is at work.
  package static func during<Value: Sendable>(
    _ body: () async throws -> Value
  ) async throws -> (Value, WakeLateness) {
    let watch = Task.detached {
      var samples: [Double] = []
      let nap = Duration.milliseconds(5)
      while !Task.isCancelled {
        let due = ContinuousClock.now + nap
        try? await Task.sleep(until: due, tolerance: .zero, clock: .continuous)
        if !Task.isCancelled { samples.append((ContinuousClock.now - due) / .milliseconds(1)) }
      }
      return WakeLateness(samples: samples)
    }
    do {
      let value = try await body()
      watch.cancel()
      return (value, await watch.value)
    } catch {
      watch.cancel()
      throw error
    }
  }
}

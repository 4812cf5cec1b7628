import Diagnostics
import Stages

/// What the paths of a testbed are asked to be like and what they were measured to be.
package struct MeasuredDelays: Sendable {
  /// Every ordered pair of sites, in the order of the inventory.
  package var paths: [MeasuredPath]
  /// Why routers could not be asked.
  package var problems: [Diagnostic]
  /// When it was measured, in milliseconds since 1970.
  package var time: Int64

  /// What was measured.
  package init(paths: [MeasuredPath], problems: [Diagnostic], time: Int64) {
    self.paths = paths
    self.problems = problems
    self.time = time
  }

  /// The paths that are off.
  package var off: [MeasuredPath] { paths.filter(\.isOff) }

  /// Whether every path of which something is asked is so, as far as it could be judged, and every
  /// router could be asked.
  package var isWell: Bool { problems.isEmpty && off.isEmpty }

  /// A reason as a sentence: a machine's name at its beginning stays as it is.
  private static func sentence(_ reason: String) -> String {
    let isWord = ["the", "no", "only", "it"].contains(reason.prefix { $0 != " " })
    return (isWord ? reason.prefix(1).uppercased() + reason.dropFirst() : reason) + "."
  }

  /// As many paths are told of one by one.
  private static let mostTold = 20

  /// What is to be said of it: the routers that could not be asked, and the paths that are off.
  package var diagnostics: [Diagnostic] {
    let off = self.off
    var diagnostics = problems
    for path in off.prefix(Self.mostTold) {
      diagnostics.append(
        Diagnostic(
          .error, "the path \(path.from) → \(path.to) is not as it is asked to be",
          detail: path.reasons.map(Self.sentence).joined(separator: "\n"),
          host: path.there.lane.router))
    }
    if off.count > Self.mostTold {
      diagnostics.append(
        Diagnostic(
          .error, "\(off.count - Self.mostTold) more paths are not as they are asked to be"))
    }
    return diagnostics
  }
}

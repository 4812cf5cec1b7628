/// "Did you mean": the known word that a misspelt one is nearest to.
package enum Suggestion {
  /// The candidate that the fewest typing mistakes lead to; nil when all are too far to be meant.
  /// A mistake is a letter too many, missing, wrong, or swapped with its neighbour; upper and lower
  /// case are the same.
  package static func closest(to word: String, among candidates: some Sequence<String>) -> String? {
    let letters = Array(word.lowercased())
    // A word of that length is no misspelt key, and comparing costs its length times the other's.
    guard letters.count <= 64 else { return nil }
    var best: (candidate: String, mistakes: Int)?
    for candidate in candidates where candidate.count <= 64 {
      let known = Array(candidate.lowercased())
      let count = mistakes(letters, known)
      let length = max(letters.count, known.count)
      // A name of one letter is no misspelling of another such name.
      let tolerated = length < 2 ? 0 : max(1, length / 3)
      if count <= tolerated, count < best?.mistakes ?? .max { best = (candidate, count) }
    }
    return best?.candidate
  }

  /// The optimal string alignment distance.
  private static func mistakes(_ left: [Character], _ right: [Character]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for row in left.indices {
      var current = [row + 1]
      for column in right.indices {
        var cost = min(
          last[column + 1] + 1, current[column] + 1,
          last[column] + (left[row] == right[column] ? 0 : 1))
        if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
          cost = min(cost, beforeLast[column - 1] + 1)
        }
        current.append(cost)
      }
      beforeLast = last
      last = current
    }
    return last[right.count]
  }
}

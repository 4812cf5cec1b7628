import Diagnostics

/// The unified diff of two texts, as `diff -u` writes it.
enum UnifiedDiff {
  /// The largest texts that are compared line by line, bytes.
  static let sizeLimit = 1 << 20
  /// How many lines the two may differ by before all of one is shown as replaced by all of the other.
  private static let editLimit = 2_000
  /// How many lines of a diff are shown.
  private static let lineLimit = 2_000
  private static let context = 3

  /// The diff with its headers; nil when the two are equal. No content before is `/dev/null`.
  static func of(_ old: [UInt8]?, _ new: [UInt8], path: String) -> String? {
    guard old != new else { return nil }
    let from = old == nil ? "/dev/null" : path
    let header = "--- \(from)\n+++ \(path)\n"
    let before = old ?? []
    guard isText(before), isText(new) else { return header + "binary content differs\n" }
    guard before.count <= sizeLimit, new.count <= sizeLimit else {
      return header + "content of \(before.count) and \(new.count) bytes differs\n"
    }
    let left = lines(before)
    let right = lines(new)
    let edits = edits(left, right)
    var shown = hunks(edits)
    if shown.count > lineLimit {
      let rest = shown.count - lineLimit
      shown = Array(shown.prefix(lineLimit)) + ["… and \(rest) more lines"]
    }
    return header + shown.joined(separator: "\n") + "\n"
  }

  private static func isText(_ bytes: [UInt8]) -> Bool {
    !bytes.contains(0) && String(validating: bytes, as: UTF8.self) != nil
  }

  /// A line, and whether it is ended.
  private struct Line: Hashable {
    var text: String
    var isEnded: Bool
  }

  private static func lines(_ bytes: [UInt8]) -> [Line] {
    var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .map { Line(text: String(decoding: $0, as: UTF8.self), isEnded: true) }
    if lines.last?.text.isEmpty == true {
      lines.removeLast()
    } else if !lines.isEmpty {
      lines[lines.count - 1].isEnded = false
    }
    return lines
  }

  /// What happens to a line.
  private enum Edit {
    case keep(Line)
    case remove(Line)
    case add(Line)
  }

  /// The shortest edits, by Myers' greedy algorithm (E. W. Myers, "An O(ND) Difference Algorithm",
  /// 1986), between the lines that both begin and end with.
  private static func edits(_ left: [Line], _ right: [Line]) -> [Edit] {
    var head = 0
    while head < min(left.count, right.count), left[head] == right[head] { head += 1 }
    var tail = 0
    while tail < min(left.count, right.count) - head,
      left[left.count - 1 - tail] == right[right.count - 1 - tail]
    {
      tail += 1
    }
    let middle = shortest(
      Array(left[head..<(left.count - tail)]), Array(right[head..<(right.count - tail)]))
    return left[..<head].map(Edit.keep) + middle + left[(left.count - tail)...].map(Edit.keep)
  }

  private static func shortest(_ left: [Line], _ right: [Line]) -> [Edit] {
    if left.isEmpty { return right.map(Edit.add) }
    if right.isEmpty { return left.map(Edit.remove) }
    let limit = min(left.count + right.count, editLimit)
    var furthest = [Int](repeating: 0, count: 2 * limit + 3)
    let middle = limit + 1
    var trace: [[Int]] = []
    for distance in 0...limit {
      trace.append(Array(furthest[(middle - distance - 1)...(middle + distance + 1)]))
      for diagonal in stride(from: -distance, through: distance, by: 2) {
        let goesDown =
          diagonal == -distance
          || diagonal != distance
            && furthest[middle + diagonal - 1] < furthest[middle + diagonal + 1]
        var x = goesDown ? furthest[middle + diagonal + 1] : furthest[middle + diagonal - 1] + 1
        var y = x - diagonal
        while x < left.count, y < right.count, left[x] == right[y] {
          x += 1
          y += 1
        }
        furthest[middle + diagonal] = x
        if x >= left.count, y >= right.count { return backtrack(trace, left, right) }
      }
    }
    return left.map(Edit.remove) + right.map(Edit.add)
  }

  /// Follows the furthest points back from the end to the beginning.
  private static func backtrack(_ trace: [[Int]], _ left: [Line], _ right: [Line]) -> [Edit] {
    var edits: [Edit] = []
    var x = left.count
    var y = right.count
    for distance in stride(from: trace.count - 1, through: 1, by: -1) {
      // Each entry holds the diagonals from -distance-1 to distance+1.
      let furthest = trace[distance]
      let middle = distance + 1
      let diagonal = x - y
      let goesDown =
        diagonal == -distance
        || diagonal != distance && furthest[middle + diagonal - 1] < furthest[middle + diagonal + 1]
      let before = goesDown ? diagonal + 1 : diagonal - 1
      let beforeX = furthest[middle + before]
      let beforeY = beforeX - before
      while x > beforeX, y > beforeY {
        x -= 1
        y -= 1
        edits.append(.keep(left[x]))
      }
      if goesDown {
        y -= 1
        edits.append(.add(right[y]))
      } else {
        x -= 1
        edits.append(.remove(left[x]))
      }
    }
    while x > 0 {
      x -= 1
      edits.append(.keep(left[x]))
    }
    return edits.reversed()
  }

  /// Groups of changes with the lines around them.
  private static func hunks(_ edits: [Edit]) -> [String] {
    var shown = [Bool](repeating: false, count: edits.count)
    for (index, edit) in edits.enumerated() {
      if case .keep = edit { continue }
      for near in max(0, index - context)...min(edits.count - 1, index + context) {
        shown[near] = true
      }
    }
    var lines: [String] = []
    var index = 0
    var (oldLine, newLine) = (0, 0)
    while index < edits.count {
      guard shown[index] else {
        (oldLine, newLine, index) = (oldLine + 1, newLine + 1, index + 1)
        continue
      }
      let (oldStart, newStart) = (oldLine, newLine)
      var body: [String] = []
      while index < edits.count, shown[index] {
        let (sign, line): (String, Line)
        switch edits[index] {
        case .keep(let kept):
          (sign, line) = (" ", kept)
          (oldLine, newLine) = (oldLine + 1, newLine + 1)
        case .remove(let removed):
          (sign, line) = ("-", removed)
          oldLine += 1
        case .add(let added):
          (sign, line) = ("+", added)
          newLine += 1
        }
        body.append(sign + VisibleText.lines(line.text))
        if !line.isEnded { body.append("\\ No newline at end of file") }
        index += 1
      }
      lines.append(
        "@@ -\(range(oldStart, oldLine - oldStart)) +\(range(newStart, newLine - newStart)) @@")
      lines += body
    }
    return lines
  }

  /// A range of lines as `diff -u` writes it: an empty one is named by the line before it.
  private static func range(_ start: Int, _ count: Int) -> String {
    switch count {
    case 0: "\(start),0"
    case 1: "\(start + 1)"
    default: "\(start + 1),\(count)"
    }
  }
}

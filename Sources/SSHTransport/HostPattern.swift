/// A list of patterns with `*` and `?`, as `Host` lines and known_hosts have it: it matches when
/// one of them does and none with a `!` before it does.
struct HostPatterns: Sendable, Hashable {
  private var wanted: [[Character]] = []
  private var unwanted: [[Character]] = []

  init(_ patterns: some Sequence<Substring>) {
    for pattern in patterns {
      if pattern.hasPrefix("!") {
        unwanted.append(Array(pattern.dropFirst().lowercased()))
      } else {
        wanted.append(Array(pattern.lowercased()))
      }
    }
  }

  func matches(_ name: String) -> Bool {
    let name = Array(name.lowercased())
    return wanted.contains { Self.matches($0, name) }
      && !unwanted.contains { Self.matches($0, name) }
  }

  /// Whether a pattern matches; time grows with the product of the lengths, never faster.
  static func matches(_ pattern: [Character], _ name: [Character]) -> Bool {
    var (p, n) = (0, 0)
    var retry: (p: Int, n: Int)?
    while n < name.count {
      if p < pattern.count, pattern[p] == "*" {
        retry = (p, n)
        p += 1
      } else if p < pattern.count, pattern[p] == "?" || pattern[p] == name[n] {
        p += 1
        n += 1
      } else if let last = retry {
        retry = (last.p, last.n + 1)
        p = last.p + 1
        n = last.n + 1
      } else {
        return false
      }
    }
    return pattern[p...].allSatisfy { $0 == "*" }
  }
}

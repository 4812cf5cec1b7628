/// Which rule is about which path, so that each is found at once: a testbed of hundreds of sites has
/// hundreds of thousands of paths.
struct PathIndex: Sendable {
  private var numbers: [String: Int] = [:]
  private var rules: [Int: Int] = [:]
  /// The rules for all pairs, by their places in the inventory's list.
  private(set) var general: [Int] = []

  /// The paths of these sites by these rules.
  init(sites: [Site], rules: [LatencyRule]) {
    numbers.reserveCapacity(sites.count)
    for (number, site) in sites.enumerated() { numbers[site.name] = number }
    for (place, rule) in rules.enumerated() {
      switch rule.scope {
      case .allPairs: general.append(place)
      case .pair(let left, let right):
        guard let left = numbers[left], let right = numbers[right], left != right else { continue }
        self.rules[SitePair.index(left, right)] = place
      }
    }
  }

  /// A site's place in the inventory's list.
  func number(of site: String) -> Int? { numbers[site] }

  /// The place of the rule that names these two sites.
  func rule(_ left: Int, _ right: Int) -> Int? { rules[SitePair.index(left, right)] }
}

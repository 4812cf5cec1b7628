import Testing

/// What tests read of planetbed's JSON results (docs/json.md).
extension [String: Any] {
  /// A number of the object.
  func number(_ key: String) throws -> Int {
    try #require(self[key] as? Int, "no number \(key) in \(self)")
  }

  /// A list of objects in the object.
  func objects(_ key: String) throws -> [[String: Any]] {
    try #require(self[key] as? [[String: Any]], "no list \(key) in \(self)")
  }

  /// A text of the object.
  func text(_ key: String) throws -> String {
    try #require(self[key] as? String, "no text \(key) in \(self)")
  }

  /// The object of a machine in the list `hosts`.
  func host(_ name: String) throws -> [String: Any] {
    try #require(
      try objects("hosts").first { $0["name"] as? String == name }, "no host \(name) in \(self)")
  }

  /// Who reaches whom: `matrix[from][to]`, from the result of `status`.
  func reachability() throws -> [String: [String: Bool]] {
    let table = try #require(self["reachability"] as? [String: Any])
    let hosts = try #require(table["hosts"] as? [String])
    let rows = try #require(table["matrix"] as? [[Any]])
    var matrix: [String: [String: Bool]] = [:]
    for (from, row) in zip(hosts, rows) {
      for (to, cell) in zip(hosts, row) { matrix[from, default: [:]][to] = cell is Double }
    }
    return matrix
  }
}

/// The site of each host of the reference deployment.
let siteOf: [String: Int] = [
  "lb": 1, "master01": 1, "master02": 1, "master03": 1, "node01": 2, "node02": 2, "node03": 3,
  "node04": 3,
]

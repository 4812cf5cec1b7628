import Diagnostics
import TOMLReading

extension InventoryDraft {
  /// Reads the files of measured round trips; `folder` is where relative paths begin.
  mutating func readMatrices(in folder: String, _ findings: TOMLFindings) {
    for index in latency.indices {
      let rule = latency[index]
      guard let path = rule.matrix, !rule.isForAPair, rule.delays.count == 1 else { continue }
      let reading: MatrixReading?
      if let servers = rule.servers {
        let files = WonderNetwork(
          pings: CSVFile("matrix", path, in: folder, limit: WonderNetwork.pingsSizeLimit),
          servers: CSVFile("servers", servers, in: folder, limit: WonderNetwork.serversSizeLimit),
          takesJitter: rule.jitter == nil)
        reading = files.read(for: &sites, findings)
      } else {
        let file = MatrixFile(
          file: CSVFile("matrix", path, in: folder, limit: MatrixFile.sizeLimit),
          takesJitter: rule.jitter == nil, takesLoss: rule.loss == nil)
        reading = file.read(for: sites, findings)
      }
      guard let reading else { continue }
      matrixDigests.merge(reading.digests) { first, _ in first }
      let measured = RoundTripMatrix(
        file: path.value, sites: sites.map { $0.name?.value ?? "" }, gathered: reading.sums,
        distribution: rule.jitterDistribution, correlation: rule.correlation?.value ?? 0)
      latency[index].measured = measured
      checkJitterOfMatrix(rule, measured, findings)
      checkKnown(rule, reading, findings)
    }
  }

  private func checkJitterOfMatrix(
    _ rule: LatencyDraft, _ measured: RoundTripMatrix, _ findings: TOMLFindings
  ) {
    guard !rule.asksForJitter, !measured.hasJitter else { return }
    for (name, position) in [
      ("distribution", rule.distribution?.position), ("correlation", rule.correlation?.position),
    ] {
      guard let position else { continue }
      findings.error(
        "\(name) without jitter",
        detail: "It says how the jitter is spread, and \(measured.file) has none: give jitter too.",
        at: position)
    }
  }

  /// Tells of sites that a matrix does not know, and of pairs.
  private func checkKnown(
    _ rule: LatencyDraft, _ reading: MatrixReading, _ findings: TOMLFindings
  ) {
    guard let path = rule.matrix, sites.count > 1 else { return }
    guard reading.sums.contains(where: { $0.line > 0 }) else {
      findings.error(
        "matrix: \(path.value) knows no two of the sites",
        detail: "Its names are \(Self.some(reading.names.sorted())). A site goes by its "
          + (rule.servers == nil ? "name or its city." : "city."),
        at: path.position)
      return
    }
    let file = (rule.servers ?? path).value
    for (number, site) in sites.enumerated() where !reading.known[number] {
      guard let name = site.name else { continue }
      if let city = site.city, hasPathWithoutRule(site) {
        findings.warning(
          "\(file) does not know \(tomlLiteral(city.value))",
          detail: findings.meant(by: city.value, among: reading.names)
            ?? "The paths of \(tomlLiteral(name.value)) are left to other rules, or to nature.",
          at: city.position)
      } else if site.city == nil, hasPathWithoutRule(site, countingGeneralRules: true) {
        findings.warning(
          "\(file) does not know \(tomlLiteral(name.value))",
          detail: (rule.servers == nil
            ? findings.meant(by: name.value, among: reading.names) : nil)
            ?? "Give the site its city, or its paths other rules: they keep their natural delays.",
          at: name.position)
      }
    }
  }

  /// Tells of paths that a rule is about but cannot know, and no other rule does.
  func checkCoverage(_ findings: TOMLFindings) {
    let names = sites.map { $0.name?.value }
    let own = pairsWithRule
    let general = latency.filter { !$0.isForAPair }
    let coversAll = general.contains { $0.isForEveryPair }
    if let rule = general.first(where: { $0.model != nil }), !coversAll {
      for site in sites where site.location == nil {
        guard let name = site.name else { continue }
        let peer = names.lazy.compactMap(\.self).first { other in
          other != name.value && !own.contains([name.value, other])
            && !general.contains { $0.measured?.measurement(name.value, other) != nil }
        }
        guard let peer else { continue }
        findings.error(
          "site \(tomlLiteral(name.value)) has no location, and model = \"geographic\" needs one",
          detail: "The rule is in line \(rule.position.line). Give the site location = "
            + "[degrees north, degrees east], or a rule to each of its paths: that to "
            + "\(tomlLiteral(peer)) has none.",
          at: name.position)
      }
    }
    guard !coversAll, !general.contains(where: { $0.model != nil }) else { return }
    checkUnmeasured(own, general, findings)
  }

  /// Tells of a pair of sites that the matrices know, but not the path between them.
  private func checkUnmeasured(
    _ own: Set<Set<String>>, _ general: [LatencyDraft], _ findings: TOMLFindings
  ) {
    let matrices = general.compactMap(\.measured)
    guard let last = general.last(where: { $0.measured != nil }), let path = last.matrix else {
      return
    }
    var missing: [(String, String)] = []
    let names = sites.compactMap { $0.name?.value }.filter { name in
      matrices.contains { $0.knows(name) }
    }
    for (place, left) in names.enumerated() {
      for right in names[(place + 1)...] {
        let isKnown = matrices.contains { $0.measurement(left, right) != nil }
        if !isKnown, !own.contains([left, right]) { missing.append((left, right)) }
      }
    }
    guard let first = missing.first else { return }
    findings.warning(
      "matrix: \(path.value) has no round trip between \(tomlLiteral(first.0)) and "
        + tomlLiteral(first.1),
      detail: (missing.count > 1 ? "Nor between \(missing.count - 1) other pairs. " : "")
        + "What no other rule is about keeps its natural delay.",
      at: path.position)
  }

  /// Every two sites that a rule names.
  private var pairsWithRule: Set<Set<String>> {
    Set(latency.compactMap { rule in rule.between.map { Set($0.value.map(\.value)) } })
  }

  /// Whether a site has a path that no rule names, nor, when those count, another rule for all pairs
  /// knows.
  private func hasPathWithoutRule(_ site: SiteDraft, countingGeneralRules: Bool = false) -> Bool {
    guard let name = site.name?.value else { return false }
    if countingGeneralRules, latency.contains(where: \.isForEveryPair) { return false }
    let hasModel = countingGeneralRules && latency.contains { $0.model != nil && !$0.isForAPair }
    let own = pairsWithRule
    return sites.contains { other in
      guard let peer = other.name?.value, peer != name else { return false }
      if hasModel, site.location != nil, other.location != nil { return false }
      return !own.contains([name, peer])
    }
  }

  private static func some(_ names: [String]) -> String {
    let some = names.prefix(10).map(tomlLiteral).joined(separator: ", ")
    return some + (names.count > 10 ? ", …" : "")
  }
}

extension LatencyDraft {
  /// Whether it is for every pair without a rule of its own, whatever is known of the sites.
  fileprivate var isForEveryPair: Bool {
    !isForAPair && !delays.contains { $0.name == "matrix" || $0.name == "model" }
  }
}

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
      checkKnown(rule, reading, among: NamedPairs(self), findings)
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
    _ rule: LatencyDraft, _ reading: MatrixReading, among own: NamedPairs,
    _ findings: TOMLFindings
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
      if let city = site.city, hasPathWithoutRule(site, besides: own) {
        findings.warning(
          "\(file) does not know \(tomlLiteral(city.value))",
          detail: findings.meant(by: city.value, among: reading.names)
            ?? "The paths of \(tomlLiteral(name.value)) are left to other rules, or to nature.",
          at: city.position)
      } else if site.city == nil,
        hasPathWithoutRule(site, besides: own, countingGeneralRules: true)
      {
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
    let general = latency.filter { !$0.isForAPair }
    let coversAll = general.contains { $0.isForEveryPair }
    let model = general.first { $0.model != nil }
    guard !coversAll, !general.isEmpty else { return }
    let own = NamedPairs(self)
    guard let model else {
      checkUnmeasured(own, general, findings)
      return
    }
    let names = sites.compactMap { $0.name?.value }
    for site in sites where site.location == nil {
      guard let name = site.name else { continue }
      let peer = names.first { other in
        other != name.value && !own.contains(name.value, other)
          && !general.contains { $0.measured?.measurement(name.value, other) != nil }
      }
      guard let peer else { continue }
      findings.error(
        "site \(tomlLiteral(name.value)) has no location, and model = \"geographic\" needs one",
        detail: "The rule is in line \(model.position.line). Give the site location = "
          + "[degrees north, degrees east], or a rule to each of its paths: that to "
          + "\(tomlLiteral(peer)) has none.",
        at: name.position)
    }
  }

  /// Tells of a pair of sites that the matrices know, but not the path between them.
  private func checkUnmeasured(
    _ own: NamedPairs, _ general: [LatencyDraft], _ findings: TOMLFindings
  ) {
    let matrices = general.compactMap(\.measured)
    guard let last = general.last(where: { $0.measured != nil }), let path = last.matrix else {
      return
    }
    var first: (String, String)?
    var others = -1
    let names = sites.compactMap { $0.name?.value }.filter { name in
      matrices.contains { $0.knows(name) }
    }
    for (place, left) in names.enumerated() {
      for right in names[(place + 1)...] where !own.contains(left, right) {
        guard !matrices.contains(where: { $0.measurement(left, right) != nil }) else { continue }
        first = first ?? (left, right)
        others += 1
      }
    }
    guard let first else { return }
    findings.warning(
      "matrix: \(path.value) has no round trip between \(tomlLiteral(first.0)) and "
        + tomlLiteral(first.1),
      detail: (others > 0 ? "Nor between \(others) other pairs. " : "")
        + "What no other rule is about keeps its natural delay.",
      at: path.position)
  }

  /// Whether a site has a path that no rule names, nor, when those count, another rule for all pairs
  /// knows.
  private func hasPathWithoutRule(
    _ site: SiteDraft, besides own: NamedPairs, countingGeneralRules: Bool = false
  ) -> Bool {
    guard let name = site.name?.value else { return false }
    if countingGeneralRules, latency.contains(where: \.isForEveryPair) { return false }
    let hasModel = countingGeneralRules && latency.contains { $0.model != nil && !$0.isForAPair }
    return sites.contains { other in
      guard let peer = other.name?.value, peer != name else { return false }
      if hasModel, site.location != nil, other.location != nil { return false }
      return !own.contains(name, peer)
    }
  }

  private static func some(_ names: [String]) -> String {
    let some = names.prefix(10).map(tomlLiteral).joined(separator: ", ")
    return some + (names.count > 10 ? ", …" : "")
  }
}

/// The pairs of sites that a rule names.
private struct NamedPairs {
  private var numbers: [String: Int] = [:]
  private var pairs: Set<Int> = []

  init(_ draft: InventoryDraft) {
    for (number, site) in draft.sites.enumerated() {
      if let name = site.name?.value { numbers[name] = number }
    }
    for rule in draft.latency {
      guard let between = rule.between, let left = numbers[between.value[0].value],
        let right = numbers[between.value[1].value], left != right
      else { continue }
      pairs.insert(SitePair.index(left, right))
    }
  }

  func contains(_ left: String, _ right: String) -> Bool {
    guard let left = numbers[left], let right = numbers[right], left != right else { return false }
    return pairs.contains(SitePair.index(left, right))
  }
}

extension LatencyDraft {
  /// Whether it is for every pair without a rule of its own, whatever is known of the sites.
  fileprivate var isForEveryPair: Bool {
    !isForAPair && !delays.contains { $0.name == "matrix" || $0.name == "model" }
  }
}

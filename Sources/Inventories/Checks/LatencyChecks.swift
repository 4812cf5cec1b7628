import Diagnostics
import TOMLReading

extension InventoryDraft {
  /// Every rule is about two sites of the inventory, or about all, asks for something that can be, and is
  /// the only one that a path comes to.
  func checkLatency(_ findings: TOMLFindings) {
    let known = sites.compactMap { $0.name?.value }
    let names = Set(known)
    var first: [[String]: SourcePosition] = [:]
    for rule in latency {
      rule.checkQuestion(findings)
      rule.checkDelays(findings)
      rule.checkJitter(findings)
      rule.checkScope(findings)
      guard let between = rule.between else { continue }
      for site in between.value where !names.contains(site.value) {
        findings.unknownSite(site, key: "between", among: known)
      }
      let pair = between.value.map(\.value).sorted()
      if pair[0] == pair[1] {
        findings.error(
          "a latency rule between \(tomlLiteral(pair[0])) and itself",
          detail: "The path within a site is its LAN, which planetbed leaves alone.",
          at: between.position)
      } else if let earlier = first[pair] {
        findings.error(
          "a second latency rule between \(tomlLiteral(pair[0])) and \(tomlLiteral(pair[1]))",
          detail: "The first is in line \(earlier.line); a rule holds in both directions.",
          at: between.position)
      } else {
        first[pair] = between.position
      }
    }
    checkOrder(findings)
  }

  /// No rule for all pairs stands behind one that leaves it none.
  private func checkOrder(_ findings: TOMLFindings) {
    var all: LatencyDraft?
    var geographic: LatencyDraft?
    for rule in latency where !rule.isForAPair {
      if let all {
        findings.error(
          "a latency rule that no pair comes to",
          detail:
            "That in line \(all.position.line) is for all pairs without a rule of their own: put "
            + "it last.",
          at: rule.position)
      } else if let geographic, rule.model != nil {
        findings.error(
          "a latency rule that no pair comes to",
          detail:
            "That in line \(geographic.position.line) is for all pairs of sites with locations.",
          at: rule.position)
      }
      let isStated = !rule.delays.contains { $0.name == "matrix" || $0.name == "model" }
      if isStated { all = all ?? rule }
      if rule.model != nil { geographic = geographic ?? rule }
    }
  }
}

extension LatencyDraft {
  /// The rule asks for something.
  fileprivate func checkQuestion(_ findings: TOMLFindings) {
    if !asksForSomething {
      findings.error(
        "a latency rule that asks for nothing",
        detail:
          "Give a delay (rtt, added_rtt, one_way, matrix or model), loss, duplicate, corrupt or "
          + "rate; added_rtt = \"0ms\" leaves a pair its natural delay.",
        at: position)
    }
  }

  /// There is one delay at most, and tc can make it.
  func checkDelays(_ findings: TOMLFindings) {
    for other in delays.dropFirst() {
      findings.error(
        "two delays for one path: \(delays[0].name) and \(other.name)",
        detail: "Give one of the two.", at: other.position)
    }
    for (name, delay) in [("rtt", rtt), ("added_rtt", addedRTT), ("jitter", jitter)] {
      guard let delay, delay.value > Double(Limits.longestRTT) else { continue }
      findings.error(
        "\(name) is longer than tc can delay", detail: "At most \(Limits.longestRTT / 1000) s.",
        at: delay.position)
    }
    if let reorder, delays.isEmpty {
      findings.error(
        "reorder without a delay",
        detail: "A packet overtakes others by not being delayed: give rtt too.",
        at: reorder.position)
    }
  }

  /// The jitter varies a delay, and what says how it is spread belongs to one.
  func checkJitter(_ findings: TOMLFindings) {
    for (name, position) in [
      ("distribution", distribution?.position), ("correlation", correlation?.position),
    ] {
      // A matrix may bring the jitter, which is seen when it is read.
      guard let position, !asksForJitter, matrix == nil else { continue }
      findings.error(
        "\(name) without jitter", detail: "It says how the jitter is spread: give jitter too.",
        at: position)
    }
    guard let jitter else { return }
    guard let delay = delays.first else {
      findings.error(
        "jitter without a delay", detail: "netem varies a delay: give rtt too.",
        at: jitter.position)
      return
    }
    let least: Double? =
      switch statedDelay {
      case .total(let roundTrip), .added(let roundTrip): roundTrip
      case .oneWay(let from, let to): 2 * min(from, to)
      case nil: nil
      }
    if let least, jitter.value > least {
      findings.warning(
        "jitter is larger than \(delay.name)",
        detail: "A delay cannot fall below 0: the round-trip times will not spread evenly.",
        at: jitter.position)
    }
  }

  /// What is for all pairs, and what for one, stands in such a rule.
  fileprivate func checkScope(_ findings: TOMLFindings) {
    for delay in delays {
      switch delay.name {
      case "matrix" where isForAPair, "model" where isForAPair:
        findings.error(
          "\(delay.name) in a rule for one pair",
          detail: "It is for every pair that it knows. Leave between out, or give rtt.",
          at: delay.position)
      case "one_way" where !isForAPair:
        findings.error(
          "one_way in a rule for all pairs",
          detail: "from and to are seen from the first site of between: add it, or give rtt.",
          at: delay.position)
      default: break
      }
    }
    if let servers, !delays.contains(where: { $0.name == "matrix" }) {
      findings.error(
        "servers without matrix", detail: "matrix names the pings between them.",
        at: servers.position)
    }
    if let factor, !delays.contains(where: { $0.name == "model" }) {
      findings.error(
        "factor without model", detail: "It belongs to model = \"geographic\".",
        at: factor.position)
    }
  }
}

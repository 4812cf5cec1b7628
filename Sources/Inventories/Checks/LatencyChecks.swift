import Diagnostics
import TOMLReading

extension InventoryDraft {
  /// Every rule is about two sites of the inventory, asks for something, and is the only one about
  /// them.
  func checkLatency(_ findings: TOMLFindings) {
    let known = sites.compactMap { $0.name?.value }
    let names = Set(known)
    var first: [[String]: SourcePosition] = [:]
    for rule in latency {
      checkQuantities(of: rule, findings)
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
  }

  private func checkQuantities(of rule: LatencyDraft, _ findings: TOMLFindings) {
    if !rule.asksForSomething {
      findings.error(
        "a latency rule that asks for nothing", detail: "Give rtt, jitter, loss or rate.",
        at: rule.position)
    }
    if let rtt = rule.rtt, rtt.value > Double(Limits.longestRTT) {
      findings.error(
        "rtt is longer than tc can delay", detail: "At most \(Limits.longestRTT / 1000) s.",
        at: rtt.position)
    }
    guard let jitter = rule.jitter else { return }
    if !rule.asksForRTT {
      findings.error(
        "jitter without rtt", detail: "netem varies a delay: give rtt too.", at: jitter.position)
    } else if let rtt = rule.rtt, jitter.value > rtt.value {
      findings.warning(
        "jitter is larger than rtt",
        detail: "A delay cannot fall below 0: the round-trip times will not spread evenly.",
        at: jitter.position)
    }
  }
}

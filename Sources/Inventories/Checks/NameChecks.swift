import Diagnostics
import TOMLReading

extension InventoryDraft {
  /// No two sites and no two machines have the same name. Upper and lower case are the same to
  /// `/etc/hosts` and to Kubernetes.
  func checkNames(_ findings: TOMLFindings) {
    checkUnique(sites.compactMap(\.name), what: "site", findings)
    checkUnique(machines.compactMap(\.name), what: "machine", findings)
  }

  private func checkUnique(_ names: [Located<String>], what: String, _ findings: TOMLFindings) {
    var first: [String: Located<String>] = [:]
    for name in names {
      guard let earlier = first[name.value.lowercased()] else {
        first[name.value.lowercased()] = name
        continue
      }
      let spelling =
        earlier.value == name.value
        ? "" : " as \(tomlLiteral(earlier.value)): upper and lower case are the same"
      findings.error(
        "two \(what)s are called \(tomlLiteral(name.value))",
        detail: "The other one is in line \(earlier.position.line)\(spelling).", at: name.position)
    }
  }

  /// Every jump names a machine, and following the jumps comes to an end.
  func checkJumps(_ findings: TOMLFindings) {
    var next: [String: (jump: String, position: SourcePosition?)] = [:]
    let names = Set(machines.compactMap { $0.name?.value })
    for site in sites {
      for machine in (site.router.map { [$0.machine] } ?? []) + site.hosts.map(\.machine) {
        guard let name = machine.name?.value else { continue }
        switch machine.ssh.jump?.value {
        case .machine(let jump)?:
          let position = machine.ssh.jump?.position ?? machine.position
          guard names.contains(jump) else {
            findings.error(
              "jump names no machine of this inventory: \(tomlLiteral(jump))",
              detail: findings.meant(by: jump, among: machines.compactMap { $0.name?.value })
                ?? "A jump host outside of the inventory belongs into ~/.ssh/config, as ProxyJump.",
              at: position)
            continue
          }
          next[name] = (jump, position)
        case Jump.none?: break
        case nil:
          guard let router = site.router?.machine.name?.value, router != name else { continue }
          next[name] = (router, nil)
        }
      }
    }
    checkEnds(next, from: machines.compactMap { $0.name?.value }, findings)
  }

  /// Notes every cycle once, at the first of its jumps that the file gives.
  private func checkEnds(
    _ next: [String: (jump: String, position: SourcePosition?)], from names: [String],
    _ findings: TOMLFindings
  ) {
    var ended: Set<String> = []
    for name in names {
      var path: [String] = []
      var places: [String: Int] = [:]
      var current = name
      while !ended.contains(current) {
        if let start = places[current] {
          let cycle = path[start...]
          if let position = cycle.lazy.compactMap({ next[$0]?.position }).first {
            findings.error(
              "the jumps go round in a circle: \((cycle + [current]).joined(separator: ", "))",
              detail: "Say `jump = false` for the one that can be connected to directly.",
              at: position)
          }
          break
        }
        places[current] = path.count
        path.append(current)
        guard let jump = next[current]?.jump else { break }
        current = jump
      }
      ended.formUnion(path)
    }
  }
}

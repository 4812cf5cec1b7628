/// `planetbed lab up`, `down` and `status`: the lab's machines.
package struct LabView: ResultView {
  /// A machine of a lab.
  package struct Machine: Sendable, Hashable {
    /// Its name in the inventory.
    package var name: String
    /// Its site.
    package var site: String
    /// `router`, or the host's role.
    package var kind: String
    /// The address at which the operator reaches it.
    package var address: String
    /// Whether it runs.
    package var isRunning: Bool
    /// Whether its SSH server answers.
    package var answers: Bool

    /// A machine of a lab.
    package init(
      name: String, site: String, kind: String, address: String, isRunning: Bool, answers: Bool
    ) {
      self.name = name
      self.site = site
      self.kind = kind
      self.address = address
      self.isRunning = isRunning
      self.answers = answers
    }

    /// How it is, in a word.
    package var state: String { isRunning ? (answers ? "up" : "starting") : "down" }
  }

  package let verb: String
  private let lab: String
  private let machines: [Machine]
  private let kubernetes: Bool?
  private let seconds: Double?

  /// A lab's machines; `kubernetes` is whether masters and workers have it to install, nil when that
  /// is not settled; `seconds` is how long it took to bring them up or down.
  package init(
    verb: String, lab: String, machines: [Machine], kubernetes: Bool? = nil, seconds: Double? = nil
  ) {
    self.verb = verb
    self.lab = lab
    self.machines = machines
    self.kubernetes = kubernetes
    self.seconds = seconds
  }

  /// Whether every machine is up.
  package var isUp: Bool { machines.allSatisfy { $0.isRunning && $0.answers } }

  package func text(_ layout: TextLayout) -> String {
    let took = seconds.map { " in \(Counted.seconds($0))" } ?? ""
    if verb == "lab-down" { return "Lab \(lab) is down\(took).\n" }
    var table = TextTable(
      ["machine", "site", "kind", "address", "state"], [.left, .left, .left, .left, .left])
    var tones: [Int: Tone] = [:]
    for (row, machine) in machines.enumerated() {
      if machine.state != "up" { tones[row] = .warning }
      table.add([machine.name, machine.site, machine.kind, machine.address, machine.state])
    }
    let up = machines.filter { $0.state == "up" }.count
    let all = Counted.text(machines.count, "machine")
    let verdict =
      isUp
      ? layout.style("Lab \(lab) is up", .good) + ": \(all)\(took)."
      : layout.style("Lab \(lab) is not up", .warning) + ": \(up) of \(all)\(took)."
    let cluster =
      switch kubernetes {
      case true?: "Masters and workers find Kubernetes in /srv/kubernetes.\n"
      case false?: "Without Kubernetes, until the lab is taken down.\n"
      case nil: ""
      }
    return table.text(layout, tones: tones) + "\n" + verdict + "\n" + cluster
  }

  package var members: [JSONValue.Member] {
    [
      JSONValue.Member("lab", .string(lab)),
      JSONValue.Member("up", .boolean(verb != "lab-down" && isUp)),
      JSONValue.Member("kubernetes", .boolean(kubernetes == true)),
      JSONValue.Member("seconds", .measured(seconds)),
      JSONValue.Member(
        "machines",
        .array(
          machines.map {
            [
              "name": .string($0.name), "site": .string($0.site), "kind": .string($0.kind),
              "address": .string($0.address), "state": .string($0.state),
            ]
          })),
    ]
  }
}

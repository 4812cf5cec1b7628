/// What a lab says while it comes up or goes down.
package enum LabEvent: Sendable, Hashable {
  /// Another planetbed is at work on the same thing; this one goes on when that one has ended.
  case waiting(for: String)
  /// A step of making the base image, which is made once.
  case image(String)
  /// Something about the Kubernetes that the machines are to install.
  case kubernetes(String)
  /// A step of building it has begun, which is done once.
  case kubernetesStep(LabStep)
  /// Something about what routers run under.
  case routers(String)
  /// The networks are there; so many machines are to be attached to them.
  case networks(machines: Int)
  /// A machine's process has been started.
  case starting(machine: String)
  /// A machine has booted.
  case ready(machine: String)
  /// A machine was as it should be, and was left alone.
  case kept(machine: String)
  /// A machine has been stopped and its files are gone.
  case removed(machine: String)

  /// One line for people.
  package var text: String {
    switch self {
    case .waiting(let other): "waiting for another planetbed that is at work on \(other)"
    case .image(let step): "image: \(step)"
    case .kubernetes(let text): "kubernetes: \(text)"
    case .kubernetesStep(let step): "kubernetes: \(step.title)"
    case .routers(let text): "routers: \(text)"
    case .networks(let machines): "networks: ready for \(machines) machines"
    case .starting(let machine): "\(machine): starting"
    case .ready(let machine): "\(machine): ready"
    case .kept(let machine): "\(machine): already up"
    case .removed(let machine): "\(machine): removed"
    }
  }
}

/// A step of work that takes long.
package struct LabStep: Sendable, Hashable {
  /// What is done, and the how manyth step of how many it is: `3/9 the programs of Kubernetes`.
  package var title: String
  /// How many seconds it usually takes, on two cores that have nothing else to do.
  package var usualSeconds: Int
}

/// How a lab is.
package struct LabStatus: Sendable, Hashable, Codable {
  /// One machine.
  package struct Machine: Sendable, Hashable, Codable {
    /// Its name in the inventory.
    package var name: String
    /// The name of its site.
    package var site: String
    /// `router`, or the host's role as the inventory writes it.
    package var kind: String
    /// Its address: a router's on the WAN, a host's in its LAN.
    package var address: String
    /// Whether its process runs.
    package var running: Bool
    /// Whether an SSH server answers at its address.
    package var sshAnswers: Bool
    /// The id of its process on this computer, when it runs.
    package var pid: Int32?
  }

  /// The lab's name.
  package var lab: String
  /// The machines, in the order of the inventory.
  package var machines: [Machine]
  /// Whether masters and workers have Kubernetes to install; nil when the lab has not been brought up.
  package var kubernetes: Bool?
  /// Whether every machine runs and answers.
  package var up: Bool { machines.allSatisfy { $0.running && $0.sshAnswers } }
}

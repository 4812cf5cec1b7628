import Diagnostics
import Inventories
import Roles

/// What on a router stands in the way of the delays that are asked of it.
struct LatencyChecks {
  /// The testbed.
  let inventory: Inventory
  /// The router's site.
  let site: Site
  /// The router's lanes.
  let lanes: [Lane]
  /// What the router told of them.
  let state: LaneState
  /// What its probe reported.
  let system: SystemFacts

  private var host: String { site.router.name }

  /// All of it; nothing when nothing is asked of the router's paths.
  var all: [Diagnostic] {
    let asked = lanes.compactMap { lane in
      inventory.askedPath(from: site.name, to: lane.peer).map { (lane, $0) }
    }
    guard !asked.isEmpty else { return [] }
    let devices = Set(asked.map(\.0.device))
    return (state.hasModule ? [] : [missingModule])
      + state.foreign.filter { devices.contains($0.device) }.map(foreign)
      + asked.compactMap { tooFar($1) }
  }

  private var missingModule: Diagnostic {
    Diagnostic(
      .error, "the kernel of \(host) has no sch_netem, which makes delays",
      detail: "Its kernel is \(system.kernel). \(remedy) Or ask for no delays at \(site.name).",
      at: site.router.position, host: host)
  }

  /// Where the distribution has the module.
  private var remedy: String {
    switch system.osID {
    case "debian" where system.kernel.contains("cloud"):
      "Debian's kernels for clouds leave it out: apt install linux-image-\(architecture), and "
        + "restart the router with that."
    case "debian":
      "Debian has it in the package linux-image-\(architecture): install it, and restart the "
        + "router with that. (A container has its computer's kernel: modprobe sch_netem there.)"
    case "ubuntu":
      "Ubuntu has it in a package: apt install linux-modules-extra-\(system.kernel)"
        + "."
    case "rhel", "centos", "rocky", "almalinux", "fedora", "ol":
      "Its package is kernel-modules-extra: dnf install kernel-modules-extra-\(system.kernel)."
    default: "It needs a kernel with CONFIG_NET_SCH_NETEM."
    }
  }

  /// Debian's word for the processor.
  private var architecture: String {
    ["x86_64": "amd64", "aarch64": "arm64"][system.architecture] ?? system.architecture
  }

  private func foreign(_ foreign: LaneState.Foreign) -> Diagnostic {
    Diagnostic(
      .error, "\(foreign.device) on \(host) has a queueing discipline that is not planetbed's",
      detail:
        "Its root is \(foreign.words), and delays would take its place. Take it away if it is "
        + "not needed (tc qdisc del dev \(foreign.device) root), then plan again.",
      at: site.router.position, host: host)
  }

  /// A path that takes longer by itself than all that is asked; once for each pair.
  private func tooFar(_ asked: AskedPath) -> Diagnostic? {
    guard let natural = state.baselines[asked.to].map({ Double($0) / 1000 }) else { return nil }
    let wanted: Double
    let isTooFar: Bool
    switch asked.conditions.delay {
    case .total(let roundTrip): (wanted, isTooFar) = (roundTrip, natural > roundTrip)
    case .oneWay(let from, let to):
      (wanted, isTooFar) = (from + to, natural / 2 > min(from, to))
    case .added, nil: return nil
    }
    guard isTooFar, asked.from < asked.to else { return nil }
    return Diagnostic(
      .warning,
      "the path between \(asked.from) and \(asked.to) takes longer by itself than is asked",
      detail: "A round trip took \(Self.words(natural)) ms before anything was added, and "
        + "\(Self.words(wanted)) ms are asked for, both ways together. Nothing can be taken away: "
        + "ask for more.",
      host: host)
  }

  private static func words(_ milliseconds: Double) -> String {
    let tenths = Int((milliseconds * 10).rounded())
    return tenths % 10 == 0 ? String(tenths / 10) : "\(tenths / 10).\(tenths % 10)"
  }
}

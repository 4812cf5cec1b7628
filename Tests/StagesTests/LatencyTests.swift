import Diagnostics
import Inventories
import Roles
import Testing

@testable import Stages

/// Who measures what before which delays are put in force, and what stands in the way.
@Suite struct LatencyTests {
  /// The inventory of the case `hub`, in which every router is asked for something; its routers.
  private static let routers = ["r-chile", "r-keio", "r-lisboa"]
  private static let sites = ["universidad-de-chile", "keio", "universidad-de-lisboa"]

  /// Facts of routers, each with what it told; a machine of which nothing bad can be said.
  private static func facts(_ told: [String: String]) -> Facts {
    Facts(
      hosts: told.mapValues {
        HostFacts(
          system: MachineProblemTests.system("172.16.1.1"),
          registered: ["latency": "module present\n" + $0])
      })
  }

  private static func applications(_ told: [String: String]) throws -> [RoleApplication] {
    Latency().applications(
      for: try CaseFiles.inventory("hub"), facts: facts(told), policy: RunPolicy())
  }

  private static func id(_ role: String, _ host: String) -> RoleApplication.ID {
    .init(stage: "latency", host: host, role: role)
  }

  private static func words(_ application: RoleApplication?) -> [String] {
    (application?.after ?? []).map { "\($0.role) \($0.host)" }.sorted()
  }

  @Test func pathsAreMeasuredBeforeAnythingIsAdded() throws {
    let applications = try Self.applications(
      Dictionary(uniqueKeysWithValues: Self.routers.map { ($0, "") }))
    #expect(
      applications.map(\.id.role)
        == Array(repeating: ["site-latency", "path-baselines", "site-delays"], count: 3)
        .flatMap(\.self))
    let measured = applications.first { $0.id == Self.id("path-baselines", "r-chile") }
    #expect(measured?.variables["paths"] == .string("keio\nuniversidad-de-lisboa\n"))
    #expect(measured?.variables["peers"] == .string("keio, universidad-de-lisboa"))
    #expect(Self.words(measured) == ["site-latency r-keio", "site-latency r-lisboa"])
    // Chile asks for nothing towards Lisbon, so that only Keio must have measured.
    let delays = applications.first { $0.id == Self.id("site-delays", "r-chile") }
    #expect(Self.words(delays) == ["path-baselines r-keio"])
  }

  @Test func whatIsKnownIsNotMeasuredAgain() throws {
    let all = Dictionary(
      uniqueKeysWithValues: zip(Self.routers, Self.sites).map { router, site in
        (
          router,
          Self.sites.filter { $0 != site }.map { "baseline \($0) 1500\n" }.joined()
        )
      })
    #expect(try Self.applications(all).map(\.id.role).filter { $0 == "path-baselines" }.isEmpty)

    // A router that was set up anew is told by the others, whose delays may be in force.
    var anew = all
    anew["r-keio"] = ""
    let applications = try Self.applications(anew)
    let told = applications.filter { $0.id.role == "path-baselines" }
    #expect(told.map(\.id.host) == ["r-keio"])
    #expect(
      told[0].variables["paths"]
        == .string("universidad-de-chile 1500\nuniversidad-de-lisboa 1500\n"))
    #expect(told[0].after.isEmpty)
    #expect(applications.allSatisfy { $0.id.role != "site-delays" || $0.after.isEmpty })
  }

  @Test func aRouterThatDoesNotAnswerIsWaitedFor() throws {
    let applications = try Self.applications(["r-chile": "", "r-keio": ""])
    let measured = applications.filter { $0.id.role == "path-baselines" }
    #expect(measured.map(\.id.host) == ["r-chile", "r-keio"])
    #expect(measured[0].variables["paths"] == .string("keio\n"))
    #expect(measured[1].variables["paths"] == .string("universidad-de-chile\n"))
  }

  @Test func joinsAreNotDelayed() throws {
    let inventory = try CaseFiles.inventory("mesh")
    var hosts: [String: HostFacts] = [:]
    for machine in inventory.machines {
      hosts[machine.name] = HostFacts(
        system: MachineProblemTests.system("192.168.10.1"),
        registered: ["kubernetes": "kubelet=1.20.2", "cluster_nodes": "api=none"])
    }
    let applications = Latency().applications(
      for: inventory, facts: Facts(hosts: hosts), policy: RunPolicy())
    func joins(_ router: String) -> Set<String> {
      Set(
        applications.first { $0.id == Self.id("site-delays", router) }?.after
          .filter { $0.role == "cluster-member" }.map(\.host) ?? [])
    }
    let nodes = Set((inventory.hosts(.master) + inventory.hosts(.worker)).map(\.name))
    #expect(joins("vyos01") == nodes)
    #expect(joins("vyos02") == Set(inventory.sites[1].hosts.map(\.name)))
    #expect(!joins("vyos02").isEmpty)
  }

  @Test(arguments: [
    ("debian", "6.1.0-18-cloud-amd64", "linux-image-amd64, and restart"),
    ("debian", "6.1.0-18-amd64", "package linux-image-amd64"),
    ("ubuntu", "6.8.0-45-generic", "apt install linux-modules-extra-6.8.0-45-generic."),
    ("rocky", "5.14.0-427.el9", "dnf install kernel-modules-extra-5.14.0-427.el9."),
    ("alpine", "6.6.1", "CONFIG_NET_SCH_NETEM"),
  ]) func aKernelWithoutNetemIsNamed(_ system: String, _ kernel: String, _ remedy: String) throws {
    var facts = Self.facts(["r-keio": ""])
    facts.hosts["r-keio"]?.registered["latency"] = "module absent"
    facts.hosts["r-keio"]?.system.osID = system
    facts.hosts["r-keio"]?.system.kernel = kernel
    let inventory = try CaseFiles.inventory("hub")
    let problems = Latency().problems(for: inventory, facts: facts)
    let problem = try #require(problems.first)
    #expect(problems.count == 1)
    #expect(problem.severity == .error)
    #expect(problem.host == "r-keio")
    #expect(problem.position == inventory.sites[1].router.position)
    #expect(problem.summary == "the kernel of r-keio has no sch_netem, which makes delays")
    #expect(problem.detail.contains(kernel) && problem.detail.contains(remedy), "\(problem.detail)")

    // Nobody needs it who asks for nothing.
    var silent = inventory
    silent.latency = []
    #expect(Latency().problems(for: silent, facts: facts).isEmpty)
  }

  @Test func aForeignQdiscIsReported() throws {
    let inventory = try CaseFiles.inventory("hub")
    let device = try #require(LatencyLayout(inventory).lanes(at: "keio").first?.device)
    let facts = Self.facts(["r-keio": "foreign \(device) tbf 8001:\nforeign pb-other tbf 1:\n"])
    let problems = Latency().problems(for: inventory, facts: facts)
    #expect(
      problems.map(\.summary) == [
        "\(device) on r-keio has a queueing discipline that is not planetbed's"
      ])
    #expect(problems.first?.severity == .error)
    #expect(problems.first?.detail.contains("tbf 8001:") == true)
  }

  @Test func aPathThatIsLongerThanAskedIsWarnedOf() throws {
    let inventory = try CaseFiles.inventory("hub")
    let facts = Self.facts([
      "r-keio": "baseline universidad-de-chile 312340\nbaseline universidad-de-lisboa 1000\n",
      "r-chile": "baseline keio 312340\nbaseline x\nbaseline keio -1\nnonsense\n",
    ])
    let problems = Latency().problems(for: inventory, facts: facts)
    #expect(
      problems.map(\.summary) == [
        "the path between keio and universidad-de-chile takes longer by itself than is asked"
      ])
    #expect(problems.first?.severity == .warning)
    #expect(problems.first?.detail.contains("312.3 ms") == true)
    #expect(problems.first?.detail.contains("300 ms are asked") == true)
  }

  @Test func aHubHasRoomForSoManySites() throws {
    var inventory = try CaseFiles.inventory("hub")
    let last = inventory.sites[2]
    for number in 0..<4094 {
      var site = last
      site.name = "s\(number)"
      inventory.sites.append(site)
    }
    let objections = Latency().objections(to: inventory)
    #expect(
      objections.map(\.summary) == ["a hub can delay what is sent to 4095 other sites, and no more"]
    )
    inventory.testbed.topology = .mesh
    #expect(Latency().objections(to: inventory).isEmpty)
  }

  @Test func lanesOfASpokeAndOfAHub() throws {
    let layout = LatencyLayout(try CaseFiles.inventory("hub"))
    let spoke = layout.lanes(at: "universidad-de-lisboa")
    #expect(spoke.map(\.peer) == ["universidad-de-chile", "keio"])
    #expect(Set(spoke.map(\.device)) == ["pb-keio"])
    let hub = layout.lanes(at: "keio")
    #expect(Set(hub.map(\.device)).count == 2)
    #expect(layout.lanes(at: "nowhere").isEmpty)
    #expect(LatencyLayout(try CaseFiles.inventory("single-site")).lanes(at: "keio").isEmpty)
  }
}

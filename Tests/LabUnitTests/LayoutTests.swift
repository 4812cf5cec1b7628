import Diagnostics
import Inventories
import Testing

@testable import Lab

/// What a lab's networks are, as values.
@Suite struct LayoutTests {
  private func layout(_ inventory: Inventory = Deployment.inventory()) throws -> LabLayout {
    try LabLayout(inventory)
  }

  private func problem(of inventory: Inventory) -> Problem? {
    do throws(Problem) {
      _ = try LabLayout(inventory)
      return nil
    } catch {
      return error
    }
  }

  @Test func theReferenceDeployment() throws {
    let layout = try layout()
    #expect(layout.wan.description == "10.4.0.0/24")
    #expect(layout.bridges == ["wan", "lan-vlan10", "lan-vlan20", "lan-vlan30"])
    #expect(layout.nodes.count == 11)
    #expect(layout.operatorLink.address.description == "10.4.0.254")
    let router = try layout.node("vyos02")
    #expect(router.kind == "router" && router.namespace == "pb-demo.vyos02")
    #expect(router.links.map(\.name) == ["wan0", "lan0"])
    #expect(router.links.map(\.bridge) == ["wan", "lan-vlan20"])
    #expect(router.address.description == "10.4.0.91")
    #expect(router.aliases == ["vyos02", "10.4.0.91", "192.168.20.1"])
    let host = try layout.node("lb")
    #expect(host.kind == "loadbalancer")
    #expect(host.links.map { "\($0.address)/\($0.prefixLength)" } == ["192.168.10.253/24"])
  }

  @Test(arguments: [
    (["10.4.0.90", "10.4.0.91", "10.4.0.92"], "10.4.0.0/24", "10.4.0.254"),
    (["10.4.0.254", "10.4.0.253", "10.4.0.9"], "10.4.0.0/24", "10.4.0.252"),
    (["10.4.0.1", "10.4.1.1", "10.4.1.2"], "10.4.0.0/23", "10.4.1.254"),
    (["10.4.0.1", "10.4.128.1", "10.4.255.254"], "10.4.0.0/16", "10.4.255.253"),
  ])
  func theWANIsTheSmallestNetworkOfTheRouters(
    routers: [String], wan: String, operator address: String
  ) throws {
    let layout = try layout(Deployment.inventory(wan: { routers[$0 - 1] }))
    #expect(layout.wan.description == wan)
    #expect(layout.operatorLink.address.description == address)
  }

  @Test func routersFarApart() {
    let problem = problem(of: Deployment.inventory(wan: { "10.\($0).0.1" }))
    #expect(problem?.exitStatus == .usage)
    #expect(problem?.description.contains("10.1.0.1, 10.2.0.1, 10.3.0.1") == true)
    #expect(problem?.diagnostics[0].summary == "the routers' WAN addresses do not lie in one /16")
  }

  @Test func aLANInTheWAN() {
    let problem = problem(of: Deployment.inventory(wan: { "192.168.\($0 + 7).1" }))
    #expect(problem?.diagnostics[0].summary.contains("overlaps the lab's WAN") != false)
    let overlapping = self.problem(of: Deployment.inventory(wan: { "192.168.10.\($0 + 7)" }))
    #expect(
      overlapping?.diagnostics[0].summary
        == "the LAN 192.168.10.0/24 of site vlan10 overlaps the lab's WAN 192.168.10.0/24")
    #expect(overlapping?.diagnostics[0].position == Deployment.here)
  }

  @Test func noLab() {
    let problem = problem(of: Deployment.inventory(lab: nil))
    #expect(problem?.exitStatus == .usage)
    #expect(problem?.diagnostics[0].summary == "lab.toml names no lab")
    #expect(problem?.diagnostics[0].detail.contains("[lab]") == true)
  }

  @Test func noSite() {
    let problem = problem(of: Deployment.inventory(edit: { $0 = [] }))
    #expect(problem?.diagnostics[0].summary == "a lab without a site has nothing to bring up")
  }

  @Test(arguments: ["", "../x", "a.b", "-a", "a b", String(repeating: "a", count: 33)])
  func namesThatWouldLeaveTheirFolder(name: String) {
    let lab = problem(of: Deployment.inventory(lab: name))
    #expect(
      lab?.diagnostics[0].summary == "\(name.debugDescription) cannot be the name of a lab")
    let machine = problem(of: Deployment.inventory(edit: { $0[0].hosts[0].name = name }))
    #expect(
      machine?.diagnostics[0].summary == "\(name.debugDescription) cannot be the name of a machine")
    #expect(machine?.exitStatus == .usage)
  }

  @Test func aMachineThatIsNotThere() throws {
    let layout = try layout()
    let problem = #expect(throws: Problem.self) { _ = try layout.node("zork") }
    #expect(problem?.description.contains("lab demo has no machine \"zork\"") == true)
    #expect(problem?.description.contains("vyos01, lb, master01") == true)
  }

  @Test func namesOfLinksFitAndDiffer() throws {
    #expect(LabLayout.linkName("l-", "master01") == "l-master01")
    let long = ["a-very-long-machine-name-01", "a-very-long-machine-name-02"].map {
      LabLayout.linkName("l-", $0)
    }
    #expect(Set(long).count == 2)
    #expect(long.allSatisfy { $0.utf8.count == 15 })
  }

  /// Labs with names that run into each other have no namespace in common.
  @Test func namespacesOfSeveralLabs() throws {
    let labs = ["a", "a-net", "a-operator", "a-b", "net", "operator"]
    let names = labs.flatMap { lab in
      [LabLayout.bridgesNamespace(of: lab), LabLayout.operatorNamespace(of: lab)]
        + ["net", "operator", "b", "b-net"].map { LabLayout.machineNamespace($0, of: lab) }
    }
    #expect(Set(names).count == names.count)
  }

  @Test func whatIPIsTold() throws {
    let layout = try layout()
    #expect(
      NetworkCommands.add(namespaces: [layout.bridgesNamespace])
        == .init(namespace: nil, lines: ["netns add pb-demo-net"]))
    #expect(
      NetworkCommands.delete(namespaces: ["pb-demo.lb"])
        == .init(namespace: nil, lines: ["netns delete pb-demo.lb"]))
    #expect(
      NetworkCommands.add(bridges: ["wan"], layout: layout)
        == .init(
          namespace: "pb-demo-net",
          lines: ["link set lo up", "link add name wan type bridge", "link set wan up"]))
    let lb = try layout.node("lb")
    #expect(
      NetworkCommands.attach(lb.links.map { ($0, namespace: lb.namespace) }, layout: layout)
        == .init(
          namespace: "pb-demo-net",
          lines: [
            "link add name l-lb type veth peer name lan0 netns pb-demo.lb",
            "link set l-lb master lan-vlan10", "link set l-lb up",
          ]))
    #expect(
      NetworkCommands.detach(["l-lb"], layout: layout)
        == .init(namespace: "pb-demo-net", lines: ["link delete l-lb"]))
    // A host has no route beyond its LAN.
    #expect(
      NetworkCommands.configure(lb.links, namespace: lb.namespace)
        == .init(
          namespace: "pb-demo.lb",
          lines: [
            "link set lo up", "address add 192.168.10.253/24 dev lan0", "link set lan0 up",
          ]))
  }
}

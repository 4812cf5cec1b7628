import Inventories
import Testing

/// As many sites as a published inventory of networks has, in full mesh.
@Suite struct LargeInventoryTests {
  @Test func hasNoProblem() throws {
    let text = LargeInventory.text(sites: 717, hosts: 1353)
    let said = FixtureTests.judgement(text, file: "large.toml")
    #expect(said == "nothing is wrong\n")
    let inventory = try InventoryReader.read(Array(text.utf8), file: "large.toml").inventory
    #expect(inventory.sites.count == 717)
    #expect(inventory.hosts.count == 1353)
  }
}

/// Inventories of any size.
enum LargeInventory {
  /// An inventory in full mesh, its hosts spread evenly: first a load balancer, then three masters,
  /// then workers.
  static func text(sites: Int, hosts: Int) -> String {
    var text = """
      [testbed]
      name = "large"

      [kubernetes]
      version = "1.34.2"
      pod_network = "10.128.0.0/9"

      """
    for site in 0..<sites {
      let lan = "10.\(site / 256).\(site % 256)"
      text += """

        [[site]]
        name = "site\(site)"
        lan = "\(lan).0/24"
        router = { name = "router\(site)", wan = "198.18.\(site / 250).\(site % 250 + 1)", \
        lan = "\(lan).1" }

        """
      let first = hosts * site / sites
      for host in first..<(hosts * (site + 1) / sites) {
        let role = host == 0 ? "loadbalancer" : host <= 3 ? "master" : "worker"
        text += """
          [[site.host]]
          name = "host\(host)"
          address = "\(lan).\(host - first + 2)"
          role = "\(role)"

          """
      }
    }
    return text
  }
}

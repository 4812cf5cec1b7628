import Diagnostics
import Inventories
import Roles
import Stages
import Testing

/// Which machine must have which role, with which values: the cases are files.
@Suite struct ApplicationTests {
  @Test(arguments: CaseFiles.cases) func asExpected(_ name: String) throws {
    let inventory = try CaseFiles.inventory(name)
    var text = ""
    for stage in allStages {
      #expect(stage.objections(to: inventory).isEmpty)
      text += "# \(stage.name): \(stage.title)\n"
      for application in stage.applications(for: inventory) {
        #expect(application.id.stage == stage.name)
        text += "\(application.id.host): \(application.id.role) \(application.id.instance)\n"
        for (variable, value) in application.variables.sorted(by: { $0.key < $1.key }) {
          text += "  \(variable) = \(value.notation)\n"
        }
      }
    }
    try CaseFiles.expect(text, as: "\(name).txt")
  }

  @Test func stagesHaveNamesOfTheirOwn() {
    #expect(Set(allStages.map(\.name)).count == allStages.count)
  }

  @Test func noTunnelIsBetweenTwoThatCannotBeReached() throws {
    var inventory = try CaseFiles.inventory("nat")
    inventory.sites[1].router.reachable = false
    let objection = try #require(SiteVPN().objections(to: inventory).first)
    #expect(objection.summary == "no tunnel is possible between a and c")
    #expect(objection.detail.contains("Neither ra nor rc can be reached"))
    #expect(objection.position == inventory.sites[1].router.position)
  }

  @Test func aTunnelNetworkMayBeTooSmall() throws {
    var inventory = try CaseFiles.inventory("mesh")
    inventory.testbed.tunnelNetwork = try #require(IPv4Prefix("10.0.0.0/30"))
    let objection = try #require(SiteVPN().objections(to: inventory).first)
    #expect(objection.summary == "the tunnel network 10.0.0.0/30 is too small for 3 sites")
  }

  @Test func portsMayRunOut() throws {
    var inventory = try CaseFiles.inventory("mesh")
    inventory.testbed.tunnelPort = 65535
    let objection = try #require(SiteVPN().objections(to: inventory).first)
    #expect(objection.summary == "vyos01 has no UDP port left for another tunnel")
    #expect(objection.detail.contains("(65535) up to 65535"))
  }
}

import Diagnostics
import Execution
import Experiments
import Foundation
import Inventories
import Report
import Reporting
import Testing

@testable import Commands
@testable import Measurement

/// `planetbed report`: what goes into the page. What the page then looks like is tested in ReportTests.
@Suite struct ReportVerbTests {
  private func page(_ file: String) throws -> ReportContents {
    let html = try String(contentsOfFile: file, encoding: .utf8)
    let link = try #require(html.firstMatch(of: #/application/json;charset=utf-8;base64,([^"]+)"/#))
    let data = try #require(Data(base64Encoded: String(link.output.1)))
    return try JSONDecoder().decode(ReportContents.self, from: data)
  }

  @Test func withoutALookItTellsWhatTheJournalHas() async throws {
    let testbed = try await RecordedTestbed.usual()
    defer { testbed.remove() }
    let file = testbed.folder + "/report.html"
    let outcome = await testbed.world.run(
      "report", World.inventory, "--offline", "--out", file)
    #expect(outcome.status == .success, "\(outcome.errors)")
    #expect(outcome.output.contains("the container starts of 20261119T120000Z-00000004"))
    let contents = try page(file)
    #expect(contents.testbed == "thesis" && contents.sites.count == 3)
    #expect(contents.starts?.cells.first?.runs.map(\.seconds) == [4.1, 4.2, 4.3])
    #expect(contents.reachability == nil && contents.tunnels.allSatisfy { $0.isUp == nil })
    #expect(contents.tunnels.count == 3)
    let delay = try #require(contents.delays.first)
    #expect(delay.from == "vlan10" && delay.to == "vlan20" && delay.samples == 3)
    #expect(abs((delay.measuredMilliseconds ?? 0) - 300.2) < 1e-9)
    #expect(delay.verdict == .unjudged)
    #expect(delay.reason?.contains("by the run 20261118T130000Z-00000003") == true)
    let permissions = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions]
    #expect((permissions as? Int ?? 0) & 0o600 == 0o600)
    // Others may read it as far as the umask lets them; nobody may run it or write to it.
    #expect((permissions as? Int ?? 0) & 0o133 == 0)
  }

  @Test func aRunCanBeChosen() async throws {
    let testbed = try await RecordedTestbed.usual()
    defer { testbed.remove() }
    let file = testbed.folder + "/report.html"
    let outcome = await testbed.world.run(
      "report", World.inventory, "--offline", "--run", "20261118T12", "--out", file)
    #expect(outcome.status == .success)
    #expect(try page(file).starts?.run == "20261118T120000Z-00000002")
    let last = await testbed.world.run(
      "report", World.inventory, "--offline", "--run", "last", "--out", file)
    #expect(last.status == .success)
    #expect(try page(file).starts?.run == "20261119T120000Z-00000004")
    let other = await testbed.world.run(
      "report", World.inventory, "--offline", "--run", "20261119T13", "--out", file)
    #expect(other.status == .usage)
    #expect(other.errors.contains("there is no run of 'measure' '20261119T13'"))
    try await testbed.enter("20261119T140000Z-00000006", "measure")
    let empty = await testbed.world.run(
      "report", World.inventory, "--offline", "--run", "last", "--out", file)
    #expect(empty.status == .usage)
    #expect(empty.errors.contains("the run 20261119T140000Z-00000006 has no container starts"))
    #expect(empty.errors.contains("It ended before there were any."))
  }

  @Test func machinesThatCannotBeAskedStopNoReport() async throws {
    let folder = FileManager.default.temporaryDirectory.path + "/report-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let world = World(environment: ["XDG_STATE_HOME": folder])
    let outcome = await world.run(
      "report", World.inventory, "--out", folder + "/report.html", "--output", "json")
    #expect(outcome.status == .success)
    #expect(outcome.errors.contains("vyos01 refused the connection"))
    let contents = try page(folder + "/report.html")
    #expect(contents.starts == nil && contents.reachability?.hosts.count == 8)
    #expect(contents.delays.count == 6 && contents.delays.allSatisfy { $0.reason != nil })
    let unwritable = await world.run(
      "report", World.inventory, "--offline", "--out", folder + "/none/report.html")
    #expect(unwritable.status == .usage && unwritable.errors.contains("cannot write "))
  }

  @Test func whatWasSeenIsTold() async throws {
    let inventory = try InventoryReader.read(file: World.inventory).inventory
    var delays = try #require(
      await LatencyMeasurement(connector: NoConnector(), now: { 7 }).measure(inventory))
    delays.paths[0].statistics = RoundTripStatistics(sent: 3, received: 2, times: [99, 101])
    delays.paths[0].verdict = .asAsked
    delays.paths[0].expectation.asked = 100
    delays.paths[0].expectation.isAsked = true
    delays.paths[1].verdict = .off([.fewAnswers(received: 1, sent: 9)])
    delays.paths[2].verdict = .notAsked
    delays.paths[3].expectation.loss = 1
    let look = TestbedStatus.Look(
      tunnels: [
        .init(from: "vlan10", to: "vlan20", milliseconds: 1.5),
        .init(from: "vlan10", to: "vlan30", milliseconds: nil),
        .init(from: "vlan20", to: "vlan30", milliseconds: nil, isCut: true),
      ],
      reachability: ReachabilityMatrix(hosts: ["a", "b", "c"]) { from, to in
        from == "a" ? .reached(milliseconds: 2) : from == "b" ? .unreached : .cut
      }, cluster: nil, delays: delays, seconds: 1, diagnostics: [])
    let contents = ReportMaking.contents(of: inventory, starts: nil, look: look, made: 9)
    #expect(contents.tunnels.map(\.isUp) == [true, false, nil])
    #expect(contents.tunnels.map(\.rttMilliseconds) == [1.5, nil, nil])
    #expect(
      contents.reachability?.milliseconds == [[0, 2, 2], [nil, 0, nil], [nil, nil, 0]])
    #expect(contents.made == 9 && contents.sites.map(\.name) == ["vlan10", "vlan20", "vlan30"])
    let told = contents.delays
    #expect(told[0].verdict == .within && told[0].measuredMilliseconds == 100)
    #expect(told[0].askedMilliseconds == 100 && told[0].toleranceMilliseconds == 3)
    #expect(told[0].samples == 2)
    #expect(told[1].verdict == .off && told[1].reason?.isEmpty == false)
    #expect(told[2].verdict == .unjudged && told[2].askedMilliseconds == nil)
    #expect(told[3].reason?.hasPrefix("the path is asked to be cut") == true)
  }
}

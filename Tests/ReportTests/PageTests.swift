import Diagnostics
import Foundation
import Inventories
import Measurement
import TestSupport
import Testing

@testable import Report

/// Whole reports: what they look like, that they are well-formed, and that they tell what was measured.
@Suite struct PageTests {
  private func expect(_ text: String, _ name: String) throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Snapshots")
    let difference = try Snapshot.difference(of: text, from: folder.appending(path: name).path)
    #expect(difference == nil, "\(difference?.prefix(2000) ?? "")")
  }

  @Test func reports() throws {
    try expect(try ReportPage(TestData.report()).html, "report.html")
    try expect(try ReportPage(TestData.plain).html, "plain.html")
  }

  private static let nothing = ReportContents(
    testbed: "test-data-nothing", made: 0, planetbed: "0.1.0", sites: [])

  @Test(arguments: [TestData.report(), TestData.plain, TestData.hostile, nothing])
  func pagesAreWellFormed(contents: ReportContents) throws {
    let html = try ReportPage(contents).html
    let page = try PageReader(html)
    // Nothing runs, and nothing is fetched.
    #expect(page.all("script").isEmpty && page.all("img").isEmpty && page.all("iframe").isEmpty)
    for element in page.elements {
      #expect(!element.attributes.keys.contains { $0.hasPrefix("on") || $0 == "src" })
      if let address = element.attributes["href"] {
        #expect(address.hasPrefix("#") || address.hasPrefix("data:"))
      }
    }
    #expect(!html.contains("url(http") && !html.contains("@import"))
    // Every name is told once, and what refers to one finds it.
    let ids = page.elements.compactMap { $0.attributes["id"] }
    #expect(Set(ids).count == ids.count)
    for element in page.elements {
      for id in (element.attributes["aria-labelledby"] ?? "").split(separator: " ") {
        #expect(ids.contains(String(id)))
      }
      if let address = element.attributes["href"], address.hasPrefix("#") {
        #expect(ids.contains(String(address.dropFirst())))
      }
    }
  }

  @Test(arguments: [TestData.report(), TestData.plain, nothing])
  func pagesCanBeHeard(contents: ReportContents) throws {
    let page = try PageReader(try ReportPage(contents).html)
    #expect(page.all("html").first?.attributes["lang"] == "en")
    for landmark in ["header", "nav", "main", "footer", "h1"] {
      #expect(page.all(landmark).count == 1)
    }
    // No level of headings is left out: each h3 is inside a section with an h2.
    let levels = page.elements.compactMap { element in
      ["h1", "h2", "h3"].firstIndex(of: element.name)
    }
    #expect(levels.first == 0)
    for (before, after) in zip(levels, levels.dropFirst()) { #expect(after <= before + 1) }
    #expect(page.all("table").count == page.all("caption").count)
    for heading in page.all("th") { #expect(["col", "row"].contains(heading.attributes["scope"])) }
    for drawing in page.all("svg") {
      let isHidden = drawing.attributes["aria-hidden"] == "true"
      #expect(isHidden || drawing.attributes["role"] == "img")
    }
    let drawn = page.all("svg", "role", "img").count
    #expect(page.all("desc").count == drawn)
  }

  /// A file that the page carries.
  private func download(_ name: String, _ page: PageReader) throws -> String {
    let link = try #require(page.all("a", "download", name).first)
    let address = try #require(link.attributes["href"])
    let comma = try #require(address.firstIndex(of: ","))
    #expect(address.prefix(upTo: comma).hasSuffix(";base64"))
    let data = try #require(Data(base64Encoded: String(address[address.index(after: comma)...])))
    return String(decoding: data, as: UTF8.self)
  }

  @Test(arguments: [TestData.report(), TestData.plain, TestData.hostile])
  func theDownloadedJSONIsWhatWasMeasured(contents: ReportContents) throws {
    let page = try PageReader(try ReportPage(contents).html)
    let json = try download("report.json", page)
    #expect(try JSONDecoder().decode(ReportContents.self, from: Data(json.utf8)) == contents)
  }

  @Test func numbersThatAreNoneDoNotStopAReport() throws {
    var contents = TestData.report()
    contents.tunnels[0].rttMilliseconds = .nan
    contents.delays[0].measuredMilliseconds = .infinity
    contents.delays[1].askedMilliseconds = -.infinity
    contents.reachability?.milliseconds[0][1] = .nan
    contents.starts?.cells[0].runs[0].seconds = .infinity
    contents.starts?.cells[0].runs[0].containers[0].ready = .nan
    contents.sites[0].location = .init(latitude: .nan, longitude: 0)
    _ = try PageReader(try ReportPage(contents).html)
  }

  @Test func tablesTellTheInputsFigures() throws {
    let contents = TestData.report()
    let page = try PageReader(try ReportPage(contents).html)
    let delays = try page.rows("Round-trip times of pairs of sites, in milliseconds").dropFirst()
    #expect(delays.count == contents.delays.count)
    for (row, delay) in zip(delays, contents.delays) {
      #expect(row[0] == delay.from && row[1] == delay.to)
      #expect(row[2] == Figure.text(delay.askedMilliseconds, 2))
      #expect(row[3] == Figure.text(delay.measuredMilliseconds, 2))
      #expect(row[4] == Figure.text(delay.standardDeviation, 2))
    }
    let starts = try #require(contents.starts)
    let cells = try page.rows("Seconds until all containers were ready: finished runs of each cell")
      .dropFirst()
    #expect(cells.count == starts.cells.count)
    for (row, cell) in zip(cells, starts.cells) {
      let finished = cell.runs.filter(\.isComplete).map(\.seconds)
      let mean = finished.reduce(0, +) / Double(finished.count)
      #expect(row[2] == String(cell.containers))
      #expect(row[3] == "\(finished.count) of \(cell.runs.count)")
      #expect(row[4] == Figure.text(mean, 2))
    }
    let tunnels = try page.rows("Tunnels between the sites' routers").dropFirst()
    #expect(tunnels.map { $0[3] } == contents.tunnels.map { Figure.text($0.rttMilliseconds, 2) })
    let reachability = try #require(contents.reachability)
    let matrix = try page.rows(
      "Round-trip times in milliseconds, from the row's host to the column's")
    #expect(matrix.first.map { Array($0.dropFirst()) } == reachability.hosts)
    for (row, (host, times)) in zip(
      matrix.dropFirst(), zip(reachability.hosts, reachability.milliseconds))
    {
      #expect(row[0] == host && row.count == times.count + 1)
      for (cell, time) in zip(row.dropFirst(), times) where time != 0 {
        #expect(Figure.milliseconds(time) == cell + " ms")
      }
    }
    let waterfall = try #require(Waterfall(starts))
    let table = waterfall.table
    let stages = try page.rows(table.caption)
    #expect(Array(stages.dropFirst()) == table.rows)
    #expect(table.rows.count == waterfall.cell.containers)
    #expect(table.rows.map { $0[6] } == waterfall.run.containers.map { Figure.text($0.ready, 0) })
  }

  @Test func spreadsheetsRunNoNames() throws {
    let table = CommaSeparated(
      columns: ["name", "number"],
      rows: [
        [.text("=1+1"), .number(-3.25)], [.text("+1"), .number(nil)], [.text("-1"), .count(-1)],
        [.text("@A1"), .truth(true)], [.text(" =1"), .number(.nan)], [.text("＝1"), .truth(nil)],
        [.text("\t=1"), .count(nil)], [.text("a,\"b\"\r\nc"), .text(nil)],
        [.text("a-b"), .count(0)],
      ])
    #expect(
      table.text == "name,number\r\n'=1+1,-3.25\r\n'+1,\r\n'-1,-1\r\n'@A1,true\r\n' =1,\r\n'＝1,\r\n"
        + "'\t=1,\r\n\"a,\"\"b\"\"\r\nc\",\r\na-b,0\r\n")
    let page = try PageReader(try ReportPage(TestData.hostile).html)
    let hosts = try download("hosts.csv", page)
    #expect(hosts.contains(",'=1+1,") && hosts.contains("'@SUM(A1)"))
    #expect(!hosts.contains(",=1+1") && !hosts.contains(",@SUM"))
  }

  @Test func hostileNamesStayNames() throws {
    let html = try ReportPage(TestData.hostile).html
    #expect(!html.contains("<script") && !html.contains("<img") && !html.contains("<!--"))
    #expect(!html.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" || $0 == "\u{202E}" })
    let page = try PageReader(html)
    #expect(page.all("h1").first?.text == TestData.hostileNames[0])
  }

  @Test func sitesAreTakenFromTheInventory() throws {
    let place = SourcePosition(file: "inventory.toml", line: 1, column: 1)
    let ssh = SSHSettings(address: "10.4.0.90")
    let site = Site(
      name: "keio", lan: try #require(IPv4Prefix("192.168.10.0/24")),
      location: .init(latitude: 35.4, longitude: 139.4), city: "Fujisawa",
      router: Router(
        name: "vyos01", wan: try #require(IPv4Address("10.4.0.90")),
        lan: try #require(IPv4Address("192.168.10.1")), reachable: true, ssh: ssh, position: place),
      hosts: [
        Host(
          name: "lb", address: try #require(IPv4Address("192.168.10.253")), role: .loadBalancer,
          ssh: ssh, position: place)
      ], position: place)
    let shown = ReportContents.Site(site)
    #expect(
      shown.prefix == "192.168.10.0/24" && shown.router == "vyos01" && shown.city == "Fujisawa")
    #expect(shown.location == .init(latitude: 35.4, longitude: 139.4))
    #expect(
      shown.hosts
        == [ReportContents.Host(name: "lb", address: "192.168.10.253", role: "loadbalancer")])
  }
}

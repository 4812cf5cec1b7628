/// The sites and the tunnels between them.
struct TopologySection: Sendable {
  private let contents: ReportContents

  /// The topology of a report.
  init(_ contents: ReportContents) { self.contents = contents }

  /// The section.
  var section: Section {
    guard !contents.sites.isEmpty else {
      return Section(
        id: "topology", heading: "Topology", content: [Section.paragraph("There are no sites.")])
    }
    var legend = [
      Section.key([Mark.dot(Point(x: 11, y: 7), radius: 5, "site")], "site"),
      Section.key(
        [Mark.line(Point(x: 1, y: 7), Point(x: 21, y: 7), "tunnel")],
        "tunnel, with its measured round-trip time"),
    ]
    if contents.tunnels.contains(where: { $0.isUp == false }) {
      legend.append(
        Section.key(
          [Mark.line(Point(x: 1, y: 7), Point(x: 21, y: 7), "tunnel down")], "tunnel that is down"))
    }
    var note = "Names and times for which there is no room are in the tables."
    if contents.sites.allSatisfy({ $0.location?.isOnGlobe == true }) {
      note =
        "Tunnels are drawn along the shortest way over the globe. \(note) Equal Earth projection; "
        + "coastline: Natural Earth, public domain."
    }
    let caption = [Markup("ul", ["class": "legend"], legend), Section.paragraph(note, "note")]
    let drawings = [Drawing.Width.wide, .narrow].map { TopologyDrawing.drawing(contents, $0) }
    return Section(
      id: "topology", heading: "Topology",
      content: [
        Section.figure(
          drawings, caption: caption,
          tables: [
            sites.folded("Sites and hosts as a table"),
            contents.tunnels.isEmpty ? .nothing : tunnels.folded("Tunnels as a table"),
          ])
      ])
  }

  private var sites: Table {
    var table = Table(
      caption: "Sites and their hosts",
      columns: ["Site", "City", "Coordinates", "Prefix", "Router"].map { .words($0) }
        + [.prose("Hosts")])
    for site in contents.sites {
      table.rows.append([
        site.name, site.city ?? Figure.none,
        site.location.map(Self.coordinates) ?? Figure.none, site.prefix, site.router,
        site.hosts.map { "\($0.name) (\($0.role), \($0.address))" }.joined(separator: ", "),
      ])
    }
    return table
  }

  private var tunnels: Table {
    var table = Table(
      caption: "Tunnels between the sites' routers",
      columns: [.words("From"), .words("To"), .words("State"), .figures("Round-trip time, ms")])
    for tunnel in contents.tunnels {
      table.rows.append([
        tunnel.from, tunnel.to, tunnel.isUp.map { $0 ? "up" : "down" } ?? "not looked at",
        Figure.text(tunnel.rttMilliseconds, 2),
      ])
    }
    return table
  }

  /// `35.39° N, 139.43° E`.
  private static func coordinates(_ place: ReportContents.Location) -> String {
    "\(Figure.text(abs(place.latitude), 2))° \(place.latitude < 0 ? "S" : "N"), "
      + "\(Figure.text(abs(place.longitude), 2))° \(place.longitude < 0 ? "W" : "E")"
  }
}

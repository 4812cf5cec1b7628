import Diagnostics
import TOMLReading

/// `matrix` with `servers`: the pair of files that WonderNetwork publishes, as it is: the pings between
/// its servers, and where those are (wonderproxy.com, "A day in the life of the Internet", 2020). Sites
/// are matched by their cities.
struct WonderNetwork {
  /// The pings.
  let pings: CSVFile
  /// The servers.
  let servers: CSVFile
  /// Whether the rule leaves the jitter to the file.
  let takesJitter: Bool

  /// The largest files that are read. Two days between 250 servers are 200 MB.
  static let pingsSizeLimit = 10_000_000_000
  static let serversSizeLimit = 10_000_000

  private static let pingColumns = CSVFile.Columns(
    required: ["source", "destination", "avg", "mdev"])
  private static let serverColumns = CSVFile.Columns(
    required: [
      "id", "name", "title", "location", "state", "country", "state_abbv", "latitude", "longitude",
    ])

  /// Reads both; nil when something is wrong, which is noted. Sites without a location get that of their
  /// city.
  func read(for sites: inout [SiteDraft], _ findings: TOMLFindings) -> MatrixReading? {
    guard let (list, serversDigest) = readServers(findings) else { return nil }
    var reading = MatrixReading(sites: sites.count)
    let directory = ServerDirectory(list)
    for server in list where reading.names.count < MatrixReading.mostNames {
      reading.names.insert(server.title)
    }
    var sitesByServer: [Int: [Int]] = [:]
    var isUnambiguous = true
    for number in sites.indices {
      guard let city = sites[number].city else { continue }
      let found = directory.servers(in: city.value, near: sites[number].location)
      let places = ServerDirectory.places(found)
      if places.count > 1 {
        isUnambiguous = false
        findings.error(
          "\(tomlLiteral(city.value)) is \(places.count) places in \(servers.path.value)",
          detail: "Write "
            + places.map { tomlLiteral("\(city.value), \($0.region)") }.prefix(5)
            .joined(separator: " or ") + ", or give the site its location.",
          at: city.position)
      }
      guard let first = found.first else { continue }
      reading.known[number] = true
      if sites[number].location == nil { sites[number].location = first.location }
      for server in found { sitesByServer[server.id, default: []].append(number) }
    }
    guard isUnambiguous else { return nil }
    guard let pingsDigest = readPings(of: sitesByServer, into: &reading, findings) else {
      return nil
    }
    reading.digests = [servers.path.value: serversDigest, pings.path.value: pingsDigest]
    return reading
  }

  private func readServers(_ findings: TOMLFindings) -> ([Server], String)? {
    var list: [Server] = []
    var lines: [Int: Int] = [:]
    let digest = servers.read(Self.serverColumns, findings) { line, places throws(CSVFault) in
      let columns = places.compactMap(\.self)
      let id = try Self.id(line, columns[0])
      if let earlier = lines[id] {
        throw CSVFault(
          .init(
            offset: line.offset(of: columns[0]), summary: "a second server \(id)",
            detail: "The first is in line \(earlier)."))
      }
      lines[id] = line.number
      let state = line.text(columns[4])
      list.append(
        Server(
          id: id, name: line.text(columns[1]), title: line.text(columns[2]),
          town: line.text(columns[3]), state: state == "NULL" ? "" : state,
          country: line.text(columns[5]), stateAbbreviation: line.text(columns[6]),
          location: Site.Location(
            latitude: try Self.degrees(line, columns[7], atMost: 90),
            longitude: try Self.degrees(line, columns[8], atMost: 180))))
    }
    return digest.map { (list, $0) }
  }

  private func readPings(
    of sitesByServer: [Int: [Int]], into reading: inout MatrixReading, _ findings: TOMLFindings
  ) -> String? {
    pings.read(Self.pingColumns, findings) { line, places throws(CSVFault) in
      guard let source = places[0], let destination = places[1], let average = places[2],
        let deviation = places[3]
      else { return }
      guard let left = sitesByServer[try Self.id(line, source)],
        let right = sitesByServer[try Self.id(line, destination)],
        // A ping that nobody answered has no average.
        let roundTrip = try line.milliseconds(average)
      else { return }
      let jitter = takesJitter ? try line.milliseconds(deviation) : nil
      for from in left {
        for to in right where from != to {
          reading.sums[SitePair.index(from, to)].add(roundTrip, jitter: jitter, line: line.number)
        }
      }
    }
  }

  private static func id(_ line: CSVLine, _ place: Int) throws(CSVFault) -> Int {
    guard let number = CSVLine.decimal(line[place]), let id = Int(exactly: number) else {
      throw CSVFault(
        .init(
          offset: line.offset(of: place), summary: "not a server's number: \(line.shown(place))"))
    }
    return id
  }

  private static func degrees(
    _ line: CSVLine, _ place: Int, atMost limit: Double
  ) throws(CSVFault) -> Double {
    var field = line[place]
    let isNegative = field.first == UInt8(ascii: "-")
    if isNegative { field.removeFirst() }
    guard let degrees = CSVLine.decimal(field), degrees <= limit else {
      throw CSVFault(
        .init(
          offset: line.offset(of: place),
          summary: "not degrees from -\(Int(limit)) to \(Int(limit)): \(line.shown(place))"))
    }
    return isNegative ? -degrees : degrees
  }
}

/// A line of the file of servers.
struct Server {
  var id: Int
  /// WonderNetwork's own name for it, `JoaoPessoa`.
  var name: String
  /// The city that it stands for, `Joao Pessoa`.
  var title: String
  /// Where it really is, `Patos`.
  var town: String
  var state: String
  var country: String
  var stateAbbreviation: String
  var location: Site.Location

  /// What tells its city from others of that name.
  var region: String { state.isEmpty ? country : "\(state), \(country)" }
}

/// Finds servers by the name of a city.
private struct ServerDirectory {
  private var byName: [PlaceName: [Server]] = [:]
  private var byTown: [PlaceName: [Server]] = [:]

  init(_ servers: [Server]) {
    for server in servers {
      let regions = Set(
        [
          server.country, server.state, server.stateAbbreviation, server.region,
          "\(server.stateAbbreviation), \(server.country)",
        ].filter { !$0.isEmpty })
      func names(_ city: String) -> [PlaceName] {
        [PlaceName(city)] + regions.map { PlaceName("\(city), \($0)") }
      }
      for name in Set(names(server.name) + names(server.title)) {
        byName[name, default: []].append(server)
      }
      for town in Set(names(server.town)) { byTown[town, default: []].append(server) }
    }
  }

  /// The servers of a city: those that stand for it, and when there are none, those that are there. Of
  /// several cities of that name, with a location, those of the nearest.
  func servers(in city: String, near location: Site.Location?) -> [Server] {
    let found = byName[PlaceName(city)] ?? byTown[PlaceName(city)] ?? []
    let places = Self.places(found)
    guard places.count > 1, let location,
      let nearest = places.min(by: {
        $0.location.kilometres(to: location) < $1.location.kilometres(to: location)
      })
    else { return found }
    return found.filter { Self.arePlacedAlike($0, nearest) }
  }

  /// One server of each place.
  static func places(_ servers: [Server]) -> [Server] {
    var places: [Server] = []
    for server in servers where !places.contains(where: { arePlacedAlike($0, server) }) {
      places.append(server)
    }
    return places
  }

  /// Whether two servers of the same name are in the same city: within 100 km.
  private static func arePlacedAlike(_ left: Server, _ right: Server) -> Bool {
    left.location.kilometres(to: right.location) <= 100
  }
}

import Diagnostics
import TOMLReading

/// What a file says of the sites.
struct MatrixReading {
  /// What was measured between them, by `SitePair.index`.
  var sums: [MeasurementSums]
  /// Whether the file knows the site, by the site's number.
  var known: [Bool]
  /// The first names that are in the file, to be proposed for misspelt ones.
  var names: Set<String> = []
  /// The files' paths as the inventory has them, with their digests.
  var digests: [String: String] = [:]

  /// Nothing yet, of so many sites.
  init(sites: Int) {
    sums = Array(repeating: MeasurementSums(), count: SitePair.count(of: sites))
    known = Array(repeating: false, count: sites)
  }

  /// How many names are kept.
  static let mostNames = 1000
}

/// `matrix` without `servers`: round trips between sites by their names or cities.
struct MatrixFile {
  /// The file.
  let file: CSVFile
  /// Whether the rule leaves the jitter and the loss to the file.
  let takesJitter: Bool
  let takesLoss: Bool

  /// The largest file that is read: 717 sites have half a million ordered pairs, of 40 bytes or so.
  static let sizeLimit = 100_000_000

  private static let columns = CSVFile.Columns(
    required: ["from", "to", "rtt_ms"], optional: ["jitter_ms", "loss"])

  /// Reads it; nil when something is wrong, which is noted.
  func read(for sites: [SiteDraft], _ findings: TOMLFindings) -> MatrixReading? {
    var reading = MatrixReading(sites: sites.count)
    var matcher = SiteMatcher(sites)
    let digest = file.read(Self.columns, findings) { line, places throws(CSVFault) in
      guard let from = places[0], let to = places[1], let rtt = places[2] else { return }
      let fromSites = try matcher.sites(in: line, from)
      let toSites = try matcher.sites(in: line, to)
      guard let roundTrip = try line.milliseconds(rtt) else {
        throw CSVFault(
          .init(offset: line.offset(of: rtt), summary: "there is no round-trip time"))
      }
      let jitter = try places[3].flatMap { place throws(CSVFault) in
        try line.milliseconds(place)
      }
      let loss = try places[4].flatMap { place throws(CSVFault) in
        try Self.share(line, place)
      }
      for site in fromSites + toSites { reading.known[site] = true }
      for left in fromSites {
        for right in toSites where left != right {
          let pair = SitePair.index(left, right)
          if let earlier = reading.sums[pair].claim(upwards: left < right, line: line.number) {
            throw CSVFault(
              .init(
                offset: 0,
                summary: "a second line from \(line.shown(from)) to \(line.shown(to))",
                detail: "The first is line \(earlier)."))
          }
          reading.sums[pair].add(
            roundTrip, jitter: takesJitter ? jitter : nil, loss: takesLoss ? loss : nil,
            line: line.number)
        }
      }
    }
    reading.names = matcher.names
    guard let digest else { return nil }
    reading.digests[file.path.value] = digest
    return reading
  }

  static func share(_ line: CSVLine, _ place: Int) throws(CSVFault) -> Double? {
    let text = line.text(place)
    if text.isEmpty { return nil }
    guard let share = Notation.share(text) else {
      throw CSVFault(
        .init(
          offset: line.offset(of: place), summary: "not a percentage: \(line.shown(place))",
          detail: "Write a number from 0 to 100 with a percent sign, such as 0.1%."))
    }
    return share
  }
}

/// Which sites a name in a file means: those that are called so, and those in the city.
private struct SiteMatcher {
  private var byName: [String: Int] = [:]
  private var byCity: [PlaceName: [Int]] = [:]
  /// What was found before, by the name's bytes.
  private var found: [[UInt8]: [Int]] = [:]
  /// By which name, and in which line, each site was met.
  private var meetings: [Int: (name: String, line: Int)] = [:]
  private(set) var names: Set<String> = []

  init(_ sites: [SiteDraft]) {
    for (number, site) in sites.enumerated() {
      if let name = site.name?.value { byName[name.lowercased()] = number }
      if let city = site.city?.value { byCity[PlaceName(city), default: []].append(number) }
    }
  }

  mutating func sites(in line: CSVLine, _ place: Int) throws(CSVFault) -> [Int] {
    let bytes = Array(line[place])
    if let known = found[bytes] { return known }
    guard let name = String(validating: bytes, as: UTF8.self) else {
      throw CSVFault(.init(offset: line.offset(of: place), summary: "a name that is not UTF-8"))
    }
    guard !name.isEmpty else {
      throw CSVFault(.init(offset: line.offset(of: place), summary: "there is no name"))
    }
    var sites = byCity[PlaceName(name)] ?? []
    if let site = byName[name.lowercased()], !sites.contains(site) { sites.append(site) }
    for site in sites {
      if let meeting = meetings[site], PlaceName(meeting.name) != PlaceName(name) {
        throw CSVFault(
          .init(
            offset: line.offset(of: place),
            summary: "\(line.shown(place)) means a site that line \(meeting.line) calls "
              + tomlLiteral(meeting.name),
            detail: "A site goes by its name or by its city in a file, not by both."))
      }
      meetings[site] = (name, line.number)
    }
    found[bytes] = sites
    if names.count < MatrixReading.mostNames { names.insert(name) }
    return sites
  }
}

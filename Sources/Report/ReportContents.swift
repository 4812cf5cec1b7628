import Measurement

/// Everything that a report tells, as values; the report is made of it and of nothing else. What was
/// not measured is nil or empty, and the report says so.
package struct ReportContents: Sendable, Hashable, Codable {
  /// The testbed's name.
  package var testbed: String
  /// When the report was made, in milliseconds since 1970.
  package var made: Int64
  /// The version of the planetbed that made it.
  package var planetbed: String
  /// The sites, in the order of the inventory.
  package var sites: [Site]
  /// The tunnels between the sites' routers.
  package var tunnels: [Tunnel]
  /// Who reaches whom; nil when nobody asked.
  package var reachability: Reachability?
  /// The delays of the ordered pairs of sites.
  package var delays: [Delay]
  /// Container start times; nil when there was no experiment.
  package var starts: StartExperiment?

  /// What a report tells.
  package init(
    testbed: String, made: Int64, planetbed: String, sites: [Site], tunnels: [Tunnel] = [],
    reachability: Reachability? = nil, delays: [Delay] = [], starts: StartExperiment? = nil
  ) {
    self.testbed = testbed
    self.made = made
    self.planetbed = planetbed
    self.sites = sites
    self.tunnels = tunnels
    self.reachability = reachability
    self.delays = delays
    self.starts = starts
  }
}

extension ReportContents {
  /// A site of the testbed.
  package struct Site: Sendable, Hashable, Codable {
    /// Its name.
    package var name: String
    /// The city that it is in, when the inventory says it.
    package var city: String?
    /// Where it is, when the inventory says it.
    package var location: Location?
    /// The prefix of its LAN, `192.168.10.0/24`.
    package var prefix: String
    /// Its router's name.
    package var router: String
    /// The hosts behind the router, in the order of the inventory.
    package var hosts: [Host]

    /// A site of the testbed.
    package init(
      name: String, city: String? = nil, location: Location? = nil, prefix: String,
      router: String, hosts: [Host]
    ) {
      self.name = name
      self.city = city
      self.location = location
      self.prefix = prefix
      self.router = router
      self.hosts = hosts
    }
  }

  /// A place on the globe.
  package struct Location: Sendable, Hashable, Codable {
    /// Degrees north, −90 to 90.
    package var latitude: Double
    /// Degrees east, −180 to 180.
    package var longitude: Double

    /// A place on the globe.
    package init(latitude: Double, longitude: Double) {
      self.latitude = latitude
      self.longitude = longitude
    }

    /// Whether there is such a place.
    var isOnGlobe: Bool { abs(latitude) <= 90 && abs(longitude) <= 360 }
  }

  /// A host of a site.
  package struct Host: Sendable, Hashable, Codable {
    /// Its name.
    package var name: String
    /// Its address in the site's LAN.
    package var address: String
    /// Its role, as the inventory writes it.
    package var role: String

    /// A host of a site.
    package init(name: String, address: String, role: String) {
      self.name = name
      self.address = address
      self.role = role
    }
  }

  /// A tunnel between two sites.
  package struct Tunnel: Sendable, Hashable, Codable {
    /// The site of one of its ends.
    package var from: String
    /// The site of the other.
    package var to: String
    /// Whether it carries packets; nil when it was not looked at.
    package var isUp: Bool?
    /// Its round-trip time as it was measured last, in milliseconds.
    package var rttMilliseconds: Double?

    /// A tunnel between two sites.
    package init(from: String, to: String, isUp: Bool? = nil, rttMilliseconds: Double? = nil) {
      self.from = from
      self.to = to
      self.isUp = isUp
      self.rttMilliseconds = rttMilliseconds
    }
  }

  /// Which host reaches which.
  package struct Reachability: Sendable, Hashable, Codable {
    /// The hosts, in the order of the inventory.
    package var hosts: [String]
    /// A row for each host that asks, in it the round-trip time to each host that is asked, in
    /// milliseconds: 0 to itself, nil without an answer.
    package var milliseconds: [[Double?]]

    /// Which host reaches which.
    package init(hosts: [String], milliseconds: [[Double?]]) {
      self.hosts = hosts
      self.milliseconds = milliseconds
    }

    /// The time from the host at `row` to the one at `column`; nil without an answer that is a time,
    /// and where the matrix is smaller than the list of hosts.
    func time(_ row: Int, _ column: Int) -> Double? {
      guard milliseconds.indices.contains(row), milliseconds[row].indices.contains(column),
        let time = milliseconds[row][column], time.isFinite
      else { return nil }
      return time
    }
  }

  /// What was asked of an ordered pair of sites, and what was measured.
  package struct Delay: Sendable, Hashable, Codable {
    /// What the gate says of a pair.
    package enum Verdict: String, Sendable, Hashable, Codable {
      /// What was measured is what was asked, within the gate's limits.
      case within
      /// It is not.
      case off
      /// Nothing was asked, or nothing was measured.
      case unjudged
    }

    /// The site that asks.
    package var from: String
    /// The site that answers.
    package var to: String
    /// The round-trip time that was asked for, in milliseconds; nil for the path's own.
    package var askedMilliseconds: Double?
    /// How far the mean may be from it for the gate, in milliseconds; nil when nothing was asked.
    package var toleranceMilliseconds: Double?
    /// The path's own round-trip time, before anything was injected, in milliseconds.
    package var baselineMilliseconds: Double?
    /// The mean of the measured round-trip times, in milliseconds.
    package var measuredMilliseconds: Double?
    /// Their standard deviation, in milliseconds.
    package var standardDeviation: Double?
    /// How many round trips were measured.
    package var samples: Int
    /// Packets that the routers' queues dropped.
    package var drops: Int
    /// What the gate says.
    package var verdict: Verdict
    /// Why, when it is off or unjudged.
    package var reason: String?

    /// What was asked of a pair, and what was measured.
    package init(
      from: String, to: String, askedMilliseconds: Double? = nil,
      toleranceMilliseconds: Double? = nil, baselineMilliseconds: Double? = nil,
      measuredMilliseconds: Double? = nil, standardDeviation: Double? = nil, samples: Int = 0,
      drops: Int = 0, verdict: Verdict = .unjudged, reason: String? = nil
    ) {
      self.from = from
      self.to = to
      self.askedMilliseconds = askedMilliseconds
      self.toleranceMilliseconds = toleranceMilliseconds
      self.baselineMilliseconds = baselineMilliseconds
      self.measuredMilliseconds = measuredMilliseconds
      self.standardDeviation = standardDeviation
      self.samples = samples
      self.drops = drops
      self.verdict = verdict
      self.reason = reason
    }

    /// Measured minus asked, in milliseconds; nil unless there are both.
    var difference: Double? {
      guard let askedMilliseconds, let measuredMilliseconds else { return nil }
      return measuredMilliseconds - askedMilliseconds
    }
  }
}

import Diagnostics
import Roles

/// All applications of a testbed, and which of them must come before which.
struct ApplicationGraph: Sendable {
  /// The applications, stage by stage, in the order in which the stages name them. Elsewhere an
  /// application is its place here.
  let applications: [RoleApplication]
  /// Each machine's applications, in order.
  let byHost: [String: [Int]]
  /// The facts that each one needs, with the application that provides each.
  let needs: [[Need]]
  /// Those that stand in each one's `after`.
  let predecessors: [[Int]]
  /// An order in which each comes after all that it depends on.
  let order: [Int]

  /// A fact that an application needs.
  struct Need: Sendable, Hashable {
    /// The fact.
    var fact: FactReference
    /// The application that provides it.
    var provider: Int
  }

  /// Puts the applications in order. Throws when they contradict each other: two of one identity,
  /// a fact that nobody provides, an `after` that names nothing, a circle.
  init(_ applications: [RoleApplication], library: RoleLibrary) throws(Problem) {
    self.applications = applications
    var places: [RoleApplication.ID: Int] = [:]
    places.reserveCapacity(applications.count)
    var byHost: [String: [Int]] = [:]
    for (place, application) in applications.enumerated() {
      guard places.updateValue(place, forKey: application.id) == nil else {
        throw Self.mistake("\(application.id.words) is asked for twice")
      }
      byHost[application.id.host, default: []].append(place)
    }
    self.byHost = byHost
    var providers = Providers(applications: applications, byHost: byHost, library: library)
    var needs: [[Need]] = []
    var predecessors: [[Int]] = []
    needs.reserveCapacity(applications.count)
    predecessors.reserveCapacity(applications.count)
    for application in applications {
      var own: [Need] = []
      for fact in application.neededFacts {
        guard let provider = try providers.provider(of: fact) else {
          throw Self.mistake(
            "no role of \(fact.host) provides the fact \(fact.name), which "
              + "\(application.id.words) needs")
        }
        own.append(Need(fact: fact, provider: provider))
      }
      var before: [Int] = []
      for id in application.after {
        guard let place = places[id] else {
          throw Self.mistake(
            "\(application.id.words) must come after \(id.words), which nothing asks for")
        }
        before.append(place)
      }
      needs.append(own)
      predecessors.append(before)
    }
    self.needs = needs
    self.predecessors = predecessors
    order = try Self.order(
      applications, byHost: byHost,
      dependencies: zip(needs, predecessors).map { $0.map(\.provider) + $1 })
  }

  /// All that must come before an application, but for what stands before it for its machine.
  func dependencies(of place: Int) -> [Int] { needs[place].map(\.provider) + predecessors[place] }

  /// Kahn's method; the first of those that are ready comes first.
  private static func order(
    _ applications: [RoleApplication], byHost: [String: [Int]], dependencies: [[Int]]
  ) throws(Problem) -> [Int] {
    var before = dependencies
    for places in byHost.values {
      for (earlier, later) in zip(places, places.dropFirst()) { before[later].append(earlier) }
    }
    var after = [[Int]](repeating: [], count: applications.count)
    var waiting = [Int](repeating: 0, count: applications.count)
    for (later, earlier) in before.enumerated() {
      waiting[later] = earlier.count
      for place in earlier { after[place].append(later) }
    }
    var order = applications.indices.filter { waiting[$0] == 0 }
    order.reserveCapacity(applications.count)
    var next = 0
    while next < order.count {
      for later in after[order[next]] {
        waiting[later] -= 1
        if waiting[later] == 0 { order.append(later) }
      }
      next += 1
    }
    guard order.count == applications.count else {
      let circle = Self.circle(in: before, among: applications.indices.filter { waiting[$0] > 0 })
      throw mistake(
        "roles wait for each other in a circle",
        detail: circle.map { applications[$0].id.words }.joined(separator: "\n  waits for "))
    }
    return order
  }

  /// Follows what waits backwards until something comes up again.
  private static func circle(in before: [[Int]], among waiting: [Int]) -> [Int] {
    let stuck = Set(waiting)
    var path: [Int] = []
    var seen: [Int: Int] = [:]
    var place = waiting.first
    while let current = place {
      if let start = seen[current] { return Array(path[start...]) + [current] }
      seen[current] = path.count
      path.append(current)
      place = before[current].first { stuck.contains($0) }
    }
    return path
  }

  private static func mistake(_ summary: String, detail: String = "") -> Problem {
    Problem(summary, detail: detail, exitStatus: .usage)
  }
}

/// Finds who provides a fact, and asks the library once for each role that registers none.
private struct Providers {
  let applications: [RoleApplication]
  let byHost: [String: [Int]]
  let library: RoleLibrary
  private var found: [FactReference: Int] = [:]
  private var read: Set<String> = []
  private var silentRoles: Set<String> = []

  init(applications: [RoleApplication], byHost: [String: [Int]], library: RoleLibrary) {
    self.applications = applications
    self.byHost = byHost
    self.library = library
  }

  mutating func provider(of fact: FactReference) throws(Problem) -> Int? {
    if read.insert(fact.host).inserted { try readFacts(of: fact.host) }
    return found[fact]
  }

  private mutating func readFacts(of host: String) throws(Problem) {
    for place in byHost[host] ?? [] {
      let application = applications[place]
      guard !silentRoles.contains(application.id.role) else { continue }
      let names = try library.registeredFacts(of: application)
      if names.isEmpty { silentRoles.insert(application.id.role) }
      for name in names { found[FactReference(host: host, name: name)] = place }
    }
  }
}

extension RoleApplication {
  /// The facts that its variables name, sorted.
  var neededFacts: [FactReference] {
    var facts: Set<FactReference> = []
    for value in variables.values { value.collectFacts(into: &facts) }
    return facts.sorted()
  }
}

extension Variable {
  fileprivate func collectFacts(into facts: inout Set<FactReference>) {
    switch self {
    case .fact(let reference): facts.insert(reference)
    case .list(let values): for value in values { value.collectFacts(into: &facts) }
    case .table(let values): for value in values.values { value.collectFacts(into: &facts) }
    case .string, .integer, .boolean: break
    }
  }
}

extension RoleApplication.ID {
  /// What people call it: `vpn-tunnel keio-kyutech on vyos01`.
  package var words: String {
    instance.isEmpty ? "\(role) on \(host)" : "\(role) \(instance) on \(host)"
  }
}

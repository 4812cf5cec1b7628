import Diagnostics
import Execution
import Inventories
import LatencyProfiles
import Reporting
import Transport

/// `planetbed latency run`
enum LatencyRunVerb: Verb {
  static let profile = ParameterDeclaration(
    "profile", "The timetable, as docs/profiles.md has it.")
  static let site = OptionDeclaration(
    "site", value: .init("name=site"), repeats: true,
    "Which site a name of the profile stands for, where that is not what the profile says: edge-1=vlan20."
  )
  static let hold = OptionDeclaration(
    "hold", value: .init("time", standard: "1h"),
    "After what time the routers end it by themselves, whatever becomes of this computer.")
  static let detach = OptionDeclaration(
    "detach", "Leave it to the routers once it has begun, and do not wait for its end.")

  static let declaration = CommandDeclaration(
    "run", "Run a timetable of delays on the routers, and put back what was there.",
    discussion: """
      The routers get the timetable beforehand and keep it by their own clocks, so that it depends on no \
      connection. Ctrl-C ends it on the routers; when this computer is gone, they end it themselves.
      """,
    parameters: [CommonParameters.inventory, profile],
    options: [site, hold, detach] + ConnectionOptions.all,
    examples: [
      "planetbed latency run inventory/lab.toml inventory/profiles/moving-device.toml",
      "planetbed latency run inventory/lab.toml my.toml --site edge-1=vlan20 --hold 12h --detach",
    ])
  static let inventoryOfMachines: ParameterDeclaration? = CommonParameters.inventory

  static func run(_ invocation: Invocation) async throws -> ExitStatus {
    let file = invocation.arguments.word(profile)
    // Without 'none' there is always a time.
    let seconds = try LatencyArguments.hold(invocation, hold, allowsNone: false) ?? 0
    let read = try LatencyProfile.read(file: file)
    if !invocation.isQuiet { invocation.tell(read.warnings) }
    let setup = try RunSetup(invocation)
    let timetable = try read.timetable(
      for: setup.inventory, sites: try names(invocation.arguments.values(site)))
    if let total = timetable.totalMilliseconds, Double(total) > seconds * 1000 {
      throw Problem(
        "the profile takes \(Counted.span(Double(total) / 1000)), longer than --hold",
        detail:
          "The routers would end it after \(Counted.span(seconds)). Give a longer time: --hold "
          + "\(minutes(total))min", exitStatus: .usage)
    }
    if timetable.events.isEmpty {
      throw Problem(
        "the profile changes no path of this testbed",
        detail: "\(file) has no event for its sites.",
        exitStatus: .usage)
    }
    let name = file.split(separator: "/").last.map { String($0.split(separator: ".")[0]) } ?? file
    return try await run(timetable, name: name, hold: seconds, setup, invocation)
  }

  private static func run(
    _ timetable: Timetable, name: String, hold: Double, _ setup: RunSetup, _ invocation: Invocation
  ) async throws -> ExitStatus {
    let detached = invocation.arguments.has(detach)
    let interruption = Interruption()
    let clock = invocation.surroundings.clock
    let begun = clock.uptime()
    let connector = try setup.connector()
    let progress = LatencyRunProgress(
      timetable, name: name, hold: hold, isWatched: !detached,
      manner: invocation.format == .jsonLines || invocation.isQuiet
        ? .none : invocation.console.errors.isTerminal ? .live : .plain,
      stream: invocation.console.errors, verbosity: invocation.verbosity, uptime: clock.uptime)
    let control = LatencyControl(
      inventory: setup.inventory, connector: connector, state: try setup.stateFolder(),
      operatorName: setup.operatorName, version: programVersion, interruption: interruption,
      clock: clock
    ) { event in
      if invocation.format == .jsonLines {
        invocation.console.output.write(
          event.json(elapsed: clock.uptime() - begun).compact + "\n")
      }
      progress.take(event)
    }
    let result: LatencyRunResult
    do {
      result = try await invocation.ticking(progress.tick, atEnd: progress.end, interruption) {
        try await control.run(timetable, name: name, hold: hold, detached: detached)
      }
      await connector.close()
    } catch {
      await connector.close()
      throw error
    }
    let view = LatencyRunView(
      result: result, timetable: timetable, profile: invocation.arguments.word(profile),
      inventory: setup.inventory.file)
    invocation.tell(view.diagnostics)
    invocation.report(view)
    if result.interrupted { return .interrupted }
    return result.isBegun && result.failed == 0
      && !result.problems.contains { $0.severity == .error } ? .success : .failure
  }

  /// `--site NAME=SITE`.
  private static func names(_ words: [String]) throws(Problem) -> [String: String] {
    var sites: [String: String] = [:]
    for word in words {
      let parts = word.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2, parts.allSatisfy({ Notation.isName($0) }) else {
        throw Problem(
          "'\(VisibleText.line(word, limit: 60))' is no value for option '--site'",
          detail: "It is a name of the profile and a site, such as edge-1=vlan20.",
          exitStatus: .usage)
      }
      sites[parts[0]] = parts[1]
    }
    return sites
  }

  /// The minutes that are needed for so many milliseconds.
  private static func minutes(_ milliseconds: Int) -> Int { (milliseconds + 59_999) / 60_000 }
}

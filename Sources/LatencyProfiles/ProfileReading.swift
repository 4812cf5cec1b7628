import Diagnostics
import Digests
import Inventories
import TOMLReading

extension LatencyProfile {
  /// Reads a profile and the trace files that it names, whose paths begin at its folder.
  ///
  /// Throws everything that is wrong at once, each with its place, with exit status 2.
  package static func read(file: String) throws(Problem) -> LatencyProfile {
    try read(SourceFile.bytes(of: file), file: file)
  }

  /// Reads the bytes of a profile that has been read already; the paths of trace files begin at `folder`,
  /// which is that of `file` unless said otherwise. Throws like `read(file:)`.
  package static func read(
    _ bytes: [UInt8], file: String, folder: String? = nil
  ) throws(Problem) -> LatencyProfile {
    let document = try TOMLDocument.read(bytes, file: file)
    let own = file.lastIndex(of: "/").map { String(file[..<$0]) } ?? ""
    let reading = ProfileReading(document, folder: folder ?? own)
    return try reading.profile(bytes)
  }
}

/// Reads one profile.
private struct ProfileReading {
  private typealias Keys = ProfileSchema.Root

  private let document: TOMLDocument
  private let findings: TOMLFindings
  private let reader: TOMLTableReader
  private let folder: String

  init(_ document: TOMLDocument, folder: String) {
    self.document = document
    self.folder = folder
    findings = TOMLFindings(in: document)
    reader = TOMLTableReader(
      Located(document.root, at: SourcePosition(file: document.file, line: 1, column: 1)),
      by: Keys.schema, findings: findings)
  }

  func profile(_ bytes: [UInt8]) throws(Problem) -> LatencyProfile {
    let description = reader.read(Keys.description)?.value ?? ""
    let duration = reader.read(Keys.duration)
    let repetitions = reader.readOrDefault(Keys.repetitions)?.value ?? 1
    let seed = reader.readOrDefault(Keys.seed)?.value ?? 0
    let every = reader.readOrDefault(Keys.every)?.value ?? 250
    let sites = defaultSites()
    let tables = reader.read(Keys.event)?.value ?? []
    if reader.has(Keys.event), tables.count > ProfileLimits.events {
      findings.error(
        "the profile has more than \(ProfileLimits.events) events",
        detail: "A trace, a flap or a repetition says much in one.",
        at: tables[ProfileLimits.events].position)
    }
    let readers = tables.prefix(ProfileLimits.events).map {
      EventReading($0, in: document, findings: findings)
    }
    let period = period(duration, of: readers)
    var events: [ProfileEvent] = []
    var digests = [SHA256.hexadecimal(of: bytes)]
    for (index, event) in readers.enumerated() {
      var trace: TraceFile?
      if let name = event.traceFile {
        trace = TraceFile.read(
          ProfileSchema.EventKeys.file.name, name, in: folder, findings)
        if let trace { digests.append(trace.digest) }
      }
      if let read = event.event(index: index, period: period, every: every, trace: trace) {
        events.append(read)
      }
    }
    let names = siteNames(sites, events: readers)
    guard !findings.hasErrors, let period else {
      throw Problem(findings.sorted, exitStatus: .usage)
    }
    return LatencyProfile(
      file: document.file,
      digest: digests.count == 1
        ? digests[0] : SHA256.hexadecimal(of: Array(digests.joined().utf8)),
      description: description, periodMilliseconds: period,
      repetitions: repetitions == 0 ? nil : repetitions, siteNames: names,
      warnings: findings.sorted, events: events,
      defaultSites: Dictionary(sites, uniquingKeysWith: { first, _ in first }), every: every,
      seed: seed, document: document)
  }

  /// `[sites]`, in the order of the file.
  private func defaultSites() -> [(String, Located<String>)] {
    guard let table = reader.read(Keys.sites) else { return [] }
    return table.value.entries.compactMap { entry in
      guard Notation.isName(entry.key), entry.key != "all" else {
        findings.error(
          "\(tomlLiteral(entry.key)) is no name for a site",
          detail: entry.key == "all"
            ? "It means all sites."
            : "A name has letters, digits and \"-\", which neither begins nor ends it, and at most 32 of them.",
          at: entry.keyPosition)
        return nil
      }
      do throws(TOMLMismatch) {
        return (
          entry.key,
          Located(try TOMLForm<String>.name.decode(entry.value), at: entry.value.position)
        )
      } catch {
        findings.error(
          "\(entry.key) \(error.what)", detail: error.detail, at: entry.value.position)
        return nil
      }
    }
  }

  /// The profile's names, each once; one of `[sites]` that no event uses is worth a look.
  private func siteNames(
    _ sites: [(String, Located<String>)], events: [EventReading]
  ) -> [String] {
    let used = events.flatMap { $0.ends?.value.names ?? [] }.map(\.value)
    let isUsed = Set(used)
    for (name, site) in sites where !isUsed.contains(name) {
      findings.warning(
        "no event names \(tomlLiteral(name))",
        detail: findings.meant(by: name, among: isUsed.subtracting(sites.map(\.0)).sorted()) ?? "",
        at: site.position)
    }
    var names: [String] = []
    var seen: Set<String> = []
    for name in sites.map(\.0) + used where seen.insert(name).inserted { names.append(name) }
    return names
  }

  /// How long a repetition takes; nil when that is not known, which has been noted then.
  private func period(_ duration: Located<Int>?, of events: [EventReading]) -> Int? {
    if let duration {
      for event in events {
        if let at = event.at, at.value >= duration.value {
          findings.error(
            "the event begins when the profile is over",
            detail: "A repetition takes \(QuantityText.time(duration.value)): see duration.",
            at: at.position)
        } else if let until = event.until, until.value > duration.value {
          findings.error(
            "the event ends after the profile",
            detail:
              "A repetition takes \(QuantityText.time(duration.value)): see duration. Leave until out "
              + "for an event that lasts as long.",
            at: until.position)
        }
      }
      return duration.value
    }
    guard !reader.has(Keys.duration), !events.isEmpty else { return nil }
    // One that was read wrongly has been noted.
    guard events.allSatisfy({ $0.at != nil && ($0.until != nil || !$0.hasUntil) }) else {
      return nil
    }
    let last = events.compactMap { $0.until?.value }.max() ?? 0
    if let open = events.first(where: { $0.until == nil && $0.at?.value ?? 0 >= last }) {
      findings.error(
        "the profile has no duration, and this event no end",
        detail:
          "Say how long a repetition takes, duration = \"5min\", or until when the event lasts.",
        at: open.position)
      return nil
    }
    guard last >= ProfileLimits.shortestRepetition else {
      let event = events.first { $0.until?.value == last }
      findings.error(
        "the profile is over after \(QuantityText.time(last))",
        detail:
          "A repetition takes \(QuantityText.time(ProfileLimits.shortestRepetition)) at least: give a "
          + "duration.", at: event?.until?.position ?? reader.position)
      return nil
    }
    return last
  }
}

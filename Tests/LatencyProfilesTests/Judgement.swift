import Diagnostics
import Inventories
import LatencyProfiles
import Stages

/// What a profile comes to, as text: its timetable on a testbed, or all that is wrong.
enum Judgement {
  /// Of the text of a profile. Its first line may say how the command line names sites:
  /// `# --site edge-1=vlan20 --site …`.
  static func of(
    _ text: String, file: String, in folder: Folder, for inventory: Inventory
  ) -> String {
    do throws(Problem) {
      let profile = try LatencyProfile.read(
        Array(text.utf8), file: file, folder: folder.path)
      let timetable = try profile.timetable(for: inventory, sites: sites(in: text))
      return (profile.warnings.map(render) + [render(timetable, of: profile)])
        .joined(separator: "\n")
    } catch {
      guard error.exitStatus == .usage else { return "exit status \(error.exitStatus)\n" }
      return error.diagnostics.map(render).joined(separator: "\n")
        .replacingEach(folder.path + "/", by: "")
    }
  }

  private static func sites(in text: String) -> [String: String] {
    guard let line = text.split(separator: "\n").first, line.hasPrefix("# --site") else {
      return [:]
    }
    var sites: [String: String] = [:]
    for word in line.split(separator: " ") where word.contains("=") {
      let parts = word.split(separator: "=")
      sites[String(parts[0])] = String(parts[1])
    }
    return sites
  }

  private static func render(_ diagnostic: Diagnostic) -> String {
    var lines: [String] = []
    let place = diagnostic.position.map { "\($0.file):\($0.line):\($0.column): " } ?? ""
    lines.append("\(place)\(diagnostic.severity.rawValue): \(diagnostic.summary)")
    if let line = diagnostic.sourceLine, let position = diagnostic.position {
      lines.append("  | \(line)")
      lines.append("  | \(String(repeating: " ", count: position.column - 1))^")
    }
    if !diagnostic.detail.isEmpty { lines.append("  \(diagnostic.detail)") }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func render(_ timetable: Timetable, of profile: LatencyProfile) -> String {
    var lines = [
      "\(profile.description.isEmpty ? "(no description)" : profile.description)",
      "period \(timetable.periodMilliseconds) ms, "
        + (timetable.repetitions.map { "\($0) times" } ?? "forever"),
      "sites: " + timetable.sites.map { "\($0.name)=\($0.site)" }.joined(separator: " "),
    ]
    lines += timetable.announcements.map { "told: \($0.timedText)" }
    lines += timetable.events.map {
      "\($0.milliseconds) \($0.from) > \($0.to) \($0.conditions?.laneText ?? "-")"
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

extension String {
  func replacingEach(_ part: String, by replacement: String) -> String {
    split(separator: part, omittingEmptySubsequences: false).joined(separator: replacement)
  }
}

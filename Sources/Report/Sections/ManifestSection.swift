import Measurement

/// With what it was measured: what somebody must know to do it again.
struct ManifestSection: Sendable {
  private let contents: ReportContents

  /// The manifest of a report.
  init(_ contents: ReportContents) { self.contents = contents }

  /// The section.
  var section: Section { Section(id: "manifest", heading: "Manifest", content: content) }

  private var content: [Markup] {
    var entries = [
      ("Testbed", contents.testbed),
      ("Report made", "\(PointInTime.text(contents.made)) by planetbed \(contents.planetbed)"),
    ]
    guard let starts = contents.starts else { return [list(entries)] }
    let manifest = starts.manifest
    entries += [
      ("Run", starts.run), ("Begun", PointInTime.text(starts.begun)),
      ("Took", duration(starts.seconds)), ("Measured with", "planetbed \(manifest.planetbed)"),
      ("Inventory", manifest.inventory), ("Inventory's digest", manifest.inventoryDigest),
      ("Kubernetes", manifest.kubernetes), ("Image", manifest.image),
      (
        "Order of the cells",
        manifest.seed.map { "random, from the seed \($0)" }
          ?? "as the delays and numbers were given"
      ),
      ("Runs of each cell", String(manifest.runs)),
      ("Deadline", Figure.short(manifest.deadlineSeconds) + " s"),
      ("Service-account tokens", manifest.mountsTokens ? "mounted" : "not mounted"),
      ("The instrument itself", Figure.seconds(manifest.instrumentSeconds)),
      (
        "Operator's load, a minute's average",
        manifest.operatorLoad.isEmpty
          ? Figure.none
          : manifest.operatorLoad.map { Figure.text($0, 2) }.joined(
            separator: " at the beginning, ")
            + (manifest.operatorLoad.count == 2 ? " at the end" : "")
      ),
    ]
    return [list(entries), machines(manifest).markup]
  }

  private func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 60, seconds < 1e9 else { return Figure.seconds(seconds) }
    let whole = Int(seconds.rounded())
    return whole < 3600
      ? "\(whole / 60) min \(whole % 60) s" : "\(whole / 3600) h \(whole % 3600 / 60) min"
  }

  private func list(_ entries: [(String, String)]) -> Markup {
    Markup(
      "dl", ["class": "manifest"],
      entries.map { name, value in
        Markup("div", [:], [Markup("dt", text: name), Markup("dd", text: value)])
      })
  }

  private func machines(_ manifest: ExperimentManifest) -> Table {
    var table = Table(
      caption: "Machines; a clock is told against the master's",
      columns: [
        .words("Machine"), .words("Site"), .words("Role"), .words("System"), .words("Kernel"),
        .words("Container runtime"), .figures("Processors"), .figures("Memory"),
        .figures("Clock, ms"), .figures("± ms"),
      ])
    for machine in manifest.machines {
      table.rows.append([
        machine.name, machine.site, machine.role, machine.system, machine.kernel,
        machine.runtime ?? Figure.none, machine.processors.map { String($0) } ?? Figure.none,
        Figure.bytes(machine.memory), Figure.signed(machine.clockOffsetMilliseconds, 2),
        Figure.text(machine.clockUncertaintyMilliseconds, 2),
      ])
    }
    return table
  }
}

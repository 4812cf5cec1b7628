import Digests
import Diagnostics
import ShellPrograms

extension TaskDifference {
  /// What a task would do, looked at alone. Use `all(of:in:)` for a machine's tasks: it also sees
  /// the restarts that follow from other tasks' changes.
  package static func of(_ task: RoleTask, in answer: ProbeAnswer) throws(Problem) -> TaskDifference
  {
    try Differences(of: [task], in: answer.observations).of(task)
  }

  /// What all tasks of a machine would do, in their order, restarts included.
  package static func all(
    of tasks: [RoleTask], in answer: ProbeAnswer
  ) throws(Problem) -> [TaskDifference] {
    var differences = Differences(of: tasks, in: answer.observations)
    var all: [TaskDifference] = []
    for task in tasks { all.append(try differences.next(task)) }
    return all
  }
}

/// Compares tasks with what a probe found.
struct Differences {
  private let found: Observations
  private let layout: HostLayout
  /// The files that tasks so far would change, with the facts that they wait for.
  private var changed: [String: [FactReference]] = [:]

  init(of tasks: [RoleTask], in found: Observations) {
    self.found = found
    layout = found.layout
  }

  /// The next task in order: remembers the files that it would change.
  mutating func next(_ task: RoleTask) throws(Problem) -> TaskDifference {
    let difference = try of(task)
    if difference.verdict != .satisfied {
      for file in task.files(in: layout) { changed[file.path] = task.missingFacts }
    }
    return difference
  }

  /// What a task would do.
  func of(_ task: RoleTask) throws(Problem) -> TaskDifference {
    var difference = TaskDifference(task: task.id, name: task.name, verdict: .satisfied)
    guard task.missingFacts.isEmpty else {
      difference.verdict = .knownAfterApply(task.missingFacts)
      return difference
    }
    switch task.kind {
    case .file(let file): compare(file, into: &difference)
    case .directory(let directory): compare(directory, into: &difference)
    case .package(let package): compare(package, into: &difference)
    case .service(let service): compare(service, into: &difference)
    case .sysctl(let sysctl):
      let now = found.sysctls[sysctl.name]
      if now != sysctl.value {
        difference.changes = [
          "\(sysctl.name) \(now ?? "unset") → \(sysctl.value ?? "unset")"
        ]
      }
      compare(layout.sysctlFile(sysctl), into: &difference)
    case .kernelModule(let name): compare(module: name, into: &difference)
    case .line(let line): compare(line, into: &difference)
    case .block(let block): compare(block, into: &difference)
    case .command(let command): compare(command, task, into: &difference)
    }
    if difference.verdict == .satisfied, !difference.changes.isEmpty || difference.diff != nil {
      difference.verdict = .change
    }
    return difference
  }

  private func compare(_ file: FileTask, into difference: inout TaskDifference) {
    guard let content = file.content else { return }
    guard let state = found.files[file.path] else {
      difference.changes.append("create \(file.path)")
      if !file.secret { difference.diff = UnifiedDiff.of(nil, content, path: file.path) }
      return
    }
    guard state.isRegular else {
      difference.changes.append("\(file.path): \(state.typeName) → file")
      if !file.secret { difference.diff = UnifiedDiff.of(nil, content, path: file.path) }
      return
    }
    if found.unfinishedFiles.contains(HostLayout.key(file.path)) {
      difference.changes.append("validate again: an earlier run was interrupted")
    }
    if state.digest != SHA256.hexadecimal(of: content) {
      if file.secret {
        difference.changes.append("content of \(file.path) (secret)")
      } else if let old = state.content {
        difference.diff = UnifiedDiff.of(old, content, path: file.path)
      } else {
        difference.changes.append(
          "content of \(file.path): \(state.size) → \(content.count) bytes")
      }
    }
    difference.changes += attributes(file.mode, file.owner, state)
  }

  private func attributes(
    _ mode: UInt16, _ owner: Ownership, _ state: Observations.FileState
  ) -> [String] {
    var changes: [String] = []
    if state.mode & 0o7777 != UInt32(mode) {
      changes.append("mode \(octal(state.mode & 0o7777)) → \(octal(UInt32(mode)))")
    }
    if !state.belongs(to: owner) {
      changes.append("owner \(VisibleText.line("\(state.user):\(state.group)")) → \(owner.text)")
    }
    return changes
  }

  private func octal(_ mode: UInt32) -> String {
    let digits = String(mode, radix: 8)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }

  private func compare(_ directory: DirectoryTask, into difference: inout TaskDifference) {
    guard let state = found.files[directory.path] else {
      difference.changes = ["create the folder \(directory.path)"]
      return
    }
    guard state.isDirectory else {
      difference.changes = ["\(directory.path): \(state.typeName) → folder"]
      return
    }
    difference.changes = attributes(directory.mode, directory.owner, state)
  }

  private func compare(_ package: PackageTask, into difference: inout TaskDifference) {
    let state = found.packages?[package.name]
    if let state, let version = package.version {
      if !DebianVersion.matches(state.version, version) {
        let verb = DebianVersion(state.version) < DebianVersion(version) ? "upgrade" : "downgrade"
        difference.changes.append("\(verb) \(package.name) \(state.version) → \(version)")
      }
    } else if state == nil {
      difference.changes.append(
        "install \(package.name)" + (package.version.map { " \($0)" } ?? ""))
    }
    if package.isHeld, state?.isHeld != true {
      difference.changes.append("hold \(package.name)")
    }
  }

  private func compare(_ service: ServiceTask, into difference: inout TaskDifference) {
    let unit = found.units?[service.unit]
    let isActive = unit?.isActive ?? false
    if let enabled = service.enabled, enabled != unit?.isEnabled ?? false {
      let isStatic = enabled && unit?.needsNoEnabling == true
      if !isStatic {
        difference.changes.append("\(enabled ? "enable" : "disable") \(service.unit)")
      }
    }
    guard service.started else {
      if isActive { difference.changes.append("stop \(service.unit)") }
      return
    }
    guard isActive else {
      difference.changes.append("start \(service.unit)")
      return
    }
    let verb = service.reload ? "reload" : "restart"
    let touched = service.restartOn.filter { changed[$0] != nil }
    let missing = Set(touched.flatMap { changed[$0] ?? [] })
    if touched.contains(where: { changed[$0]?.isEmpty == true })
      || found.staleUnits.contains(service.unit)
    {
      difference.changes.append("\(verb) \(service.unit)")
    } else if !missing.isEmpty, difference.changes.isEmpty {
      difference.verdict = .knownAfterApply(missing.sorted())
    }
  }

  private func compare(module name: String, into difference: inout TaskDifference) {
    switch found.modules[name] ?? .absent {
    case .builtIn: return
    case .absent: difference.changes.append("load \(name)")
    case .loaded: break
    }
    compare(layout.moduleFile(name), into: &difference)
  }

  private func compare(_ line: LineTask, into difference: inout TaskDifference) {
    guard let wanted = line.line else { return }
    let state = found.files[line.path]
    guard state == nil || state?.content != nil else {
      difference.changes = ["look for the line in \(line.path)"]
      return
    }
    let old = state?.content.map { String(decoding: $0, as: UTF8.self) }
    let new = TextEdits.adding(wanted, replacing: line.match, to: old ?? "")
    if new != old {
      difference.diff = UnifiedDiff.of(state?.content, Array(new.utf8), path: line.path)
    }
  }

  private func compare(_ block: BlockTask, into difference: inout TaskDifference) {
    guard let whole = layout.wholeBlock(block) else { return }
    let state = found.files[block.path]
    guard state == nil || state?.content != nil else {
      difference.changes = ["look for the block in \(block.path)"]
      return
    }
    let old = state?.content.map { String(decoding: $0, as: UTF8.self) }
    let (begin, end) = layout.markers(block)
    guard let new = TextEdits.placing(whole, begin: begin, end: end, in: old ?? "") else {
      difference.changes = ["the line \"\(end)\" is missing in \(block.path)"]
      return
    }
    if new != old {
      difference.diff = UnifiedDiff.of(state?.content, Array(new.utf8), path: block.path)
    }
  }

  private func compare(
    _ command: CommandTask, _ task: RoleTask, into difference: inout TaskDifference
  ) {
    guard found.commands[task.id] != true else { return }
    switch command.guardian {
    case .creates(let path): difference.changes = ["run, since \(path) is not there"]
    case .unless: difference.changes = ["run"]
    case .readOnly:
      // It changes nothing; what it reads comes to be while the plan is applied.
      guard let name = command.register else { return }
      difference.verdict = .knownAfterApply([
        FactReference(host: task.id.application.host, name: name)
      ])
    }
  }
}

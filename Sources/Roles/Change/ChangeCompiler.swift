import Digests
import ShellPrograms

/// Makes the program that carries out tasks: it compares again, changes only what differs, in
/// order, and stops at the first task that fails.
package enum ChangeCompiler {
  /// The program that carries out these tasks, none of which may miss a fact: one that does fails on the machine.
  package static func program(for tasks: [RoleTask], testbed: String) -> RemoteProgram {
    program(for: tasks, layout: HostLayout(testbed: testbed))
  }

  static func program(
    for tasks: [RoleTask], layout: HostLayout, boundary: String = FrameFormat.randomBoundary()
  ) -> RemoteProgram {
    var text = FrameFormat.opening(boundary: boundary) + ShellLibrary.surroundings
    text += StateLibrary.opening(layout)
    text += "dpkg_updates=\(ShellQuoting.quoted(layout.dpkgUpdates))\n"
    text += ShellLibrary.logged + ChangeLibrary.tasks + ChangeLibrary.state
    text += StateLibrary.stale + StateLibrary.moduleState
    text += ChangeLibrary.files + ChangeLibrary.lookAhead + ChangeLibrary.texts
    text += ChangeLibrary.commands
    text += PackageLibrary.text + SystemLibrary.services + SystemLibrary.unitsAhead
    text += SystemLibrary.kernel
    text += lookAhead(tasks) + unitsAhead(tasks)
    let writer = ChangeWriter(layout: layout)
    let groups = packageGroups(tasks)
    for (index, task) in tasks.enumerated() {
      text += groups[index].map { "group=\(ShellQuoting.quoted($0))\n" } ?? ""
      text += "begin \(index)\n" + writer.text(of: task, index) + "finish\n"
    }
    return RemoteProgram(text + "stop\n")
  }

  /// The packages of tasks that follow one another, as apt-get takes them, by the first one's index: the
  /// first that must be installed brings all of them.
  private static func packageGroups(_ tasks: [RoleTask]) -> [Int: String] {
    var groups: [Int: [String]] = [:]
    var first: Int?
    for (index, task) in tasks.enumerated() {
      guard case .package(let package) = task.kind, task.missingFacts.isEmpty else {
        first = nil
        continue
      }
      groups[first ?? index, default: []].append(package.words)
      first = first ?? index
    }
    return groups.mapValues { $0.joined(separator: " ") }
  }

  /// Paths looked at by one stat: its arguments must fit in a kernel's limit (2 MiB, execve(2)).
  private static let groupSize = 2_000

  /// What is looked at for all file and directory tasks at once; not for a path that two tasks name.
  private static func lookAhead(_ tasks: [RoleTask]) -> String {
    var counts: [String: Int] = [:]
    for task in tasks { if let path = task.writtenPath { counts[path, default: 0] += 1 } }
    var lines: [(path: String, wanted: String)] = []
    for (index, task) in tasks.enumerated() {
      switch task.kind {
      case .file(let file):
        guard let content = file.content, counts[file.path] == 1 else { continue }
        let digest = SHA256.hexadecimal(of: content)
        let mode = String(0o100000 | UInt32(file.mode), radix: 16)
        lines.append(
          (
            file.path,
            "\(index) \(mode) \(file.owner.user) \(file.owner.group) \(digest) \(file.path)"
          ))
      case .directory(let folder):
        guard counts[folder.path] == 1 else { continue }
        let mode = String(0o040000 | UInt32(folder.mode), radix: 16)
        lines.append(
          (
            folder.path,
            "\(index) \(mode) \(folder.owner.user) \(folder.owner.group) - \(folder.path)"
          ))
      default: continue
      }
    }
    return stride(from: 0, to: lines.count, by: groupSize).map { start in
      let group = lines[start..<min(start + groupSize, lines.count)]
      let wanted = ShellQuoting.quoted(group.map(\.wanted).joined(separator: "\n"))
      let paths = group.map { ShellQuoting.quoted($0.path) }.joined(separator: " ")
      return "wanted=\(wanted)\nlook_ahead \(paths)\n"
    }.joined()
  }

  private static func unitsAhead(_ tasks: [RoleTask]) -> String {
    var wanted: [String] = []
    var units: [String] = []
    for (index, task) in tasks.enumerated() {
      guard case .service(let service) = task.kind else { continue }
      let enabled = service.enabled.map { $0 ? "yes" : "no" } ?? "keep"
      wanted.append("\(index):\(enabled):\(service.started ? "yes" : "no")")
      units.append(ShellQuoting.quoted(service.unit))
    }
    // One unit costs no more when its own task asks.
    guard units.count > 1 else { return "" }
    return
      "wanted='\(wanted.joined(separator: " "))'\nlook_at_units \(units.joined(separator: " "))\n"
  }
}

extension RoleTask {
  /// The path of the file or folder that it writes by itself.
  fileprivate var writtenPath: String? {
    switch kind {
    case .file(let file): file.path
    case .directory(let directory): directory.path
    case .line(let line): line.path
    case .block(let block): block.path
    case .package, .service, .sysctl, .kernelModule, .command: nil
    }
  }
}

/// Writes what each task does in a change program.
struct ChangeWriter {
  let layout: HostLayout

  private func quoted(_ text: String) -> String { ShellQuoting.quoted(text) }

  /// What stands between a task's `begin` and its `finish`.
  func text(of task: RoleTask, _ index: Int) -> String {
    guard task.missingFacts.isEmpty else {
      let names = task.missingFacts.map { "\($0.name) of \($0.host)" }.joined(separator: ", ")
      return "fail \(quoted("it needs facts that are not known: \(names)"))\n"
    }
    switch task.kind {
    case .file(let file): return "is_fresh \(index) || \(text(of: file))"
    case .directory(let directory): return "is_fresh \(index) || \(text(of: directory))"
    case .package(let package):
      return "package \(quoted(package.name)) \(quoted(package.version ?? ""))"
        + " \(package.isHeld ? "hold" : "keep")\n"
    case .service(let service): return text(of: service, index)
    case .sysctl(let sysctl): return text(of: sysctl)
    case .kernelModule(let name): return text(ofModule: name)
    case .line(let line): return text(of: line)
    case .block(let block): return text(of: block)
    case .command(let command): return text(of: command, task.id)
    }
  }

  private func text(of file: FileTask) -> String {
    guard let content = file.content else { return "fail 'its content is not known'\n" }
    let path = quoted(file.path)
    let key = HostLayout.key(file.path)
    let mode = String(0o100000 | UInt32(file.mode), radix: 16)
    let temporary = HostLayout.temporary(for: file.path)
    let (validation, validate) =
      if let validate = file.validate {
        validate.contains("%s")
          ? ("before", validate.replacingEach("%s", by: quoted(temporary))) : ("after", validate)
      } else {
        ("none", "")
      }
    let unitFolders = ["/etc/systemd/", "/run/systemd/", "/usr/lib/systemd/", "/lib/systemd/"]
    let isSource = file.path.hasPrefix("\(layout.root)/etc/apt/")
    let isUnit = unitFolders.contains { file.path.hasPrefix(layout.root + $0) }
    return """
      same_file \(path) \(mode) \(quoted(file.owner.user)) \(quoted(file.owner.group)) \
      \(SHA256.hexadecimal(of: content)) \(key) || {
      change
      quiet=\(file.secret ? "1" : "")
      validation=\(validation)
      validate=\(quoted(validate))
      \(isUnit ? "units_changed=1\n" : "")\(isSource ? "lists_are_stale\n" : "")attempt write_file \(path) \(key) \(octal(file.mode)) \
      \(quoted(file.owner.text)) \(quoted(temporary)) <<'END' || fail \(quoted("cannot write \(file.path)"))
      \(Base64.lines(content))END
      touched \(quoted(folder(of: file.path)))
      }

      """
  }

  private func octal(_ mode: UInt16) -> String {
    let digits = String(mode, radix: 8)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }

  private func folder(of path: String) -> String {
    let folder = path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex)
    return folder.isEmpty ? "/" : String(folder)
  }

  private func text(of directory: DirectoryTask) -> String {
    let path = quoted(directory.path)
    let mode = String(0o040000 | UInt32(directory.mode), radix: 16)
    return """
      same_attributes \(path) \(mode) \(quoted(directory.owner.user)) \
      \(quoted(directory.owner.group)) || {
      change
      attempt make_directory \(path) \(HostLayout.key(directory.path)) \(octal(directory.mode)) \
      \(quoted(directory.owner.text)) || fail \(quoted("cannot make the folder \(directory.path)"))
      touched \(quoted(folder(of: directory.path)))
      }

      """
  }

  private func text(of service: ServiceTask, _ index: Int) -> String {
    let keys = ([service.unit] + service.restartOn).map(HostLayout.key).joined(separator: " ")
    let enabled = service.enabled.map { $0 ? "yes" : "no" } ?? "keep"
    let fileKeys = service.restartOn.map { " " + HostLayout.key($0) }.joined()
    return """
      is_fresh \(index) && [ -z "$units_changed" ] && ! stale \(keys) || service \
      \(quoted(service.unit)) \(HostLayout.key(service.unit)) \(enabled) \
      \(service.started ? "yes" : "no") \(service.reload ? "reload" : "restart")\(fileKeys)

      """
  }

  private func text(of sysctl: SysctlTask) -> String {
    guard let value = sysctl.value else { return "fail 'its value is not known'\n" }
    let file = quoted(layout.parameterFile(sysctl.name))
    let arguments = "\(quoted(sysctl.name)) \(HostLayout.key(sysctl.name)) \(file) \(quoted(value))"
    return text(of: layout.sysctlFile(sysctl)) + """
      [ -n "$failure" ] || has_value \(file) \(quoted(value)) || {
      change
      attempt set_parameter \(arguments) || fail \(quoted("cannot set \(sysctl.name) to \(value)"))
      }

      """
  }

  private func text(ofModule name: String) -> String {
    """
    module_state \(StateLibrary.moduleArguments(name, layout))
    if [ "$module" = absent ]; then
    change
    load_module \(quoted(name))
    module_state \(StateLibrary.moduleArguments(name, layout))
    fi
    if [ -z "$failure" ] && [ "$module" = loaded ]; then
    \(text(of: layout.moduleFile(name)))fi

    """
  }

  private func text(of line: LineTask) -> String {
    guard let wanted = line.line else { return "fail 'the line is not known'\n" }
    let key = "line-" + HostLayout.key("\(line.path)\n\(line.match ?? wanted)")
    return """
      real_path \(quoted(line.path))
      if read_text "$real"; then
      add_line \(quoted(wanted)) \(quoted(line.match ?? ""))
      if [ "$new" != "$text" ]; then
      change
      attempt keep line \(key) "$real" && attempt keep_line \(key) \(quoted(wanted)) \\
        && attempt write_text "$real" \(HostLayout.key(line.path)) \(temporary) \\
        || fail \(quoted("cannot change \(line.path)"))
      touched "${real%/*}/"
      fi
      fi

      """
  }

  private var temporary: String { "\"${real%/*}/.planetbed-text\"" }

  private func text(of block: BlockTask) -> String {
    guard let whole = layout.wholeBlock(block) else { return "fail 'the block is not known'\n" }
    let (begin, end) = layout.markers(block)
    let key = "block-" + HostLayout.key("\(block.path)\n\(block.marker)")
    return """
      real_path \(quoted(block.path))
      if read_text "$real"; then
      if ! place_block \(quoted(begin)) \(quoted(end)) \(quoted(whole)); then
      fail \(quoted("the line \"\(end)\" is missing in \(block.path): put it behind the block, or remove the block"))
      elif [ "$new" != "$text" ]; then
      change
      attempt keep block \(key) "$real" && attempt keep_markers \(key) \(quoted(begin)) \(quoted(end)) \\
        && attempt write_text "$real" \(HostLayout.key(block.path)) \(temporary) \\
        || fail \(quoted("cannot change \(block.path)"))
      touched "${real%/*}/"
      fi
      fi

      """
  }

  private func text(of command: CommandTask, _ id: TaskID) -> String {
    guard let run = command.run else { return "fail 'its text is not known'\n" }
    let call = "\(command.register == nil ? "logged" : "logged_value") run \(quoted(run))"
    var body = command.secret ? "quiet=1\n" : ""
    if let undo = command.undo {
      let application = id.application
      let name =
        "\(application.stage)\n\(application.role)\n\(application.instance)\n\(id.index)\n\(undo)"
      body += """
        attempt keep_undo command-\(HostLayout.key(name)) \(quoted(undo)) \\
          || fail 'what takes the command back cannot be noted'

        """
    }
    body += "[ -n \"$failure\" ] || \(call)\(command.here)\n"
    body += "[ -n \"$failure\" ] || [ \"$status\" = 0 ] || fail 'the command failed'\n"
    if case .creates(let path) = command.guardian {
      body += """
        [ -n "$failure" ] || exists \(quoted(path)) || fail \
        \(quoted("the command ended with status 0, and \(path) is still not there"))

        """
    }
    if command.register != nil {
      body += "[ -n \"$failure\" ] || frame \"f $task\" \"$value\"\n"
    }
    switch command.guardian {
    case .readOnly: return body
    case .unless(let guardText):
      return "if ! holds \(quoted(guardText)); then\nchange\nstirred=1\n\(body)fi\n"
    case .creates(let path):
      return "if ! exists \(quoted(path)); then\nchange\nstirred=1\n\(body)fi\n"
    }
  }
}

extension String {
  /// The text with each `old` replaced by `new`.
  func replacingEach(_ old: String, by new: String) -> String {
    var result = ""
    var rest = self[...]
    while !old.isEmpty, let range = rest.firstRange(of: old) {
      result += rest[..<range.lowerBound] + new
      rest = rest[range.upperBound...]
    }
    return result + rest
  }
}

import Digests
import ShellPrograms

/// Makes the program that looks at everything that a machine's tasks ask, and changes nothing.
package enum ProbeCompiler {
  /// The probe of these tasks, and of these questions, in one program.
  package static func program(
    for tasks: [RoleTask], testbed: String, questions: [ProbeQuestion] = []
  ) -> RemoteProgram {
    program(for: tasks, layout: HostLayout(testbed: testbed), questions: questions)
  }

  /// Paths looked at by one stat: its arguments must fit in a kernel's limit (2 MiB, execve(2)).
  private static let groupSize = 2_000

  static func program(
    for tasks: [RoleTask], layout: HostLayout, questions: [ProbeQuestion] = [],
    boundary: String = FrameFormat.randomBoundary()
  ) -> RemoteProgram {
    var text = FrameFormat.opening(boundary: boundary) + ShellLibrary.surroundings
    text += StateLibrary.opening(layout) + StateLibrary.stale + StateLibrary.moduleState
    text += ProbeLibrary.commands + ProbeLibrary.look + ProbeLibrary.system
    text += "frame 'testbed' \(ShellQuoting.quoted(layout.testbed))\n"
    text += files(tasks, layout)
    text += packages(tasks) + units(tasks)
    for (index, task) in tasks.enumerated() { text += own(task, index, layout) }
    for question in questions {
      text += "tell 'extra \(question.name)' \(ShellQuoting.quoted(question.run))\n"
    }
    text += "frame 'clock' \"$(date +%s.%N)\"\nframe 'done' ''\n"
    return RemoteProgram(text)
  }

  /// What is looked at for all files and folders at once.
  private static func files(_ tasks: [RoleTask], _ layout: HostLayout) -> String {
    let needs = neededFiles(tasks, layout)
    return stride(from: 0, to: needs.count, by: groupSize).map { start in
      let group = needs[start..<min(start + groupSize, needs.count)]
      let wanted = group.map { need in
        switch need.sending {
        case .never: "n - \(need.path)"
        case .unless(let digest): "d \(digest) \(need.path)"
        case .always: "a - \(need.path)"
        }
      }.joined(separator: "\n")
      let paths = group.map { ShellQuoting.quoted($0.path) }.joined(separator: " ")
      return "wanted=\(ShellQuoting.quoted(wanted))\nlook \(paths)\n"
    }.joined()
  }

  /// The files and folders that the tasks look at, each once.
  static func neededFiles(_ tasks: [RoleTask], _ layout: HostLayout) -> [FileNeed] {
    var needs: [FileNeed] = []
    var places: [String: Int] = [:]
    for need in tasks.flatMap({ $0.files(in: layout) }) {
      guard let place = places[need.path] else {
        places[need.path] = needs.count
        needs.append(need)
        continue
      }
      // Two tasks see one file: send what either needs, unless one of them calls it secret.
      let other = needs[place].sending
      if other != need.sending {
        needs[place].sending = other == .never || need.sending == .never ? .never : .always
      }
    }
    return needs
  }

  private static func packages(_ tasks: [RoleTask]) -> String {
    var names: [String] = []
    for task in tasks { if case .package(let package) = task.kind { names.append(package.name) } }
    guard !names.isEmpty else { return "" }
    let format = #"'${Package}\t${Version}\t${db:Status-Abbrev}\n'"#
    return """
      if command -v dpkg-query >/dev/null 2>&1; then
        frame 'packages' "$(dpkg-query -W -f \(format) -- \(words(names)) 2>/dev/null)"
      fi

      """
  }

  /// The units that the tasks name, each once, in order.
  static func unitNames(_ tasks: [RoleTask]) -> [String] {
    var names: [String] = []
    var seen: Set<String> = []
    for task in tasks {
      if case .service(let service) = task.kind, seen.insert(service.unit).inserted {
        names.append(service.unit)
      }
    }
    return names
  }

  private static func units(_ tasks: [RoleTask]) -> String {
    let names = unitNames(tasks)
    guard !names.isEmpty else { return "" }
    return """
      if [ -d "$systemd" ] && command -v systemctl >/dev/null 2>&1; then
        frame 'units' "$(systemctl show -p LoadState,ActiveState,UnitFileState -- \(words(names)))"
      fi

      """
  }

  private static func words(_ names: [String]) -> String {
    names.map(ShellQuoting.quoted).joined(separator: " ")
  }

  /// What is looked at for one task alone.
  private static func own(_ task: RoleTask, _ index: Int, _ layout: HostLayout) -> String {
    switch task.kind {
    case .service(let service):
      guard !service.restartOn.isEmpty else { return "" }
      let keys = ([service.unit] + service.restartOn).map(HostLayout.key)
      return "! stale \(keys.joined(separator: " ")) || frame 'stale \(index)' ''\n"
    case .sysctl(let sysctl):
      let file = ShellQuoting.quoted(layout.parameterFile(sysctl.name))
      return "[ ! -r \(file) ] || { read -r line <\(file); frame 'sysctl \(index)' \"$line\"; }\n"
    case .kernelModule(let name):
      return "module_state \(StateLibrary.moduleArguments(name, layout))\n"
        + "frame 'module \(index)' \"$module\"\n"
    case .command(let command): return own(command, index)
    case .file, .directory, .package, .line, .block: return ""
    }
  }

  private static func own(_ command: CommandTask, _ index: Int) -> String {
    switch command.guardian {
    case .unless(let text): return "check 'guard \(index)' \(ShellQuoting.quoted(text))\n"
    case .creates(let path):
      let path = ShellQuoting.quoted(path)
      return "[ ! -e \(path) ] && [ ! -L \(path) ] || frame 'guard \(index)' 0\n"
    case .readOnly:
      guard let run = command.run else { return "" }
      return "tell 'fact \(index)' \(ShellQuoting.quoted(run))" + command.here + "\n"
    }
  }
}

extension CommandTask {
  /// The redirection that gives a command its input; empty when it has none.
  var here: String {
    guard let input else { return "" }
    // The end's word is one that no line of the input is.
    let word = "END-\(SHA256.hexadecimal(of: input.utf8))"
    return " <<'\(word)'\n\(input)\(input.hasSuffix("\n") ? "" : "\n")\(word)"
  }
}

import Diagnostics
import Digests
import ShellPrograms

/// Gathers an answer from the frames of a probe. A machine may write anything: what cannot be is
/// noted in `mistake`, and no number of it is trusted.
struct ProbeReading {
  /// The first thing that cannot be, when there is one.
  private(set) var mistake: String?

  private let tasks: [RoleTask]
  private var system = SystemFacts()
  private var registered: [String: String] = [:]
  private var manifest: [ManifestEntry] = []
  private var extra: [String: String] = [:]
  private var observations = Observations()
  private var clocks: [Double] = []
  /// The paths of the stat frame that a group's later frames belong to, in order.
  private var group: [String] = []
  private var sent: [String] = []

  init(tasks: [RoleTask], root: String) {
    self.tasks = tasks
    observations.layout.root = root
  }

  /// The answer.
  func answer(before: Double, after: Double) -> ProbeAnswer {
    var system = system
    if clocks.count == 2 {
      // As NTP does: the way there and the way back cancel out where they take equally long.
      system.clockOffsetMilliseconds = ((clocks[0] - before) + (clocks[1] - after)) / 2
    }
    return ProbeAnswer(
      facts: HostFacts(system: system, registered: registered), manifest: manifest, extra: extra,
      observations: observations)
  }

  /// Takes one frame.
  mutating func take(_ frame: Frame) {
    let argument = frame.words.count > 1 ? frame.words[1] : ""
    switch frame.words[0] {
    case "clock": if let seconds = Double(Self.clock(frame.text)) { clocks.append(seconds * 1000) }
    case "uname", "os", "addresses", "tun", "systemd", "version":
      system.take(frame.words[0], argument, frame.text)
    case "testbed": observations.layout.testbed = frame.text
    case "manifest": takeManifest(frame.text)
    case "unfinished": observations.unfinishedFiles.insert(frame.text)
    case "stat": takeStat(frame.text)
    case "digests": takeDigests(frame.text)
    case "sent": sent = frame.text.split(separator: "\n").map(String.init)
    case "contents": takeContents(frame.payload)
    case "packages": takePackages(frame.text)
    case "units": takeUnits(frame.text)
    case "extra": extra[argument] = frame.text
    case "done": break
    default: takeOwn(frame, argument)
    }
  }

  /// busybox's date leaves `%N` as it is.
  private static func clock(_ text: String) -> Substring {
    text.hasSuffix(".%N") ? text.dropLast(3) : text[...]
  }

  private mutating func takeOwn(_ frame: Frame, _ argument: String) {
    guard let index = Int(argument), tasks.indices.contains(index) else {
      mistake = mistake ?? "it told of something that was not asked"
      return
    }
    let task = tasks[index]
    switch (frame.words[0], task.kind) {
    case ("stale", .service(let service)): observations.staleUnits.insert(service.unit)
    case ("sysctl", .sysctl(let sysctl)):
      observations.sysctls[sysctl.name] = Self.fields(frame.text)
    case ("module", .kernelModule(let name)):
      observations.modules[name] = Observations.ModuleState(rawValue: frame.text)
    case ("guard", .command): observations.commands[task.id] = frame.text == "0"
    case ("fact", .command(let command)):
      guard frame.payload.count <= ProbeDecoder.factLimit else {
        mistake = mistake ?? "the output of \"\(task.title)\" is too long for a fact"
        return
      }
      observations.commands[task.id] = true
      if let name = command.register { registered[name] = frame.text }
    default: mistake = mistake ?? "it told of something that was not asked"
    }
  }

  /// A kernel parameter's fields, one space between them.
  static func fields(_ text: String) -> String {
    text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  private mutating func takeManifest(_ text: String) {
    for line in text.split(separator: "\n") {
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
      guard fields.count >= 4, fields.last == "." else { continue }
      manifest.append(ManifestEntry(kind: String(fields[0]), target: String(fields[2])))
    }
  }

  private mutating func takeStat(_ text: String) {
    group = []
    for line in text.split(separator: "\n") {
      let fields = line.split(separator: " ", maxSplits: 6, omittingEmptySubsequences: false)
      guard fields.count == 7, let mode = UInt32(fields[0], radix: 16), let size = Int(fields[1]),
        size >= 0
      else {
        mistake = mistake ?? "stat wrote \"\(VisibleText.line(line))\""
        return
      }
      let path = String(fields[6])
      group.append(path)
      observations.files[path] = Observations.FileState(
        mode: mode, size: size, userID: String(fields[2]), groupID: String(fields[3]),
        user: String(fields[4]), group: String(fields[5]))
    }
  }

  private mutating func takeDigests(_ text: String) {
    for line in text.split(separator: "\n") {
      let digest = line.prefix(64)
      guard digest.count == 64, digest.allSatisfy(\.isHexDigit),
        line.dropFirst(64).hasPrefix("  ")
      else {
        mistake = mistake ?? "sha256sum wrote \"\(VisibleText.line(line))\""
        return
      }
      observations.files[String(line.dropFirst(66))]?.digest = String(digest)
    }
  }

  /// The contents come one after the other. A file that changed between stat and cat would shift
  /// those behind it: only what has its digest is taken.
  private mutating func takeContents(_ payload: [UInt8]) {
    guard let bytes = Base64.decode(payload) else {
      mistake = mistake ?? "base64 wrote what is none"
      return
    }
    var start = 0
    for path in sent {
      guard let file = observations.files[path], file.size <= bytes.count - start else { break }
      let content = Array(bytes[start..<(start + file.size)])
      guard SHA256.hexadecimal(of: content) == file.digest else { break }
      observations.files[path]?.content = content
      start += file.size
    }
  }

  private mutating func takePackages(_ text: String) {
    var packages: [String: Observations.PackageState] = [:]
    for line in text.split(separator: "\n") {
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
      guard fields.count == 3 else { continue }
      // The first letter is what is wanted, the second what is: `ii`, `hi` (held); a package with its
      // configuration alone is `rc`.
      guard fields[2].dropFirst().first == "i" else { continue }
      packages[String(fields[0])] = Observations.PackageState(
        version: VisibleText.line(fields[1]), isHeld: fields[2].first == "h")
    }
    observations.packages = packages
  }

  private mutating func takeUnits(_ text: String) {
    let names = ProbeCompiler.unitNames(tasks)
    var units: [[String: String]] = [[:]]
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      guard !line.isEmpty else {
        units.append([:])
        continue
      }
      let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if parts.count == 2 { units[units.count - 1][String(parts[0])] = String(parts[1]) }
    }
    guard units.count == names.count else {
      mistake = mistake ?? "systemctl told of \(units.count) units, not of \(names.count)"
      return
    }
    observations.units = Dictionary(
      uniqueKeysWithValues: zip(names, units).map { name, unit in
        (
          name,
          Observations.UnitState(
            load: unit["LoadState"] ?? "", active: unit["ActiveState"] ?? "",
            file: unit["UnitFileState"] ?? "")
        )
      })
  }
}

extension SystemFacts {
  /// Takes what a probe told of the system under a word.
  fileprivate mutating func take(_ word: String, _ argument: String, _ text: String) {
    switch word {
    case "uname":
      let words = text.split(separator: " ")
      kernel = words.first.map(String.init) ?? ""
      architecture = words.dropFirst().first.map(String.init) ?? ""
    case "os": takeRelease(text)
    case "addresses":
      for line in text.split(separator: "\n") {
        // `2: eth0    inet 10.0.0.1/24 brd …`
        let words = line.split(separator: " ")
        guard words.count >= 4, words[2] == "inet" else { continue }
        let interface = words[1].split(separator: "@").first.map(String.init) ?? ""
        addresses[interface, default: []].append(String(words[3]))
      }
    case "tun": hasTun = true
    case "systemd": hasSystemd = true
    default:
      // `OpenVPN 2.6.14 x86_64-pc-linux-gnu`, `HAProxy version 2.6.12-1+deb12u1 2023/12/16`
      let words = text.split(whereSeparator: \.isWhitespace)
      if let version = words.first(where: { $0.first?.isNumber == true }) {
        versions[argument] = VisibleText.line(version.prefix(64))
      }
    }
  }

  /// os-release(5): shell assignments, values perhaps quoted.
  private mutating func takeRelease(_ text: String) {
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: "=", maxSplits: 1)
      guard parts.count == 2 else { continue }
      let value = VisibleText.line(
        parts[1].filter { $0 != "\"" && $0 != "'" && $0 != "\\" }.prefix(200))
      switch parts[0] {
      case "ID": osID = value
      case "VERSION_ID": osVersion = value
      case "PRETTY_NAME": osName = value
      default: break
      }
    }
  }
}

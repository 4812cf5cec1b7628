import Diagnostics
import Glibc

/// Reads ssh_config files into a flat list of settings.
struct ConfigurationReader {
  private static let depthLimit = 16
  /// Includes of includes grow fast: `Include *` in each of ten files is 10 to the 16th readings.
  private static let fileLimit = 256
  /// Keywords that are read; each takes at least one argument.
  private static let keywords: Set = [
    "host", "hostname", "user", "port", "identityfile", "identitiesonly", "proxyjump",
    "userknownhostsfile", "stricthostkeychecking", "include", "match",
  ]

  private(set) var settings: [OpenSSHConfiguration.Setting] = []
  private let home: String
  private var open: [String] = []
  private var files = 0

  init(home: String) {
    self.home = home
  }

  mutating func read(_ text: [UInt8], path: String) throws {
    try read(text, path: path, under: [])
  }

  private mutating func read(
    _ text: [UInt8], path: String, under outer: [HostPatterns]
  ) throws {
    open.append(path)
    defer { open.removeLast() }
    var conditions = outer
    // A block that never applies: Match with conditions that are not asked.
    var isSkipped = false
    let lines = text.split(separator: 0x0A, omittingEmptySubsequences: false)
    for (index, bytes) in lines.enumerated() {
      guard let line = String(validating: bytes, as: UTF8.self) else {
        throw Self.wrong("this line is not UTF-8", path, index + 1)
      }
      guard let (keyword, arguments) = try Self.fields(line, path, index + 1) else { continue }
      guard Self.keywords.contains(keyword) else { continue }
      guard !arguments.isEmpty else {
        throw Self.wrong("\(keyword) without a value", path, index + 1)
      }
      switch keyword {
      case "host":
        isSkipped = false
        conditions = outer + [HostPatterns(arguments.map { $0[...] })]
      case "match":
        isSkipped = arguments.map { $0.lowercased() } != ["all"]
        conditions = outer
      case _ where isSkipped: continue
      case "include":
        for argument in arguments {
          try include(argument, from: path, index + 1, under: conditions)
        }
      default:
        settings.append(
          OpenSSHConfiguration.Setting(
            conditions: conditions, keyword: keyword, arguments: arguments,
            position: SourcePosition(file: path, line: index + 1, column: 1)))
      }
    }
  }

  private mutating func include(
    _ argument: String, from path: String, _ line: Int, under conditions: [HostPatterns]
  ) throws {
    var pattern = expandHome(argument, home: home)
    // Relative to the user's folder (ssh_config(5), Include).
    if !pattern.hasPrefix("/") { pattern = "\(home)/.ssh/\(pattern)" }
    for file in Self.files(matching: pattern) {
      if open.contains(file) {
        throw Self.wrong("Include comes back to \(file), which includes this", path, line)
      }
      guard open.count < Self.depthLimit else {
        throw Self.wrong("Include goes deeper than \(Self.depthLimit) files", path, line)
      }
      files += 1
      guard files <= Self.fileLimit else {
        throw Self.wrong("Include reads more than \(Self.fileLimit) files", path, line)
      }
      guard let text = try readFile(file, limit: 1 << 20) else { continue }
      try read(text, path: file, under: conditions)
    }
  }

  private static func files(matching pattern: String) -> [String] {
    var found = glob_t()
    defer { globfree(&found) }
    guard glob(pattern, 0, nil, &found) == 0 else { return [] }
    return (0..<Int(found.gl_pathc)).compactMap { index in
      found.gl_pathv[index].map { String(cString: $0) }
    }
  }

  private static func wrong(_ what: String, _ path: String, _ line: Int) -> Problem {
    Problem(
      what, detail: "see ssh_config(5)", at: SourcePosition(file: path, line: line, column: 1),
      exitStatus: .usage)
  }

  /// The keyword in lower case and its arguments; nil for an empty line or a comment.
  static func fields(
    _ line: String, _ path: String, _ number: Int
  ) throws -> (keyword: String, arguments: [String])? {
    var rest = line.drop(while: \.isWhitespace)
    guard let first = rest.first, first != "#" else { return nil }
    let keyword = rest.prefix { !$0.isWhitespace && $0 != "=" && $0 != "\"" }
    rest = rest[keyword.endIndex...].drop(while: \.isWhitespace)
    // `Keyword=value` is allowed, with spaces around the sign.
    if rest.first == "=" { rest = rest.dropFirst() }
    var arguments: [String] = []
    while true {
      rest = rest.drop(while: \.isWhitespace)
      guard let first = rest.first, first != "#" else { break }
      var argument = ""
      var quote: Character?
      while let character = rest.first, quote != nil || !character.isWhitespace {
        rest = rest.dropFirst()
        if let open = quote {
          if character == open { quote = nil } else { argument.append(character) }
        } else if character == "\"" || character == "'" {
          quote = character
        } else {
          argument.append(character)
        }
      }
      guard quote == nil else { throw wrong("a quote is not closed", path, number) }
      arguments.append(argument)
    }
    return (keyword.lowercased(), arguments)
  }
}

import Diagnostics
import Glibc
import TOMLReading
import Testing

/// Files that are no TOML are refused with the place and the reason.
@Suite struct BadFileTests {
  @Test(arguments: [
    ("a = \n", 1, 5, "not valid TOML: expected value, saw '\\n'"),
    ("a = 1\na = 2\n", 2, 5, "not valid TOML: cannot redefine existing integer 'a'"),
    ("a = \"x\n", 1, 7, "not valid TOML: a string is not closed before its line ends"),
    ("\"é\" = 1 x = 2\n", 1, 9, "not valid TOML: expected a comment or whitespace, saw 'x'"),
    ("\n\"e\u{301}\" = yes\n", 2, 7, "not valid TOML: could not determine value type"),
    ("é = 1\n", 1, 1, "not valid TOML: expected keys, tables, whitespace or comments, saw 'é'"),
    ("", 0, 0, "t.toml is empty"),
    (" \n\t\r\n", 0, 0, "t.toml is empty"),
  ])
  func tellsWhere(text: String, line: Int, column: Int, summary: String) throws {
    let problem = try #require(
      problem { () throws(Problem) in
        try TOMLDocument.read(text, file: "t.toml")
      })
    #expect(problem.exitStatus == .usage)
    let diagnostic = problem.diagnostics[0]
    #expect(diagnostic.summary == summary)
    #expect(diagnostic.position?.line ?? 0 == line)
    #expect(diagnostic.position?.column ?? 0 == column)
    if line > 0 {
      #expect(
        diagnostic.sourceLine.map { Array($0.utf8) }
          == text.split(separator: "\n", omittingEmptySubsequences: false).map { Array($0.utf8) }[
            line - 1])
    }
  }

  @Test(
    arguments: [
      ([0x61, 0x20, 0x3d, 0x0a, 0xc3, 0xa9, 0xff], 2, 2, "The byte 0xff here"),
      ([0xff, 0xfe, 0x61, 0x00], 1, 1, "It begins as UTF-16 does"),
      ([0xed, 0xa0, 0x80], 1, 1, "The byte 0xed here"),
      ([0xc0, 0x80], 1, 1, "The byte 0xc0 here"),
      ([0xf0, 0x9f, 0x92], 1, 1, "The byte 0xf0 here"),
    ] as [([UInt8], Int, Int, String)])
  func refusesOtherEncodings(bytes: [UInt8], line: Int, column: Int, detail: String) throws {
    let problem = try #require(
      problem { () throws(Problem) in
        try TOMLDocument.read(bytes, file: "t.toml")
      })
    let diagnostic = problem.diagnostics[0]
    #expect(diagnostic.summary == "t.toml is not UTF-8 text")
    #expect(diagnostic.detail.hasPrefix(detail))
    #expect(diagnostic.position == SourcePosition(file: "t.toml", line: line, column: column))
  }

  @Test func boundsHowDeepValuesNest() throws {
    for (open, close) in [("[", "]"), ("{a=", "}")] {
      let deep = { (depth: Int) in
        "a = " + String(repeating: open, count: depth) + "1"
          + String(repeating: close, count: depth)
      }
      _ = try TOMLDocument.read(deep(20), file: "t.toml")
      let problem = try #require(
        problem { () throws(Problem) in
          try TOMLDocument.read(deep(100_000), file: "t.toml")
        })
      #expect(problem.diagnostics[0].summary.contains("exceeded maximum nested value depth"))
    }
  }

  @Test func boundsDottedKeys() throws {
    _ = try TOMLDocument.read(
      "a\(String(repeating: ".a", count: 15)) = 1", file: "t.toml")
    for shape in ["% = 1", "[%]", "[[ % ]]", "a = { % = 1 }", "a = \"\"\"\"x\"\"\"\"\"\n% = 1"] {
      let key = "a" + String(repeating: ".a", count: 200_000)
      let parts = shape.split(separator: "%", omittingEmptySubsequences: false)
      let problem = try #require(
        problem { () throws(Problem) in
          try TOMLDocument.read(parts[0] + key + parts[1], file: "t.toml")
        })
      #expect(problem.diagnostics[0].summary == "a key has more than 16 parts")
    }
  }

  @Test func dotsThatAreNoKeyAreNotCounted() throws {
    let dots = String(repeating: ".", count: 40)
    let document = try TOMLDocument.read(
      """
      a = "\(dots)\\"\(dots)" # \(dots)
      b = '\(dots)'
      c = \"""
      \(dots)"\(dots)\\\"""\(dots)\"""\"
      d = '''\(dots)''\(dots)'''''
      "\(dots)" = [\(String(repeating: "1.5, ", count: 40))]
      """, file: "t.toml")
    #expect(document.root.entries.count == 5)
  }

  @Test func refusesWhatIsNoReadableFile() throws {
    let folder = try #require(TemporaryFolder())
    defer { folder.remove() }
    let missing = "\(folder.path)/none.toml"
    #expect(summary(missing) == "cannot read \(missing): No such file or directory")
    #expect(summary(folder.path) == "\(folder.path) is a directory")
    #expect(summary("a\0b") == "a file's name cannot contain a NUL character")
    // It opens, and fails when it is read.
    #expect(summary("/proc/self/mem") == "cannot read /proc/self/mem: Input/output error")
    // 50 MB that take no room on the disk: a file with a hole.
    let large = folder.file("large.toml", size: 50_000_000)
    #expect(summary(large) == "\(large) is larger than 10 MB")
    let endless = problem { () throws(Problem) in try TOMLDocument.read(file: "/dev/zero") }
    #expect(endless?.diagnostics[0].summary == "/dev/zero is larger than 10 MB")
    let bytes = problem { () throws(Problem) in
      try TOMLDocument.read([UInt8](repeating: 0x20, count: 10_000_001), file: "t.toml")
    }
    #expect(bytes?.diagnostics[0].summary == "t.toml is larger than 10 MB")
  }

  private func summary(_ file: String) -> String? {
    let problem = problem { () throws(Problem) in try TOMLDocument.read(file: file) }
    #expect(problem?.exitStatus == .usage)
    return problem?.diagnostics[0].summary
  }

  private func problem(_ body: () throws(Problem) -> TOMLDocument) -> Problem? {
    do throws(Problem) {
      _ = try body()
      return nil
    } catch {
      return error
    }
  }
}

/// A folder of a test's own.
private struct TemporaryFolder {
  let path: String

  init?() {
    var template = Array("/tmp/planetbed-toml-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { return nil }
    path = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } } ?? ""
  }

  /// Makes a file of `size` bytes without content.
  func file(_ name: String, size: Int) -> String {
    let descriptor = open("\(path)/\(name)", O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
    ftruncate(descriptor, size)
    close(descriptor)
    return "\(path)/\(name)"
  }

  func remove() {
    unlink("\(path)/large.toml")
    rmdir(path)
  }
}

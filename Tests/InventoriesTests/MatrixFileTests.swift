import Diagnostics
import Digests
import Glibc
import Inventories
import TestSupport
import Testing

/// Files of round trips that no fixture can be: large ones, and those written by other programs.
@Suite struct MatrixFileTests {
  /// A folder that is gone with the test.
  private final class Scratch {
    let path: String
    private var files: [String] = []

    init() throws {
      var template = Array("/tmp/planetbed-matrix-XXXXXX".utf8CString)
      try #require(mkdtemp(&template) != nil)
      path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit {
      for file in files { unlink(file) }
      rmdir(path)
    }

    func write(_ text: String, to name: String) throws {
      let file = try open(name)
      fputs(text, file)
      fclose(file)
    }

    /// A file of that many bytes, of which the disk holds none.
    func makeLarge(_ name: String, bytes: Int) throws {
      let file = try open(name)
      try #require(ftruncate(fileno(file), bytes) == 0)
      fclose(file)
    }

    private func open(_ name: String) throws -> UnsafeMutablePointer<FILE> {
      files.append("\(path)/\(name)")
      return try #require(fopen("\(path)/\(name)", "w"))
    }
  }

  private static func inventory(_ rule: String, sites: Int = 3) -> [UInt8] {
    Array((LargeInventory.text(sites: sites, hosts: 5) + "\n[[latency]]\n" + rule + "\n").utf8)
  }

  private static func read(_ rule: String, sites: Int = 3, _ scratch: Scratch) throws -> Inventory {
    try InventoryReader.read(
      inventory(rule, sites: sites), file: "f", folder: scratch.path
    ).inventory
  }

  @Test func asOtherProgramsWriteIt() throws {
    let scratch = try Scratch()
    try scratch.write(
      "\u{feff}\"to\", FROM ,rtt_ms\r\n\r\n\" site1 \",\"site0\",12.5\r\nSITE2,site0 ,\"7\"",
      to: "m.csv")
    let inventory = try Self.read("matrix = \"m.csv\"\nloss = \"1%\"", scratch)
    #expect(inventory.askedRoundTrip("site0", "site1") == 12.5)
    #expect(
      inventory.askedPath(from: "site2", to: "site0")?.conditions
        == PathConditions(delay: .total(roundTrip: 7), loss: 0.01))
  }

  /// What the rule says is not taken from the file.
  @Test func theRuleComesFirst() throws {
    let scratch = try Scratch()
    try scratch.write(
      "from,to,rtt_ms,jitter_ms,loss\nsite0,site1,10,2,5%\nsite1,site2,10,2,5%\nsite0,site2,1,,\n",
      to: "m.csv")
    let file = "matrix = \"m.csv\"\n"
    let own = try Self.read(file + "jitter = \"1ms\"\nloss = \"1%\"", scratch)
    #expect(
      own.askedPath(from: "site0", to: "site1")?.conditions
        == PathConditions(
          delay: .total(roundTrip: 10), jitter: Jitter(roundTripMilliseconds: 1), loss: 0.01))
    let none = try Self.read(file + "jitter = \"0ms\"\nloss = \"0%\"", scratch)
    #expect(
      none.askedPath(from: "site0", to: "site1")?.conditions
        == PathConditions(delay: .total(roundTrip: 10)))
    let its = try Self.read(file, scratch)
    #expect(
      its.askedPath(from: "site0", to: "site1")?.conditions
        == PathConditions(
          delay: .total(roundTrip: 10), jitter: Jitter(roundTripMilliseconds: 2), loss: 0.05))
  }

  /// Lines lie across the pieces in which a file is read.
  @Test func aLongFile() throws {
    let scratch = try Scratch()
    var text = "from,to,rtt_ms\n"
    let count = 150
    for left in 0..<count {
      for right in 0..<count where left != right {
        text += "site\(left),site\(right),\(Double(left * count + right) / 8)\n"
      }
    }
    try scratch.write(text, to: "m.csv")
    let inventory = try Self.read("matrix = \"m.csv\"", sites: count, scratch)
    for left in 0..<count {
      for right in 0..<count where left != right {
        let mean = Double(left * count + right + right * count + left) / 16
        try #require(inventory.askedRoundTrip("site\(left)", "site\(right)") == mean)
      }
    }
  }

  /// A saved plan does not hold any more when a file of round trips has changed.
  @Test func digestCoversTheFiles() throws {
    let scratch = try Scratch()
    let rule = "matrix = \"m.csv\""
    let text = "from,to,rtt_ms\nsite0,site1,1\nsite1,site2,1\nsite2,site0,1\n"
    try scratch.write(text, to: "m.csv")
    let own = SHA256.hexadecimal(of: Self.inventory(rule))
    let line = SHA256.hexadecimal(of: text.utf8) + " m.csv\n"
    let digest = try Self.read(rule, scratch).digest
    #expect(digest == SHA256.hexadecimal(of: (own + "\n" + line).utf8))
    try scratch.write(text + "# more\n", to: "m.csv")
    #expect(try Self.read(rule, scratch).digest != digest)
  }

  @Test(arguments: [
    ("matrix = \"large.csv\"", 100_000_001, "matrix: large.csv is larger than 100 MB"),
    (
      "matrix = \"large.csv\"\nservers = \"large.csv\"", 10_000_001,
      "servers: large.csv is larger than 10 MB"
    ),
  ])
  func isNotReadWhenTooLarge(rule: String, bytes: Int, summary: String) throws {
    let scratch = try Scratch()
    try scratch.makeLarge("large.csv", bytes: bytes)
    let problem = #expect(throws: Problem.self) { try Self.read(rule, scratch) }
    #expect(problem?.diagnostics.map(\.summary) == [summary])
    #expect(problem?.exitStatus == .usage)
    #expect(problem?.diagnostics.first?.detail == "Paths begin at the inventory's folder.")
  }
}

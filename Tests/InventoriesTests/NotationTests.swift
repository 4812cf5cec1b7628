import Inventories
import Testing

/// The quantities that `docs/inventory.md` promises to read, and near misses.
@Suite struct NotationTests {
  @Test(
    arguments: [
      ("100ms", 100), ("1.5s", 1500), ("0ms", 0), ("250us", 0.25), ("0.5ms", 0.5),
      ("1h", 3_600_000), ("1.5min", 90_000), ("min", nil), ("1hour", nil),
      ("", nil), ("ms", nil), ("100", nil), ("100 ms", nil), (" 100ms", nil), ("1e2ms", nil),
      ("-1ms", nil), ("+1ms", nil), (".5s", nil), ("5.s", nil), ("1.2.3s", nil), ("infs", nil),
      ("nans", nil), ("0x1s", nil), ("1m", nil), ("1MS", nil), ("１ms", nil),
      ("1000000000000000000000s", nil),
    ] as [(String, Double?)])
  func durations(text: String, milliseconds: Double?) {
    #expect(Notation.milliseconds(text) == milliseconds)
  }

  @Test(
    arguments: [
      ("100mbit", 1e8), ("1gbit", 1e9), ("2.5kbit", 2500), ("8bit", 8),
      ("0bit", nil), ("100", nil), ("mbit", nil), ("100mbps", nil), ("100Mbit", nil),
      ("1tbit", nil),
    ] as [(String, Double?)])
  func rates(text: String, bitsPerSecond: Double?) {
    #expect(Notation.bitsPerSecond(text) == bitsPerSecond)
  }

  @Test(
    arguments: [
      ("0%", 0), ("50%", 0.5), ("100%", 1), ("12.5%", 0.125),
      ("100.1%", nil), ("-1%", nil), ("%", nil), ("0.1", nil), ("1%%", nil),
    ] as [(String, Double?)])
  func percentages(text: String, share: Double?) {
    #expect(Notation.share(text) == share)
  }

  @Test(
    arguments: [
      ("1.34.2", [1, 34, 2]), ("10.0.0", [10, 0, 0]),
      ("1.34", nil), ("v1.34.2", nil), ("1.34.2-rc.1", nil), ("1.034.2", nil), ("1..2", nil),
      ("1.2.9999999", nil), ("1.2.3.4", nil), ("", nil),
    ] as [(String, [Int]?)])
  func versions(text: String, numbers: [Int]?) {
    #expect(Notation.version(text) == numbers)
  }

  @Test(arguments: [
    ("a", true), ("node-01", true), ("1", true), ("A", true),
    (String(repeating: "a", count: 32), true), (String(repeating: "a", count: 33), false),
    ("", false), ("-a", false), ("a-", false), ("a.b", false), ("a_b", false), ("é", false),
    ("a b", false), ("a\n", false),
  ])
  func names(text: String, isName: Bool) {
    #expect(Notation.isName(text) == isName)
  }
}

/// Addresses and prefixes.
@Suite struct AddressTests {
  @Test(arguments: [
    ("192.168.10.1", true), ("0.0.0.0", true), ("255.255.255.255", true),
    ("256.0.0.1", false), ("1.2.3", false), ("1.2.3.4.5", false), ("01.2.3.4", false),
    ("1.2.3.", false), ("1.2.3.+4", false), ("", false), ("1.2.3.4 ", false), ("a.b.c.d", false),
  ])
  func addresses(text: String, isOne: Bool) {
    #expect((IPv4Address(text) != nil) == isOne)
    if isOne { #expect(IPv4Address(text)?.description == text) }
  }

  @Test(arguments: [
    ("192.168.10.0/24", true), ("0.0.0.0/0", true), ("10.0.0.1/32", true),
    ("192.168.10.1/24", false), ("10.0.0.0/33", false), ("10.0.0.0", false),
    ("10.0.0.0/", false), ("10.0.0.0/08", false), ("10.0.0.0/8/8", false), ("10.0.0.0/-1", false),
  ])
  func prefixes(text: String, isOne: Bool) {
    #expect((IPv4Prefix(text) != nil) == isOne)
    if isOne { #expect(IPv4Prefix(text)?.description == text) }
  }

  @Test func prefixesKnowTheirMembers() throws {
    let lan = try #require(IPv4Prefix("192.168.10.0/24"))
    let first = try #require(IPv4Address("192.168.10.0"))
    let last = try #require(IPv4Address("192.168.10.255"))
    let next = try #require(IPv4Address("192.168.11.0"))
    #expect(lan.address == first)
    #expect(lan.last == last)
    #expect(lan.count == 256)
    #expect(lan.netmask.description == "255.255.255.0")
    #expect(lan.contains(first) && lan.contains(last) && !lan.contains(next))
    let half = try #require(IPv4Prefix("192.168.10.128/25"))
    let other = try #require(IPv4Prefix("192.168.11.0/24"))
    #expect(lan.overlaps(half) && half.overlaps(lan) && lan.overlaps(lan))
    #expect(!lan.overlaps(other) && !half.overlaps(other))
  }
}

import Testing

@testable import SSHTransport

@Suite struct PureTests {
  @Test(arguments: [
    ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
    ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "84983e441c3bd26ebaae4aa1f95129e5e54670f1"
    ),
    (String(repeating: "a", count: 1000), "291e9a6c66994949b57ba5e650361e98fc36b1ba"),
  ])
  func sha1AgreesWithTheStandard(message: String, digest: String) {
    #expect(hex(SHA1.digest(Array(message.utf8))) == digest)
  }

  /// RFC 2202, test cases 1, 2 and 6.
  @Test(arguments: [
    ([UInt8](repeating: 0x0B, count: 20), "Hi There", "b617318655057264e28bc0b6fb378c8ef146be00"),
    (
      Array("Jefe".utf8), "what do ya want for nothing?",
      "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"
    ),
    (
      [UInt8](repeating: 0xAA, count: 80), "Test Using Larger Than Block-Size Key - Hash Key First",
      "aa4ae5e15272d00e95705637ce8a3b55ed402112"
    ),
  ])
  func hmacAgreesWithTheStandard(key: [UInt8], message: String, digest: String) {
    #expect(hex(SHA1.authenticate(Array(message.utf8), key: key)) == digest)
  }

  private func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  @Test(arguments: [
    ("a", "a", true), ("a", "A", true), ("*", "", true), ("a*c", "abbc", true),
    ("a?c", "abc", true),
    ("a?c", "ac", false), ("*.org", "x.y.org", true), ("*a*b", "xxaxxb", true),
    ("a,!ab", "a", true), ("a*,!ab", "ab", false), ("!b", "a", false), ("a", "ab", false),
  ])
  func patternsMatch(patterns: String, name: String, matches: Bool) {
    #expect(HostPatterns(patterns.split(separator: ",")).matches(name) == matches)
  }

  @Test func patternsEndSoon() {
    let pattern = HostPatterns([Substring(String(repeating: "*a", count: 40) + "b")])
    #expect(!pattern.matches(String(repeating: "a", count: 4000)))
  }

  @Test func knownHostsPassesOverWhatMakesNoSense() {
    let key = "AAAAC3NzaC1lZDI1NTE5AAAAIGdF"
    let text = """
      # comment

      one
      host ssh-ed25519 ***
      host ssh-rsa \(key)
      |1|bad ssh-ed25519 \(key)
      @cert-authority * ssh-ed25519 \(key)
      good,other ssh-ed25519 \(key) remark
      @revoked gone ssh-ed25519 \(key)
      """
    let entries = parseKnownHosts(Array(text.utf8), file: "f")
    #expect(entries.map(\.place) == ["f:8", "f:9"])
    #expect(entries.map(\.isRevoked) == [false, true])
    #expect(entries[0].matches("OTHER"))
    #expect(!entries[0].matches("goo"))
  }

  @Test func readsWhatAServerOffers() {
    var packet = WireWriter()
    packet.byte(4)
    packet.byte(20)
    var bytes = packet.bytes + [UInt8](repeating: 0, count: 16)
    var names = WireWriter()
    names.string(Array("curve25519-sha256".utf8))
    names.string(Array("rsa-sha2-512,ssh-rsa".utf8))
    bytes += names.bytes
    var whole = WireWriter()
    whole.string(bytes)
    let greeting = Array("welcome\r\nSSH-2.0-x\r\n".utf8) + whole.bytes
    #expect(offeredHostKeys(greeting: greeting) == ["rsa-sha2-512", "ssh-rsa"])
    for count in 0..<greeting.count {
      #expect(offeredHostKeys(greeting: Array(greeting.prefix(count))).isEmpty)
    }
  }

  @Test func theMarkerIsFoundWhereverItIsCut() {
    let line = Array("noise\n\(ProgramStart.marker)\nprogram".utf8)
    for cut in 0...line.count {
      var stream = StreamAfterMarker()
      var kept: [UInt8] = []
      for part in [line[..<cut], line[cut...]] {
        kept += Array(part).withUnsafeBytes { stream.append($0) }
      }
      #expect(kept == Array("program".utf8))
      #expect(stream.kept == kept)
      #expect(stream.noise == Array("noise\n".utf8))
    }
  }

  @Test func aQueueGivesWhatItTook() {
    var queue = ByteQueue()
    var taken: [UInt8] = []
    var next = 0
    for round in 0..<200 {
      let bytes = (0..<5000).map { UInt8(truncatingIfNeeded: next + $0) }
      next += bytes.count
      bytes.withUnsafeBytes { queue.append($0) }
      var buffer = [UInt8](repeating: 0, count: round.isMultiple(of: 3) ? 20 : 7000)
      let count = buffer.withUnsafeMutableBytes { queue.take(into: $0) }
      taken += buffer[..<count]
    }
    queue.withFirst(queue.count) { taken += Array($0) }
    queue.drop(queue.count)
    #expect(queue.isEmpty)
    #expect(taken == (0..<next).map { UInt8(truncatingIfNeeded: $0) })
  }
}

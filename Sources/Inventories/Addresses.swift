/// An IPv4 address.
package struct IPv4Address: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The four bytes, the first the most significant.
  package var bits: UInt32

  /// An address from its four bytes.
  package init(bits: UInt32) { self.bits = bits }

  /// An address in dotted-decimal form, `192.0.2.1`, without leading zeros; nil when it is none.
  package init?(_ text: some StringProtocol) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var bits: UInt32 = 0
    for part in parts {
      guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy({ (48...57).contains($0) }),
        part.utf8.count == 1 || part.first != "0", let byte = UInt8(part)
      else { return nil }
      bits = bits << 8 | UInt32(byte)
    }
    self.bits = bits
  }

  package var description: String {
    [24, 16, 8, 0].map { String(bits >> UInt32($0) & 0xff) }.joined(separator: ".")
  }

  package static func < (left: IPv4Address, right: IPv4Address) -> Bool { left.bits < right.bits }
}

/// An IPv4 network: an address whose host bits are zero, and a prefix length.
package struct IPv4Prefix: Hashable, Sendable, CustomStringConvertible {
  /// The network's first address.
  package let address: IPv4Address
  /// The prefix length in bits, 0 to 32.
  package let length: Int

  /// A network; host bits of `address` are cleared. `length` is taken modulo its range 0 to 32.
  package init(_ address: IPv4Address, length: Int) {
    self.length = min(max(length, 0), 32)
    self.address = IPv4Address(bits: address.bits & Self.mask(self.length))
  }

  /// A network in CIDR form, `192.0.2.0/24`; nil when it is none or has host bits set.
  package init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let address = IPv4Address(parts[0]), let length = Int(parts[1]),
      (0...32).contains(length), parts[1] == String(length),
      address.bits & Self.mask(length) == address.bits
    else { return nil }
    self.address = address
    self.length = length
  }

  private static func mask(_ length: Int) -> UInt32 {
    length == 0 ? 0 : UInt32.max << UInt32(32 - length)
  }

  /// The netmask in dotted-decimal form, as OpenVPN's `route` wants it.
  package var netmask: IPv4Address { IPv4Address(bits: Self.mask(length)) }

  /// The number of addresses in it.
  package var count: UInt64 { 1 << UInt64(32 - length) }

  /// The network's last address.
  package var last: IPv4Address { IPv4Address(bits: address.bits | ~Self.mask(length)) }

  /// Whether the address lies in it.
  package func contains(_ other: IPv4Address) -> Bool {
    other.bits & Self.mask(length) == address.bits
  }

  /// Whether the two share an address.
  package func overlaps(_ other: IPv4Prefix) -> Bool {
    length <= other.length ? contains(other.address) : other.contains(address)
  }

  package var description: String { "\(address)/\(length)" }
}

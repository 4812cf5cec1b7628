/// Writes SSH's data types (RFC 4251, section 5).
struct WireWriter {
  private(set) var bytes: [UInt8] = []

  mutating func number(_ value: UInt32) {
    for shift in [24, 16, 8, 0] as [UInt32] {
      bytes.append(UInt8(truncatingIfNeeded: value >> shift))
    }
  }

  mutating func byte(_ value: UInt8) {
    bytes.append(value)
  }

  mutating func string(_ value: [UInt8]) {
    number(UInt32(clamping: value.count))
    bytes += value
  }
}

/// Reads SSH's data types; each is nil when the bytes end before it does.
struct WireReader {
  private let bytes: ArraySlice<UInt8>
  private var position: Int

  init(_ bytes: some Sequence<UInt8>) {
    self.bytes = ArraySlice(bytes)
    position = self.bytes.startIndex
  }

  mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
    guard count >= 0, count <= bytes.endIndex - position else { return nil }
    defer { position += count }
    return bytes[position..<(position + count)]
  }

  mutating func byte() -> UInt8? { take(1)?.first }

  mutating func number() -> UInt32? {
    take(4)?.reduce(0) { $0 << 8 | UInt32($1) }
  }

  mutating func string() -> [UInt8]? {
    guard let count = number() else { return nil }
    return take(Int(count)).map(Array.init)
  }
}

/// The type that a public key's blob starts with, such as `ssh-ed25519`; nil when it is no key.
func keyType(of blob: [UInt8]) -> String? {
  var reader = WireReader(blob)
  guard let name = reader.string(), !name.isEmpty, name.count < 64 else { return nil }
  guard name.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
  return String(decoding: name, as: UTF8.self)
}

/// The host key algorithms that a server offers, from the first bytes it sent: its version, then
/// its SSH_MSG_KEXINIT (RFC 4253, sections 4.2 and 7.1); empty when that is not there.
func offeredHostKeys(greeting: [UInt8]) -> [String] {
  var rest = greeting[...]
  // Lines before the version are allowed.
  while let end = rest.firstIndex(of: 0x0A) {
    let line = rest[..<end]
    rest = rest[(end + 1)...]
    if line.starts(with: Array("SSH-".utf8)) { break }
  }
  var reader = WireReader(rest)
  guard reader.number() != nil, reader.byte() != nil, reader.byte() == 20,
    reader.take(16) != nil, reader.string() != nil, let names = reader.string()
  else { return [] }
  return String(decoding: names, as: UTF8.self).split(separator: ",").map(String.init)
}

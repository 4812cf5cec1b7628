import ShellPrograms
import Transport

/// A line of a known_hosts file (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT").
struct KnownHostEntry: Sendable, Hashable {
  enum Names: Sendable, Hashable {
    case plain(HostPatterns)
    /// `|1|salt|digest`: an HMAC-SHA-1 of one name.
    case hashed(salt: [UInt8], digest: [UInt8])
  }

  var names: Names
  var isRevoked: Bool
  var type: String
  var key: [UInt8]
  var file: String
  /// The line, counted from 1.
  var line: Int

  var place: String { "\(file):\(line)" }

  func matches(_ name: String) -> Bool {
    switch names {
    case .plain(let patterns): patterns.matches(name)
    case .hashed(let salt, let digest):
      SHA1.authenticate(Array(name.utf8), key: salt) == digest
    }
  }
}

/// Reads a known_hosts file. Lines that make no sense, certificate authorities and comments are
/// passed over, as OpenSSH does: another program may have written them.
func parseKnownHosts(_ text: [UInt8], file: String) -> [KnownHostEntry] {
  var entries: [KnownHostEntry] = []
  let lines = text.split(separator: 0x0A, omittingEmptySubsequences: false)
  for (index, line) in lines.enumerated() {
    var fields = String(decoding: line, as: UTF8.self)
      .split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\r" })
    guard let first = fields.first, !first.hasPrefix("#") else { continue }
    if first.hasPrefix("@") { fields.removeFirst() }
    guard first != "@cert-authority", fields.count >= 3 else { continue }
    guard let names = knownNames(fields[0]), let key = Base64.decode(fields[2].utf8),
      keyType(of: key) == String(fields[1])
    else { continue }
    entries.append(
      KnownHostEntry(
        names: names, isRevoked: first == "@revoked", type: String(fields[1]), key: key, file: file,
        line: index + 1))
  }
  return entries
}

private func knownNames(_ field: Substring) -> KnownHostEntry.Names? {
  guard field.hasPrefix("|") else { return .plain(HostPatterns(field.split(separator: ","))) }
  let parts = field.dropFirst().split(separator: "|", omittingEmptySubsequences: false)
  guard parts.count == 3, parts[0] == "1", let salt = Base64.decode(parts[1].utf8),
    let digest = Base64.decode(parts[2].utf8)
  else { return nil }
  return .hashed(salt: salt, digest: digest)
}

/// The key that a server shows.
struct ShownHostKey: Sendable, Hashable {
  var blob: [UInt8]
  /// Its SHA-256.
  var digest: [UInt8]

  var type: String { keyType(of: blob) ?? "unknown" }
  /// As ssh shows it: `SHA256:` and base64 without padding.
  var fingerprint: String { "SHA256:" + Base64.encode(digest, padded: false) }
  /// As known_hosts and `host_key` write it.
  var text: String { "\(type) \(Base64.encode(blob))" }
}

/// What is known of a machine's key before it is connected to.
struct KnownHostKeys: Sendable {
  var entries: [KnownHostEntry] = []
  /// The key that the inventory demands.
  var demanded: [UInt8]?

  /// The types of the keys, in the order of the files.
  var types: [String] {
    if let demanded { return [keyType(of: demanded)].compactMap(\.self) }
    return entries.filter { !$0.isRevoked }.map(\.type)
  }
}

/// What a shown key is, held against what is known.
enum HostKeyVerdict: Sendable, Hashable {
  /// It is the known one.
  case known
  /// It is marked `@revoked`.
  case revoked(KnownHostEntry)
  /// Another key is known; the entry of the same type first.
  case changed(KnownHostEntry)
  /// It is not the one that the inventory demands.
  case notDemanded
  /// Nothing is known of the machine.
  case unknown
}

extension KnownHostKeys {
  func verdict(on key: ShownHostKey) -> HostKeyVerdict {
    if let demanded { return demanded == key.blob ? .known : .notDemanded }
    if let entry = entries.first(where: { $0.isRevoked && $0.key == key.blob }) {
      return .revoked(entry)
    }
    let valid = entries.filter { !$0.isRevoked }
    if valid.contains(where: { $0.key == key.blob }) { return .known }
    if let entry = valid.first(where: { $0.type == key.type }) ?? valid.first {
      return .changed(entry)
    }
    return .unknown
  }
}

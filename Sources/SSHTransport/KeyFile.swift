import ShellPrograms
import Diagnostics

/// A private key file: what it holds, as far as can be told without its passphrase.
struct KeyFile: Sendable {
  /// Why a key cannot be used.
  enum Unusable: Sendable, Hashable {
    case rsa, securityKey, dsa, notAKey
    case unreadable(String)

    /// In words.
    var reason: String {
      switch self {
      case .rsa: RSA.reason
      case .securityKey: KeyFile.securityKeyReason
      case .dsa: "DSA keys are no longer accepted by any current sshd"
      case .notAKey: "this is no private key that can be read (OpenSSH or PEM)"
      case .unreadable(let reason): reason
      }
    }
  }

  enum RSA {
    /// Why RSA keys do not work: a fact of libssh2 1.10, not of the machine.
    static let reason =
      "libssh2 of Debian 12 signs with RSA keys by SHA-1 only, which sshd refuses since OpenSSH "
      + "8.8; make an Ed25519 key: ssh-keygen -t ed25519"
  }
  static let securityKeyReason =
    "libssh2 of Debian 12 knows no FIDO keys; use an Ed25519 or ECDSA key"

  var path: String
  var contents: [UInt8] = []
  var isEncrypted = false
  /// The public key, when it can be told.
  var publicKey: [UInt8]?
  /// Whether the file has the public key alone; the agent may have the private one.
  var isPublicOnly = false
  var unusable: Unusable?

  /// The public key as a line of text, which libssh2 wants; nil lets libssh2 make it.
  var publicLine: String? {
    publicKey.flatMap { key in keyType(of: key).map { "\($0) \(Base64.encode(key))" } }
  }

  /// Reads a key file; nil when it is not there.
  static func read(_ path: String) -> KeyFile? {
    do {
      guard let contents = try readFile(path, limit: 1 << 16) else { return nil }
      var file = KeyFile(path: path)
      file.inspect(contents)
      return file
    } catch {
      let reason = (error as? Problem)?.diagnostics.first?.summary ?? "\(error)"
      return KeyFile(path: path, unusable: .unreadable(reason))
    }
  }

  private mutating func inspect(_ contents: [UInt8]) {
    self.contents = contents
    let text = String(decoding: contents, as: UTF8.self)
    guard let label = Self.label(of: text) else {
      let fields = text.split(whereSeparator: \.isWhitespace)
      if fields.count >= 2, let key = Base64.decode(fields[1].utf8),
        keyType(of: key) == String(fields[0])
      {
        publicKey = key
        isPublicOnly = true
        judge(type: String(fields[0]))
      } else {
        unusable = .notAKey
      }
      return
    }
    switch label {
    case "OPENSSH PRIVATE KEY": inspectOpenSSH(Self.body(of: text))
    case "RSA PRIVATE KEY": unusable = .rsa
    case "DSA PRIVATE KEY": unusable = .dsa
    case "ENCRYPTED PRIVATE KEY": isEncrypted = true
    case "EC PRIVATE KEY": isEncrypted = text.contains("Proc-Type: 4,ENCRYPTED")
    case "PRIVATE KEY":
      // The object identifier of RSA, in an otherwise unread PKCS #8 (RFC 5208, RFC 8017).
      let rsa: [UInt8] = [0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01]
      if (Self.body(of: text) ?? []).prefix(64).firstRange(of: rsa) != nil { unusable = .rsa }
    default: unusable = .notAKey
    }
    if publicKey == nil, unusable == nil { readPublicFile() }
  }

  /// The container of OpenSSH's own format (PROTOCOL.key) shows its public key to all.
  private mutating func inspectOpenSSH(_ body: [UInt8]?) {
    let magic = Array("openssh-key-v1\0".utf8)
    var reader = WireReader(body ?? [])
    guard let found = reader.take(magic.count), Array(found) == magic,
      let cipher = reader.string(), reader.string() != nil, reader.string() != nil,
      reader.number() == 1, let key = reader.string(), let type = keyType(of: key)
    else {
      unusable = .notAKey
      return
    }
    isEncrypted = cipher != Array("none".utf8)
    publicKey = key
    judge(type: type)
  }

  private mutating func judge(type: String) {
    switch type {
    case "ssh-rsa": unusable = .rsa
    case "ssh-dss": unusable = .dsa
    case _ where type.hasPrefix("sk-"): unusable = .securityKey
    default: break
    }
  }

  private mutating func readPublicFile() {
    guard let text = try? readFile(path + ".pub", limit: 1 << 16) else { return }
    let fields = String(decoding: text, as: UTF8.self).split(whereSeparator: \.isWhitespace)
    guard fields.count >= 2, let key = Base64.decode(fields[1].utf8),
      keyType(of: key) == String(fields[0])
    else { return }
    publicKey = key
    judge(type: String(fields[0]))
  }

  private static func label(of text: String) -> String? {
    let line = text.split(whereSeparator: \.isNewline).first { $0.hasPrefix("-----BEGIN ") }
    guard let line, line.hasSuffix("-----") else { return nil }
    return String(line.dropFirst("-----BEGIN ".count).dropLast("-----".count))
  }

  private static func body(of text: String) -> [UInt8]? {
    let lines = text.split(whereSeparator: \.isNewline)
    guard let start = lines.firstIndex(where: { $0.hasPrefix("-----BEGIN ") }),
      let end = lines.firstIndex(where: { $0.hasPrefix("-----END ") }), start < end
    else { return nil }
    return Base64.decode(lines[(start + 1)..<end].joined().utf8)
  }
}

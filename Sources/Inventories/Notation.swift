import TOMLReading

/// How people write quantities: the one place that knows `100ms`, `100mbit`, `0.1%` and `1.34.2`.
package enum Notation {
  /// A duration in milliseconds: a decimal number and `us`, `ms`, `s`, `min` or `h`.
  package static func milliseconds(_ text: String) -> Double? {
    // The longer units first: `s` ends others.
    for (unit, factor) in [
      ("us", 0.001), ("ms", 1), ("min", 60_000), ("s", 1000), ("h", 3_600_000),
    ] where text.hasSuffix(unit) {
      return decimal(text.dropLast(unit.count)).map { $0 * factor }
    }
    return nil
  }

  /// A rate in bits per second: a decimal number and `bit`, `kbit`, `mbit` or `gbit`, each a thousand
  /// times the one before, as in tc(8). More than 0.
  package static func bitsPerSecond(_ text: String) -> Double? {
    for (unit, factor) in [("kbit", 1e3), ("mbit", 1e6), ("gbit", 1e9), ("bit", 1)]
    where text.hasSuffix(unit) {
      return decimal(text.dropLast(unit.count)).map { $0 * factor }.flatMap { $0 > 0 ? $0 : nil }
    }
    return nil
  }

  /// A share, 0 to 1, from a percentage: a decimal number, 0 to 100, and `%`.
  package static func share(_ text: String) -> Double? {
    guard text.hasSuffix("%"), let percent = decimal(text.dropLast()), percent <= 100 else {
      return nil
    }
    return percent / 100
  }

  /// The three numbers of a version, `1.34.2`.
  package static func version(_ text: String) -> [Int]? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3 else { return nil }
    var numbers: [Int] = []
    for part in parts {
      guard (1...6).contains(part.utf8.count), part.utf8.allSatisfy({ (48...57).contains($0) }),
        part.count == 1 || part.first != "0", let number = Int(part)
      else { return nil }
      numbers.append(number)
    }
    return numbers
  }

  /// Whether it is a name for a testbed, a site or a machine: ASCII letters, digits and `-`, which
  /// neither begins nor ends it (RFC 1123 section 2.1), at most 32 of them.
  package static func isName(_ text: String) -> Bool {
    (1...32).contains(text.utf8.count) && text.first != "-" && text.last != "-"
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
          true
        default: false
        }
      }
  }

  /// A decimal number without sign or exponent; `Double`'s own reading takes `inf` and `0x1p4` too.
  private static func decimal(_ text: some StringProtocol) -> Double? {
    guard (1...20).contains(text.utf8.count), text.first != ".", text.last != ".",
      text.utf8.allSatisfy({ (48...57).contains($0) || $0 == UInt8(ascii: ".") })
    else { return nil }
    return Double(String(text))
  }
}

extension TOMLForm where Value == String {
  /// A name for a testbed, a site or a machine.
  package static var name: TOMLForm {
    .parsed(
      "name", what: "is not a name",
      detail: "A name has letters, digits and \"-\", which neither begins nor ends it, and at most "
        + "32 of them."
    ) { Notation.isName($0) ? $0 : nil }
  }

  /// A version of Kubernetes.
  static var kubernetesVersion: TOMLForm {
    TOMLForm(
      "version",
      decode: { value throws(TOMLMismatch) in
        let detail = "Write three numbers, such as \"1.34.2\"."
        let text = try value.expectString(detail: detail)
        guard let numbers = Notation.version(text) else {
          throw TOMLMismatch("is not a version: \(tomlLiteral(text))", detail: detail)
        }
        guard numbers[0] > 1 || numbers[0] == 1 && numbers[1] >= 15 else {
          throw TOMLMismatch(
            "is too old: \(tomlLiteral(text))",
            detail: "planetbed writes kubeadm's configuration from v1beta2 on: 1.15 or later.")
        }
        return text
      }, write: tomlLiteral)
  }

  /// Something that becomes one word of an SSH login: no spaces, no control characters, and no `-` in
  /// front, which would be an option elsewhere.
  static func word(_ name: String) -> TOMLForm {
    .parsed(
      name, what: "is not one word", detail: "It has no spaces and does not begin with \"-\"."
    ) {
      text in
      let isWord = text.unicodeScalars.allSatisfy {
        !$0.properties.isWhitespace && $0.properties.generalCategory != .control
      }
      return text.isEmpty || text.hasPrefix("-") || !isWord ? nil : text
    }
  }

  /// A host's public key as `ssh-keyscan` and `/etc/ssh/*.pub` show it.
  static var hostKey: TOMLForm {
    // A key's data begins with its type's length and name, so its base64 begins like this.
    let beginnings = [
      "ssh-ed25519": "AAAAC3NzaC1lZDI1NTE5AAAAI",
      "ecdsa-sha2-nistp256": "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAI",
      "ecdsa-sha2-nistp384": "AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAI",
      "ecdsa-sha2-nistp521": "AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAI",
    ]
    return .parsed(
      "public key", what: "is not an ed25519 or ECDSA public key",
      detail: "Write the first two words of the machine's /etc/ssh/ssh_host_ed25519_key.pub."
    ) { text in
      let words = text.split(separator: " ")
      guard words.count >= 2, let beginning = beginnings[String(words[0])],
        words[1].hasPrefix(beginning), words[1].utf8.count >= 68, words[1].utf8.count % 4 == 0,
        words[1].utf8.allSatisfy({ byte in
          switch byte {
          case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"),
            UInt8(ascii: "="):
            true
          default: false
          }
        })
      else { return nil }
      return "\(words[0]) \(words[1])"
    }
  }
}

extension TOMLForm where Value == IPv4Address {
  /// An IPv4 address.
  static var address: TOMLForm {
    .parsed(
      "IPv4 address", what: "is not an IPv4 address",
      detail: "Write four numbers from 0 to 255, such as \"192.168.10.1\"."
    ) { IPv4Address($0) }
  }
}

extension TOMLForm where Value == IPv4Prefix {
  /// An IPv4 network.
  static var prefix: TOMLForm {
    TOMLForm(
      "IPv4 prefix",
      decode: { value throws(TOMLMismatch) in
        let text = try value.expectString()
        if let prefix = IPv4Prefix(text) { return prefix }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        if parts.count == 2, let address = IPv4Address(parts[0]), let length = Int(parts[1]),
          (0...32).contains(length), parts[1] == String(length)
        {
          let meant = IPv4Prefix(address, length: length)
          throw TOMLMismatch(
            "is an address in a prefix, not a prefix: \(tomlLiteral(text))",
            detail: "The prefix is \"\(meant)\".")
        }
        throw TOMLMismatch(
          "is not an IPv4 prefix: \(tomlLiteral(text))",
          detail: "Write its first address and its length in bits, such as \"192.168.10.0/24\".")
      }, write: { tomlLiteral($0.description) })
  }
}

extension TOMLForm where Value == Double {
  /// A duration, in milliseconds.
  static var duration: TOMLForm {
    .parsed(
      "duration", what: "is not a duration",
      detail:
        "Write a number with its unit, us, ms, s, min or h, such as \"100ms\" or \"1.5s\".",
      Notation.milliseconds)
  }

  /// How much longer than the great circle a path is.
  static var factor: TOMLForm {
    let range = Limits.geographicFactor
    let name = "\(Int(range.lowerBound)) to \(Int(range.upperBound))"
    return TOMLForm(
      name,
      decode: { value throws(TOMLMismatch) in
        guard let number = value.number else {
          throw TOMLMismatch(
            "must be a number, not \(value.typeName)",
            detail: value.string == nil ? "" : "Write it without quotes.")
        }
        guard range.contains(number) else { throw TOMLMismatch("must be \(name), not \(number)") }
        return number
      }, write: { String($0) })
  }

  /// A rate, in bits per second.
  static var rate: TOMLForm {
    .parsed(
      "rate", what: "is not a rate",
      detail:
        "Write a number above 0 with its unit, bit, kbit, mbit or gbit, such as \"100mbit\".",
      Notation.bitsPerSecond)
  }

  /// A percentage, as a share from 0 to 1.
  package static var percentage: TOMLForm {
    .parsed(
      "percentage", what: "is not a percentage",
      detail: "Write a number from 0 to 100 with a percent sign, such as \"0.1%\".", Notation.share)
  }
}

extension TOMLForm where Value == Site.Location {
  /// A latitude and a longitude.
  static var location: TOMLForm {
    TOMLForm(
      "`[latitude, longitude]`",
      decode: { value throws(TOMLMismatch) in
        let detail = "Write degrees north and degrees east, such as [35.39, 139.43]."
        let numbers = (value.array ?? []).compactMap(\.number)
        guard numbers.count == 2, value.array?.count == 2 else {
          throw TOMLMismatch("must be two numbers", detail: detail)
        }
        guard (-90...90).contains(numbers[0]) else {
          throw TOMLMismatch("has a latitude beyond 90 degrees", detail: detail)
        }
        guard (-180...180).contains(numbers[1]) else {
          throw TOMLMismatch("has a longitude beyond 180 degrees", detail: detail)
        }
        return Site.Location(latitude: numbers[0], longitude: numbers[1])
      }, write: { "[\($0.latitude), \($0.longitude)]" })
  }
}

/// Which machine to log in through.
enum Jump: Sendable, Hashable {
  /// The machine of that name.
  case machine(String)
  /// None.
  case none
}

extension TOMLForm where Value == Jump {
  /// A machine's name, or `false`.
  static var jump: TOMLForm {
    TOMLForm(
      "name, or `false`",
      decode: { value throws(TOMLMismatch) in
        if value.boolean == false { return .none }
        guard value.string != nil else {
          throw TOMLMismatch(
            "must be a machine's name or false, not "
              + (value.boolean == true ? "true" : value.typeName))
        }
        return .machine(try TOMLForm<String>.name.decode(value))
      },
      write: { jump in
        switch jump {
        case .machine(let name): tomlLiteral(name)
        case .none: "false"
        }
      })
  }
}

extension TOMLForm where Value == [Located<String>] {
  /// Two names.
  static var pair: TOMLForm {
    TOMLForm(
      "array of two names",
      decode: { value throws(TOMLMismatch) in
        let names = (value.array ?? []).compactMap { element in
          element.string.map { Located($0, at: element.position) }
        }
        guard names.count == 2, value.array?.count == 2 else {
          throw TOMLMismatch(
            "must be two names of sites", detail: "Write it as [\"one-site\", \"another-site\"].")
        }
        return names
      }, write: { "[\($0.map { tomlLiteral($0.value) }.joined(separator: ", "))]" })
  }
}

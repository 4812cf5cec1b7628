import TOMLReading

/// A word of planetbed's own, or the place of manifests.
enum ManifestPlace: Sendable, Hashable {
  /// One of the words that the key knows.
  case word(String)
  /// Whoever applies them fetches them there.
  case url(String)
  /// A file, by its path as the user gave it.
  case file(String)
}

extension TOMLForm where Value == ManifestPlace {
  /// One of these words, or where manifests are.
  static func manifest(or words: [String]) -> TOMLForm {
    let list = words.map(tomlLiteral).joined(separator: ", ")
    return TOMLForm(
      words.map { "`\(tomlLiteral($0))`" }.joined(separator: ", ") + ", or a file or URL",
      decode: { value throws(TOMLMismatch) in
        let detail = "It is \(list), or manifests: a file's path, or a URL."
        let text = try value.expectString(detail: detail)
        if words.contains(text) { return .word(text) }
        guard !text.isEmpty, !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) else {
          throw TOMLMismatch("is no place of a file: \(tomlLiteral(text))", detail: detail)
        }
        guard text.contains("://") else { return .file(text) }
        guard WebAddress.isURL(text) else {
          throw TOMLMismatch("is not a URL: \(tomlLiteral(text))", detail: WebAddress.detail)
        }
        return .url(text)
      },
      write: { place in
        switch place {
        case .word(let text), .url(let text), .file(let text): tomlLiteral(text)
        }
      })
  }
}

extension TOMLForm where Value == String {
  /// Something that is fetched from the web.
  static var url: TOMLForm {
    .parsed("URL", what: "is not a URL", detail: WebAddress.detail) {
      WebAddress.isURL($0) ? $0 : nil
    }
  }

  /// An HTTP proxy. What it is goes into files that everybody on a machine can read.
  static var proxy: TOMLForm {
    TOMLForm(
      "proxy's URL",
      decode: { value throws(TOMLMismatch) in
        let detail = "Write it as \"http://proxy.example:3128\"."
        let text = try value.expectString(detail: detail)
        guard WebAddress.isURL(text), let host = WebAddress.host(of: text),
          text.hasSuffix(host) || text.hasSuffix("\(host)/")
        else { throw TOMLMismatch("is not a proxy's URL: \(tomlLiteral(text))", detail: detail) }
        guard !host.contains("@") else {
          throw TOMLMismatch(
            "holds a password",
            detail:
              "It would stand in files that everybody on the machines can read. Let the proxy "
              + "know the machines by their addresses.")
        }
        return text.hasSuffix("/") ? String(text.dropLast()) : text
      }, write: tomlLiteral)
  }

  /// An apt source without its options, or `none`.
  static var packageRepository: TOMLForm {
    TOMLForm(
      "`\"none\"`, or apt source",
      decode: { value throws(TOMLMismatch) in
        let detail =
          "Write what stands behind the options of a deb line, such as "
          + "\"https://mirror.example/kubernetes ./\", or \"none\" for what the machines have."
        let text = try value.expectString(detail: detail)
        let words = text.split(separator: " ").map(String.init)
        if words == ["none"] { return "none" }
        guard words.count >= 2, WebAddress.isPlain(text, allowing: " "),
          !words.contains(where: { $0.contains("[") || $0.contains("]") }),
          let scheme = words[0].firstRange(of: ":"), scheme.lowerBound != words[0].startIndex,
          words[0].utf8.count > scheme.lowerBound.utf16Offset(in: words[0]) + 1
        else { throw TOMLMismatch("is no apt source: \(tomlLiteral(text))", detail: detail) }
        // sources.list(5): an exact path has no components, a suite has one at least.
        guard words[1].hasSuffix("/") == (words.count == 2) else {
          throw TOMLMismatch(
            words.count == 2
              ? "names no component: \(tomlLiteral(text))"
              : "names components of an exact path: \(tomlLiteral(text))",
            detail: "A suite has components behind it, an exact path ends in \"/\" and has none.")
        }
        return words.joined(separator: " ")
      }, write: tomlLiteral)
  }

  /// Where images come from: a registry, and perhaps a path in it.
  static var imageRepository: TOMLForm {
    .parsed(
      "image repository", what: "is not an image repository",
      detail: "Write it as \"registry.example:5000/kubernetes\", without https://."
    ) { ImageName.isRepository($0) ? $0 : nil }
  }

  /// An image.
  static var image: TOMLForm {
    .parsed(
      "image", what: "is not an image", detail: "Write it as \"registry.example/busybox:1.36\"."
    ) { ImageName.isImage($0) ? $0 : nil }
  }

  /// A folder on a machine.
  static var remoteFolder: TOMLForm {
    .parsed(
      "absolute path", what: "is not an absolute path",
      detail: "It begins with \"/\", and has no \"..\" and no control characters."
    ) { text in
      let path = text.count > 1 && text.hasSuffix("/") ? String(text.dropLast()) : text
      let parts = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
      let isRight =
        path.hasPrefix("/") && path.utf8.count <= 1000
        && WebAddress.isPlain(path, allowing: " ") && !path.contains("\\")
        && parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
      return isRight ? path : nil
    }
  }
}

/// URLs as far as planetbed looks at them.
enum WebAddress {
  static let detail = "Write it as \"https://example.org/file\"."

  /// Whether a text has printable ASCII alone, and white space only where it is allowed: it stands in
  /// lines of other programs' files.
  static func isPlain(_ text: String, allowing others: String = "") -> Bool {
    text.utf8.allSatisfy { byte in
      (0x21...0x7e).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "'")
        || others.utf8.contains(byte)
    }
  }

  /// Whether it is a URL that begins with `http://` or `https://`.
  static func isURL(_ text: String) -> Bool {
    isPlain(text) && text.utf8.count <= 2000 && host(of: text) != nil
  }

  /// The host of a URL, with what may stand before and behind it (`user@host:port`).
  static func host(of text: String) -> String? {
    for scheme in ["http://", "https://"] where text.hasPrefix(scheme) {
      let host = text.dropFirst(scheme.count).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
      return host.isEmpty || host.hasPrefix(":") ? nil : String(host)
    }
    return nil
  }
}

/// Names of images, as the distribution project's reference grammar has them.
enum ImageName {
  /// `registry.example:5000/kubernetes`.
  static func isRepository(_ text: String) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard text.utf8.count <= 255, let first = parts.first else { return false }
    let host = first.split(separator: ":", omittingEmptySubsequences: false)
    guard host.count <= 2, consists(host[0], of: ".-", capitals: true),
      host.count == 1 || (1...65535).contains(Int(host[1]) ?? 0)
    else { return false }
    return parts.dropFirst().allSatisfy { consists($0, of: "._-", capitals: false) }
  }

  /// `registry.example:5000/busybox:1.36`, perhaps with a digest.
  static func isImage(_ text: String) -> Bool {
    var rest = text[...]
    if let digest = rest.firstRange(of: "@sha256:") {
      let hexadecimal = rest[digest.upperBound...]
      guard hexadecimal.utf8.count == 64, hexadecimal.allSatisfy(\.isHexDigit) else {
        return false
      }
      rest = rest[..<digest.lowerBound]
    }
    // A colon behind the last slash is a tag's; one before it is a port's.
    if let colon = rest.lastIndex(of: ":"), !rest[colon...].contains("/") {
      guard consists(rest[rest.index(after: colon)...], of: "._-", capitals: true) else {
        return false
      }
      rest = rest[..<colon]
    }
    return isRepository(String(rest))
  }

  private static func consists(
    _ text: some StringProtocol, of others: String, capitals: Bool
  ) -> Bool {
    guard (1...128).contains(text.utf8.count), let first = text.first,
      first.isLetter || first.isNumber
    else { return false }
    return text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): capitals
      default: others.utf8.contains(byte)
      }
    }
  }
}

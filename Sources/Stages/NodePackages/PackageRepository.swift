import Digests
import Inventories
import Roles

/// Where the node packages come from, as apt is told.
struct PackageRepository: Hashable {
  /// What stands behind the options of a `deb` line.
  let source: String
  /// The URL of the key that signs it; nil when it is trusted as it is.
  let key: String?

  /// The first release that pkgs.k8s.io has packages of (kubernetes.io/blog, 15 August 2023).
  static let firstCommunityVersion = "1.24"

  /// The repository that is asked for; nil for what the machines have, and where a version is missing.
  init?(_ settings: KubernetesSettings) {
    switch settings.packages {
    case .machine: return nil
    case .repository(let source, let key):
      self.source = source
      self.key = key
    case .community:
      guard let version = settings.version else { return nil }
      let minor = version.split(separator: ".").prefix(2).joined(separator: ".")
      let folder = "https://pkgs.k8s.io/core:/stable:/v\(minor)/deb/"
      source = "\(folder) /"
      key = "\(folder)Release.key"
    }
  }

  /// What the names of apt's lists begin with (`URItoFileName` in apt's strutl.cc: no scheme, `_` for
  /// `/`, and what is not plain as `%` and two digits).
  var lists: String {
    let uri = source.split(separator: " ").first ?? ""
    let scheme = uri.firstRange(of: "://")?.upperBound ?? uri.firstRange(of: ":")?.upperBound
    var name = ""
    for byte in uri[(scheme ?? uri.startIndex)...].utf8 {
      switch byte {
      case UInt8(ascii: "/"): name += "_"
      case UInt8(ascii: "_"), UInt8(ascii: "%"), UInt8(ascii: "?"), UInt8(ascii: "#"):
        name += "%" + String(byte, radix: 16)
      default: name.unicodeScalars.append(Unicode.Scalar(byte))
      }
    }
    while name.hasSuffix("_") { name.removeLast() }
    return name
  }

  /// What the role is told. A key's file has the key's address in its name, so that another key is
  /// fetched when another one is asked for.
  func variables(testbed: String) -> [String: Variable] {
    var variables: [String: Variable] = ["source": .string(source), "lists": .string(lists)]
    if let key {
      let digest = SHA256.hexadecimal(of: key.utf8).prefix(8)
      variables["key_url"] = .string(key)
      variables["key_file"] = .string(
        "/etc/apt/keyrings/planetbed-\(testbed)-kubernetes-\(digest).gpg")
    }
    return variables
  }
}

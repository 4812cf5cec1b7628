import Digests
import Diagnostics
import TOMLReading

/// What `[kubernetes]` says beside its version and networks: what could not be read is nil and has been
/// noted.
struct KubernetesDraft {
  /// Where the file begins it; nil when it does not.
  var position: SourcePosition?
  var installs: Bool?
  var version: Located<String>?
  var repository: Located<String>?
  var repositoryKey: Located<String>?
  var imageRepository: String?
  var imageArchives: String?
  var proxy: String?
  var network: Located<ManifestPlace>?
  var dns: Located<ManifestPlace>?
  var trialImage: String?
  /// The texts of the manifests beside the inventory, by their paths as the user gave them.
  private(set) var manifests: [String: [UInt8]] = [:]

  init(_ reader: TOMLTableReader) {
    typealias Keys = InventorySchema.KubernetesKeys
    position = reader.position
    installs = reader.readOrDefault(Keys.install)?.value
    version = reader.read(Keys.version)
    repository = reader.read(Keys.repository)
    repositoryKey = reader.read(Keys.repositoryKey)
    imageRepository = reader.read(Keys.imageRepository)?.value
    imageArchives = reader.read(Keys.imageArchives)?.value
    proxy = reader.read(Keys.proxy)?.value
    network = reader.readOrDefault(Keys.network)
    dns = reader.readOrDefault(Keys.dns)
    trialImage = reader.readOrDefault(Keys.trialImage)?.value
    if let repositoryKey, repository == nil, !reader.has(Keys.repository) {
      reader.findings.error(
        "repository_key belongs to a repository, and none is given",
        detail: "The community's repository brings its own. Give repository, or leave the key out.",
        at: repositoryKey.position)
    } else if let repositoryKey, repository?.value == "none" {
      reader.findings.error(
        "repository_key belongs to a repository, and repository is \"none\"",
        detail: "The machines know the keys of their own sources. Leave the key out.",
        at: repositoryKey.position)
    }
  }

  /// Reads the manifests that are files; `folder` is where relative paths begin.
  mutating func readManifests(in folder: String, _ findings: TOMLFindings) {
    for (key, words, place) in [
      ("network", "\"bridge\"", network), ("dns", "\"kubeadm\", \"none\"", dns),
    ] {
      guard let place, case .file(let path) = place.value, manifests[path] == nil else { continue }
      let full = path.hasPrefix("/") || folder.isEmpty ? path : "\(folder)/\(path)"
      do throws(Problem) {
        let bytes = try SourceFile.bytes(of: full)
        guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else {
          findings.error(
            "\(key): \(path) is no text", detail: "Manifests are YAML or JSON in UTF-8.",
            at: place.position)
          continue
        }
        guard text.contains("apiVersion"), text.contains("kind") else {
          findings.error(
            "\(key): \(path) holds no manifest",
            detail: "Every object of Kubernetes has an apiVersion and a kind.", at: place.position)
          continue
        }
        manifests[path] = bytes
      } catch {
        let summary = error.diagnostics.first?.summary ?? "cannot read \(full)"
        findings.error(
          "\(key): \(summary.replacingFirst(full, by: path))",
          detail:
            "It is \(words), a URL, or a file's path, which begins at the inventory's folder.",
          at: place.position)
      }
    }
  }

  /// The settings, with every default filled in; nil when something is missing or wrong, which has
  /// been noted then.
  func settings(podNetwork: IPv4Prefix, serviceNetwork: IPv4Prefix) -> KubernetesSettings? {
    guard let installs, let trialImage, let network = choice(network), let dns = choice(dns)
    else { return nil }
    var settings = KubernetesSettings(
      version: version?.value, podNetwork: podNetwork, serviceNetwork: serviceNetwork)
    settings.installs = installs
    settings.position = position
    settings.packages =
      switch repository?.value {
      case nil: .community
      case "none"?: .machine
      case let source?: .repository(source, key: repositoryKey?.value)
      }
    settings.imageRepository = imageRepository
    settings.imageArchives = imageArchives
    settings.proxy = proxy
    settings.network =
      switch network {
      case .word: .bridge
      case .manifest(let manifest): .manifest(manifest)
      }
    settings.dns =
      switch dns {
      case .word("none"): .none
      case .word: .kubeadm
      case .manifest(let manifest): .manifest(manifest)
      }
    settings.trialImage = trialImage
    return settings
  }

  private enum Choice {
    case word(String)
    case manifest(ClusterManifest)
  }

  private func choice(_ place: Located<ManifestPlace>?) -> Choice? {
    switch place?.value {
    case nil: nil
    case .word(let word)?: .word(word)
    case .url(let url)?: .manifest(.url(url))
    case .file(let path)?:
      manifests[path].map {
        .manifest(.file(path: path, text: String(decoding: $0, as: UTF8.self)))
      }
    }
  }

  /// The SHA-256 of the manifests, by their paths as the user gave them.
  var digests: [String: String] { manifests.mapValues { SHA256.hexadecimal(of: $0) } }
}

extension String {
  /// The text with the first occurrence of another replaced.
  func replacingFirst(_ old: String, by new: String) -> String {
    guard let range = firstRange(of: old) else { return self }
    return self[..<range.lowerBound] + new + self[range.upperBound...]
  }
}

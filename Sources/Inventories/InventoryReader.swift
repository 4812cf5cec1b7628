import Digests
import Diagnostics
import TOMLReading

/// Reads `inventory.toml`: text in, a checked `Inventory` out, or everything that is wrong with it.
package enum InventoryReader {
  /// Reads and checks an inventory file.
  ///
  /// Throws all errors and warnings at once, with exit status 2, when the file cannot be read or
  /// when anything is wrong; returns the warnings when nothing is.
  package static func read(file: String) throws(Problem) -> (
    inventory: Inventory, warnings: [Diagnostic]
  ) {
    try read(SourceFile.bytes(of: file), file: file)
  }

  /// Checks the bytes of an inventory that has been read already, and reads the manifests that it names:
  /// their paths begin at `folder`, which is that of `file` unless said otherwise. Throws like
  /// `read(file:)`.
  package static func read(
    _ bytes: [UInt8], file: String, folder: String? = nil
  ) throws(Problem) -> (inventory: Inventory, warnings: [Diagnostic]) {
    let document = try TOMLDocument.read(bytes, file: file)
    let findings = TOMLFindings(in: document)
    var draft = InventoryDraft(document, findings: findings)
    draft.checkNames(findings)
    draft.checkAddresses(findings)
    draft.checkTopology(findings)
    draft.checkRoles(findings)
    draft.checkJumps(findings)
    draft.checkLatency(findings)
    let own = file.lastIndex(of: "/").map { String(file[..<$0]) } ?? ""
    draft.kubernetes?.readManifests(in: folder ?? own, findings)
    guard !findings.hasErrors,
      let inventory = draft.inventory(
        file: file, digest: draft.kubernetes?.digest(with: bytes) ?? SHA256.hexadecimal(of: bytes))
    else { throw Problem(findings.sorted, exitStatus: .usage) }
    return (inventory, findings.sorted)
  }
}

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

  /// Checks the bytes of an inventory that has been read already, and reads the files that it names:
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
    draft.readMatrices(in: folder ?? own, findings)
    draft.checkCoverage(findings)
    guard !findings.hasErrors,
      let inventory = draft.inventory(file: file, digest: digest(of: bytes, draft))
    else { throw Problem(findings.sorted, exitStatus: .usage) }
    return (inventory, findings.sorted)
  }

  /// SHA-256 of the inventory's bytes, and of those of the files that it names, when it names any.
  private static func digest(of bytes: [UInt8], _ draft: InventoryDraft) -> String {
    let own = SHA256.hexadecimal(of: bytes)
    let others = (draft.kubernetes?.digests ?? [:])
      .merging(draft.matrixDigests) { first, _ in first }
    guard !others.isEmpty else { return own }
    let lines = others.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)\n" }
    return SHA256.hexadecimal(of: (own + "\n" + lines.joined()).utf8)
  }
}

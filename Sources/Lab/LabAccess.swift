import CPlatform
import Diagnostics
import Inventories

#if canImport(Glibc)
  import Glibc
#endif

/// What the operator of a lab logs in with: a key and host keys that belong to the lab alone, and go
/// with it.
package struct LabAccess: Sendable, Hashable {
  /// The private key, which opens root and the user `operator` (sudo without a password) on every
  /// machine.
  package var identityFile: String
  /// The machines' host keys.
  package var knownHostsFile: String

  /// Where they are while the lab is up.
  package static func login(lab: LabSettings, store: LabStore = LabStore()) -> LabAccess {
    let folder = store.folder(ofLab: lab.name)
    return LabAccess(
      identityFile: "\(folder)/id_ed25519", knownHostsFile: "\(folder)/known_hosts")
  }
}

/// The operator's place in a lab's WAN.
package enum OperatorNamespace {
  /// Has the calling thread, and those that it makes from now on, in the lab's network and no
  /// other. To be called before the process makes any thread: those that there are stay where they
  /// are. Throws when the lab is not up, or the process is not root's; `file` is the inventory that
  /// names the lab.
  package static func enter(lab: String, inventory file: String) throws(Problem) {
    let path = MachineRecipe.namespacePath(LabLayout.operatorNamespace(of: lab))
    guard planetbed_enter_network_namespace(path) != 0 else { return }
    switch errno {
    case ENOENT, ENOTDIR:
      throw Problem(
        "lab \(lab) is not up",
        detail: "The inventory's machines are those of a lab on this computer. Bring it up with: "
          + "planetbed lab up \(file)", exitStatus: .failure)
    case EPERM, EACCES:
      throw Problem(
        "only root can reach the machines of lab \(lab)",
        detail: "They are in networks that nothing leads to; entering them takes root. Run the "
          + "same command with sudo.", exitStatus: .failure)
    case let number:
      throw Problem.system("cannot enter the network of lab \(lab) at \(path)", number)
    }
  }
}

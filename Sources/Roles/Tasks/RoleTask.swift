/// One task of an application: a thing that must be so on its machine, its values rendered with
/// what is known.
package struct RoleTask: Sendable, Hashable {
  /// What tells it from every other task of the testbed.
  package let id: TaskID
  /// Its name, as the role gives it; shown to people.
  package let name: String
  /// The facts that it waits for, sorted; empty when it can be carried out.
  package let missingFacts: [FactReference]
  /// What must be so.
  let kind: Kind

  /// What must be so on the machine. A nil in it is a value that waits for `missingFacts`.
  enum Kind: Sendable, Hashable {
    case file(FileTask)
    case directory(DirectoryTask)
    case package(PackageTask)
    case service(ServiceTask)
    case sysctl(SysctlTask)
    case kernelModule(String)
    case line(LineTask)
    case block(BlockTask)
    case command(CommandTask)
  }

  /// What errors call it: `role: name of the task`.
  package var title: String { "\(id.application.role): \(name)" }
}

/// A regular file with this content.
struct FileTask: Sendable, Hashable {
  /// Where it is, absolute.
  var path: String
  /// All of it; nil while a fact is missing.
  var content: [UInt8]?
  /// Who it belongs to.
  var owner: Ownership
  /// Its permissions.
  var mode: UInt16
  /// A command that must accept it before it is put in place; `%s` stands for a temporary file.
  var validate: String?
  /// Whether its content is never shown.
  var secret: Bool
}

/// A folder.
struct DirectoryTask: Sendable, Hashable {
  /// Where it is, absolute.
  var path: String
  /// Who it belongs to.
  var owner: Ownership
  /// Its permissions.
  var mode: UInt16
}

/// A user and a group, each by name or by number.
struct Ownership: Sendable, Hashable {
  /// The user's name or number.
  var user: String
  /// The group's name or number.
  var group: String
}

/// A Debian package.
struct PackageTask: Sendable, Hashable {
  /// Its name.
  var name: String
  /// The version that must be installed, a `*` at its end standing for any rest; nil for any.
  var version: String?
  /// Whether it is kept from being upgraded by others.
  var isHeld: Bool

  /// As apt-get takes it: `kubeadm=1.34.2-*`.
  var words: String { version.map { "\(name)=\($0)" } ?? name }
}

/// A systemd unit.
struct ServiceTask: Sendable, Hashable {
  /// Its name, with its suffix: `haproxy.service`.
  var unit: String
  /// Whether it is started when the machine boots; nil leaves that as it is.
  var enabled: Bool?
  /// Whether it runs.
  var started: Bool
  /// The files whose change by planetbed restarts it.
  var restartOn: [String]
  /// Whether a reload is enough for a change.
  var reload: Bool
}

/// A kernel parameter.
struct SysctlTask: Sendable, Hashable {
  /// Its name with dots: `net.ipv4.ip_forward`.
  var name: String
  /// Its value, fields separated by one space; nil while a fact is missing.
  var value: String?
}

/// A line in a text file.
struct LineTask: Sendable, Hashable {
  /// The file, absolute.
  var path: String
  /// The line, without its end; nil while a fact is missing.
  var line: String?
  /// A shell pattern (`*`, `?`, `[…]`) for the whole of a line that this one takes the place of.
  var match: String?
}

/// A marked block of lines in a text file.
struct BlockTask: Sendable, Hashable {
  /// The file, absolute.
  var path: String
  /// What tells it from other blocks of the file.
  var marker: String
  /// Its lines, ended; nil while a fact is missing.
  var content: String?
}

/// A piece of sh.
struct CommandTask: Sendable, Hashable {
  /// Its text; nil while a fact is missing.
  var run: String?
  /// What makes it unnecessary.
  var guardian: Guard
  /// The fact that its output becomes: `FactReference.name`.
  var register: String?
  /// Its standard input; nil for none, or while a fact is missing.
  var input: String?
  /// What takes it back.
  var undo: String?
  /// Whether its text and output are never shown.
  var secret: Bool

  /// What makes a command unnecessary.
  enum Guard: Sendable, Hashable {
    /// Nothing needs to be done when this sh text ends with status 0.
    case unless(String)
    /// Nothing needs to be done when this path exists.
    case creates(String)
    /// It changes nothing, and is run to learn its output.
    case readOnly
  }
}

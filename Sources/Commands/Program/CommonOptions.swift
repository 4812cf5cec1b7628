/// Options that every verb has.
package enum CommonOptions {
  /// `--output`.
  package static let output = OptionDeclaration(
    "output", letter: "o",
    value: .init("format", choices: ["text", "json", "jsonl"], standard: "text"),
    "What results are written as: text for people, one JSON object, or a line of JSON for each event and for the result."
  )
  /// `--color`.
  package static let color = OptionDeclaration(
    "color", value: .init("when", choices: ["auto", "always", "never"], standard: "auto"),
    "Whether to use colours; auto uses them on a terminal unless NO_COLOR is set.")
  /// `-v`.
  package static let verbose = OptionDeclaration(
    "verbose", letter: "v", repeats: true, "Say more: what needs no change, what tasks write.")
  /// `-q`.
  package static let quiet = OptionDeclaration(
    "quiet", letter: "q", "Say nothing but results and errors.")

  /// All of them.
  package static let all = [output, color, verbose, quiet]
}

/// Options of the verbs that talk to machines.
package enum ConnectionOptions {
  /// `--accept-new-host-keys`.
  package static let acceptNewHostKeys = OptionDeclaration(
    "accept-new-host-keys",
    "Accept the host key of a machine that known_hosts does not know yet, and note it there; a changed key is refused all the same."
  )
  /// `--ssh-config`.
  package static let sshConfig = OptionDeclaration(
    "ssh-config", value: .init("file"),
    "Read this file in place of ~/.ssh/config; 'none' reads none.")

  /// All of them.
  package static let all = [acceptNewHostKeys, sshConfig]
}

/// Options of the verbs that need roles and templates.
package enum RoleOptions {
  /// `--roles`.
  package static let roles = OptionDeclaration(
    "roles", value: .init("folder"), "Take roles from this folder and not from the program's own.")
  /// `--templates`.
  package static let templates = OptionDeclaration(
    "templates", value: .init("folder"),
    "Take templates from this folder and not from the program's own.")

  /// All of them.
  package static let all = [roles, templates]
}

/// Options of the verbs that plan: what they may do beyond what the inventory names.
package enum PolicyOptions {
  /// `--prune`.
  package static let prune = OptionDeclaration(
    "prune",
    "Take nodes that the inventory does not name out of the cluster: drained, deleted, reset.")
  /// `--batch`.
  package static let batch = OptionDeclaration(
    "batch", value: .init("number"),
    "At an upgrade, drain and upgrade as many workers at the same time; 1 unless said otherwise.")

  /// All of them.
  package static let all = [prune, batch]
}

/// Words that several verbs take.
package enum CommonParameters {
  /// The inventory.
  package static let inventory = ParameterDeclaration(
    "inventory", "The testbed's description, as docs/inventory.md has it.")
  /// `--limit`.
  package static let limit = OptionDeclaration(
    "limit", letter: "l", value: .init("kind=name"), repeats: true,
    "Only this part of the testbed: site=…, host=… or stage=…; values of one kind widen, kinds narrow."
  )
  /// `--yes`.
  package static let yes = OptionDeclaration("yes", letter: "y", "Do it without asking.")
}

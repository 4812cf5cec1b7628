/// A role that a machine must have, with the values for its variables: what stages are made of.
package struct RoleApplication: Hashable, Sendable {
  /// What tells one application from every other of the testbed.
  package struct ID: Hashable, Sendable, Comparable, Codable {
    /// The stage that asks for it.
    package var stage: String
    /// The machine that must have it.
    package var host: String
    /// The role's name: the folder under roles/.
    package var role: String
    /// Which of several applications of the role on the machine: `keio-kyutech` for a tunnel; empty for the only one.
    package var instance: String

    /// An application's identity.
    package init(stage: String, host: String, role: String, instance: String = "") {
      self.stage = stage
      self.host = host
      self.role = role
      self.instance = instance
    }

    package static func < (left: ID, right: ID) -> Bool {
      (left.stage, left.host, left.role, left.instance)
        < (right.stage, right.host, right.role, right.instance)
    }
  }

  /// What tells it from every other.
  package var id: ID
  /// The values for the role's variables, by name.
  package var variables: [String: Variable]
  /// Applications that must have been done before, on this machine or on others. Those that provide
  /// a fact named in `variables` come first anyhow, and so does what stands before it for its machine.
  package var after: [ID]
  /// The machine for whose sake it is done, when that is another one: a run that is limited to that
  /// machine has it in its scope, as when a master lets a node in.
  package var onBehalfOf: String?

  /// A role that a machine must have.
  package init(
    _ id: ID, variables: [String: Variable] = [:], after: [ID] = [], onBehalfOf: String? = nil
  ) {
    self.id = id
    self.variables = variables
    self.after = after
    self.onBehalfOf = onBehalfOf
  }
}

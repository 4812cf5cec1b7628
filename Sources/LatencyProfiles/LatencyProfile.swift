import Diagnostics
import Inventories

/// A timetable of what the paths between sites shall be like, as the user wrote it: `docs/profiles.md`.
package struct LatencyProfile: Sendable {
  /// The file that it was read from, as the user gave it.
  package var file: String
  /// SHA-256 of the file's bytes, and, when it names trace files, of theirs too, in hexadecimal.
  package var digest: String
  /// What it is, in a sentence; empty when it says nothing.
  package var description: String
  /// How long one repetition takes, in milliseconds.
  package var periodMilliseconds: Int
  /// How many repetitions there are; nil when it goes on until it is ended.
  package var repetitions: Int?
  /// What is worth a look, but no error.
  package var warnings: [Diagnostic]

  /// How long the run takes, in milliseconds; nil when it is endless.
  package var totalMilliseconds: Int? { repetitions.map { $0 * periodMilliseconds } }

  /// Reads a profile and the trace files that it names, whose paths begin at its folder.
  ///
  /// Throws everything that is wrong at once, each with its place, with exit status 2.
  package static func read(file: String) throws(Problem) -> LatencyProfile {
    throw Problem("\(file): profiles cannot be read yet", exitStatus: .usage)
  }

  /// What happens when on a testbed. `sites` says which site of the inventory a name of the profile
  /// stands for, where that is not what the profile says itself (`--site edge-1=vlan20`).
  ///
  /// Throws, with exit status 2, when a name stands for no site of the inventory, when two events begin
  /// at one instant on one path, and when there is more than routers are sent.
  package func timetable(
    for inventory: Inventory, sites: [String: String] = [:]
  ) throws(Problem) -> Timetable {
    throw Problem("\(file): profiles cannot be compiled yet", exitStatus: .usage)
  }
}

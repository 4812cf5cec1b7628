import Diagnostics
import Digests
import Inventories
import TOMLReading

/// A timetable of what the paths between sites shall be like, as the user wrote it: `docs/profiles.md`.
package struct LatencyProfile: Sendable {
  /// The file that it was read from, as the user gave it.
  package let file: String
  /// SHA-256 of the file's bytes, and, when it names trace files, of theirs too, in hexadecimal.
  package let digest: String
  /// What it is, in a sentence; empty when it says nothing.
  package let description: String
  /// How long one repetition takes, in milliseconds.
  package let periodMilliseconds: Int
  /// How many repetitions there are; nil when it goes on until it is ended.
  package let repetitions: Int?
  /// Its names for sites, those of `[sites]` first, then the others in the order of the events.
  package let siteNames: [String]
  /// What is worth a look, but no error.
  package let warnings: [Diagnostic]

  /// What happens, in the order of the file.
  let events: [ProfileEvent]
  /// `[sites]`.
  let defaultSites: [String: Located<String>]
  /// How often a shape sets a new value, in milliseconds.
  let every: Int
  /// What random things follow from.
  let seed: Int
  /// The file, to show its lines.
  let document: TOMLDocument

  /// How long the run takes, in milliseconds; nil when it is endless.
  package var totalMilliseconds: Int? { repetitions.map { $0 * periodMilliseconds } }

  /// What an event's random numbers on a path follow from: another event, or another path, has others.
  func streamSeed(event: Int, path: [String]) -> UInt64 {
    StableHash([String(event)] + path, seed: UInt64(seed)).spread
  }
}

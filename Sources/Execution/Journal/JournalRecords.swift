/// A run, as the journal keeps it.
package struct RunRecord: Sendable, Hashable {
  /// How a run ended.
  package enum Outcome: String, Sendable, Hashable {
    /// All that was asked for is so.
    case success
    /// Something failed.
    case failure
    /// The user stopped it.
    case interrupted
  }

  /// Its name: `20261121T152400Z-0badcafe`.
  package var name: String
  /// What it did: `apply`.
  package var verb: String
  /// Its beginning, in milliseconds since 1970.
  package var started: Int64
  /// Its end; nil when it runs still, or was killed.
  package var ended: Int64?
  /// The inventory's file, as the user gave it.
  package var inventory: String
  /// `Inventory.digest`.
  package var digest: String
  /// Who ran it: `anna@laptop`.
  package var operatorName: String
  /// planetbed's version.
  package var version: String
  /// How it ended; nil when it runs still, or was killed.
  package var outcome: Outcome?
  /// Tasks that changed something.
  package var changed: Int
  /// Tasks that found it so already.
  package var ok: Int
  /// Tasks and machines that failed.
  package var failed: Int

  /// A run that begins.
  package init(
    name: String, verb: String, started: Int64, inventory: String, digest: String,
    operatorName: String, version: String
  ) {
    self.name = name
    self.verb = verb
    self.started = started
    self.inventory = inventory
    self.digest = digest
    self.operatorName = operatorName
    self.version = version
    self.changed = 0
    self.ok = 0
    self.failed = 0
  }
}

/// Something that happened in a run, as the journal keeps it.
package struct EventRecord: Sendable, Hashable {
  /// When, in milliseconds since 1970.
  package var time: Int64
  /// `task`, `failed`, `skipped`, `item` (of a reset).
  package var kind: String
  /// The machine.
  package var host: String
  /// The stage of a task.
  package var stage: String?
  /// The task's name.
  package var task: String?
  /// How a task ended: `TaskStatus`'s raw value.
  package var status: String?
  /// How long a task took.
  package var seconds: Double?
  /// The failure's text, or what was taken back.
  package var detail: String?

  /// Something that happened.
  package init(
    time: Int64, kind: String, host: String, stage: String? = nil, task: String? = nil,
    status: String? = nil, seconds: Double? = nil, detail: String? = nil
  ) {
    self.time = time
    self.kind = kind
    self.host = host
    self.stage = stage
    self.task = task
    self.status = status
    self.seconds = seconds
    self.detail = detail
  }
}

/// A measured value, as the journal keeps it.
package struct SampleRecord: Sendable, Hashable {
  /// What was measured: `rtt`.
  package var kind: String
  /// Where from, or what it is of.
  package var source: String
  /// Where to; empty when the value is of one thing.
  package var target: String
  /// The value.
  package var value: Double
  /// Its unit: `ms`.
  package var unit: String
  /// When, in milliseconds since 1970.
  package var time: Int64

  /// A measured value.
  package init(
    kind: String, source: String, target: String = "", value: Double, unit: String, time: Int64
  ) {
    self.kind = kind
    self.source = source
    self.target = target
    self.value = value
    self.unit = unit
    self.time = time
  }
}

/// What a run leaves behind that is more than a value: a text of a kind, with a key of its own.
package struct DocumentRecord: Sendable, Hashable {
  /// What it is: `start-run`.
  package var kind: String
  /// Which one of its kind; a run has one of each kind and key.
  package var key: String
  /// What it says, such as JSON.
  package var text: String
  /// When it was entered, in milliseconds since 1970.
  package var time: Int64

  /// What a run leaves behind.
  package init(kind: String, key: String = "", text: String, time: Int64) {
    self.kind = kind
    self.key = key
    self.text = text
    self.time = time
  }
}

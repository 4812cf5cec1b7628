import Diagnostics

#if canImport(Glibc)
  import Glibc
#endif

/// Kubernetes for a lab's machines, which reach no repository and no registry: packages and image
/// archives in a folder of this computer.
struct KubernetesBuild: Sendable, Hashable {
  /// What it was made of and how, as the recipe's digest.
  var key: String
  /// Its folder.
  var folder: String

  /// Where masters and workers see it.
  static let machineFolder = "/srv/kubernetes"
}

/// Has the lab's Kubernetes built, once for each recipe, and finds it again. The recipe is a folder
/// with a program of its own, `build.sh`, since what it does is to run compilers and packagers.
struct KubernetesBuilder: Sendable {
  /// The recipe's folder; nil when planetbed does not find the one that it came with.
  var recipe: String?
  /// Where builds are kept.
  var store: LabStore
  /// What the recipe takes of this computer.
  var tools = Computer.kubernetesTools
  /// Stops the work.
  var interruption: Interruption
  /// Tells of the steps.
  var progress: @Sendable (LabEvent) -> Void

  /// A finished build of the recipe, made when it is not there. A build that was interrupted goes on
  /// with the step that it was in; one that another planetbed is at work on is waited for.
  func build() throws(Problem) -> KubernetesBuild {
    guard let recipe else {
      throw Problem(
        "the recipe of the lab's Kubernetes is not found",
        detail: "It is the folder scripts/lab-kubernetes that planetbed comes with. Set "
          + "PLANETBED_SHARE to the folder that has roles, templates and scripts.\n"
          + Self.without, exitStatus: .usage)
    }
    let program = BuildRecipe(folder: recipe)
    let key = try program.key(interruption)
    let build = KubernetesBuild(key: key, folder: store.kubernetes(key))
    if BuildRecipe.isFinished(build.folder) { return build }

    try Computer.require(tools)
    try FileTree.makeFolder(store.root)
    let failure = try program.build(in: build.folder, interruption) { line in
      if let event = Self.event(line) { progress(event) }
    }
    if let failure {
      throw Problem(
        "Kubernetes for the lab could not be built", detail: failure + "\n" + Self.without,
        exitStatus: .failure)
    }
    return build
  }

  private static let without =
    "The network alone, without it: planetbed lab up --without-kubernetes"

  /// What a line of the program's standard output tells: `progress: 3/9 about 540 s: the title`, or
  /// `progress:` and any other text; nil for other lines.
  static func event(_ line: String) -> LabEvent? {
    guard let text = BuildRecipe.progress(line) else { return nil }
    guard let colon = text.firstRange(of: ": ") else { return .kubernetes(text) }
    let words = text[..<colon.lowerBound].split(separator: " ")
    guard words.count == 4, words[1] == "about", words[3] == "s", let seconds = Int(words[2])
    else { return .kubernetes(text) }
    return .kubernetesStep(
      LabStep(
        title: "\(words[0]) \(text[colon.upperBound...])", usualSeconds: seconds))
  }
}

/// Whether a lab's masters and workers have Kubernetes to install: settled when the lab is first
/// brought up, and the same until it is taken down, so that no machine is made anew for it.
struct KubernetesChoice: Sendable, Hashable {
  /// What was settled; nil when the lab is not up yet.
  var settled: Bool?
  /// Whether the inventory makes a cluster.
  var inventoryAsks: Bool
  /// Whether `--without-kubernetes` was given.
  var leavesOut: Bool

  /// What is so.
  var provides: Bool { settled ?? (inventoryAsks && !leavesOut) }

  /// What is to be said when that is not what is asked for now.
  var remark: String? {
    switch settled {
    case true? where leavesOut:
      "stays, since this lab was made with it; without it: lab down, then lab up "
        + "--without-kubernetes"
    case false? where inventoryAsks && !leavesOut:
      "left out, since this lab was made without it; to have it: lab down, then lab up"
    case nil where inventoryAsks && leavesOut: "left out, until this lab is taken down"
    default: nil
    }
  }

  /// What is written down of it.
  static func record(_ provides: Bool) -> String { provides ? "provided\n" : "left out\n" }

  /// What a record says; nil when there is none.
  static func settled(record: String?) -> Bool? {
    record.flatMap { text in [true, false].first { self.record($0) == text } }
  }
}

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

/// Gets the lab's Kubernetes, once for each version and recipe, and finds it again: built from Debian's
/// source package when that has the version, else fetched as the project itself publishes it. The
/// recipe is a folder with programs of its own, `build.sh` and `fetch.sh`, since what they do is to run
/// compilers and packagers.
struct KubernetesBuilder: Sendable {
  /// The recipe's folder; nil when planetbed does not find the one that it came with.
  var recipe: String?
  /// The version that the inventory asks for; nil for the one that is built.
  var version: String?
  /// Where builds are kept.
  var store: LabStore
  /// What both ways take of this computer.
  var tools = Computer.kubernetesTools
  /// What fetching takes besides.
  var fetchTools = Computer.kubernetesFetchTools
  /// What the recipe's programs have in their environment besides: where packages and images come
  /// from, when that is not where the project publishes them.
  var environment = Self.sources
  /// Stops the work.
  var interruption: Interruption
  /// Tells of the steps.
  var progress: @Sendable (LabEvent) -> Void

  /// The variables of planetbed's own environment that say where Kubernetes is fetched from.
  static var sources: [String: String] {
    let names = ["PLANETBED_KUBERNETES_REPOSITORY", "PLANETBED_KUBERNETES_REGISTRY"]
    return names.reduce(into: [:]) { found, name in
      if let value = getenv(name) { found[name] = String(cString: value) }
    }
  }

  /// One of the two ways to a Kubernetes.
  private struct Way {
    /// The recipe's program.
    var program: BuildRecipe
    /// What it makes, and what it does to it.
    var title = "Kubernetes"
    var verb = "built"
    /// What it takes of this computer.
    var tools: [Computer.Tool]

    /// What is said when it fails.
    func problem(_ reason: String, exitStatus: ExitStatus) -> Problem {
      Problem(
        "\(title) for the lab could not be \(verb)",
        detail: reason + "\n" + KubernetesBuilder.without,
        exitStatus: exitStatus)
    }
  }

  /// A finished Kubernetes of the version, made when it is not there. Work that was interrupted goes on
  /// with the step that it was in; what another planetbed is at work on is waited for.
  func build() throws(Problem) -> KubernetesBuild {
    guard let recipe else {
      throw Problem(
        "the recipe of the lab's Kubernetes is not found",
        detail: "It is the folder scripts/lab-kubernetes that planetbed comes with. Set "
          + "PLANETBED_SHARE to the folder that has roles, templates and scripts.\n"
          + Self.without, exitStatus: .usage)
    }
    let way = try way(recipe)
    let key = try way.program.key(interruption) { way.problem($0, exitStatus: .usage) }
    let build = KubernetesBuild(key: key, folder: store.kubernetes(key))
    if BuildRecipe.isFinished(build.folder) { return build }

    try Computer.require(way.tools)
    try FileTree.makeFolder(store.root)
    try way.program.build(in: build.folder, interruption) { line in
      if let event = Self.event(line) { progress(event) }
    } refusal: {
      way.problem($0, exitStatus: .failure)
    }
    return build
  }

  /// The way to the version that is asked for.
  private func way(_ recipe: String) throws(Problem) -> Way {
    let build = BuildRecipe(program: "\(recipe)/build.sh", environment: environment)
    guard let version, try version != build.answer(to: "--version", interruption) else {
      return Way(program: build, tools: tools)
    }
    return Way(
      program: BuildRecipe(
        program: "\(recipe)/fetch.sh", arguments: [version], environment: environment),
      title: "Kubernetes \(version)", verb: "fetched", tools: tools + fetchTools)
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

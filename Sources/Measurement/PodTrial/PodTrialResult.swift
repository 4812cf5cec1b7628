import Diagnostics

/// What came of a trial with pods.
package struct PodTrialResult: Sendable, Hashable {
  /// A worker, and what its pod found.
  package struct Worker: Sendable, Hashable {
    /// Its name.
    package var name: String
    /// Its site.
    package var site: String
    /// Whether it runs a pod.
    package var runs: Bool
    /// Whether its pod reaches the pod of each worker, in the order of the workers: nil for itself,
    /// and where there was nobody to ask or to answer.
    package var reaches: [Bool?]
    /// Whether its pod reaches the service, every time; nil when it was not asked.
    package var reachesService: Bool?
    /// How many of the pods answered it for the service.
    package var backends: Int
    /// Whether its pod finds the service by its name; nil when that was not asked.
    package var findsNames: Bool?
  }

  /// The workers, in the order of the file; empty when there was no trial.
  package var workers: [Worker] = []
  /// What is wrong.
  package var diagnostics: [Diagnostic] = []
  /// How long it took.
  package var seconds: Double

  /// Whether every pod runs, and reaches all that it should.
  package var isWell: Bool { !diagnostics.contains { $0.severity == .error } }

  /// There was no trial, for this reason.
  package init(_ problem: Problem, seconds: Double) {
    diagnostics = problem.diagnostics
    self.seconds = seconds
  }

  /// A trial, by what the program on `master` told.
  init(_ question: PodTrialQuestion, _ reading: PodTrialReading, master: String, seconds: Double) {
    self.seconds = seconds
    func add(
      _ summary: String, _ detail: String, on host: String, _ severity: Diagnostic.Severity = .error
    ) {
      diagnostics.append(Diagnostic(severity, summary, detail: detail, host: host))
    }
    if let words = reading.unreadyNodes {
      add(
        "not every node became ready within \(PodTrialProgram.nodePatience) s",
        "\(VisibleText.line(words))\nLook there: journalctl -u kubelet", on: master, .warning)
    }
    if let leftover = reading.leftover {
      add(
        "the namespace of the trial's pods was not seen to go", VisibleText.line(leftover),
        on: master, .warning)
    }
    if let failure = reading.failure {
      add(
        failure.step == "api"
          ? "the cluster's API does not answer, so that no pods were tried"
          : "the trial's pods could not be made", VisibleText.line(failure.words), on: master)
      return
    }
    let running = Dictionary(
      reading.pods.filter(\.isReady).map { ($0.node, $0) }, uniquingKeysWith: { first, _ in first })
    for asker in question.workers {
      let answers = reading.answers[asker.name]
      workers.append(
        Worker(
          name: asker.name, site: asker.site, runs: running[asker.name] != nil,
          reaches: question.workers.map { asked in
            guard asked != asker, running[asked.name] != nil, let answers else { return nil }
            return answers.pods[asked.name] == .whole
          }, reachesService: answers.map { $0.tries > 0 && $0.missed == 0 },
          backends: answers?.backends.count ?? 0, findsNames: answers?.findsNames))
    }
    for worker in question.workers {
      guard running[worker.name] != nil else {
        let pod = reading.pods.first { $0.node == worker.name }
        add("no pod runs on it", Self.reason(pod, reading, question), on: worker.name)
        continue
      }
      guard let answers = reading.answers[worker.name] else {
        add(
          "its pod could not be asked",
          VisibleText.line(reading.unasked[worker.name] ?? "kubectl exec told nothing of it"),
          on: worker.name)
        continue
      }
      judge(worker, answers, running: Set(running.keys), question)
    }
  }

  private static func reason(
    _ pod: PodTrialReading.Pod?, _ reading: PodTrialReading, _ question: PodTrialQuestion
  ) -> String {
    guard let pod else {
      return "The cluster made none for it: see that it is a node, and ready."
    }
    let words = [pod.reason, reading.warnings[pod.name] ?? ""].filter { !$0.isEmpty }
    var text = words.map { VisibleText.line($0) }.joined(separator: "\n")
    if words.contains(where: { $0.contains("Image") || $0.contains("pull") }) {
      text +=
        "\nThe worker must be able to get \(question.image): see trial_image, proxy and "
        + "image_archives of [kubernetes] in the inventory."
    }
    return text.isEmpty ? "It was not ready within \(PodTrialProgram.podPatience) s." : text
  }

  private mutating func judge(
    _ worker: PodTrialQuestion.Worker, _ answers: PodTrialReading.Answers, running: Set<String>,
    _ question: PodTrialQuestion
  ) {
    func add(_ summary: String, _ detail: String) {
      diagnostics.append(Diagnostic(.error, summary, detail: detail, host: worker.name))
    }
    let others = question.workers.filter { $0 != worker && running.contains($0.name) }
    let small = others.filter { answers.pods[$0.name] == .small }
    let silent = others.filter { ![.whole, .small].contains(answers.pods[$0.name]) }
    if !silent.isEmpty {
      let isFar = silent.allSatisfy { $0.site != worker.site }
      add(
        "its pod does not reach the pods on \(Self.list(silent))",
        isFar
          ? "They are at other sites: see that the routers know the way to the pod network "
            + "(planetbed plan), and that the tunnels are up (planetbed status)."
          : "See the nodes' routes to each other's pods: ip route.")
    }
    if !small.isEmpty {
      add(
        "its pod gets no full-size packets from the pods on \(Self.list(small))",
        "Short answers come, long ones do not: the pod network's MTU is greater than the way's.")
    }
    if answers.tries == 0 || answers.missed > 0 {
      add(
        "its pod does not reach the service",
        answers.backends.isEmpty
          ? "No try was answered: see kube-proxy there, crictl ps --name kube-proxy."
          : "\(answers.missed) of \(answers.tries) tries were not answered.")
    } else if question.meetsEveryBackend, answers.backends.count < running.count {
      add(
        "its pod reaches the service, and not every pod behind it",
        "\(answers.backends.count) of \(running.count) answered in \(answers.tries) tries: see "
          + "kube-proxy there, crictl logs.")
    }
    if answers.findsNames == false || (question.asksNames && answers.findsNames == nil) {
      add(
        "its pod finds no service by its name",
        "See the cluster's DNS: planetbed kubectl … -- -n kube-system get pods -l k8s-app=kube-dns")
    }
  }

  private static func list(_ workers: [PodTrialQuestion.Worker]) -> String {
    let names = workers.prefix(10).map(\.name).joined(separator: ", ")
    return workers.count > 10 ? "\(names) and \(workers.count - 10) more" : names
  }
}

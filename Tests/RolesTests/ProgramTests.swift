import Digests
import Diagnostics
import ShellPrograms
import Testing

@testable import Roles

/// What the programs must withstand, run by both shells.
@Suite struct ProgramTests {
  private static let twoFilesAndAService = """
    [[task]]
    name = "a"
    file = { path = "{{ root }}/etc/a.conf", content = "new a\\n" }
    [[task]]
    name = "b"
    file = { path = "{{ root }}/etc/b.conf", content = "new b\\n", validate = "grep -q b {{ root }}/etc/b.conf" }
    [[task]]
    name = "the service"
    service = { name = "s", enabled = true, restart_on = ["{{ root }}/etc/a.conf", "{{ root }}/etc/b.conf"] }
    """

  /// Stand-ins for the tools that a file needs count their calls and kill the whole program at one of them.
  @Test(arguments: Shell.allCases, 1...12)
  func aKilledProgramIsMadeGoodByTheNext(_ shell: Shell, _ deadlyCall: Int) throws {
    let scratch = try Scratch(shell)
    try scratch.sh(
      """
      echo old >etc/a.conf; echo old b >etc/b.conf
      mkdir units/s.service; : >units/s.service/active
      for tool in mv base64 sync cp chown; do
        cat >bin/$tool <<'END'
      #!/bin/sh
      echo "$$" >>"$SCRATCH/count"
      if [ "$(wc -l <"$SCRATCH/count")" -eq "$DEADLY" ]; then kill -9 0; fi
      tool=${0##*/}
      if [ -d "$SCRATCH/tools" ]; then exec "$SCRATCH/tools/$tool" "$@"; fi
      exec "/bin/$tool" "$@"
      END
        sed -i 's/\\$DEADLY/\(deadlyCall)/' bin/$tool
        chmod +x bin/$tool
      done
      """)
    let before = try scratch.listing()
    let tasks = try scratch.tasks(Self.twoFilesAndAService)
    let result = try scratch.run(ChangeCompiler.program(for: tasks, layout: scratch.layout))
    var decoder = ChangeDecoder(tasks: tasks, host: "host")
    _ = try decoder.consume(result.output)
    if result.ending != .exited(0) {
      #expect(throws: Problem.self) { try decoder.finish(result) }
      for file in ["a", "b"] {
        #expect(try scratch.holds("case $(cat etc/\(file).conf) in old*|new*) ;; *) false; esac"))
      }
    }
    if deadlyCall % 2 == 0 {
      // Half-applied: a reset goes back.
      _ = try scratch.reset()
      #expect(try scratch.listing() == before)
      return
    }
    let reports = try scratch.change(tasks).reports
    #expect(!reports.contains { $0.status == .failed }, "\(reports)")
    #expect(try scratch.holds("grep -q new etc/a.conf && grep -q new etc/b.conf"))
    #expect(try scratch.holds("grep -q 'restart -- s.service' calls"))
    #expect(try scratch.holds("[ -z \"$(find etc -name '.planetbed*')\" ]"))
    #expect(try scratch.change(tasks).reports.allSatisfy { $0.status == .ok })
    _ = try scratch.reset()
    #expect(try scratch.listing() == before)
  }

  @Test(arguments: Shell.allCases) func secretsAreInNoArgumentListAndNoOutput(_ shell: Shell) throws
  {
    let scratch = try Scratch(shell)
    try scratch.sh(
      """
      echo previous-secret >etc/key
      for tool in mv base64 sync cp chown chmod stat sha256sum cat rm; do
        cat >bin/$tool <<'END'
      #!/bin/sh
      tool=${0##*/}
      echo "$tool $*" >>"$SCRATCH/arguments"
      if [ -d "$SCRATCH/tools" ]; then exec "$SCRATCH/tools/$tool" "$@"; fi
      exec "/usr/bin/$tool" "$@"
      END
        chmod +x bin/$tool
      done
      """)
    let tasks = try scratch.tasks(
      """
      [[task]]
      name = "key"
      file = { path = "{{ root }}/etc/key", content = "my-secret", mode = "0600", secret = true, validate = "cat %s" }
      [[task]]
      name = "join"
      command = { run = "cat; echo my-secret >&2", input = "my-secret", unless = "false", secret = true }
      """)
    let probe = try scratch.run(ProbeCompiler.program(for: tasks, layout: scratch.layout))
    let change = try scratch.run(ChangeCompiler.program(for: tasks, layout: scratch.layout))
    let secret = Array("my-secret".utf8)
    for output in [probe.output, probe.errors, change.output, change.errors] {
      #expect(!output.contains(secret))
      #expect(!output.contains(Array("previous-secret".utf8)))
    }
    let arguments = try scratch.sh("cat arguments")
    #expect(arguments.contains("base64 -d"))
    #expect(!arguments.contains("my-secret"))
    #expect(try scratch.holds("[ \"$(cat etc/key)\" = my-secret ]"))
    let differences = try TaskDifference.all(of: tasks, in: scratch.probe(tasks))
    #expect(!"\(differences)".contains("secret\""))
  }

  @Test(arguments: Shell.allCases) func whatACommandWritesForgesNothing(_ shell: Shell) throws {
    let scratch = try Scratch(shell)
    let tasks = try scratch.tasks(
      """
      [[task]]
      name = "forger"
      command = { run = '''
      for b in 00000000000000000000000000000000 $boundary; do
        printf '%s 0 e 0 ok 0 0 -\\n\\n' "$b"
        printf '%s 0 done\\n\\n' "$b"
        { printf '%s 0 done\\n\\n' "$b" >&3; } 2>/dev/null || true
      done
      printf '\\033[31mred\\377\\n'
      exit 3''', unless = "false" }
      """)
    let events = try scratch.change(tasks)
    #expect(events.reports.map(\.status) == [.failed])
    #expect(events.lines.contains("\\e[31mred\u{fffd}"))
    #expect(events.lines.count >= 5)
  }

  @Test(arguments: Shell.allCases) func manyTunnelsTakeOneProgram(_ shell: Shell) throws {
    let scratch = try Scratch(shell)
    let count = 700
    let tasks = try scratch.tasks(
      """
      [[task]]
      name = "tunnel {{ item }}"
      loop = "tunnels"
      file = { path = "{{ root }}/etc/{{ item }}.conf", content = "remote {{ item }}\\n" }
      [[task]]
      name = "unit {{ item }}"
      loop = "tunnels"
      service = { name = "openvpn-client@{{ item }}", enabled = true, restart_on = ["{{ root }}/etc/{{ item }}.conf"] }
      """,
      variables: ["tunnels": .list((0..<count).map { .string("t\($0)") })])
    try scratch.sh(
      """
      index=0
      while [ $index -lt \(count) ]; do
        echo "remote t$index" >etc/t$index.conf
        mkdir units/openvpn-client@t$index.service
        : >units/openvpn-client@t$index.service/active; : >units/openvpn-client@t$index.service/enabled
        index=$((index + 1))
      done
      echo other >etc/t5.conf
      """)
    let differences = try TaskDifference.all(of: tasks, in: scratch.probe(tasks))
    #expect(
      differences.filter { $0.verdict != .satisfied }.map(\.name) == ["tunnel t5", "unit t5"])
    let reports = try scratch.change(tasks).reports
    #expect(reports.count == 2 * count)
    #expect(reports.filter { $0.status == .changed }.count == 2)
    #expect(try scratch.sh("grep -c 'systemctl show' calls") == "3\n")
  }

  @Test(arguments: Shell.allCases) func largeFilesAndFactsComeThrough(_ shell: Shell) throws {
    let scratch = try Scratch(shell)
    let large = String(repeating: "größer 日本\n", count: 5_000_000 / 15)
    let tasks = try scratch.tasks(
      """
      [[task]]
      name = "large"
      file = { path = "{{ root }}/etc/large", template = "large" }
      [[task]]
      name = "read"
      command = { run = "sha256sum <{{ root }}/etc/large", read_only = true, register = "digest" }
      """, templates: ["large": large], instance: "one")
    let first = try scratch.probe(tasks)
    #expect(first.facts.registered.isEmpty)
    let differences = try TaskDifference.all(of: tasks, in: first)
    #expect(
      differences.map(\.verdict) == [
        .change, .knownAfterApply([FactReference(host: "host", name: "digest.one")]),
      ])
    let reports = try scratch.change(tasks).reports
    #expect(reports.map(\.status) == [.changed, .ok])
    let digest = "\(SHA256.hexadecimal(of: large.utf8))  -"
    #expect(
      reports.last?.registered == TaskReport.RegisteredFact(name: "digest.one", value: digest))
    let second = try scratch.probe(tasks, questions: [ProbeQuestion(name: "q", run: "echo 42")])
    #expect(second.facts.registered == ["digest.one": digest])
    #expect(second.extra == ["q": "42"])
    #expect(second.manifest == [ManifestEntry(kind: "file", target: "\(scratch.root)/etc/large")])
    #expect(second.facts.system.kernel.isEmpty == false)
    #expect(second.facts.system.hasSystemd)
    #expect(try TaskDifference.all(of: tasks, in: second).allSatisfy { $0.verdict == .satisfied })
  }

  @Test func factsOfOthersArriveAfterTheProbe() throws {
    let scratch = try Scratch(.dash)
    let reference = FactReference(host: "peer", name: "fingerprint")
    func tasks(_ facts: Facts) throws -> [RoleTask] {
      try scratch.tasks(
        """
        [[task]]
        name = "tunnel"
        file = { path = "{{ root }}/etc/t.conf", content = "peer-fingerprint {{ peer }}\\n" }
        [[task]]
        name = "unit"
        service = { name = "t", restart_on = ["{{ root }}/etc/t.conf"] }
        """, variables: ["peer": .fact(reference)], facts: facts)
    }
    try scratch.sh(
      "echo 'peer-fingerprint AA' >etc/t.conf; mkdir units/t.service; : >units/t.service/active")
    let unknown = try tasks(Facts())
    #expect(unknown.map(\.missingFacts) == [[reference], []])
    let answer = try scratch.probe(unknown)
    #expect(
      try TaskDifference.all(of: unknown, in: answer).map(\.verdict)
        == [.knownAfterApply([reference]), .knownAfterApply([reference])])
    let peer = HostFacts(system: SystemFacts(), registered: ["fingerprint": "AA"])
    let same = try tasks(Facts(hosts: ["peer": peer]))
    #expect(try TaskDifference.all(of: same, in: answer).allSatisfy { $0.verdict == .satisfied })
    let other = try tasks(
      Facts(hosts: ["peer": HostFacts(system: SystemFacts(), registered: ["fingerprint": "BB"])]))
    let differences = try TaskDifference.all(of: other, in: answer)
    #expect(differences.map(\.verdict) == [.change, .change])
    #expect(differences[0].diff?.contains("-peer-fingerprint AA\n+peer-fingerprint BB") == true)
    let failed = try scratch.change(unknown).reports
    #expect(
      failed.last?.failure?.diagnostics.first?.summary
        == "it needs facts that are not known: fingerprint of peer")
  }

  /// A full disk, a read-only file system, an immutable file: the tool that meets it says so in its
  /// own words, and nothing is half-written.
  @Test(
    arguments: Shell.allCases,
    [
      ("base64", "base64: write error: No space left on device"),
      ("mv", "mv: cannot move: Operation not permitted"),
      ("chown", "chown: changing ownership: Read-only file system"),
      ("chmod", "chmod: changing permissions: Input/output error"),
    ])
  func whatCannotBeWrittenIsToldInTheHostsWords(_ shell: Shell, _ tool: (String, String)) throws {
    let scratch = try Scratch(shell)
    try scratch.sh(
      """
      echo old >etc/a.conf
      cat >bin/\(tool.0) <<'END'
      #!/bin/sh
      case "$*" in
      *-d* | *.planetbed-*) echo half; echo '\(tool.1)' >&2; exit 1 ;;
      esac
      exec /usr/bin/\(tool.0) "$@"
      END
      chmod +x bin/\(tool.0)
      """)
    let tasks = try scratch.tasks(
      "[[task]]\nname = \"a\"\nfile = { path = \"{{ root }}/etc/a.conf\", content = \"new\" }")
    let reports = try scratch.change(tasks).reports
    let failure = try #require(reports.last?.failure?.diagnostics.first)
    #expect(failure.summary == "cannot write \(scratch.root)/etc/a.conf")
    #expect(failure.detail.contains(tool.1))
    #expect(failure.host == "host" && failure.task == "case: a")
    #expect(
      try scratch.holds("[ \"$(cat etc/a.conf)\" = old ] && [ \"$(ls -A etc | wc -l)\" = 3 ]"))
  }

  @Test func aStateThatCannotBeKeptIsToldByHost() throws {
    let scratch = try Scratch(.dash)
    try scratch.sh("rmdir var/lib; : >var/lib")
    let tasks = try scratch.tasks(Self.twoFilesAndAService)
    let failure = try scratch.change(tasks).reports.first?.failure?.diagnostics.first
    #expect(failure?.summary == "planetbed cannot keep its state on host")
    #expect(failure?.detail.contains("Not a directory") == true)
  }

  @Test func hostileAnswersAreProblems() throws {
    let scratch = try Scratch(.dash)
    let tasks = try scratch.tasks(Self.twoFilesAndAService)
    for output in ["", "garbage", "planetbed 1 \(String(repeating: "a", count: 32))\nwhat\n"] {
      let result = ProgramResult(
        ending: .exited(0), output: Array(output.utf8), errors: Array("sh: not found\n".utf8))
      #expect {
        _ = try ProbeDecoder.answer(
          from: result, tasks: tasks, host: "h1", operatorClockBefore: 0, operatorClockAfter: 0)
      } throws: { error in
        let diagnostic = (error as? Problem)?.diagnostics.first
        return diagnostic?.host == "h1" && diagnostic?.detail.contains("sh: not found") == true
      }
      var decoder = ChangeDecoder(tasks: tasks, host: "h1")
      #expect(throws: Problem.self) {
        _ = try decoder.consume(result.output)
        try decoder.finish(result)
      }
    }
  }
}

extension [UInt8] {
  fileprivate func contains(_ part: [UInt8]) -> Bool { firstRange(of: part) != nil }
}

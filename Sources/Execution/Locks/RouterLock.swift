import Diagnostics
import ShellPrograms
import Transport

/// The lock against another operator: files on a router, in /run, where a reboot clears them.
///
/// Each taking of the lock makes a file whose name is one more than the last one's, with `ln`,
/// which fails when the name is there: of two that try at once, one gets it, and the one who took
/// over an expired lock cannot be mistaken for its holder. The highest number is the lock, and its
/// generation. Times are the router's own, so that the operators' clocks need not agree.
struct RouterLock: Sendable {
  /// Who has, or had, the lock.
  struct Holder: Sendable, Hashable {
    /// How many times it was taken since the router started.
    var generation: Int
    /// The run that took it.
    var run: String
    /// Who runs it: `anna@laptop`.
    var name: String
    /// When it was taken, in milliseconds since 1970.
    var since: Int64
    /// When it expires, likewise; 0 when it was given back.
    var expiry: Int64
  }

  /// What a try to take the lock came to.
  enum Answer: Sendable, Hashable {
    /// It was taken; who had it before.
    case taken(before: Holder?)
    /// Another has it.
    case held(Holder)
  }

  /// How long it is valid unless renewed.
  static let validity = Duration.seconds(600)
  /// How often it is renewed.
  static let renewal = Duration.seconds(120)

  /// The router that keeps it.
  let router: String
  /// The run that wants it.
  let run: String
  /// Who runs it.
  let holder: String
  private let owner: String
  private let folder: String

  /// - Parameter owner: the mark of the operator's state folder: a lock that bears it, and whose
  ///   run is over because the folder's own lock is held by this one, is taken over at once.
  init(testbed: String, router: String, run: String, holder: String, owner: String) {
    self.router = router
    self.run = run
    self.holder = VisibleText.line(holder, limit: 200)
    self.owner = owner
    self.folder = Self.folder(testbed)
  }

  private static func folder(_ testbed: String) -> String { "/run/planetbed/lock.\(testbed)" }

  /// Finds the highest number, and reads its lines; what every program begins with.
  private static func look(_ folder: String) -> String {
    """
    export LC_ALL=C
    umask 077
    folder=\(ShellQuoting.quoted(folder))
    set +f
    look() {
      generation=0 run= holder= owner= since=0 expiry=0
      for file in "$folder"/*; do
        number=${file##*/}
        case $number in '' | *[!0-9]*) continue ;; esac
        if [ "$number" -gt "$generation" ]; then generation=$number; fi
      done
      if [ "$generation" -gt 0 ]; then
        {
          IFS= read -r run; IFS= read -r holder; IFS= read -r owner
          IFS= read -r since; IFS= read -r expiry
        } <"$folder/$generation" || :
        case $expiry in '' | *[!0-9]*) expiry=0 ;; esac
      fi
    }
    tell() { printf '%s\\n' "$1" "$generation" "$run" "$holder" "$since" "$expiry"; }
    enter() {
      printf '%s\\n' \\
        "$my_run" "$my_holder" "$my_owner" "$my_since" "$my_expiry" >"$folder/new.$my_run"
    }

    """
  }

  private var mine: String {
    """
    my_run=\(ShellQuoting.quoted(run)) my_holder=\(ShellQuoting.quoted(holder))
    my_owner=\(ShellQuoting.quoted(owner))
    now=$(date +%s) || exit 1
    my_since=$now my_expiry=$((now + \(Self.validity.components.seconds)))

    """
  }

  /// What a probe of the router runs too, as a shell function body's text: it writes the present
  /// holder's five lines.
  static func probe(testbed: String) -> String { look(folder(testbed)) + "look\ntell lock\n" }

  /// Takes the lock, or tells who has it.
  var takingProgram: RemoteProgram {
    RemoteProgram(
      Self.look(folder) + mine + """
        mkdir -p "$folder" || exit 1
        look
        if [ "$expiry" -gt "$now" ] && [ "$owner" != "$my_owner" ]; then tell held; exit 0; fi
        enter || exit 1
        if ln "$folder/new.$my_run" "$folder/$((generation + 1))" 2>/dev/null; then
          tell taken
          rm -f "$folder/$generation" "$folder/new.$my_run"
        else
          rm -f "$folder/new.$my_run"
          look
          if [ "$generation" -eq 0 ]; then echo "cannot make links in $folder" >&2; exit 1; fi
          tell held
        fi

        """, deadline: .seconds(60))
  }

  /// Makes the lock valid for longer, or tells who has taken it.
  var renewingProgram: RemoteProgram {
    RemoteProgram(
      Self.look(folder) + mine + """
        look
        if [ "$run" != "$my_run" ]; then tell held; exit 0; fi
        my_since=$since
        enter && mv -f "$folder/new.$my_run" "$folder/$generation" || exit 1
        tell taken

        """, deadline: .seconds(60))
  }

  /// Gives the lock back. Its file stays, so that the next taking gets the next number; with
  /// `removing`, nothing of it stays.
  func releasingProgram(removing: Bool) -> RemoteProgram {
    // A lock that another took meanwhile keeps the folder from being removed: rmdir sees to that.
    let end =
      removing
      ? """
      rm -f "$folder/$generation"
      rmdir "$folder" 2>/dev/null && rmdir "${folder%/*}" 2>/dev/null

      """
      : """
      my_since=$since my_expiry=0
      enter && mv -f "$folder/new.$my_run" "$folder/$generation" || exit 1

      """
    return RemoteProgram(
      Self.look(folder) + mine + "look\nif [ \"$run\" != \"$my_run\" ]; then exit 0; fi\n" + end
        + "exit 0\n", deadline: .seconds(60))
  }

  /// What the taking or the renewing program answered.
  /// - Throws: `Problem` naming the router when it answered something else.
  func answer(from result: ProgramResult) throws(Problem) -> Answer {
    let lines = Self.lines(result.output)
    guard result.ending == .exited(0), let (word, holder) = Self.holder(lines) else {
      let errors = VisibleText.line(
        String(decoding: result.errors.suffix(400), as: UTF8.self), limit: 200)
      throw Problem(
        "cannot take the testbed's lock on the router \(router)",
        detail: "It is kept in \(folder) there, which must be writable for root."
          + (errors.isEmpty ? "" : " The router said: \(errors)"),
        host: router, exitStatus: .failure)
    }
    switch word {
    case "held":
      return .held(holder ?? Holder(generation: 0, run: "", name: "", since: 0, expiry: 0))
    default: return .taken(before: holder)
    }
  }

  /// The holder that a probe of the router told of, in the lines that `probe(testbed:)` writes.
  static func holder(in output: some Sequence<UInt8>) -> Holder? {
    holder(lines(Array(output)))?.1
  }

  private static func lines(_ output: [UInt8]) -> [String] {
    String(decoding: output.prefix(4096), as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: false).map {
        VisibleText.line($0, limit: 200)
      }
  }

  private static func holder(_ lines: [String]) -> (String, Holder?)? {
    guard lines.count >= 6, ["held", "taken", "lock"].contains(lines[0]),
      let generation = Int(lines[1])
    else { return nil }
    guard generation > 0 else { return (lines[0], nil) }
    func time(_ text: String) -> Int64 {
      Int64(text).map { $0 > 0 && $0 < 253_402_300_799 ? $0 * 1000 : 0 } ?? 0
    }
    let holder = Holder(
      generation: generation, run: lines[2], name: lines[3], since: time(lines[4]),
      expiry: time(lines[5]))
    return (lines[0], holder)
  }

  /// Why the run cannot begin.
  func conflict(with holder: Holder) -> Problem {
    Problem(
      "\(holder.name) is changing this testbed since \(OperatorClock.text(holder.since))",
      detail: "The lock on the router \(router) is held by the run \(holder.run) until "
        + "\(OperatorClock.text(holder.expiry)), and is renewed while that run lives. Wait for "
        + "its end; if it was cut off, its lock expires by itself.",
      host: router, exitStatus: .failure)
  }

  /// Why the run cannot go on.
  func loss(to holder: Holder) -> Problem {
    Problem(
      "the testbed's lock on the router \(router) was lost"
        + (holder.name.isEmpty ? "" : " to \(holder.name)"),
      detail: "The lock was not renewed in time, or the router was restarted; the machines finish "
        + "the task that they are at. Run apply again to finish the work.",
      host: router, exitStatus: .failure)
  }

  /// Why the plan is no longer good.
  func change(by holder: Holder) -> Problem {
    Problem(
      "the testbed was changed by \(holder.name) since the plan was made",
      detail: "Their run \(holder.run) began at \(OperatorClock.text(holder.since)). Plan again.",
      host: router, exitStatus: .failure)
  }
}

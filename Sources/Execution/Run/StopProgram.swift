import ShellPrograms

/// How a change program learns that it should end after the task that it is at: while the file of
/// its run is there, it goes on. A program of a later run puts its own name there, so that what an
/// operator's death left running ends too.
extension StopSwitch {
  private static func file(_ testbed: String) -> String { "/run/planetbed/going.\(testbed)" }

  /// What a change program begins with; before each task it asks `may_go_on`, if `going` is not
  /// empty: where /run cannot be written, a program cannot be told to end, and runs all the same.
  static func preamble(testbed: String, run: String) -> String {
    """
    going=\(ShellQuoting.quoted(file(testbed))) going_run=\(ShellQuoting.quoted(run))
    if ! { mkdir -p "${going%/*}" && printf '%s\\n' "$going_run" >"$going"; }; then going=; fi
    may_go_on() {
      going_now=
      if [ -e "$going" ]; then IFS= read -r going_now <"$going" || :; fi
      [ "$going_now" = "$going_run" ]
    }
    leave() {
      if [ -n "$going" ] && may_go_on; then rm -f "$going"; fi
      rmdir "${going%/*}" 2>/dev/null
    }
    trap leave EXIT

    """
  }

  /// Asks the program of the run to end.
  static func program(testbed: String, run: String) -> RemoteProgram {
    RemoteProgram(
      """
      going=\(ShellQuoting.quoted(file(testbed))) now=
      if [ -e "$going" ]; then IFS= read -r now <"$going" || :; fi
      if [ "$now" = \(ShellQuoting.quoted(run)) ]; then rm -f "$going"; fi

      """, deadline: .seconds(60))
  }
}

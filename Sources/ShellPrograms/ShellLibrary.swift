/// Pieces of POSIX sh that the programs share. No function has local variables, since POSIX sh has
/// none: each one's names are its own.
package enum ShellLibrary {
  /// How every program begins, behind `FrameFormat.opening`: nothing of the user's environment may
  /// change what the programs mean.
  package static let surroundings = """
    umask 077
    set -f
    nl='
    '
    tab='	'
    PATH=${PATH:-/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin}:/usr/sbin:/sbin
    export PATH

    """

  /// Running what others wrote: `logged WORDS…` runs a command or function in a subshell, sends what
  /// it writes as frames `o $task`, a line each, while it runs (nothing when `$quiet` is set), and
  /// leaves its status in `$status`. `logged_value` does so with standard error, and leaves standard
  /// output in `$value`. What is run never holds the descriptor that frames leave by.
  package static let logged = """
    relay() {
      while IFS= read -r relayed || [ -n "$relayed" ]; do
        [ -n "$quiet" ] || frame "o $task" "$relayed"
      done
    }
    logged() {
      status=$({ { ( "$@" ) 2>&1 3>&- 4>&-; echo "$?" >&4; } | relay; } 4>&1 >/dev/null)
    }
    logged_value() {
      value=$(
        { {
          value=$( ( "$@" ) 2>&5 3>&- 4>&- 5>&-)
          printf '%s %s' "$?" "$value" >&4
        } 5>&1 | relay; } 4>&1 >/dev/null
      )
      status=${value%% *}
      value=${value#* }
    }

    """
}

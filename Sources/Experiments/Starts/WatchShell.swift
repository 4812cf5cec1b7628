import Inventories
import ShellPrograms

/// Pieces of POSIX sh that the programs for an experiment's master share.
enum WatchShell {
  /// To be put behind `AdministratorShell.kubectl`. Makes `$name`, the namespace; `$server`, the word by
  /// which the master's own API server is asked; and `fail WHAT [FILE]`, which tells why and ends.
  static func opening(namespace: String, address: IPv4Address) -> String {
    """
    name=\(namespace) server=--server=https://\(address):6443
    fail() {
      frame "failed $1" "$(tail -c 600 "${2:-$folder/errors}")"
      over=1
      exit 0
    }

    """
  }

  /// Makes `watching WHAT TEMPLATE SECONDS`, whose lines come by descriptor 4; `awaited KIND NAME`, which
  /// reads them up to that; `limit SECONDS`, after which the watch is ended and `$folder/late` exists,
  /// and `unlimit`; `unwatch`.
  static let watch = """
    watcher= timer=
    watching() {
      mkfifo "$folder/lines" || exit 1
      timeout "$3" kubectl --kubeconfig \(AdministratorShell.configuration) \\
        --cache-dir "$folder/cache" "$server" -n "$name" get "$1" -w --output-watch-events \\
        -o go-template="$2" >"$folder/lines" 2>"$folder/watched" 3>&- 5>&- &
      watcher=$!
      exec 4<"$folder/lines"
    }
    awaited() {
      while IFS=' ' read -r kind seen rest <&4; do
        [ "$kind $seen" != "$1 $2" ] || return 0
      done
      return 1
    }
    limit() {
      (
        trap - EXIT
        trap 'kill "$!" 2>/dev/null; exit 0' TERM
        sleep "$1" &
        wait "$!"
        : >"$folder/late"
        kill "$watcher"
      ) </dev/null >/dev/null 2>&1 3>&- 4<&- 5>&- &
      timer=$!
    }
    unlimit() {
      kill "$timer" 2>/dev/null
      wait "$timer"
      timer=
    }
    unwatch() {
      kill "$watcher" 2>/dev/null
      exec 4<&-
      wait "$watcher"
      watcher=
      rm -f "$folder/lines"
    }

    """
}

/// The sh text of a probe that does not depend on what is asked.
enum ProbeLibrary {
  /// Files above this size are not sent, bytes.
  static let contentLimit = 1 << 20
  /// All contents of one group of files together, bytes.
  static let groupLimit = 8 << 20

  /// What every probe tells of its machine. The clock is told first and last, so that the
  /// operator can take the way there and back out of the difference.
  static let system = """
    frame 'clock' "$(date +%s.%N)"
    frame 'uname' "$(uname -rm)"
    os=
    if [ -r /etc/os-release ]; then
      while IFS= read -r line || [ -n "$line" ]; do os=$os$line$nl; done </etc/os-release
    fi
    frame 'os' "$os"
    ! command -v ip >/dev/null 2>&1 || frame 'addresses' "$(ip -o -4 addr show 2>/dev/null)"
    [ ! -e /dev/net/tun ] || frame 'tun' ''
    [ ! -d "$systemd" ] || frame 'systemd' ''
    ! command -v openvpn >/dev/null 2>&1 || frame 'version openvpn' "$(openvpn --version 2>/dev/null)"
    ! command -v haproxy >/dev/null 2>&1 || frame 'version haproxy' "$(haproxy -v 2>/dev/null)"
    [ ! -s "$state/manifest" ] || frame 'manifest' "$(cat "$state/manifest")"
    if [ -d "$state/unfinished" ]; then
      set +f
      for mark in "$state"/unfinished/*; do
        [ ! -e "$mark" ] && [ ! -L "$mark" ] || frame 'unfinished' "${mark##*/}"
      done
      set -f
    fi

    """

  /// `look PATH…` tells everything of these files with one stat, one sha256sum and one cat.
  /// `$wanted` says of each, in the same order and a line each, whether its content is sent: `n`
  /// never, `a` always, `d` unless its digest is the one given.
  ///
  /// The lists that stat and sha256sum write leave out what is missing; since they keep the order, one
  /// walk along both finds each path's line without searching.
  static let look = """
    look() {
      stats=$(stat -c '%f %s %u %g %U %G %n' -- "$@" 2>/dev/null)
      frame 'stat' "$stats"
      regular=
      large=
      IFS=$nl
      for line in $stats; do
        case $line in
        8*) ;;
        *) continue ;;
        esac
        path=${line#* * * * * * }
        regular=$regular$nl$path
        size=${line#* }
        [ "${size%% *}" -le \(contentLimit) ] || large=$large$nl$path$nl
      done
      set -- $regular
      digests=
      [ "$#" = 0 ] || digests=$(sha256sum -- "$@" 2>/dev/null)
      frame 'digests' "$digests"
      set -- $digests
      sent=
      for line in $wanted; do
        path=${line#* * }
        case ${1:-} in
        *"  $path") ;;
        *) continue ;;
        esac
        digest=${1%% *}
        shift
        case $line in
        'a '*) ;;
        "d $digest "*) continue ;;
        'd '*) ;;
        *) continue ;;
        esac
        case $large in
        *"$nl$path$nl"*) ;;
        *) sent=$sent$nl$path ;;
        esac
      done
      set -- $sent
      if [ "$#" != 0 ]; then
        frame 'sent' "$sent"
        frame 'contents' "$(cat -- "$@" 2>/dev/null | head -c \(groupLimit) | base64)"
      fi
      IFS=" $tab$nl"
    }

    """

  /// `tell WORDS TEXT` runs sh text and tells what it wrote when it succeeded; `check WORDS TEXT` tells how
  /// it ended. What is run may write nothing else.
  static let commands = """
    tell() {
      told=$(
        exec 2>/dev/null 3>&-
        umask 022
        set -e
        eval "$2"
      )
      told_status=$?
      [ "$told_status" != 0 ] || frame "$1" "$told"
    }
    check() {
      (
        exec >/dev/null 2>&1 3>&-
        umask 022
        eval "$2"
      )
      frame "$1" "$?"
    }

    """
}

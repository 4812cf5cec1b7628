import ShellPrograms

/// The sh text about what planetbed keeps on a machine, shared by the probe, change and reset programs.
///
/// `manifest` names what was put there, in order, a line each: kind, key, target, and what it was
/// before, tab-separated and ended by a point, so that a line cut short by a full disk is known.
/// `entries/KEY` exists for each line. `originals/KEY` is what a thing was before.
/// `changed/KEY` holds a token, new whenever planetbed changes the file of that key;
/// `services/KEY` the tokens of the files that a service has been (re)started with, so that a restart that an
/// interruption left out is made good. `unfinished/KEY` is the file as it was before a
/// replacement whose validation has not ended.
enum StateLibrary {
  /// Where the state is.
  static func opening(_ layout: HostLayout) -> String {
    "states=\(ShellQuoting.quoted(layout.states))\nstate=\(ShellQuoting.quoted(layout.state))\n"
      + "systemd=\(ShellQuoting.quoted(layout.systemd))\n"
  }

  /// `stale UNIT-KEY FILE-KEY…`: whether a file was changed since the unit was (re)started; the
  /// files' tokens are left in `$tokens`.
  static let stale = """
    stale() {
      started_with=
      [ ! -e "$state/services/$1" ] || IFS= read -r started_with <"$state/services/$1"
      shift
      tokens=
      is_stale=1
      for key; do
        [ -e "$state/changed/$key" ] || continue
        IFS= read -r token_now <"$state/changed/$key"
        tokens="$tokens $key=$token_now"
        case "$started_with " in
        *" $key=$token_now "*) ;;
        *) is_stale=0 ;;
        esac
      done
      return "$is_stale"
    }

    """

  /// `module_state NAME NAME-AS-PATTERN FOLDER-OF-STATES FOLDERS-OF-MODULES`: `$module` becomes
  /// `absent`, `loaded` or `builtin`. A container has its host's modules, and no folder of its own.
  static let moduleState = """
    module_state() {
      module_folder=$4/$(uname -r)
      module=absent
      if [ -e "$3/$1/initstate" ]; then
        module=loaded
        [ -d "$module_folder" ] || module=builtin
      elif [ -d "$3/$1" ]; then
        module=builtin
      elif [ -e "$module_folder/modules.builtin" ]; then
        ! grep -q "/$2\\\\.ko" "$module_folder/modules.builtin" || module=builtin
      else
        case $1 in
        tun) [ ! -e /sys/class/misc/tun ] || module=builtin ;;
        overlay) ! grep -q '[[:space:]]overlay$' /proc/filesystems || module=builtin ;;
        br_netfilter) [ ! -e /proc/sys/net/bridge/bridge-nf-call-iptables ] || module=builtin ;;
        nf_conntrack) [ ! -e /proc/sys/net/netfilter/nf_conntrack_max ] || module=builtin ;;
        esac
      fi
    }

    """

  /// The arguments of `module_state` for a module, by the name that a role gives it.
  static func moduleArguments(_ name: String, _ layout: HostLayout) -> String {
    let plain = String(name.map { $0 == "-" ? "_" : $0 })
    let pattern = plain.split(separator: "_", omittingEmptySubsequences: false)
      .joined(separator: "[-_]")
    return [plain, pattern, layout.sysModule, layout.moduleFolders]
      .map(ShellQuoting.quoted).joined(separator: " ")
  }
}

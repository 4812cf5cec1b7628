/// The sh text of a change program about services, kernel parameters and modules.
enum SystemLibrary {
  /// `service UNIT KEY ENABLED STARTED VERB FILE-KEY…`.
  static let services = """
    show_unit() {
      load=
      active=
      unit_file=
      reload_needed=
      shown=$(systemctl show -p LoadState,ActiveState,UnitFileState,NeedDaemonReload -- "$1" 2>&1)
      while IFS= read -r line; do
        case $line in
        LoadState=*) load=${line#*=} ;;
        ActiveState=*) active=${line#*=} ;;
        UnitFileState=*) unit_file=${line#*=} ;;
        NeedDaemonReload=*) reload_needed=${line#*=} ;;
        esac
      done <<END
    $shown
    END
      is_enabled=
      case $unit_file in
      enabled | enabled-runtime) is_enabled=1 ;;
      esac
      is_active=
      case $active in
      active | reloading | activating) is_active=1 ;;
      esac
    }
    act() {
      change
      enter "service-$unit_key" \\
        "service${tab}service-$unit_key$tab$unit$tab${is_enabled:-0}:${is_active:-0}" || {
        fail "the manifest in $state cannot be written"
        return 1
      }
      logged systemctl "$1" -- "$unit"
      [ "$status" = 0 ] && return 0
      service_failed "$1"
      return 1
    }
    service_failed() {
      failed_status=$status
      logged journalctl -u "$unit" -n 15 --no-pager -o cat
      status=$failed_status
      fail "systemctl $1 $unit failed"
    }
    service() {
      unit=$1
      unit_key=$2
      enabled=$3
      started=$4
      verb=$5
      shift 5
      if [ ! -d "$systemd" ] || ! command -v systemctl >/dev/null 2>&1; then
        fail "the service $unit cannot be managed: systemd does not run this machine"
        return
      fi
      show_unit "$unit"
      if [ -n "$units_changed" ] || [ "$reload_needed" = yes ]; then
        logged systemctl daemon-reload
        units_changed=
        show_unit "$unit"
      fi
      case $load in
      loaded) ;;
      not-found)
        [ "$started" = no ] && return
        fail "there is no unit $unit: its package or unit file must come first"
        return
        ;;
      masked)
        [ "$started" = no ] && return
        fail "the unit $unit is masked: systemctl unmask $unit would free it"
        return
        ;;
      *)
        frame "o $task" "$shown"
        fail "systemd cannot load the unit $unit"
        return
        ;;
      esac
      case $enabled:$is_enabled:$unit_file in
      yes:1:* | yes::static | yes::alias | yes::indirect | yes::generated | yes::transient) ;;
      yes::linked*) ;;
      yes:*) act enable || return ;;
      no:1:*) act disable || return ;;
      esac
      if [ "$started" = no ]; then
        [ -z "$is_active" ] || act stop
        return
      fi
      if [ -z "$is_active" ]; then
        ! stale "$unit_key" "$@"
        act start || return
      elif stale "$unit_key" "$@"; then
        # One that is between two attempts to start has nothing that could be reloaded.
        [ "$active" = active ] || verb=restart
        act "$verb" || return
      else
        return
      fi
      if systemctl is-failed -q -- "$unit" 2>/dev/null; then
        status=1
        service_failed "$verb"
        return
      fi
      printf '%s\\n' "$tokens" >"$state/services/$unit_key" \\
        || fail "the state in $state cannot be written"
    }

    """

  /// `look_at_units UNIT…` asks systemd about all units at once: `$fresh_INDEX` is set for those that are
  /// as their tasks want them, but for restarts. `$wanted` holds a word `INDEX:ENABLED:STARTED` each.
  static let unitsAhead = """
    look_at_units() {
      [ -d "$systemd" ] && command -v systemctl >/dev/null 2>&1 || return 0
      shown=$(systemctl show -p LoadState,ActiveState,UnitFileState,NeedDaemonReload -- "$@" 2>&1)
      set -- $wanted
      state_now=
      while IFS= read -r line; do
        case $line in
        '')
          weigh_unit "${1:-}"
          shift
          state_now=
          ;;
        *) state_now="$state_now $line" ;;
        esac
      done <<END
    $shown
    END
      weigh_unit "${1:-}"
    }
    weigh_unit() {
      case $state_now in
      *NeedDaemonReload=yes*) return ;;
      *LoadState=loaded*) ;;
      *) return ;;
      esac
      case $1 in
      *:no) wanted_active=inactive ;;
      *) wanted_active=active ;;
      esac
      case "$state_now " in
      *" ActiveState=$wanted_active "*) ;;
      *) return ;;
      esac
      case "$1$state_now " in
      *:yes:*' UnitFileState=enabled '* | *:no:*' UnitFileState=disabled '* | *:keep:*)
        eval "fresh_${1%%:*}=1" ;;
      esac
    }

    """

  /// `set_parameter NAME KEY FILE VALUE` and `load_module NAME`.
  static let kernel = """
    has_value() {
      value_now=
      [ -r "$1" ] || return 1
      value_wanted=$2
      read -r line <"$1"
      set -- $line
      value_now=$*
      [ "$value_now" = "$value_wanted" ]
    }
    set_parameter() {
      if [ ! -e "$3" ]; then
        echo "the kernel has no parameter $1"
        return 1
      fi
      enter "sysctl-$2" "sysctl${tab}sysctl-$2$tab$1$tab$value_now" && printf '%s\\n' "$4" >"$3"
    }
    load_module() {
      if ! command -v modprobe >/dev/null 2>&1; then
        fail "the kernel module $1 is not there, and this machine has no modprobe to load it"
        return
      fi
      enter "module-$1" "module${tab}module-$1$tab$1${tab}loaded" || {
        fail "the manifest in $state cannot be written"
        return
      }
      logged modprobe -- "$1"
      [ "$status" = 0 ] || fail "the kernel module $1 cannot be loaded"
    }

    """
}

/// The sh text that takes back what a manifest names, the last first.
enum ResetLibrary {
  /// `undone`, `kept` and `failed` tell what became of a thing. `$broken` then keeps the state, so that
  /// the next reset goes on with what is left.
  static let telling = """
    quiet=1
    broken=
    units=
    purge=
    spare=
    restored=
    undone() { frame 'undone' "$1"; }
    kept() { frame 'kept' "$1"; }
    failed() {
      broken=1
      frame 'failed' "$1"
    }
    exists() { [ -e "$1" ] || [ -L "$1" ]; }
    try() {
      said=$( ("$@") 2>&1 3>&-) && return 0
      failed "$what: $said"
      return 1
    }

    """

  /// Files, folders and texts.
  static let files = """
    put_back() {
      cp -pP -- "$state/originals/$1" "$2" && mv -f -T -- "$2" "$3"
    }
    # A purge may have taken the folder with it, whose mode and owner were noted before.
    folder_again() {
      [ ! -d "${target%/*}/" ] || return 0
      IFS=: read -r folder_mode folder_owner <"$state/originals/$key.folder" || return
      mkdir -p -- "${target%/*}" && chown -- "$folder_owner" "${target%/*}" \\
        && chmod -- "$folder_mode" "${target%/*}"
    }
    key_temporary() { temporary=${target%/*}/.planetbed-${key#*-}; }
    reset_file() {
      key_temporary
      ! exists "$temporary" || try rm -f -- "$temporary" || return
      if [ "$before" = kept ]; then
        if [ ! -d "${target%/*}/" ] && [ ! -s "$state/originals/$key.folder" ]; then
          kept "$what not restored: its folder is gone"
        elif exists "$state/originals/$key"; then
          ! try folder_again || ! try put_back "$key" "$temporary" "$target" || {
            restored="$restored$nl$key$tab$target"
            undone "$what restored"
          }
        fi
      elif [ -d "$target" ] && [ ! -L "$target" ]; then
        kept "$what: a folder is in its place"
      elif exists "$target"; then
        ! try rm -f -- "$target" || undone "$what removed"
      fi
    }
    reset_directory() {
      [ -d "$target" ] && [ ! -L "$target" ] || return 0
      if [ "$before" != none ]; then
        ! try chown -- "${before#*:}" "$target" || ! try chmod -- "${before%%:*}" "$target" \\
          || undone "$what restored"
      elif [ -z "$(ls -A -- "$target" 2>/dev/null)" ]; then
        ! try rmdir -- "$target" || undone "$what removed"
      else
        kept "$what: not empty"
      fi
    }
    read_text() { text=$(cat -- "$1" && echo .) && text=${text%.}; }
    without_line() {
      new=
      old=
      [ ! -s "$state/originals/$key.old" ] || old=$(cat "$state/originals/$key.old")
      line_ours=$(cat "$state/originals/$key.line" 2>/dev/null)
      body=${text%"$nl"}
      found=
      while IFS= read -r line; do
        if [ -z "$found" ] && [ "$line" = "$line_ours" ]; then
          found=1
          [ -z "$old" ] || new=$new$old$nl
        else
          new=$new$line$nl
        fi
      done <<END
    $body
    END
    }
    without_block() {
      new=
      inside=
      begin=
      end=
      [ ! -e "$state/originals/$key.markers" ] || {
        IFS= read -r begin
        IFS= read -r end
      } <"$state/originals/$key.markers"
      body=${text%"$nl"}
      while IFS= read -r line; do
        if [ -n "$inside" ]; then
          [ "$line" != "$end" ] || inside=
        elif [ -n "$begin" ] && [ "$line" = "$begin" ]; then
          inside=1
        else
          new=$new$line$nl
        fi
      done <<END
    $body
    END
      [ -z "$inside" ]
    }
    reset_text() {
      [ -f "$target" ] || return 0
      read_text "$target" || {
        failed "$what: $text"
        return
      }
      if ! "without_$kind"; then
        failed "$what: the line \\"$end\\" is missing"
        return
      fi
      [ -n "$text" ] || new=
      temporary=${target%/*}/.planetbed-text
      if [ "$before" = none ] && [ -z "$new" ]; then
        ! try rm -f -- "$target" || undone "$what removed"
        return
      fi
      [ "$new" != "$text" ] || return 0
      if [ "$before" = kept ] && [ "$new" = "$(cat -- "$state/originals/$key" 2>/dev/null)$nl" ]; then
        ! try put_back "$key" "$temporary" "$target" || undone "$what removed"
      else
        ! try rewrite || undone "$what removed"
      fi
    }
    rewrite() {
      cp -p -- "$target" "$temporary" && printf '%s' "$new" >"$temporary" \\
        && mv -f -T -- "$temporary" "$target"
    }

    """

  /// Services, kernel parameters and modules, commands, packages.
  static let system = """
    has_systemd() { [ -d "$systemd" ] && command -v systemctl >/dev/null 2>&1; }
    show_unit() {
      shown=$(systemctl show -p LoadState,ActiveState,UnitFileState -- "$1" 2>/dev/null)
      is_enabled=0
      is_active=0
      case $shown in
      *UnitFileState=enabled*) is_enabled=1 ;;
      esac
      case $shown in
      *ActiveState=active* | *ActiveState=reloading* | *ActiveState=activating*) is_active=1 ;;
      esac
      case $shown in
      *LoadState=loaded*) return 0 ;;
      esac
      return 1
    }
    reset_service() {
      has_systemd && show_unit "$target" || return 0
      acted=
      case ${before%%:*}:$is_enabled in
      0:1) try systemctl disable -- "$target" && acted=1 ;;
      1:0) try systemctl enable -- "$target" && acted=1 ;;
      esac
      case ${before#*:} in
      0)
        if [ "$is_active" = 1 ]; then ! try systemctl stop -- "$target" || acted=1; fi
        ;;
      *) units="$units$target$nl" ;;
      esac
      [ -z "$acted" ] || undone "$what as it was before"
    }
    reset_sysctl() {
      parameter=$(printf '%s' "$target" | tr './' '/.')
      set -- "$parameters/$parameter"
      [ -e "$1" ] && [ -n "$before" ] || return 0
      read -r line <"$1"
      set -- "$1" $line
      parameter=$1
      shift
      [ "$*" != "$before" ] || return 0
      ! try set_back "$parameter" "$before" || undone "$what set back to $before"
    }
    set_back() { printf '%s\\n' "$2" >"$1"; }
    reset_module() {
      command -v modprobe >/dev/null 2>&1 || return 0
      if modprobe -r -- "$target" >/dev/null 2>&1; then
        undone "$what unloaded"
      else
        kept "$what: it is in use"
      fi
    }
    reset_command() {
      [ -e "$state/originals/$key" ] || return 0
      read_text "$state/originals/$key" || return 0
      ! try run_undo || undone "$what taken back"
    }
    run_undo() {
      umask 022
      set -e
      eval "$text"
    }
    reset_package() {
      case $(dpkg-query -W -f '${db:Status-Abbrev}' -- "$target" 2>/dev/null) in
      '' | ?n*) return 0 ;;
      esac
      if [ "$before" = requested ]; then purge="$purge$nl$target"; else spare="$spare$nl$target"; fi
    }
    reset_hold() {
      case $(dpkg-query -W -f '${db:Status-Abbrev}' -- "$target" 2>/dev/null) in
      h*)
        # One that goes altogether needs no words of its own.
        ! try select_package "$target" install || [ -e "$state/entries/package-$target" ] || undone "$what taken back"
        ;;
      esac
    }
    select_package() { printf '%s %s\\n' "$1" "$2" | dpkg --set-selections; }
    reset_version() {
      now=$(dpkg-query -W -f '${Version}\\n' -- "$target" 2>/dev/null)
      now=${now%%"$nl"*}
      [ -n "$now" ] && [ "$now" != "$before" ] || return 0
      what="package $target"
      was_held=
      case $(dpkg-query -W -f '${db:Status-Abbrev}' -- "$target" 2>/dev/null) in
      h*) was_held=1 ;;
      esac
      set -- --no-install-recommends --allow-downgrades --allow-change-held-packages \\
        -o APT::Get::Remove=false -o Dpkg::Options::=--force-confdef \\
        -o Dpkg::Options::=--force-confold install -- "$target=$before"
      if apt -s "$@" >/dev/null 2>&1; then
        ! try apt "$@" || undone "$what back at $before"
        [ -z "$was_held" ] || try select_package "$target" hold
      else
        kept "$what: it stays at $now, since $before is in none of this machine's apt sources"
      fi
    }
    apt() {
      DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 "$@"
    }
    would_remove() {
      removed=
      while read -r word name rest; do
        case $word in
        Remv | Purg) removed="$removed$nl${name%%:*}" ;;
        esac
      done <<END
    $(apt -s "$@" 2>/dev/null)
    END
    }
    # What a package brought itself may go with it: its own version of a configuration file.
    packages_own() {
      set -- $(md5sum -- "$state/originals/$key" 2>/dev/null)
      [ "$#" -gt 0 ] || return 1
      case $conffiles in
      *" $target $1"*) return 0 ;;
      esac
      return 1
    }
    each_restored() {
      IFS=$nl
      for entry in $restored; do
        IFS=" $tab$nl"
        key=${entry%%"$tab"*}
        target=${entry#*"$tab"}
        what="file $target"
        "$1"
        IFS=$nl
      done
      IFS=" $tab$nl"
    }
    note_folder() {
      packages_own || stat -c '%a:%u:%g' -- "${target%/*}" >"$state/originals/$key.folder"
    }
    put_back_again() {
      [ -s "$state/originals/$key.folder" ] && ! exists "$target" || return 0
      key_temporary
      ! try folder_again || try put_back "$key" "$temporary" "$target"
    }
    purge_packages() {
      [ -n "$purge$spare" ] || return 0
      conffiles=$(dpkg-query -W -f '${Conffiles}\\n' -- $purge $spare 2>/dev/null)
      # A file that was there before its package would be taken away with it.
      each_restored note_folder
      # Debian's base-files makes this folder, but does not own it: it would go with the last package in it.
      common=
      [ ! -d "$optional" ] || common=$(stat -c '%a' -- "$optional")
      purge_listed
      [ -z "$common" ] || [ -d "$optional" ] || mkdir -m "$common" -- "$optional"
      each_restored put_back_again
    }
    purge_listed() {
      IFS=$nl
      for target in $purge; do
        what="package $target"
        IFS=" $tab$nl"
        would_remove purge -- "$target"
        stranger=
        IFS=$nl
        for name in $removed; do
          case "$purge$spare$nl" in
          *"$nl$name$nl"*) ;;
          *) stranger=$name ;;
          esac
        done
        IFS=" $tab$nl"
        if [ -n "$stranger" ]; then
          kept "$what: $stranger needs it"
        elif try apt purge -- "$target"; then
          undone "$what purged"
        fi
        IFS=$nl
      done
      IFS=" $tab$nl"
      [ -n "$spare" ] || return 0
      would_remove autoremove --purge
      IFS=$nl
      set --
      for name in $removed; do
        case "$spare$nl" in
        *"$nl$name$nl"*) set -- "$@" "$name" ;;
        esac
      done
      # What is removed already has perhaps left its configuration.
      for name in $spare; do
        case $(dpkg-query -W -f '${db:Status-Abbrev}' -- "$name" 2>/dev/null) in
        ?c*) set -- "$@" "$name" ;;
        esac
      done
      IFS=" $tab$nl"
      what='packages that others needed'
      [ "$#" = 0 ] || ! try apt purge -- "$@" || undone "package $* purged"
    }

    """

  /// Goes through the manifest from its end. Packages come last, when nothing of ours is in their folders.
  static let walk = """
    [ -s "$state/manifest" ] || [ ! -d "$state" ] || kept 'nothing: the manifest is empty'
    manifest=
    [ ! -s "$state/manifest" ] || manifest=$(sed '1!G;h;$!d' "$state/manifest")
    IFS=$nl
    for entry in $manifest; do
      case $entry in
      *"$tab.") ;;
      *) continue ;;
      esac
      IFS=$tab
      set -- $entry
      IFS=" $tab$nl"
      kind=$1
      key=$2
      target=$3
      before=$4
      [ "$#" = 5 ] || before=
      what="$kind $target"
      case $kind in
      file) reset_file ;;
      directory) reset_directory ;;
      line | block) reset_text ;;
      service) reset_service ;;
      sysctl) reset_sysctl ;;
      module) reset_module ;;
      command)
        what=command
        reset_command
        ;;
      package) reset_package ;;
      hold) reset_hold ;;
      version) reset_version ;;
      esac
      IFS=$nl
    done
    IFS=" $tab$nl"
    purge_packages
    if has_systemd && [ -n "$manifest" ]; then
      what='systemd'
      try systemctl daemon-reload
      IFS=$nl
      for target in $units; do
        IFS=" $tab$nl"
        what="service $target"
        ! show_unit "$target" || ! try systemctl restart -- "$target" || undone "$what restarted"
        IFS=$nl
      done
      IFS=" $tab$nl"
    fi
    if [ -z "$broken" ] && [ -d "$state" ]; then
      what="folder $state"
      try rm -rf -- "$state"
      rmdir -- "$states" 2>/dev/null
    fi
    frame 'done' ''

    """
}

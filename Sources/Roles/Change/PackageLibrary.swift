/// The sh text of a change program about packages.
enum PackageLibrary {
  /// `package NAME VERSION hold|keep`, VERSION being a pattern or empty. What is not as it should be of the tasks that
  /// follow one another (`$group`, words NAME or NAME=VERSION) is installed at once, by the first of them;
  /// `$brought` are the names, so that the tasks of the others can tell that they were changed.
  ///
  /// What apt would install is entered in the manifest before it does; of a package that was there in another
  /// version, that version. apt may not remove anything for it.
  /// `$state/stale-lists` is there from before a source is changed until the lists have been read.
  static let text = """
    brought=
    group=
    apt() {
      DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends \\
        -o APT::Get::Remove=false -o DPkg::Lock::Timeout=300 \\
        -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@"
    }
    lists_are_stale() { : >"$state/stale-lists"; }
    update_lists() {
      logged apt update
      updated=1
      [ "$status" != 0 ] || forget "$state/stale-lists"
    }
    package_is_right() {
      installed=
      held=
      found=$(dpkg-query -W -f '${db:Status-Abbrev} ${Version}\\n' -- "$1" 2>/dev/null)
      found=${found%%"$nl"*}
      case $found in
      ?i*) installed=${found##* } ;;
      *) return 1 ;;
      esac
      case $found in
      h*) held=1 ;;
      esac
      [ -n "$2" ] || return 0
      case $installed in
      $2) return 0 ;;
      esac
      return 1
    }
    package() {
      if package_is_right "$1" "$2"; then
        case "$brought " in
        *" $1 "*) change ;;
        esac
      else
        change
        stirred=1
        install_package "$1" "$2"
      fi
      if [ -z "$failure" ] && [ "$3" = hold ] && [ -z "$held" ]; then
        change
        enter "hold-$1" "hold${tab}hold-$1$tab$1${tab}none" && hold_again "$1" \\
          || fail "the package $1 cannot be held: $said"
      fi
    }
    hold_again() { said=$(printf '%s hold\\n' "$1" | dpkg --set-selections 2>&1 3>&-); }
    simulate() {
      lenient=
      case $* in
      *=*) lenient='--allow-downgrades --allow-change-held-packages' ;;
      esac
      simulated=$(apt -s $lenient install -- "$@" 2>&1)
    }
    versions_of() { apt-cache madison -- "$1" | head -n 5; }
    install_package() {
      if ! command -v apt-get >/dev/null 2>&1; then
        fail "the package $1 cannot be installed: this machine has no apt"
        return
      fi
      interrupted=
      set +f
      for update in "$dpkg_updates"/[0-9]*; do [ ! -e "$update" ] || interrupted=1; done
      set -f
      if [ -n "$interrupted" ] || ! dpkg_is_whole "$1"; then
        logged dpkg --configure -a --force-confdef --force-confold
      fi
      own=$1${2:+"=$2"}
      all=
      to_hold=
      for each in $group; do
        name=${each%%=*}
        version=${each#"$name"}
        package_is_right "$name" "${version#=}" && continue
        all="$all $each"
        [ -z "$held" ] || to_hold="$to_hold $name"
      done
      updated=
      [ ! -e "$state/stale-lists" ] || update_lists
      if ! simulate $all; then
        [ -n "$updated" ] || update_lists
        # What another package of these needs is for that one's task to tell.
        simulate $all || { all=" $own" && simulate $all; } || {
          frame "o $task" "$simulated"
          case $simulated in
          *'Unable to locate package'* | *'no installation candidate'*)
            fail "there is no package $1 in this machine's apt sources" ;;
          *"Version '"*"' was not found"*)
            logged versions_of "$1"
            fail "there is no version $2 of the package $1 in this machine's apt sources"
            ;;
          *) fail "apt cannot install the package $1" ;;
          esac
          return
        }
      fi
      while read -r word name rest; do
        [ "$word" = Inst ] || continue
        by=dependency
        case "$all " in
        *" $name "* | *" $name="*) by=requested ;;
        esac
        case $by$rest in
        requested'['*)
          rest=${rest#?}
          [ -e "$state/entries/package-$name" ] \\
            || enter "version-$name" "version${tab}version-$name$tab$name$tab${rest%%]*}"
          ;;
        dependency'['*) ;;
        *) enter "package-$name" "package${tab}package-$name$tab$name$tab$by" ;;
        esac || fail "the manifest in $state cannot be written"
      done <<END
    $simulated
    END
      [ -z "$failure" ] || return
      logged apt $lenient install -- $all
      if [ "$status" != 0 ]; then
        fail "apt could not install $(echo $all)"
        return
      fi
      for each in $all; do brought="$brought ${each%%=*}"; done
      for each in $to_hold; do hold_again "$each"; done
      package_is_right "$1" "$2" || fail "apt installed $1 ${installed:-in no version}, not $2"
    }
    dpkg_is_whole() {
      case $(dpkg-query -W -f '${db:Status-Abbrev}' -- "$1" 2>/dev/null) in
      ?[UFHWt]*) return 1 ;;
      esac
    }

    """
}

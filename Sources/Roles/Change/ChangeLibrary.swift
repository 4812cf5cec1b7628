/// The sh text of a change program that does not depend on its tasks.
enum ChangeLibrary {
  /// The beginning and the end of a task. `change` tells once that a task has begun to change something;
  /// `fail` notes why it failed; `finish` tells how it ended, and ends the program when it failed.
  /// /proc/uptime is a clock that needs no process. Whoever sends the program may put a variable `going`
  /// and a function `may_go_on` before it: then that is asked before each task, and when it says no the
  /// program ends as if the task before had been the last.
  static let tasks = """
    quiet=
    units_changed=
    stirred=
    folders=
    begin() {
      task=$1
      token=$boundary.$1
      failure=
      status=
      changed=
      quiet=
      [ -z "${going-}" ] || may_go_on || {
        frame 'halted' ''
        stop
      }
      read -r began rest </proc/uptime
    }
    change() {
      [ -n "$changed" ] || frame "s $task" ''
      changed=changed
    }
    fail() { [ -n "$failure" ] || failure=$1; }
    finish() {
      read -r now rest </proc/uptime
      if [ -n "$failure" ]; then
        frame "e $task failed $began $now ${status:--}" "$failure"
        stop
      fi
      frame "e $task ${changed:-ok} $began $now -" ''
    }
    stop() {
      if [ -n "$folders" ]; then
        IFS=$nl
        sync $folders 2>/dev/null
      fi
      frame 'done' ''
      exit 0
    }
    attempt() {
      said=$( ("$@") 2>&1 3>&-)
      status=$?
      [ "$status" != 0 ] || return 0
      [ -n "$quiet" ] || [ -z "$said" ] || frame "o $task" "$said"
      return 1
    }
    touched() {
      case "$nl$folders$nl" in
      *"$nl$1$nl"*) ;;
      *) folders=${folders:+$folders$nl}$1 ;;
      esac
    }

    """

  /// The state's folder, made when it is not there, and the manifest: `enter KEY LINE` adds a line
  /// once; `keep KIND KEY PATH` does so having kept what is at the path. A
  /// line's, a block's and a command's own way back is kept beside it.
  static let state = """
    for folder in "$states" "$state" "$state/entries" "$state/originals" "$state/changed" \\
      "$state/services" "$state/unfinished"; do
      [ -d "$folder" ] && continue
      if ! said=$(mkdir -p -m 700 "$folder" 2>&1); then
        frame 'broken' "$said"
        frame 'done' ''
        exit 0
      fi
    done
    enter() {
      [ -e "$state/entries/$1" ] && return 0
      printf '%s\\t.\\n' "$2" >>"$state/manifest" && : >"$state/entries/$1"
    }
    keep() {
      [ -e "$state/entries/$2" ] && return 0
      kept=none
      if [ -e "$3" ] || [ -L "$3" ]; then
        kept=kept
        cp -pP -- "$3" "$state/originals/$2.new" \\
          && mv -f -- "$state/originals/$2.new" "$state/originals/$2" || return 1
      fi
      enter "$2" "$1$tab$2$tab$3$tab$kept"
    }
    keep_line() {
      [ -e "$state/originals/$1.line" ] || printf '%s' "$replaced" >"$state/originals/$1.old" || return 1
      printf '%s' "$2" >"$state/originals/$1.line"
    }
    keep_markers() { printf '%s\\n%s\\n' "$2" "$3" >"$state/originals/$1.markers"; }
    keep_undo() {
      printf '%s' "$2" >"$state/originals/$1" && enter "$1" "command$tab$1$tab$1${tab}undo"
    }
    exists() { [ -e "$1" ] || [ -L "$1" ]; }
    forget() { ! exists "$1" || rm -f -- "$1"; }

    """

  /// Files. `same_attributes PATH MODE USER GROUP`, the mode being st_mode in hexadecimal;
  /// `same_file` adds the digest and the file's key.
  /// `write_file PATH KEY MODE OWNER TEMPORARY` takes base64 on standard input.
  static let files = """
    same_attributes() {
      attributes=$(stat -c '%f %u %g %U %G' -- "$1" 2>/dev/null) || return 1
      set -- "$2" "$3" "$4" $attributes
      [ "$1" = "$4" ] && { [ "$2" = "$5" ] || [ "$2" = "$7" ]; } \\
        && { [ "$3" = "$6" ] || [ "$3" = "$8" ]; }
    }
    same_file() {
      exists "$state/unfinished/$6" || [ -e "$state/unfinished/$6.none" ] && return 1
      same_attributes "$1" "$2" "$3" "$4" || return 1
      digest=$(sha256sum -- "$1" 2>/dev/null) && [ "${digest%% *}" = "$5" ]
    }
    in_folder() {
      folder=${1%/*}
      [ -d "${folder:-/}" ] && return 0
      echo "the folder ${folder:-/} does not exist"
      return 1
    }
    settle() {
      { sync "$1" 2>/dev/null || sync; } \\
        && printf '%s\\n' "$token" >"$state/changed/$3" \\
        && mv -f -T -- "$1" "$2"
    }
    write_file() {
      in_folder "$1" || return 1
      if [ -d "$1" ] && [ ! -L "$1" ]; then
        echo "$1 is a folder"
        return 1
      fi
      keep file "file-$2" "$1" && forget "$5" || return 1
      set -C
      if base64 -d >"$5" && chown -- "$4" "$5" && chmod -- "$3" "$5"; then
        set +C
        case $validation in
        none) settle "$5" "$1" "$2" && return 0 ;;
        before)
          if (exec </dev/null; umask 022; eval "$validate"); then
            settle "$5" "$1" "$2" && return 0
          else
            echo "it was not put in place: the validation ended with status $?"
          fi
          ;;
        after) validate_in_place "$5" "$1" "$2" && return 0 ;;
        esac
      fi
      rm -f -- "$5"
      return 1
    }
    validate_in_place() {
      mark=$state/unfinished/$3
      if ! exists "$mark" && [ ! -e "$mark.none" ]; then
        if exists "$2"; then
          cp -pP -- "$2" "$state/unfinished.new" && mv -f -T -- "$state/unfinished.new" "$mark" \\
            || return 1
        else
          : >"$mark.none" || return 1
        fi
      fi
      token_before=
      [ ! -e "$state/changed/$3" ] || IFS= read -r token_before <"$state/changed/$3"
      settle "$1" "$2" "$3" || return 1
      (exec </dev/null; umask 022; eval "$validate") && {
        rm -f -- "$mark" "$mark.none"
        return 0
      }
      echo "the old file was put back: the validation ended with status $?"
      if exists "$mark"; then
        cp -pP -- "$mark" "$1" && mv -f -T -- "$1" "$2" || return 1
      else
        rm -f -- "$2"
      fi
      if [ -n "$token_before" ]; then
        printf '%s\\n' "$token_before" >"$state/changed/$3"
      else
        rm -f -- "$state/changed/$3"
      fi
      rm -f -- "$mark" "$mark.none"
      return 1
    }
    make_directory() {
      in_folder "$1" || return 1
      if [ -L "$1" ] || { [ -e "$1" ] && [ ! -d "$1" ]; }; then
        echo "$1 is there, and is no folder"
        return 1
      fi
      if [ -d "$1" ]; then
        enter "directory-$2" "directory${tab}directory-$2$tab$1$tab$(stat -c '%a:%u:%g' -- "$1")"
      else
        enter "directory-$2" "directory${tab}directory-$2$tab$1${tab}none" && mkdir -m 700 -- "$1"
      fi && chown -- "$4" "$1" && chmod -- "$3" "$1"
    }

    """

  /// `look_ahead PATH…` finds with one stat and one sha256sum which file and directory tasks are satisfied
  /// before anything is changed, so that each of them need not ask again: `$fresh_INDEX` is set for
  /// these. `$wanted` says of each path, in the same order and a line each: index, mode, user, group,
  /// digest (`-` for a folder), path. That holds until something `$stirred` the machine that may
  /// change files by itself.
  static let lookAhead = """
    look_ahead() {
      stats=$(stat -c '%f %u %g %U %G %n' -- "$@" 2>/dev/null)
      hashed=
      compared=
      IFS=$nl
      set -- $stats
      for line in $wanted; do
        path=${line#* * * * * }
        case ${1:-} in
        *" $path") ;;
        *) continue ;;
        esac
        found=$1
        shift
        index=${line%% *}
        rest=${line#* }
        mode=${rest%% *}
        rest=${rest#* }
        owner=${rest% "$path"}
        digest=${owner##* }
        owner=${owner% *}
        case $found in
        "$mode $owner "* | "$mode "*" $owner $path") ;;
        *) continue ;;
        esac
        if [ "$digest" = - ]; then
          eval "fresh_$index=1"
        else
          hashed=$hashed$nl$path
          compared="$compared$nl$index $digest  $path"
        fi
      done
      set -- $hashed
      if [ "$#" != 0 ]; then
        digests=$(sha256sum -- "$@" 2>/dev/null)
        set -- $digests
        for line in $compared; do
          case ${1:-} in
          *"  ${line#*  }") ;;
          *) continue ;;
          esac
          [ "$1" != "${line#* }" ] || eval "fresh_${line%% *}=1"
          shift
        done
      fi
      IFS=" $tab$nl"
      set +f
      for mark in "$state"/unfinished/*; do ! exists "$mark" || stirred=1; done
      set -f
    }
    is_fresh() {
      [ -z "$stirred" ] && eval "[ -n \\"\\${fresh_$1-}\\" ]"
    }

    """

  /// Texts. `read_text PATH` puts a file's text in `$text`; `add_line` and `place_block` make `$new`
  /// of it, as `TextEdits` does; `write_text PATH KEY TEMPORARY` puts it in the file's place.
  static let texts = """
    read_text() {
      text=
      [ -e "$1" ] || return 0
      text=$(cat -- "$1" 2>&1 && echo .) || {
        fail "$text"
        return 1
      }
      text=${text%.}
    }
    add_line() {
      new=
      replaced=
      body=${text%"$nl"}
      wanted_place=
      place=0
      while IFS= read -r line; do
        place=$((place + 1))
        if [ "$line" = "$1" ]; then
          new=$text
          return 0
        fi
        [ -n "$wanted_place" ] || [ -z "$2" ] || case $line in
        $2) wanted_place=$place ;;
        esac
      done <<END
    $body
    END
      if [ -z "$wanted_place" ]; then
        new=$text
        [ -z "$text" ] || [ "${text%"$nl"}" != "$text" ] || new=$new$nl
        new=$new$1$nl
        return 0
      fi
      place=0
      while IFS= read -r line; do
        place=$((place + 1))
        if [ "$place" = "$wanted_place" ]; then
          replaced=$line
          line=$1
        fi
        new=$new$line$nl
      done <<END
    $body
    END
    }
    place_block() {
      new=
      body=${text%"$nl"}
      inside=
      placed=
      while IFS= read -r line; do
        if [ -n "$inside" ]; then
          [ "$line" != "$2" ] || inside=
        elif [ "$line" = "$1" ]; then
          inside=1
          [ -n "$placed" ] || new=$new$3
          placed=1
        else
          new=$new$line$nl
        fi
      done <<END
    $body
    END
      [ -n "$text" ] || new=
      [ -n "$placed" ] || new=$new$3
      [ -z "$inside" ]
    }
    write_text() {
      in_folder "$1" && forget "$3" || return 1
      if [ -e "$1" ]; then
        cp -p -- "$1" "$3"
      else
        (set -C; : >"$3") && chmod 644 "$3"
      fi && printf '%s' "$new" >"$3" && settle "$3" "$1" "$2" && return 0
      rm -f -- "$3"
      return 1
    }
    real_path() { real=$1; [ ! -L "$1" ] || real=$(readlink -f -- "$1"); }

    """

  /// Commands, with the umask that a login has.
  static let commands = """
    run() {
      umask 022
      set -e
      eval "$1"
    }
    holds() {
      (
        exec >/dev/null 2>&1 3>&-
        umask 022
        eval "$1"
      )
    }

    """
}

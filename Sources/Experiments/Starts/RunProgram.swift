import Inventories
import ShellPrograms

/// The program by which a master starts containers and tells when each came to which stage.
///
/// A watch tells of every change as it comes; each is stamped by the shell with /proc/uptime, which takes
/// no process of its own and is shown in steps of 10 ms (proc_uptime(5)). The run begins the moment that
/// clock steps. That the watch is established before it is known by an object that was made and deleted
/// again: only a watch tells of a deletion.
enum RunProgram {
  /// What is to be done.
  struct Order: Sendable, Hashable {
    /// The namespace.
    var namespace: String
    /// The master's own address, which its API server's certificate names.
    var address: IPv4Address
    /// How many containers; 0 for a Deployment that only its controller takes note of.
    var containers: Int
    /// Their image.
    var image: String
    /// The workers that they are spread over.
    var workers: [String]
    /// Whether they have service-account tokens mounted.
    var mountsTokens: Bool
    /// When it is given up, in seconds after its beginning.
    var deadline: Int
  }

  /// How much is taken of what the watch told: a pod takes less than 1 kB.
  static let outputLimit = 16 << 20
  /// How long the watch may take to be established, in seconds.
  static let watchPatience = 60
  /// How long after a run's end its namespace may stay, in seconds: until its containers are asked about, they
  /// are deleted, and the next delay is in force and measured.
  static let lease = 1800

  static let podTemplate = """
    {{.type}} {{with .object}}{{.metadata.name}} \
    {{with .spec.nodeName}}{{.}}{{else}}-{{end}} \
    ,{{range .status.conditions}}{{.type}}={{.status}},{{end}}\
    {{if .status.startTime}}kubelet,{{end}}{{end}}{{"\\n"}}
    """
  static let deploymentTemplate = """
    {{.type}} {{with .object}}{{.metadata.name}} - \
    ,{{if .status.observedGeneration}}Ready=True,{{end}}{{end}}{{"\\n"}}
    """
  static let warningTemplate = """
    {{range .items}}{{.reason}}: {{printf "%.200q" .message}}{{"\\n"}}{{end}}
    """

  /// The program. Its frames: `absent`; `failed namespace|mark|watch|create` with the reason; `clock` with
  /// the time of day and the clock around it, thrice; `begin CLOCK`, `events` with the watch's lines, each
  /// behind the clock, `end complete|late`; `warnings`.
  static func program(
    _ order: Order, boundary: String = FrameFormat.randomBoundary()
  ) -> RemoteProgram {
    let isPods = order.containers > 0
    let api = isPods ? "/api/v1" : "/apis/apps/v1"
    let kind = isPods ? "pods" : "deployments"
    let mark =
      isPods
      ? StartObjects.markPod(image: order.image)
      : StartObjects.deployment(
        name: StartObjects.mark, replicas: 0, image: order.image, workers: order.workers,
        mountsTokens: order.mountsTokens)
    let deployment = StartObjects.deployment(
      name: StartObjects.deployment, replicas: order.containers, image: order.image,
      workers: order.workers, mountsTokens: order.mountsTokens)
    return RemoteProgram(
      FrameFormat.opening(boundary: boundary) + ShellLibrary.surroundings
        + AdministratorShell.kubectl
        + WatchShell.opening(namespace: order.namespace, address: order.address)
        + WatchShell.watch + lifecycle + ClockShell.now + """
          marks=\(api)/namespaces/$name/\(kind)
          printf '%s\\n' \(ShellQuoting.quoted(mark)) >"$folder/mark"
          printf '%s\\n' \(ShellQuoting.quoted(deployment)) >"$folder/deployment"
          patience=30
          admin "$server" label namespace "$name" --overwrite \\
            \(StartObjects.untilLabel)="$(($(date +%s) + \(order.deadline + lease)))" \\
            >/dev/null 2>"$folder/errors" || fail namespace
          admin "$server" create --raw "$marks" -f "$folder/mark" >/dev/null 2>"$folder/errors" ||
            fail mark
          watching \(kind) \(ShellQuoting.quoted(isPods ? podTemplate : deploymentTemplate)) \
          \(order.deadline + 4 * watchPatience)
          beat
          limit \(watchPatience)
          awaited ADDED \(StartObjects.mark) || fail watch "$folder/watched"
          admin "$server" delete --raw "$marks/\(StartObjects.mark)" >/dev/null 2>"$folder/errors" ||
            fail mark
          awaited DELETED \(StartObjects.mark) || fail watch "$folder/watched"
          unlimit
          frame clock "$(days 3)"
          exec 5>"$folder/events"
          count=0 ready=' ' patience=60
          stepped
          begin=$now
          (
            trap - EXIT
            admin "$server" create --raw "/apis/apps/v1/namespaces/$name/deployments" \\
              -f "$folder/deployment" >/dev/null 2>"$folder/errors" && exit 0
            : >"$folder/refused"
            kill "$watcher"
          ) 3>&- 4<&- 5>&- &
          creating=$!
          limit \(order.deadline)
          while [ "$count" -lt \(max(1, order.containers)) ] &&
            IFS=' ' read -r kind pod node state rest <&4; do
            now
            printf '%s %s %s %s %s\\n' "$now" "$kind" "$pod" "$node" "$state" >&5
            case $state in
            *,Ready=True,*)
              case $ready in
              *" $pod "*) ;;
              *)
                ready="$ready$pod "
                count=$((count + 1))
                ;;
              esac
              ;;
            esac
          done
          exec 5>&-
          ended=complete
          if [ "$count" -lt \(max(1, order.containers)) ]; then
            [ ! -e "$folder/refused" ] || fail create
            [ -e "$folder/late" ] || fail watch "$folder/watched"
            ended=late
          fi
          unlimit
          unwatch
          wait "$creating"
          creating=
          frame "begin $begin" ''
          frame events "$(head -c \(outputLimit) "$folder/events")"
          frame "end $ended" ''
          if [ "$ended" = late ]; then
            patience=20
            frame warnings "$(admin "$server" -n "$name" get events \\
              --field-selector type=Warning -o go-template=\
          \(ShellQuoting.quoted(warningTemplate)) 2>/dev/null | tail -n 3 | head -c 2000)"
          fi
          over=1
          exit 0

          """, deadline: .seconds(order.deadline + 300))
  }

  /// How it ends: when it was ended from outside, its namespace goes. That the operator is gone shows when
  /// something is written, so that a dot goes to standard error every other second.
  private static let lifecycle = """
    over= beating= creating=
    trap '' PIPE
    clean() {
      trap '' HUP INT TERM
      for process in $timer $beating $creating $watcher; do kill "$process" 2>/dev/null; done
      if [ -z "$over" ]; then
        patience=30
        admin "$server" delete namespace "$name" --wait=false >/dev/null 2>&1
      fi
      rm -rf "$folder"
    }
    trap clean EXIT
    beat() {
      (
        trap - EXIT
        while sleep 2 >/dev/null 2>&1; do printf . >&2 || break; done
        kill -TERM "$$"
        kill "$watcher"
      ) 3>&- 4<&- 5>&- &
      beating=$!
    }

    """
}

/// Pieces of POSIX sh that read clocks.
enum ClockShell {
  /// Makes `now`, which leaves the clock from the machine's start in `$now`; `stepped`, which does so the
  /// moment it steps (one that stands still is not waited for long); and `days COUNT`, which writes the time
  /// of day with that clock before and after it.
  static let now = """
    now() { IFS=' ' read -r now idle </proc/uptime; }
    stepped() {
      now
      tries=0 first=$now
      while [ "$now" = "$first" ] && [ "$tries" -lt 20000 ]; do
        tries=$((tries + 1))
        now
      done
    }
    days() {
      asked=0
      while [ "$asked" -lt "$1" ]; do
        asked=$((asked + 1))
        now
        before=$now
        day=$(date +%s.%N)
        now
        printf '%s %s %s\\n' "$before" "$day" "$now"
      done
    }

    """
}

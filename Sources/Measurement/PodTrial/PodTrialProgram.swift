import ShellPrograms

/// The program by which a master runs a pod on every worker, has each ask every other and a service,
/// and takes them away again, however it ends.
enum PodTrialProgram {
  /// As many pods are asked at once: each takes a kubectl on the master.
  static let atOnce = 16
  /// The bytes of the answer that is longer than a packet of any network.
  static let largeAnswer = 100_000
  /// The longest answer of one pod that is read.
  static let answerLimit = 65_536
  /// How long the nodes may take to become ready, and the pods to run, in seconds.
  static let nodePatience = 180
  static let podPatience = 120
  /// After so many seconds a trial is over, or it was cut off and the next one takes it away.
  static let longestTrial = 900

  /// What a pod runs to ask the others. Its words: the service's address and name (may be empty), the
  /// tries, how long a short and a long answer may take, its own node, and each `NODE=ADDRESS`.
  static let podScript = """
    service=$1 name=$2 most=$3 short=$4 long=$5 self=$6
    shift 6
    fetch() { timeout "$1" wget -qO- "http://$2" 2>/dev/null; }
    who() { fetch "$1" "$2/name" | head -n 1 | head -c 253; }
    pair() {
      got=$(fetch "$long" "$2:8080/large" | {
        read -r first
        rest=$(wc -c)
        echo "$first $((rest))"
      })
      if [ "$got" = "$1 \(largeAnswer)" ]; then
        echo "pod $1 whole"
      elif [ "$(who "$short" "$2:8080")" = "$1" ]; then
        echo "pod $1 small"
      else
        echo "pod $1 none"
      fi
    }
    count=0
    for target; do
      [ "${target%%=*}" = "$self" ] || pair "${target%%=*}" "${target#*=}" &
      count=$((count + 1))
      [ $((count % 16)) != 0 ] || wait
    done
    wait
    tries=0 missed=0 met=0 seen=' ' end=$(($(date +%s) + 30))
    while [ "$missed" -lt 3 ] && [ "$met" -lt "$count" ]; do
      # kube-proxy follows the API at its own pace: what it does not know yet may be met a little later.
      if [ "$tries" -ge "$most" ]; then
        [ "$tries" -gt "$most" ] || end=$(($(date +%s) + 15))
        [ "$(date +%s)" -lt "$end" ] || break
        [ "$((tries % 8))" -ne 0 ] || sleep 1
      fi
      answer=$(who "$short" "$service")
      if [ -z "$answer" ] && [ "$met" = 0 ] && [ "$(date +%s)" -lt "$end" ]; then
        sleep 1
        continue
      fi
      tries=$((tries + 1))
      case $seen in
      *" $answer "*) ;;
      *)
        seen="$seen$answer "
        met=$((met + 1))
        echo "backend $answer"
        ;;
      esac
      [ -n "$answer" ] || missed=$((missed + 1))
    done
    echo "service $tries $missed"
    [ -n "$name" ] || exit 0
    end=$(($(date +%s) + 30))
    while [ -z "$(who "$long" "$name")" ]; do
      [ "$(date +%s)" -lt "$end" ] || {
        echo "names no"
        exit 0
      }
      sleep 1
    done
    echo "names yes"

    """

  /// The trial's objects, but for the namespace.
  static func manifest(_ question: PodTrialQuestion) -> String {
    """
    apiVersion: apps/v1
    kind: DaemonSet
    metadata: {name: web}
    spec:
      selector: {matchLabels: {app: web}}
      template:
        metadata: {labels: {app: web}}
        spec:
          automountServiceAccountToken: false
          enableServiceLinks: false
          terminationGracePeriodSeconds: 1
          tolerations: [{operator: Exists}]
          affinity:
            nodeAffinity:
              requiredDuringSchedulingIgnoredDuringExecution:
                nodeSelectorTerms:
                - matchExpressions:
                  - key: kubernetes.io/hostname
                    operator: In
                    values: [\(question.workers.map { quoted($0.name) }.joined(separator: ", "))]
          securityContext: {runAsNonRoot: true, runAsUser: 65534, runAsGroup: 65534}
          containers:
          - name: web
            image: \(quoted(question.image))
            imagePullPolicy: IfNotPresent
            command:
            - sh
            - -c
            - >-
              cd /srv && echo "$NODE" >name &&
              { cat name; head -c \(largeAnswer) /dev/zero | tr '\\0' x; } >large &&
              exec httpd -f -p 8080 -h /srv
            env:
            - {name: NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
            ports: [{containerPort: 8080}]
            readinessProbe: {tcpSocket: {port: 8080}, periodSeconds: 1}
            securityContext:
              allowPrivilegeEscalation: false
              readOnlyRootFilesystem: true
              capabilities: {drop: [ALL]}
            volumeMounts: [{name: files, mountPath: /srv}]
          volumes: [{name: files, emptyDir: {}}]
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: web}
    spec:
      selector: {app: web}
      ports: [{port: 80, targetPort: 8080}]

    """
  }

  /// A YAML string in double quotes.
  private static func quoted(_ text: String) -> String {
    "\"" + text.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined() + "\""
  }

  private static let podTemplate = """
    {{range .items}}{{.metadata.name}}{{"\\t"}}{{with .spec.nodeName}}{{.}}{{end}}{{"\\t"}}\
    {{with .status.podIP}}{{.}}{{end}}{{"\\t"}}\
    {{range .status.conditions}}{{if eq .type "Ready"}}{{.status}}{{end}}{{end}}{{"\\t"}}\
    {{range .status.containerStatuses}}{{with .state.waiting}}{{.reason}}{{"\\t"}}\
    {{with .message}}{{printf "%.300q" .}}{{end}}{{end}}{{end}}{{"\\n"}}{{end}}
    """
  private static let eventTemplate = """
    {{range .items}}{{.involvedObject.name}}{{"\\t"}}{{.reason}}{{"\\t"}}\
    {{printf "%.300q" .message}}{{"\\n"}}{{end}}
    """
  private static let leftoverTemplate = """
    {{range .items}}{{.metadata.name}} {{index .metadata.labels "planetbed-trial-until"}}\
    {{"\\n"}}{{end}}
    """

  /// The program. Its frames: `absent`; `failed api|nodes|create` with the reason; `pods`, `events`;
  /// for each worker that was asked `worker NAME` with what its pod said, and `unasked NAME` with
  /// the reason when it could not be; `left` when the namespace was not seen to go.
  static func program(
    _ question: PodTrialQuestion, boundary: String = FrameFormat.randomBoundary()
  ) -> RemoteProgram {
    let nodes = question.nodes.map { ShellQuoting.quoted("node/\($0)") }.joined(separator: " ")
    let batches = (question.workers.count + atOnce - 1) / atOnce
    let longest = nodePatience + 60 + podPatience + batches * 160 + 150
    let names = question.asksNames ? "web" : "''"
    return RemoteProgram(
      FrameFormat.opening(boundary: boundary) + ShellLibrary.surroundings
        + AdministratorShell.kubectl
        + lifecycle(namespace: "planetbed-trial-\(boundary.prefix(8))") + """
          patience=30
          admin get --raw /readyz >"$folder/output" 2>"$folder/errors" || fail api
          admin get namespaces -l planetbed-trial-until -o go-template=\
          \(ShellQuoting.quoted(leftoverTemplate)) 2>/dev/null | while read -r old until; do
            [ "$until" -ge "$(date +%s)" ] || admin delete namespace "$old" --wait=false
          done
          patience=\(nodePatience + 10)
          patiently admin wait --for=condition=Ready --timeout=\(nodePatience)s \(nodes) ||
            frame 'failed nodes' "$(tail -c 600 "$folder/errors")"
          \(question.asksNames ? dnsWait : "")
          patience=30
          space=$name
          {
            cat <<END
          apiVersion: v1
          kind: Namespace
          metadata:
            name: $name
            labels: {planetbed-trial-until: "$(($(date +%s) + \(longestTrial)))"}
          ---
          END
            cat <<'END'
          \(manifest(question))END
          } >"$folder/manifest"
          admin create -n "$space" -f "$folder/manifest" >"$folder/output" 2>"$folder/errors" ||
            fail create
          patience=\(podPatience + 10)
          patiently admin -n "$space" rollout status daemonset/web --timeout=\(podPatience)s
          patience=30
          admin -n "$space" get pods -o go-template=\(ShellQuoting.quoted(podTemplate)) \\
            >"$folder/pods" 2>"$folder/errors" || fail create
          frame pods "$(head -c \(answerLimit * 16) "$folder/pods")"
          admin -n "$space" get events --field-selector type=Warning -o go-template=\
          \(ShellQuoting.quoted(eventTemplate)) >"$folder/events" 2>/dev/null
          frame events "$(head -c \(answerLimit * 16) "$folder/events")"
          address=$(admin -n "$space" get service web -o go-template='{{.spec.clusterIP}}') ||
            fail create
          set --
          while IFS=$tab read -r pod node ip ready rest; do
            case $ip$node in *[!a-z0-9.-]* | '') continue ;; esac
            [ "$ready" != True ] || set -- "$@" "$node=$ip"
          done <"$folder/pods"
          script=\(ShellQuoting.quoted(podScript))
          patience=150
          batch=
          while IFS=$tab read -r pod node ip ready rest; do
            case $ip$node in *[!a-z0-9.-]* | '') continue ;; esac
            [ "$ready" = True ] || continue
            admin -n "$space" exec "$pod" -- sh -c "$script" trial "$address" \(names) \
          \(question.mostTries) \(question.shortPatience) \(question.longPatience) "$node" "$@" \\
              >"$folder/said.$node" 2>"$folder/erred.$node" 3>&- &
            running="$running $!"
            batch="$batch $node=$!"
            case $batch in \(String(repeating: "*=", count: atOnce))*) collect ;; esac
          done <"$folder/pods"
          collect
          # The objects of a namespace go one by one; kubelets of old tell of a pod's end late only.
          patience=30
          admin -n "$space" delete daemonset web --cascade=orphan
          admin -n "$space" delete pods --all --grace-period=0 --force
          deletes=--timeout=60s
          exit 0

          """, deadline: .seconds(longest))
  }

  /// What the cluster's own addon waits for: names are answered by pods with this label, whoever
  /// made them.
  private static let dnsWait = """
    patience=70
    patiently admin -n kube-system wait --for=condition=Ready --timeout=60s \
    pod -l k8s-app=kube-dns
    """

  /// How the trial ends: whatever happens, its namespace goes. That the operator is gone shows when
  /// something is written, so that a dot goes to standard error every other second.
  private static func lifecycle(namespace: String) -> String {
    """
    name=\(namespace) space= running= beating= deletes=--wait=false
    trap '' PIPE
    clean() {
      trap '' HUP INT TERM
      for process in $beating $running; do kill "$process" 2>/dev/null; done
      if [ -n "$space" ]; then
        patience=75
        admin delete namespace "$space" $deletes >/dev/null 2>"$folder/errors" ||
          frame left "$(tail -c 600 "$folder/errors")"
      fi
      rm -rf "$folder"
    }
    trap clean EXIT
    (
      trap - EXIT
      while sleep 2 >/dev/null 2>&1 3>&-; do printf . >&2 || break; done
      kill -TERM "$$"
    ) 3>&- &
    beating=$!
    fail() {
      frame "failed $1" "$(tail -c 600 "$folder/errors")"
      exit 0
    }
    patiently() {
      "$@" >"$folder/output" 2>"$folder/errors" 3>&- &
      running=$!
      wait "$running"
      patient=$?
      running=
      return "$patient"
    }
    collect() {
      for asked in $batch; do
        if wait "${asked#*=}"; then
          frame "worker ${asked%=*}" "$(head -c \(answerLimit) "$folder/said.${asked%=*}")"
        else
          frame "unasked ${asked%=*}" "$(tail -c 600 "$folder/erred.${asked%=*}")"
        fi
      done
      batch= running=
    }

    """
  }
}

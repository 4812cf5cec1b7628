import Inventories
import ShellPrograms

/// The program by which a master tells how the cluster is: the nodes and the control plane by the
/// API's word, its own API server, its own etcd member, and its own certificates.
package enum ClusterProgram {
  /// How much is taken of what one command writes: a node takes less than 1 kB.
  static let outputLimit = 4 << 20

  /// What is asked of each node, with tabs between; the message is quoted, since it may have lines.
  static let nodeTemplate = """
    {{range .items}}{{.metadata.name}}{{"\\t"}}{{.status.nodeInfo.kubeletVersion}}{{"\\t"}}\
    {{if .spec.unschedulable}}cordoned{{else}}open{{end}}{{"\\t"}}\
    {{range .status.addresses}}{{if eq .type "InternalIP"}}{{.address}},{{end}}{{end}}{{"\\t"}}\
    {{range .status.conditions}}{{if eq .type "Ready"}}\
    {{.status}}{{"\\t"}}{{.reason}}{{"\\t"}}{{printf "%.300q" .message}}{{end}}{{end}}{{"\\n"}}{{end}}
    """

  /// What is asked of each of the control plane's pods, with tabs between.
  static let componentTemplate = """
    {{range .items}}{{.metadata.labels.component}}{{"\\t"}}{{.spec.nodeName}}{{"\\t"}}\
    {{range .status.conditions}}{{if eq .type "Ready"}}{{.status}}{{end}}{{end}}{{"\\t"}}\
    {{if not .status.containerStatuses}}\(ClusterReading.Component.starting){{end}}\
    {{range .status.containerStatuses}}{{if .state.waiting}}{{.state.waiting.reason}}{{end}}\
    {{if .state.terminated}}{{.state.terminated.reason}}{{end}}\
    {{if and .state.running (not .ready)}}\(ClusterReading.Component.starting){{end}}{{end}}{{"\\n"}}{{end}}
    """

  /// The program. A frame `NAME` has what a question was answered with, `failed NAME` why it was
  /// not; `absent` alone says that the machine has no cluster.
  /// - Parameter address: the master's own address, which its API server's certificate names.
  package static func program(
    address: IPv4Address, boundary: String = FrameFormat.randomBoundary()
  ) -> RemoteProgram {
    RemoteProgram(
      FrameFormat.opening(boundary: boundary) + ShellLibrary.surroundings
        + AdministratorShell.kubectl
          + """
          tell() {
            told=$1
            shift
            if "$@" >"$folder/output" 2>"$folder/errors"; then
              frame "$told" "$(head -c \(outputLimit) "$folder/output")"
            else
              frame "failed $told" "$(tail -c 600 "$folder/errors")"
              return 1
            fi
          }
          on_etcd() {
            container=$(crictl ps 2>/dev/null | while read -r id rest; do
              case $rest in *Running*' etcd '*) printf '%s' "$id"; break ;; esac
            done)
            [ -n "$container" ] || { echo 'no container of etcd is running' >&2; return 1; }
            timeout 15 crictl exec "$container" etcdctl --endpoints https://127.0.0.1:2379 \\
              --cacert /etc/kubernetes/pki/etcd/ca.crt --cert /etc/kubernetes/pki/etcd/server.crt \\
              --key /etc/kubernetes/pki/etcd/server.key "$@"
          }
          server=none
          if tell own admin --server=https://\(address):6443 get --raw /readyz; then
            server=--server=https://\(address):6443
          fi
          if tell endpoint admin get --raw /readyz; then server=; fi
          if [ "$server" != none ]; then
            tell nodes admin $server get nodes \\
              -o go-template=\(ShellQuoting.quoted(nodeTemplate))
            tell components admin $server -n kube-system get pods \\
              -l tier=control-plane -o go-template=\(ShellQuoting.quoted(componentTemplate))
          fi
          tell members on_etcd member list
          tell health on_etcd endpoint health
          tell certificates timeout 20 kubeadm certs check-expiration
          exit 0

          """, deadline: .seconds(180))
  }
}

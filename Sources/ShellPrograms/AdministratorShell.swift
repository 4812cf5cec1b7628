/// Pieces of POSIX sh that the programs for masters share.
package enum AdministratorShell {
  /// Where kubeadm leaves the administrator's kubeconfig.
  package static let configuration = "/etc/kubernetes/admin.conf"

  /// The test whether a machine is a master of a cluster.
  package static let isMaster = "[ -s \(configuration) ] && command -v kubectl >/dev/null"

  /// To be put behind `FrameFormat.opening` and `ShellLibrary.surroundings`. Ends the program with
  /// the frame `absent` where there is no cluster; else makes `$folder`, which goes at the program's
  /// end, and `admin`: the administrator's kubectl, which leaves no cache behind and takes at most
  /// `$patience` seconds (20 unless said otherwise).
  package static let kubectl = """
    if ! { \(isMaster); }; then
      frame absent ''
      exit 0
    fi
    folder=$(mktemp -d) || exit 1
    trap 'rm -rf "$folder"' EXIT
    trap 'exit 1' HUP INT TERM
    admin() {
      timeout "${patience:-20}" kubectl --kubeconfig \(configuration) \\
        --cache-dir "$folder/cache" "$@"
    }

    """
}

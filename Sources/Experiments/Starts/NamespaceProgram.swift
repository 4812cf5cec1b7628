import Inventories
import ShellPrograms

/// The programs by which a master makes an experiment's namespace and takes it away.
enum NamespaceProgram {
  /// Makes it, and waits until pods can be made in it: the API refuses them until it has made the
  /// namespace's service account. Frames: `absent`; `failed namespace` with the reason; `made`.
  /// - Parameter lease: after so many seconds another experiment may take it away.
  static func making(
    namespace: String, lease: Int, address: IPv4Address,
    boundary: String = FrameFormat.randomBoundary()
  ) -> RemoteProgram {
    RemoteProgram(
      FrameFormat.opening(boundary: boundary) + ShellLibrary.surroundings
        + AdministratorShell.kubectl + WatchShell.opening(namespace: namespace, address: address)
        + WatchShell.watch + """
          patience=30
          printf '{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"%s","labels":{"%s":"%s"}}}' \\
            "$name" \(StartObjects.untilLabel) "$(($(date +%s) + \(lease)))" >"$folder/namespace"
          admin "$server" create --raw /api/v1/namespaces -f "$folder/namespace" >/dev/null \\
            2>"$folder/errors" || fail namespace
          watching serviceaccounts '{{.type}} {{.object.metadata.name}}{{"\\n"}}' 60
          awaited ADDED default || fail namespace "$folder/watched"
          unwatch
          frame made ''
          exit 0

          """, deadline: .seconds(150))
  }

  /// Takes it away with all that is in it, and waits until it is gone. Frames: `absent`; `failed removal`
  /// with the reason; `gone`.
  static func removing(
    namespace: String, address: IPv4Address, boundary: String = FrameFormat.randomBoundary()
  ) -> RemoteProgram {
    let patience = GroundProgram.removalPatience
    return RemoteProgram(
      FrameFormat.opening(boundary: boundary) + ShellLibrary.surroundings
        + AdministratorShell.kubectl + WatchShell.opening(namespace: namespace, address: address)
          + """
          patience=\(patience + 30)
          admin "$server" delete namespace "$name" --ignore-not-found --timeout=\(patience)s \\
            >/dev/null 2>"$folder/errors" || fail removal
          frame gone ''
          exit 0

          """, deadline: .seconds(patience + 60))
  }

  /// Deletes a run's Deployment and its pods, and waits until they are gone. Frames: `absent`; `failed
  /// deployment|pods` with the reason; `gone`.
  ///
  /// What has no owner any more is not made anew. That a pod's containers have ended is waited for; then the
  /// pod is taken from the API, since kubelets of old (seen with 1.20) tell of its end a minute late only.
  static func clearing(
    namespace: String, address: IPv4Address, patience: Int,
    boundary: String = FrameFormat.randomBoundary()
  ) -> RemoteProgram {
    let label = "app=\(StartObjects.deployment)"
    return RemoteProgram(
      FrameFormat.opening(boundary: boundary) + ShellLibrary.surroundings
        + AdministratorShell.kubectl + WatchShell.opening(namespace: namespace, address: address)
          + """
          patience=\(patience)
          drop() {
            admin "$server" -n "$name" delete "$@" --ignore-not-found --timeout=\(patience)s \\
              >/dev/null 2>"$folder/errors"
          }
          drop deployment \(StartObjects.deployment) --cascade=orphan || fail deployment
          drop replicasets -l \(label) --cascade=orphan || fail deployment
          drop pods -l \(label) --wait=false || fail pods
          admin "$server" -n "$name" wait --for=condition=Ready=false pods -l \(label) \\
            --timeout=\(patience)s >/dev/null 2>&1
          drop pods -l \(label) --grace-period=0 --force || fail pods
          left=$(admin "$server" -n "$name" get pods -l \(label) -o name 2>"$folder/errors") || fail pods
          if [ -n "$left" ]; then
            printf '%s\\n' "$left" >"$folder/errors"
            fail pods
          fi
          frame gone ''
          exit 0

          """, deadline: .seconds(6 * patience + 60))
  }
}

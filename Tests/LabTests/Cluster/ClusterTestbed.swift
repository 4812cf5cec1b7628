import Foundation
import TestSupport
import Testing

/// What tests do to a cluster, beside planetbed.
extension Testbed {
  static let masters = ["master01", "master02", "master03"]
  static let workers = ["node01", "node02", "node03", "node04"]
  static let nodes = masters + workers

  /// Runs kubectl on a master that is expected to answer.
  @discardableResult func kubectl(_ arguments: String, on master: String = "master01") async throws
    -> String
  {
    try await shell(master, "kubectl --kubeconfig /etc/kubernetes/admin.conf \(arguments)")
  }

  /// Applies, and expects all nodes to be ready afterwards.
  @discardableResult func applyCluster() async throws -> [String: Any] {
    let result = try await apply()
    let status = try await self.result(of: ["status", inventory])
    let nodes = try status.objects("nodes")
    #expect(Set(nodes.compactMap { $0["name"] as? String }) == Set(Self.nodes), "\(nodes)")
    #expect(nodes.allSatisfy { $0["ready"] as? Bool == true }, "\(nodes)")
    return result
  }

  /// Makes a node what it was before anything was installed, but for the traces in the cluster: as when
  /// somebody installs the machine anew.
  func wipe(_ node: String) async throws {
    try await shell(
      node,
      """
      systemctl disable --now kubelet $(cd /etc/systemd/system && ls -d planetbed-*.service) 2>/dev/null
      rm -f /etc/systemd/system/planetbed-*
      systemctl daemon-reload
      kubeadm reset --force --skip-phases=remove-etcd-member,update-cluster-status >/dev/null 2>&1 || true
      systemctl stop containerd
      ip link delete cni0 2>/dev/null || true
      iptables-save | grep -v -e KUBE- -e CNI- | iptables-restore
      apt-mark unhold kubeadm kubelet kubectl >/dev/null 2>&1 || true
      apt-get purge -y -q kubeadm kubelet kubectl kubernetes-cni cri-tools containerd >/dev/null 2>&1
      rm -rf /var/lib/planetbed /run/planetbed /etc/planetbed /etc/kubernetes /etc/cni /etc/containerd /opt/cni
      find /var/lib/kubelet /var/lib/etcd /var/lib/containerd -mindepth 1 -delete 2>/dev/null || true
      """)
  }

  /// The inventory without a host.
  func inventory(without host: String) throws -> String {
    try variant("without-\(host)") { text in
      text.components(separatedBy: "\n\n")
        .filter { !$0.contains("name = \"\(host)\"") }.joined(separator: "\n\n")
    }
  }
}

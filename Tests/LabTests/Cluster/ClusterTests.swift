import Foundation
import TestSupport
import Testing

extension OnTheCluster {
  /// The cluster that the reference deployment is, and that it stays one.
  @Suite(.serialized) struct ClusterTests {
    @Test func killedDuringInitAndThenComplete() async throws {
      let testbed = try Testbed.current()
      try await testbed.reset()
      let process = try testbed.start(["apply", testbed.inventory, "--yes", "--output", "jsonl"])
      // Not planetbed's word for it: the API server's manifest is there, and nobody has joined.
      try await testbed.shell(
        "master01",
        """
        timeout 900 sh -c 'until [ -e /etc/kubernetes/manifests/kube-apiserver.yaml ]; do sleep 0.2; done'
        """)
      process.signal(SIGKILL)
      #expect(await process.outcome().status == 128 + SIGKILL)

      let completed = try await testbed.applyCluster()
      #expect(try completed.number("failed") == 0)
      let pods = try #require(completed["pods"] as? [String: Any], "\(completed)")
      #expect(pods["complete"] as? Bool == true, "\(pods)")
    }

    @Test func aSecondApplyChangesNothing() async throws {
      let testbed = try Testbed.current()
      try await testbed.applyCluster()
      let second = try await testbed.apply()
      #expect(try second.number("changed") == 0)
      for machine in Testbed.machines {
        #expect(try second.host(machine).number("roundTrips") == 1, "\(machine)")
      }
      let plan = try await testbed.planetbed("plan", testbed.inventory, "--exit-code")
      #expect(plan.status == 0, "\(plan.everything)")
    }

    @Test func noSecretIsLeft() async throws {
      let testbed = try Testbed.current()
      try await testbed.applyCluster()
      let found = try await ChildProcess.run(
        "/bin/sh",
        [
          "-c",
          "grep -rlaE '(^|[^a-z0-9])[a-z0-9]{6}\\.[a-z0-9]{16}([^a-z0-9]|$)' '\(testbed.folder)/state' || true",
        ])
      #expect(found.output == "", "a token was written down")
      for machine in Testbed.nodes {
        let left = try await testbed.shell(
          machine,
          "grep -rlE '^ *(token|certificateKey):' /etc/planetbed /var/lib/planetbed /run /tmp 2>/dev/null || true"
        )
        #expect(left == "", "\(machine)")
      }
    }

    @Test func oneMasterMayFail() async throws {
      let testbed = try Testbed.current()
      try await testbed.applyCluster()
      try await testbed.shell(
        "master02",
        """
        systemctl stop kubelet
        for container in $(crictl ps -q); do crictl stop -t 1 "$container" >/dev/null; done
        ! pgrep -f '^kube-apiserver'
        """)
      let answer = try await testbed.shell(
        "node01",
        """
        timeout 60 sh -c 'until kubectl --kubeconfig /etc/kubernetes/kubelet.conf \\
          --request-timeout 5s get --raw /readyz; do sleep 0.5; done' 2>/dev/null
        """)
      #expect(answer == "ok")
      // What the cluster is asked to do is still done.
      try await testbed.kubectl("create configmap while-one-is-down --from-literal=a=b")
      try await testbed.kubectl("delete configmap while-one-is-down")
      let status = try await testbed.planetbed("status", testbed.inventory)
      #expect(status.status == 3, "\(status.everything)")
      try await testbed.shell(
        "master02",
        """
        systemctl start kubelet
        timeout 300 sh -c 'until kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout 5s \\
          --server https://192.168.10.102:6443 get --raw /readyz; do sleep 0.5; done' 2>/dev/null
        """)
    }

    @Test func aWipedWorkerJoinsAgain() async throws {
      let testbed = try Testbed.current()
      try await testbed.applyCluster()
      // The tokens of the first joins do not matter: as when they have expired long ago.
      try await testbed.kubectl(
        "-n kube-system delete secret --field-selector type=bootstrap.kubernetes.io/token --ignore-not-found"
      )
      try await testbed.wipe("node04")
      let applied = try await testbed.applyCluster()
      #expect(try applied.host("node04").number("changed") > 0)
      #expect(try applied.host("node01").number("changed") == 0)
    }

    @Test func theFirstMasterWipedJoinsAgain() async throws {
      let testbed = try Testbed.current()
      try await testbed.applyCluster()
      let authority = try await testbed.shell("master02", "sha256sum < /etc/kubernetes/pki/ca.crt")
      try await testbed.wipe("master01")
      try await testbed.applyCluster()
      #expect(
        try await testbed.shell("master01", "sha256sum < /etc/kubernetes/pki/ca.crt") == authority,
        "it is the same cluster")
      let status = try await testbed.result(of: ["status", testbed.inventory])
      #expect(try status.objects("etcd").count == 3)
    }

    @Test func aWorkerIsPrunedAndAddedAgain() async throws {
      let testbed = try Testbed.current()
      try await testbed.applyCluster()
      let smaller = try testbed.inventory(without: "node04")
      let without = try await testbed.planetbed("plan", smaller)
      #expect(without.everything.contains("node04"), "\(without.everything)")
      #expect(without.everything.contains("--prune"), "\(without.everything)")
      #expect(try await testbed.kubectl("get nodes -o name").contains("node/node04"))

      let pruned = try await testbed.planetbed("apply", smaller, "--yes", "--prune")
      #expect(pruned.status == 0, "\(pruned.everything)")
      #expect(try await !testbed.kubectl("get nodes -o name").contains("node/node04"))
      let left = try await testbed.shell(
        "node04", "ls -d /etc/kubernetes/kubelet.conf /var/lib/planetbed/* 2>/dev/null || true")
      #expect(left == "")

      let applied = try await testbed.applyCluster()
      #expect(try applied.host("node04").number("changed") > 0)
    }

    @Test func killedDuringAJoinAndThenComplete() async throws {
      let testbed = try Testbed.current()
      try await testbed.applyCluster()
      try await testbed.wipe("node03")
      let process = try testbed.start(["apply", testbed.inventory, "--yes", "--output", "jsonl"])
      try await testbed.shell(
        "node03",
        "timeout 600 sh -c 'until pgrep -f \"kubeadm joi[n]\" >/dev/null; do sleep 0.1; done'")
      process.signal(SIGKILL)
      _ = await process.outcome()
      try await testbed.applyCluster()
    }

    @Test func fullPacketsTravelBetweenPodsOfTwoSites() async throws {
      let testbed = try Testbed.current()
      try await testbed.applyCluster()
      try await testbed.kubectl("create namespace packets")
      for node in ["node01", "node03"] {
        try await testbed.kubectl(
          """
          -n packets run \(node) --image=planetbed.lab/busybox:1 --image-pull-policy=Never \
            --overrides='{"spec":{"nodeName":"\(node)","terminationGracePeriodSeconds":1}}' -- sleep 3600
          """)
      }
      try await testbed.kubectl("-n packets wait --for=condition=Ready pod --all --timeout=120s")
      let target = try await testbed.kubectl(
        "-n packets get pod node03 -o jsonpath={.status.podIP}")
      let sent = try await testbed.shell(
        "node01",
        """
        for name in $(ip netns list | awk '{ print $1 }'); do
          mtu=$(ip -n "$name" -o link show eth0 | sed 's/.* mtu \\([0-9]*\\).*/\\1/')
          ip netns exec "$name" ping -c 1 -W 5 -M do -s $((mtu - 28)) \(target) >/dev/null && echo "$mtu"
        done
        """)
      try await testbed.kubectl("delete namespace packets")
      #expect(sent.split(separator: "\n").contains("1400"), "\(sent)")
    }

    @Test func kubectlAndKubeconfigOfTheOperator() async throws {
      let testbed = try Testbed.current()
      try await testbed.applyCluster()
      let nodes = try await testbed.planetbed(
        "kubectl", testbed.inventory, "--", "get", "nodes", "-o", "name")
      #expect(nodes.status == 0, "\(nodes.everything)")
      #expect(nodes.output.split(separator: "\n").count == Testbed.nodes.count)
      let wrong = try await testbed.planetbed(
        "kubectl", testbed.inventory, "--", "get", "nodes", "nobody")
      #expect(wrong.status == 1 && wrong.errors.contains("NotFound"), "\(wrong.everything)")

      let file = testbed.folder + "/admin.kubeconfig"
      let written = try await testbed.planetbed("kubeconfig", testbed.inventory, "--out", file)
      #expect(written.status == 0, "\(written.everything)")
      let attributes = try FileManager.default.attributesOfItem(atPath: file)
      #expect(attributes[.posixPermissions] as? Int == 0o600)
      let text = try String(contentsOfFile: file, encoding: .utf8)
      #expect(text.contains("server: https://192.168.10.253:6443"))
    }

    @Test func resetTakesNodesBack() async throws {
      let testbed = try Testbed.current()
      try await testbed.applyCluster()
      for node in ["master03", "node02"] {
        let reset = try await testbed.planetbed(
          "reset", testbed.inventory, "--yes", "--limit", "host=\(node)")
        #expect(reset.status == 0, "\(reset.everything)")
        let left = try await testbed.shell(
          node,
          """
          ls -d /etc/kubernetes /etc/cni/net.d/* /var/lib/planetbed/* /var/lib/kubelet/* \
            /var/lib/etcd/* /var/lib/containerd/* 2>/dev/null
          ip -o link show | grep -E 'cni0|veth' | grep -v eth0
          command -v iptables-save >/dev/null && iptables-save | grep -E 'KUBE|CNI'
          pgrep -fl '^(/usr/bin/)?(kubelet|containerd|kube-|etcd)'
          grep -E 'kubelet|containerd|cni' /proc/mounts | grep -v -E ' /var/lib/(kubelet|containerd|etcd) '
          true
          """)
        #expect(left == "", "\(node)")
      }
      try await testbed.applyCluster()
    }
  }
}

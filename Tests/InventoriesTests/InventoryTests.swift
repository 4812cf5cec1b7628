import Digests
import Diagnostics
import Glibc
import Inventories
import Testing

/// What a checked inventory says.
@Suite struct InventoryTests {
  @Test func readsTheThesis() throws {
    let text = try Folder.inventory.read("thesis.toml")
    let inventory = try InventoryReader.read(Array(text.utf8), file: "thesis.toml").inventory
    #expect(inventory.file == "thesis.toml")
    #expect(inventory.digest == SHA256.hexadecimal(of: text.utf8))
    #expect(inventory.testbed.name == "thesis")
    #expect(inventory.testbed.topology == .mesh)
    #expect(inventory.testbed.tunnelNetwork.description == "172.30.0.0/15")
    #expect(inventory.testbed.tunnelMTU == 1400)
    #expect(inventory.testbed.tunnelPort == 20000)
    #expect(inventory.lab == nil)
    #expect(inventory.kubernetes.version == "1.16.3")
    #expect(inventory.kubernetes.packages == .machine)
    #expect(inventory.kubernetes.podNetwork.description == "10.244.0.0/16")
    #expect(inventory.kubernetes.serviceNetwork.description == "10.96.0.0/12")
    #expect(inventory.loadBalancer.etcd)
    #expect(inventory.latency.isEmpty)
    #expect(
      inventory.machines.map { "\($0.name) \($0.site) \($0.address)" } == [
        "vyos01 vlan10 192.168.10.1", "lb vlan10 192.168.10.253",
        "master01 vlan10 192.168.10.101", "master02 vlan10 192.168.10.102",
        "master03 vlan10 192.168.10.103", "vyos02 vlan20 192.168.20.1",
        "node01 vlan20 192.168.20.101", "node02 vlan20 192.168.20.102",
        "vyos03 vlan30 192.168.30.1", "node03 vlan30 192.168.30.101",
        "node04 vlan30 192.168.30.102",
      ])
    #expect(inventory.hosts(.master).map(\.name) == ["master01", "master02", "master03"])
    let router = try #require(inventory.site("vlan20")?.router)
    #expect(router.wan.description == "10.4.0.91")
    #expect(router.reachable)
    #expect(router.ssh == SSHSettings(address: "10.4.0.91", user: "ubuntu", sudo: true))
    #expect(
      inventory.hosts(.worker)[0].ssh
        == SSHSettings(address: "192.168.20.101", user: "ubuntu", sudo: true, jump: "vyos02"))
  }

  @Test func readsTheLab() throws {
    let text = try Folder.inventory.read("lab.toml")
    let inventory = try InventoryReader.read(
      Array(text.utf8), file: "lab.toml", folder: Folder.inventory.path
    ).inventory
    #expect(inventory.lab == LabSettings(name: "lab"))
    #expect(inventory.machines.allSatisfy { $0.ssh.user == "root" && !$0.ssh.sudo })
    #expect(inventory.kubernetes.version == "1.20.2")
  }

  @Test func readsEveryKey() throws {
    let inventory = try everyKey()
    #expect(
      inventory.testbed
        == Testbed(
          name: "planet", topology: .hub(site: "keio"),
          tunnelNetwork: try prefix("172.20.0.0/16"), tunnelMTU: 1300, tunnelPort: 30000))
    let keio = try #require(inventory.site("keio"))
    #expect(keio.location == Site.Location(latitude: 35.3882, longitude: 139))
    #expect(keio.city == "Fujisawa")
    #expect(keio.position == SourcePosition(file: "f", line: 39, column: 8))
    #expect(
      keio.router.ssh
        == SSHSettings(
          address: "gate.example.org", port: 2222, user: "admin",
          identityFiles: ["~/.ssh/keio", "~/.ssh/other"], sudo: false, jump: nil,
          hostKey: "ssh-ed25519 "
            + "AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g",
          allowsPassword: true))
    #expect(
      keio.hosts[0].ssh
        == SSHSettings(
          address: "192.168.10.101", port: 2022, user: "ubuntu",
          identityFiles: ["~/.ssh/keio", "~/.ssh/other"], sudo: true, jump: "gate",
          allowsPassword: true))
    #expect(keio.hosts[1].ssh.jump == nil)
    #expect(keio.hosts[2].ssh.jump == "direct")
    let home = try #require(inventory.site("home"))
    #expect(!home.router.reachable)
    #expect(home.router.ssh.jump == "gate")
    #expect(home.router.ssh.identityFiles == ["~/.ssh/planet"])
    #expect(
      inventory.latency == [
        LatencyRule(
          .pair("keio", "home"),
          PathConditions(
            delay: .total(roundTrip: 1500), jitter: Jitter(roundTripMilliseconds: 0.25),
            loss: 0.001, rateBitsPerSecond: 2_500_000),
          position: SourcePosition(file: "f", line: 84, column: 11))
      ])
  }

  private func everyKey() throws -> Inventory {
    let text = try Folder.fixtures.read("every-key.toml")
    return try InventoryReader.read(
      Array(text.utf8), file: "f", folder: Folder.fixtures.path
    ).inventory
  }

  @Test func readsTheCluster() throws {
    let kubernetes = try everyKey().kubernetes
    var expected = KubernetesSettings(
      version: "1.34.2", podNetwork: try prefix("10.200.0.0/16"),
      serviceNetwork: try prefix("10.112.0.0/16"))
    expected.installs = false
    expected.position = kubernetes.position
    #expect(kubernetes.position?.line == 21)
    expected.packages = .repository(
      "https://mirror.example/kubernetes stable main", key: "https://mirror.example/Release.key")
    expected.imageRepository = "registry.example:5000/kubernetes"
    expected.imageArchives = "/srv/images"
    expected.proxy = "http://proxy.example:3128"
    expected.network = .manifest(.url("https://example.org/calico.yaml"))
    expected.dns = .manifest(
      .file(
        path: "manifests/cluster-dns.yaml",
        text: try Folder.fixtures.read("manifests/cluster-dns.yaml")))
    expected.trialImage = "registry.example/busybox:1.36"
    #expect(kubernetes == expected)
  }

  /// A saved plan does not hold any more when a manifest has changed.
  @Test func digestCoversTheManifests() throws {
    let text = Array(try Folder.fixtures.read("every-key.toml").utf8)
    let digest = try everyKey().digest
    #expect(digest != SHA256.hexadecimal(of: text))
    #expect(try everyKey().digest == digest)
    let other = "/tmp/planetbed-inventory-\(getpid())"
    mkdir(other, 0o700)
    mkdir("\(other)/manifests", 0o700)
    let file = "\(other)/manifests/cluster-dns.yaml"
    let manifest = try #require(fopen(file, "w"))
    fputs("apiVersion: v1\nkind: Namespace\n", manifest)
    fclose(manifest)
    defer {
      unlink(file)
      rmdir("\(other)/manifests")
      rmdir(other)
    }
    #expect(try InventoryReader.read(text, file: "f", folder: other).inventory.digest != digest)
  }

  @Test func defaultsOfTheCluster() throws {
    let text = LargeInventory.text(sites: 1, hosts: 5)
    let kubernetes = try InventoryReader.read(Array(text.utf8), file: "f").inventory.kubernetes
    #expect(kubernetes.installs)
    #expect(kubernetes.packages == .community)
    #expect(kubernetes.network == .bridge)
    #expect(kubernetes.dns == .kubeadm)
    #expect(kubernetes.imageRepository == nil)
    #expect(kubernetes.trialImage == "docker.io/library/busybox:1.36")
  }

  @Test func warningsDoNotStopIt() throws {
    let text = try Folder.fixtures.read("warnings.toml")
    let (inventory, warnings) = try InventoryReader.read(Array(text.utf8), file: "f")
    #expect(inventory.testbed.tunnelMTU == 1500)
    #expect(!warnings.isEmpty)
    #expect(warnings.allSatisfy { $0.severity == .warning })
  }

  @Test func readsFromAFile() throws {
    let path = "\(Folder.inventory.path)/lab.toml"
    #expect(try InventoryReader.read(file: path).inventory.file == path)
    #expect(throws: Problem.self) { try InventoryReader.read(file: "\(path).none") }
  }

  private func prefix(_ text: String) throws -> IPv4Prefix { try #require(IPv4Prefix(text)) }
}

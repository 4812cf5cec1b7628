import Diagnostics
import Inventories
import Testing

@testable import Lab

/// What machines and their image are made of, as values.
@Suite struct RecipeTests {
  private func recipe(
    _ machine: String = "lb", lab: String = "demo", edit: (inout [Site]) -> Void = { _ in }
  ) throws -> MachineRecipe {
    let layout = try LabLayout(Deployment.inventory(lab: lab, edit: edit))
    return MachineRecipe(
      lab: lab, node: try layout.node(machine), image: ImageRecipe(), imageKey: "key",
      operatorKey: "ssh-ed25519 AAAA planetbed lab\n")
  }

  @Test func theProgramThatBecomesTheMachine() throws {
    let folder = LabStore(root: "/s").machine("lb", of: "demo")
    let command = try recipe().start(
      in: folder, imageRoot: "/s/images/key/root",
      cgroups: ["/c/cpu/pb-demo.lb", "/c/x/pb-demo.lb"])
    #expect(command.program == "unshare")
    let arguments = command.arguments
    #expect(arguments.prefix(6) == ["--mount", "--propagation", "slave", "--", "sh", "-c"])
    #expect(
      arguments[7...13] == [
        "planetbed-lab", "/s/labs/demo/machines/lb/process", "/s/labs/demo/machines/lb/root",
        "lowerdir=/s/images/key/root,upperdir=/s/labs/demo/machines/lb/upper,"
          + "workdir=/s/labs/demo/machines/lb/work,volatile", "/c/cpu/pb-demo.lb",
        "/c/x/pb-demo.lb", "--",
      ])
    let machine = arguments[14...]
    #expect(machine.first == "systemd-nspawn")
    for option in [
      "--network-namespace-path=/run/netns/pb-demo.lb", "--machine=pb-demo.lb", "--hostname=lb",
      "--bind=/s/labs/demo/machines/lb/kubelet:/var/lib/kubelet",
      "--bind=/s/labs/demo/machines/lb/containerd:/var/lib/containerd",
      "--bind=/s/labs/demo/machines/lb/etcd:/var/lib/etcd", "--register=no", "--keep-unit",
      "--notify-ready=yes", "--capability=all", "--link-journal=no",
    ] {
      #expect(machine.contains(option), "\(option)")
    }
    #expect(command.environment["SYSTEMD_NSPAWN_API_VFS_WRITABLE"] == "yes")
    #expect(command.environment["NOTIFY_SOCKET"] == "/s/labs/demo/machines/lb/notify")
  }

  @Test func whatAMachineHasOfItsOwn() throws {
    let recipe = try recipe()
    let seeds = Dictionary(uniqueKeysWithValues: recipe.seeds.map { ($0.path, $0) })
    #expect(seeds["/etc/hostname"]?.text == "lb\n")
    #expect(seeds["/etc/hosts"]?.text == "127.0.0.1\tlocalhost\n127.0.1.1\tlb\n")
    #expect(seeds["/root/.ssh/authorized_keys"]?.mode == 0o600)
    let keys = seeds["/home/operator/.ssh/authorized_keys"]
    #expect(keys?.owner == MachineRecipe.Owner(user: 1000, group: 100))
    #expect(keys?.text == recipe.operatorKey)
    #expect(seeds["/etc/ssh/sshd_config.d/planetbed-lab-port.conf"] == nil)
    let identity = try #require(seeds["/etc/machine-id"]?.text)
    #expect(identity.count == 33)
    #expect(try self.recipe("master01").seeds.contains { $0.text == identity } == false)
    #expect(try self.recipe(lab: "other").seeds.contains { $0.text == identity } == false)
  }

  @Test func aPortOfItsOwn() throws {
    let recipe = try recipe { $0[0].hosts[0].ssh.port = 2222 }
    #expect(recipe.seeds.contains { $0.text == "Port 2222\n" })
    #expect(
      recipe.knownHosts(publicKeys: ["ssh-ed25519 AAAA root@lb\n"])
        == "[lb]:2222,[192.168.10.253]:2222 ssh-ed25519 AAAA\n")
    #expect(
      try self.recipe("vyos01").knownHosts(publicKeys: ["ssh-ed25519 A r", "ecdsa-x B r"])
        == "vyos01,10.4.0.90,192.168.10.1 ssh-ed25519 A\nvyos01,10.4.0.90,192.168.10.1 ecdsa-x B\n")
  }

  @Test func aMachineIsMadeAnewWhenWhatItIsMadeOfChanges() throws {
    let recipe = try recipe()
    #expect(try self.recipe().digest == recipe.digest)
    var image = recipe
    image.imageKey = "another"
    var key = recipe
    key.operatorKey = "another"
    let address = try self.recipe { $0[0].hosts[0].address = Deployment.address("192.168.10.9") }
    let digests = [recipe, image, key, address].map(\.digest)
    #expect(Set(digests).count == 4)
  }

  @Test func namesThatFitAHostName() throws {
    let long = String(repeating: "m", count: 32)
    let unique = MachineRecipe.unique(machine: long, of: String(repeating: "l", count: 32))
    #expect(unique.utf8.count == 64)
    #expect(
      unique.hasPrefix(LabLayout.machineNamespacePrefix(of: String(repeating: "l", count: 32))))
    #expect(MachineRecipe.unique(machine: "lb", of: "demo") == "pb-demo.lb")
  }

  @Test func theImagesKeyFollowsFromAllThatIsInIt() throws {
    let sources = try AptSources(lines: "bookworm main http://a/\n", release: "bookworm")
    let recipe = ImageRecipe()
    #expect(recipe.key(sources: sources) == ImageRecipe().key(sources: sources))
    var packages = recipe
    packages.repository.append("mosquitto")
    var base = recipe
    base.base.append("mosquitto")
    var file = recipe
    file.files[0].text += "#"
    var mode = recipe
    mode.files[0].mode = 0o600
    let other = try AptSources(lines: "bookworm main http://b/\n", release: "bookworm")
    let keys =
      [recipe, packages, base, file, mode].map { $0.key(sources: sources) }
      + [recipe.key(sources: other)]
    #expect(Set(keys).count == 6)
  }

  @Test func debianIsReadFromApt() throws {
    let sources = try AptSources(
      lines: """
        bookworm-security main http://mirror.example/security/
        bookworm main cdrom:[x]/
        bookworm main http://mirror.example/debian/
        bookworm main http://mirror.example/debian/
        bookworm contrib http://mirror.example/debian/
        trixie main http://mirror.example/debian/
        nonsense
        """, release: "bookworm")
    #expect(sources.mirror == "http://mirror.example/debian/")
    #expect(
      sources.list(keyring: "/k.gpg") == """
        deb [signed-by=/k.gpg] http://mirror.example/debian/ bookworm main
        deb [signed-by=/k.gpg] http://mirror.example/security/ bookworm-security main

        """)
    let problem = #expect(throws: Problem.self) {
      _ = try AptSources(lines: "trixie main http://a/\n", release: "bookworm")
    }
    #expect(problem?.description.contains("apt knows no mirror of Debian bookworm") == true)
    #expect(problem?.exitStatus == .failure)
  }

  @Test func cgroupsOfEitherVersion() {
    let both = CgroupHierarchies(
      mountInfo: """
        24 1 0:22 / /proc rw - proc proc rw
        30 24 0:26 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw
        31 30 0:27 / /sys/fs/cgroup/cpuset rw,relatime shared:9 - cgroup cgroup rw,cpuset
        31 30 0:27 / /sys/fs/cgroup/cpu rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct
        32 30 0:28 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd
        33 30 0:29 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
        33 30 0:29 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
        nonsense
        """)
    #expect(
      both.groups("pb-demo.lb") == [
        "/sys/fs/cgroup/cpuset/pb-demo.lb", "/sys/fs/cgroup/cpu/pb-demo.lb",
        "/sys/fs/cgroup/systemd/pb-demo.lb", "/sys/fs/cgroup/unified/pb-demo.lb",
      ])
    #expect(both.groups(joinedBy: "a", inRealTime: false) == both.groups("a"))
    #expect(
      both.groups(joinedBy: "a", inRealTime: true) == [
        "/sys/fs/cgroup/cpuset/a", "/sys/fs/cgroup/cpu", "/sys/fs/cgroup/systemd/a",
        "/sys/fs/cgroup/unified/a",
      ])
    #expect(both.hierarchies.map(\.isCpuset) == [true, false, false, false])
    let second = CgroupHierarchies(
      mountInfo: "35 23 0:29 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n")
    #expect(second.groups(joinedBy: "a", inRealTime: true) == ["/sys/fs/cgroup/a"])
  }
}

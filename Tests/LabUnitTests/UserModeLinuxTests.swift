import Diagnostics
import Glibc
import Inventories
import Testing

@testable import Lab

/// Routers that have a kernel of their own, as values.
@Suite struct UserModeLinuxTests {
  private static let kernel = RouterKernel(
    key: "00ff", folder: "/s/router-kernel-00ff", release: "6.1.176")
  private let folder = LabStore(root: "/s").machine("vyos01", of: "demo")

  private func recipe(
    _ machine: String = "vyos01", kernel: RouterKernel? = Self.kernel
  ) throws -> MachineRecipe {
    MachineRecipe(
      lab: "demo", node: try LabLayout(Deployment.inventory()).node(machine), image: ImageRecipe(),
      imageKey: "key", operatorKey: "ssh-ed25519 AAAA planetbed lab\n", kernel: kernel)
  }

  @Test func whatAMachineIsIsReadFromItsFolder() {
    for kind in MachineKind.allCases { #expect(MachineKind(record: kind.rawValue) == kind) }
    #expect(MachineKind(record: nil) == .container)
    #expect(MachineKind(record: "something newer") == .container)
  }

  @Test func theProgramThatBecomesTheMachine() throws {
    let command = try recipe().start(in: folder, imageRoot: "/s/images/key/root", cgroups: ["/c"])
    // The same as a container's up to here, but for the layer with the kernel's modules.
    #expect(command.arguments.prefix(6) == ["--mount", "--propagation", "slave", "--", "sh", "-c"])
    #expect(
      command.arguments[10].hasPrefix(
        "lowerdir=/s/router-kernel-00ff/root:/s/images/key/root,upperdir="))
    let start = try #require(command.arguments.lastIndex(of: "sh"))
    let machine = Array(command.arguments[start...])
    #expect(
      machine[3...].prefix(8) == [
        "planetbed-lab", "/s/labs/demo/machines/vyos01/memory", "512", "nsenter",
        "--net=/run/netns/pb-demo-net", "--", "env", "TMPDIR=/s/labs/demo/machines/vyos01/memory",
      ])
    #expect(machine[11] == "LD_PRELOAD=/s/router-kernel-00ff/xstate.so")
    #expect(machine[12] == "linux.uml")
    for option in [
      "mem=256M", "rootfstype=hostfs", "rootflags=/s/labs/demo/machines/vyos01/root",
      "con0=null,fd:1", "umid=uml", "uml_dir=/s/labs/demo/machines/vyos01",
      "mconsole=notify:/s/labs/demo/machines/vyos01/notify",
      "systemd.mask=systemd-logind.service",
    ] {
      #expect(machine.contains(option), "\(option)")
    }
    let cards = machine.filter { $0.hasPrefix("vec") }
    #expect(
      cards.map { $0.prefix(36) }.sorted() == [
        "vec0:transport=tap,ifname=w-vyos01,m", "vec1:transport=tap,ifname=l-vyos01,m",
      ])
    #expect(command.environment.isEmpty)
  }

  @Test func cardsHaveAddressesOfTheirOwn() throws {
    let addresses = [("demo", "w-vyos01"), ("demo", "l-vyos01"), ("other", "w-vyos01")].map {
      UserModeLinux.hardwareAddress(lab: $0, port: $1)
    }
    #expect(Set(addresses).count == 3)
    for address in addresses {
      #expect(address.wholeMatch(of: /02(:[0-9a-f]{2}){5}/) != nil, "\(address)")
    }
    #expect(
      UserModeLinux.cards(try recipe().node.links) == [
        "link set lo up", "link set vec0 name wan0", "address add 10.4.0.90/24 dev wan0",
        "link set wan0 up", "link set vec1 name lan0", "address add 192.168.10.1/24 dev lan0",
        "link set lan0 up",
      ])
  }

  @Test func whatItHasBesideAContainersFiles() throws {
    let container = Set(try recipe(kernel: nil).seeds)
    let own = try recipe().seeds.filter { !container.contains($0) }
    #expect(
      own.compactMap { $0.text == nil ? nil : $0.path } == [
        "/usr/lib/planetbed-lab/prepare", "/etc/systemd/system/planetbed-lab-ready.service",
        "/etc/systemd/system/ctrl-alt-del.target",
      ])
    let program = try #require(own.first { $0.path.hasSuffix("prepare") })
    #expect(program.mode == 0o755)
    #expect(
      program.text?.contains("\nlink set vec1 name lan0\naddress add 192.168.10.1/24 ") == true)
    #expect(program.text?.hasSuffix("\nEND\n") == true)
  }

  /// A lab that gets delays, or loses them, gets other routers.
  @Test func aRouterIsMadeAnewForAnotherKernel() throws {
    var newer = Self.kernel
    newer.key = "11ee"
    let digests = try [recipe(), recipe(kernel: nil), recipe(kernel: newer)].map(\.digest)
    #expect(Set(digests).count == 3)
    #expect(try recipe().digest == digests[0])
    let layout = try LabLayout(Deployment.inventory())
    #expect(layout.nodes.filter(\.isRouter).map(\.name) == ["vyos01", "vyos02", "vyos03"])
  }

  @Test func whatIPIsTold() throws {
    let layout = try LabLayout(Deployment.inventory())
    let lines = NetworkCommands.tap(try layout.node("vyos02").links, layout: layout)
    #expect(
      lines
        == .init(
          namespace: "pb-demo-net",
          lines: [
            "tuntap add dev w-vyos02 mode tap", "link set w-vyos02 master wan",
            "link set w-vyos02 up", "tuntap add dev l-vyos02 mode tap",
            "link set l-vyos02 master lan-vlan20", "link set l-vyos02 up",
          ]))
  }

  // MARK: what the kernel's management console says and hears

  private func message(_ type: UInt8, _ text: String, mark: [UInt8] = [0xbe, 0xba, 0xfe, 0xca])
    -> [UInt8]
  {
    mark + [2, 0, 0, 0, type, 0, 0, 0, UInt8(text.utf8.count), 0, 0, 0] + Array(text.utf8)
  }

  @Test func itSaysThatItHasBooted() {
    #expect(UserModeLinux.saysBooted(message(3, "READY=1\n")))
    // Where its console is, which it says when the kernel starts; a panic; nothing; nonsense.
    #expect(!UserModeLinux.saysBooted(message(0, "READY=1")))
    #expect(!UserModeLinux.saysBooted(message(1, "Attempted to kill init!")))
    #expect(!UserModeLinux.saysBooted(message(3, "")))
    #expect(!UserModeLinux.saysBooted(message(3, "READY=1", mark: [0, 0, 0, 0])))
    #expect(!UserModeLinux.saysBooted([]))
    #expect(!UserModeLinux.saysBooted(Array("READY=1".utf8)))
    #expect(Container.saysBooted(Array("STATUS=x\nREADY=1".utf8)))
    #expect(!Container.saysBooted(Array("X_READY=1".utf8)))
  }

  @Test func itIsAskedToShutDown() throws {
    let request = UserModeLinux.request("cad")
    #expect(request.count == 12 + 512)
    #expect(
      request.prefix(16) == [
        0xbe, 0xba, 0xfe, 0xca, 2, 0, 0, 0, 3, 0, 0, 0, UInt8(ascii: "c"), UInt8(ascii: "a"),
        UInt8(ascii: "d"), 0,
      ])
    var template = Array("/tmp/planetbed-uml-test-XXXXXX".utf8CString)
    let path = try #require(mkdtemp(&template).map { String(cString: $0) })
    defer { _ = try? HostCommand("rm", ["-rf", path]).run(Interruption()) }
    let folder = MachineFolder(path: path)
    try FileTree.makeFolder(folder.control)
    let console = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    defer { close(console) }
    #expect(SocketAddress.bind(console, to: folder.managementConsole))
    let process = try #require(HostProcess(id: getpid()))
    UserModeLinux.askToShutDown(process, in: folder)
    var heard = [UInt8](repeating: 0, count: 1024)
    let count = recv(console, &heard, heard.count, Int32(MSG_DONTWAIT))
    #expect(count == request.count && Array(heard.prefix(max(0, count))) == request)
  }

  @Test func aPathThatNoSocketFits() {
    #expect(SocketAddress.fits(String(repeating: "a", count: 107)))
    #expect(!SocketAddress.fits(String(repeating: "a", count: 108)))
    #expect(!SocketAddress.send([1], to: "/" + String(repeating: "a", count: 200)))
    #expect(errno == ENAMETOOLONG)
    #expect(!SocketAddress.send([1], to: "/nothing/is/here"))
  }

  // MARK: entering it

  @Test func aShellInIt() throws {
    let node = try recipe().node
    let login = LabAccess(identityFile: "/k", knownHostsFile: "/h")
    let process = try #require(HostProcess(id: getpid()))
    func shell(_ command: [String]) throws -> [String] {
      try #require(
        UserModeLinux.shell(
          on: node, of: "demo", process: process, login: login, terminal: "xterm",
          command: command))
    }
    let plain = try shell([])
    #expect(plain.prefix(2) == ["--net=/run/netns/pb-demo-operator", "--"])
    #expect(plain.last == "root@10.4.0.90")
    for word in ["TERM=xterm", "ssh", "/k", "UserKnownHostsFile=/h", "StrictHostKeyChecking=yes"] {
      #expect(plain.contains(word), "\(word)")
    }
    let command = try shell(["echo", "it's", "a b", ""])
    #expect(command.dropLast(2) == plain[...])
    let words = try #require(command.last)
    let said = try HostCommand("sh", ["-c", words]).run(Interruption())
    #expect(said.text == "it's a b \n")
  }

  @Test func whereItIsAskedForItsGreeting() throws {
    let node = try recipe().node
    #expect(UserModeLinux.greetingNamespace(of: node, in: "demo") == "pb-demo-operator")
    #expect(Container.greetingNamespace(of: node, in: "demo") == "pb-demo.vyos01")
  }
}

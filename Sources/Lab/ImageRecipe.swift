import Digests

/// What every machine's root folder is made of, as a value: the same recipe has the same key, and
/// an image of that key is never made again.
struct ImageRecipe: Sendable, Hashable {
  /// A file of the image.
  struct File: Sendable, Hashable {
    /// Its path in the image.
    var path: String
    /// Its text.
    var text: String
    /// Its mode.
    var mode: UInt32 = 0o644
  }

  /// The Debian release.
  var release = "bookworm"
  /// What the base system has beside what Debian calls its minimum: what a bare server has.
  var base = [
    "busybox", "ca-certificates", "dbus", "iproute2", "iputils-ping", "kmod", "netcat-openbsd",
    "openssh-server", "procps", "sudo", "systemd", "systemd-sysv",
  ]
  /// What the machines can install, from a folder in the image, since they reach no mirror: what
  /// planetbed's roles ask for, and what its tests and benchmarks do.
  var repository = [
    "conntrack", "curl", "ethtool", "fping", "haproxy", "iperf3", "iptables", "nftables",
    "openvpn", "python3", "python3-apt", "socat", "tcpdump",
  ]
  /// The files that make the base system a machine of a lab.
  var files = Self.labFiles
  /// The units that have no use in a lab, or would change the whole computer's kernel.
  var maskedUnits = [
    "apt-daily-upgrade.timer", "apt-daily.timer", "console-getty.service", "dev-hugepages.mount",
    "dpkg-db-backup.timer", "e2scrub_all.timer", "e2scrub_reap.service", "fstrim.timer",
    "getty.target", "modprobe@.service", "sys-fs-fuse-connections.mount",
    "sys-kernel-config.mount", "sys-kernel-debug.mount", "sys-kernel-tracing.mount",
    "systemd-firstboot.service", "systemd-timesyncd.service",
  ]
  /// The user, beside root, that the operator's key opens, and who may use sudo without a password.
  var user = "operator"
  /// The user's number, by which its files are made before the machine knows its name.
  var userID: UInt32 = 1000
  /// The user's group: Debian's `users`, since it has a group `operator` of its own.
  var groupID: UInt32 = 100

  /// The folder in the image that has the packages.
  static let repositoryFolder = "/srv/planetbed-packages"

  /// The cached image's folder name: a digest of the recipe and of where Debian came from.
  func key(sources: AptSources) -> String {
    StableHash.wideHexadecimal(
      ["planetbed image 1", release, user, String(userID), String(groupID)]
        + base + ["+"] + repository + ["+"] + maskedUnits
        + files.flatMap { [$0.path, $0.text, String($0.mode)] }
        + sources.sources.flatMap { [$0.uri, $0.suite] })
  }

  private static let labFiles = [
    File(
      path: "/etc/apt/sources.list",
      text: "# See sources.list.d: a lab's machine has no way to any mirror.\n"),
    File(
      path: "/etc/apt/sources.list.d/planetbed-lab.sources",
      text: "Types: deb\nURIs: file:\(repositoryFolder)\nSuites: ./\nTrusted: yes\n"),
    File(path: "/etc/default/locale", text: "LANG=C.UTF-8\n"),
    File(path: "/etc/hosts", text: "127.0.0.1\tlocalhost\n"),
    File(path: "/etc/machine-id", text: ""),
    // Nothing listens there, so that a question about a name fails at once and not after seconds.
    File(path: "/etc/resolv.conf", text: "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"),
    File(
      path: "/etc/ssh/sshd_config.d/planetbed-lab.conf",
      text: """
        # Planetbed opens many sessions on one connection, and all its connections at once.
        MaxStartups 100
        MaxSessions 100
        HostKey /etc/ssh/ssh_host_ed25519_key
        HostKey /etc/ssh/ssh_host_ecdsa_key

        """),
    File(
      path: "/etc/sudoers.d/planetbed-lab", text: "operator ALL=(ALL:ALL) NOPASSWD: ALL\n",
      mode: 0o440),
    File(
      path: "/etc/systemd/journald.conf.d/planetbed-lab.conf",
      text: """
        # The console's log outside the machine is what `planetbed lab logs` shows.
        # The kernel's log is that of all machines together, and of this computer: none's own.
        [Journal]
        ForwardToConsole=yes
        MaxLevelConsole=info
        ReadKMsg=no

        """),
    // Debian's own settings reach beyond the machine's network, to the kernel that it shares.
    File(
      path: "/usr/lib/sysctl.d/50-planetbed-lab.conf",
      text: "net.ipv4.ip_forward = 0\nnet.ipv6.conf.all.forwarding = 0\n"),
    File(path: "/usr/lib/sysctl.d/50-pid-max.conf", text: ""),
    File(path: "/usr/lib/sysctl.d/99-protect-links.conf", text: ""),
    File(
      path: "/usr/lib/systemd/system/planetbed-lab.service",
      text: """
        [Unit]
        Description=Give this machine of a lab what a computer has
        DefaultDependencies=no
        Before=sysinit.target

        [Service]
        Type=oneshot
        ExecStart=/usr/lib/planetbed-lab/prepare

        """),
    File(
      path: "/usr/lib/planetbed-lab/prepare",
      text: """
        #!/bin/sh
        set -eu
        # A tunnel device as any computer has it: a node of its own, that can be moved and removed.
        mkdir -p /dev/net
        [ -c /dev/net/tun ] || mknod -m 0666 /dev/net/tun c 10 200
        # A kubelet sets these for its computer, and they are not of this machine alone but of the
        # kernel that all share: it gets copies of its own to set.
        cd /proc/sys
        for name in kernel/panic* kernel/keys/root_max* vm/overcommit_memory vm/panic_on_oom; do
          [ -f "$name" ] || continue
          copy=/run/planetbed-lab/$name
          mkdir -p "${copy%/*}"
          cat "$name" > "$copy"
          mount --bind "$copy" "/proc/sys/$name"
        done
        cd /
        # systemd-nspawn mounts cgroup v1 controllers read-only, and says busy to a remount; a kubelet
        # needs to write them. What is mounted anew is this machine's own part of each.
        [ -d /sys/fs/cgroup/systemd ] || exit 0
        mount -o remount,rw /sys/fs/cgroup
        while read -r _ folder type options _; do
          [ "$type" = cgroup ] || continue
          case ,$options, in *,ro,*) ;; *) continue ;; esac
          controller=${folder##*/}
          umount "$folder"
          mount -t cgroup -o "$controller" cgroup "$folder"
        done < /proc/mounts

        """, mode: 0o755),
  ]

  /// The units of the image's own that are started at boot.
  static let enabledUnits = [("planetbed-lab.service", wantedBy: "sysinit.target")]
}

"""The lab that the benchmark brings up: its machines, the way to them, and how far away they are."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BENCH = ROOT / "bench"
WORK = ROOT / ".build" / "bench"
INVENTORY = WORK / "bench.toml"
LAB = "bench"
OPERATOR = f"pb-{LAB}-operator"
BRIDGES = f"pb-{LAB}-net"
# What the stage `hosts` routes beside the other sites' prefixes: the inventory's default.
TUNNELS = "172.30.0.0/15"
# No run of a tool takes that long; what does is a failure of the benchmark.
DEADLINE = 600


class Failure(Exception):
    """The benchmark cannot go on; its text says why."""


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


class Command:
    """Starts programs in the benchmark's own environment, and keeps what they wrote."""

    def __init__(self, scratch: Path, venv: Path, planetbed: Path):
        self.program = planetbed
        self.log = WORK / "last-command.log"
        home = scratch / "home"
        home.mkdir()
        self.environment = {
            "PATH": f"{venv}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "XDG_STATE_HOME": str(home / "state"),
            "ANSIBLE_CONFIG": str(scratch / "ansible.cfg"),
        }
        if root := os.environ.get("PLANETBED_LAB_ROOT"):
            self.environment["PLANETBED_LAB_ROOT"] = root

    def run(self, *words, more=None, allowed=(0,), log=None, both=False) -> str:
        """The program's standard output; its standard error too with `both`. They are files and not
        pipes: a connection that a tool keeps open in the background must not keep the benchmark
        waiting for its end."""
        words = [str(word) for word in words]
        log = log or self.log
        with open(log, "w+b") as output, tempfile.TemporaryFile() as errors:
            process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT if both else errors, cwd=ROOT,
                env=self.environment | (more or {}), start_new_session=True,
            )
            try:
                status = process.wait(timeout=DEADLINE)
            except BaseException:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGTERM)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=30)
                raise
            output.seek(0)
            errors.seek(0)
            text = output.read().decode(errors="replace")
            if status not in allowed:
                end = "\n".join((text + errors.read().decode(errors="replace")).splitlines()[-40:])
                raise Failure(f"{' '.join(words)[:400]}\nended with status {status}:\n{end}")
            return text

    def planetbed(self, *words, **options) -> str:
        return self.run(self.program, *words, **options)

    def inside(self, *words, **options) -> str:
        """The same, in the operator's namespace of the lab."""
        return self.run("ip", "netns", "exec", OPERATOR, *words, **options)


class Testbed:
    """The lab's machines as the inventory has them, and what is asked about them past the tools."""

    def __init__(self, command: Command):
        self.command = command
        text, count = re.subn(
            r'(?m)^name = "lab"$', f'name = "{LAB}"', (ROOT / "inventory" / "lab.toml").read_text()
        )
        if count != 2:
            raise Failure("inventory/lab.toml no longer names its testbed and its lab \"lab\"")
        # What is compared is the network's tasks.
        text = text.replace("[kubernetes]\n", "[kubernetes]\ninstall = false\n")
        text = text.replace('dns = "', f'dns = "{ROOT}/inventory/')
        INVENTORY.write_text(text)
        sites = tomllib.loads(text)["site"]
        self.routers = {site["router"]["name"]: site["router"]["wan"] for site in sites}
        self.hosts = {
            host["name"]: {
                "address": host["address"],
                "role": host["role"],
                "jump": site["router"]["name"],
                "router": site["router"]["lan"],
                "prefixes": [other["lan"] for other in sites if other is not site] + [TUNNELS],
            }
            for site in sites
            for host in site["host"]
        }
        self.machines = [
            {"name": site["router"]["name"], "address": site["router"]["lan"]} for site in sites
        ] + [{"name": name, "address": host["address"]} for name, host in self.hosts.items()]
        self.masters = [
            {"name": name, "address": host["address"]}
            for name, host in self.hosts.items()
            if host["role"] == "master"
        ]

    @property
    def names(self) -> list:
        return [machine["name"] for machine in self.machines]

    def planetbed(self, *words, **options) -> dict:
        verb, *rest = words
        # The options stand first: what follows `--` is exec's command.
        return json.loads(
            self.command.planetbed(verb, "--output", "json", "--ssh-config", "none", *rest, **options)
        )

    def everywhere(self, script: str) -> dict:
        """What a shell program writes on each machine; none may fail."""
        result = self.planetbed("exec", INVENTORY, "--", script, allowed=(0, 1))
        for host in result["hosts"]:
            if host["error"] or host["exitStatus"]:
                raise Failure(
                    f"{host['name']}: {host['error']} {host['output']} {host['errors']}"
                )
        return {host["name"]: host["output"] for host in result["hosts"]}

    def sessions(self, since: float) -> dict:
        """The logins and the sessions that each machine's sshd noted from that time on."""
        script = (
            "journalctl --sync; journalctl --quiet --identifier sshd --output cat "
            f"--since @{since:.6f} | awk '/^Accepted publickey /{{a++}} /^Starting session/{{s++}}"
            " END {print a+0, s+0}'"
        )

        def ask(name: str):
            words = ("lab", "shell", INVENTORY, name, "--", "sh", "-c", script)
            text = self.command.planetbed(*words, log=WORK / f"sessions-{name}.log")
            logins, sessions = text.split()[-2:]
            return name, {"logins": int(logins), "sessions": int(sessions)}

        with ThreadPoolExecutor(max_workers=4) as pool:
            return dict(pool.map(ask, self.names))

    def clean(self) -> dict:
        """Takes back everything, and returns each machine's state."""
        self.planetbed("reset", INVENTORY, "--yes")
        return self.everywhere((BENCH / "undo.sh").read_text())

    def check(self) -> None:
        """Throws when what every tool was to bring about is not there."""
        names = " ".join(self.names)
        text = (BENCH / "state.sh").read_text()
        kinds = "".join(f"{name}) kind=router ;; " for name in self.routers)
        self.everywhere(
            f"case $(hostname) in {kinds}lb) kind=lb ;; *) kind=host ;; esac\n"
            f'set -- "$kind" {names}\n{text}'
        )


class Access:
    """How the peers log in: an OpenSSH configuration for the lab, as a user would write it."""

    def __init__(self, testbed: Testbed, scratch: Path, lab_folder: Path):
        self.testbed = testbed
        self.path = scratch / "ssh_config"
        self.pyinfra_path = scratch / "ssh_config.pyinfra"
        common = (
            "  User root\n"
            f"  IdentityFile {lab_folder}/id_ed25519\n"
            "  IdentitiesOnly yes\n"
            f"  UserKnownHostsFile {lab_folder}/known_hosts\n"
            "  StrictHostKeyChecking yes\n"
        )
        blocks = [f"Host {name}\n  HostName {wan}\n" for name, wan in testbed.routers.items()]
        jumps = [
            (name, f"Host {name}\n  HostName {host['address']}\n", host["jump"])
            for name, host in testbed.hosts.items()
        ]
        shared = (
            "  ControlMaster auto\n"
            f"  ControlPath {scratch}/%n\n"
            "  ControlPersist 300\n"
        )
        self.path.write_text(
            "".join(blocks)
            + "".join(f"{block}  ProxyJump {jump}\n" for _, block, jump in jumps)
            + f"Host *\n{common}{shared}"
        )
        # pyinfra's own SSH knows ProxyJump, but logs in to the router once for each host; through
        # OpenSSH's master connection the hosts of a site share one.
        self.pyinfra_path.write_text(
            "".join(blocks)
            + "".join(
                f"{block}  ProxyCommand ssh -F {self.path} -W %h:%p {jump}\n"
                for _, block, jump in jumps
            )
            + f"Host *\n{common}"
        )

    def close(self) -> None:
        """Ends the connections that are kept open."""
        for name in [*self.testbed.hosts, *self.testbed.routers]:
            if (self.path.parent / name).exists():
                self.testbed.command.inside(
                    "ssh", "-F", self.path, "-O", "exit", name, allowed=(0, 255)
                )


class Distance:
    """100 ms there and back between the operator and the routers: see relay.py."""

    def __init__(self, command: Command, milliseconds: float):
        self.command = command
        self.milliseconds = milliseconds
        self.process = None

    def ip(self, namespace: str, *words) -> str:
        return self.command.run("ip", "-n", namespace, *words)

    def __enter__(self):
        card = json.loads(self.ip(OPERATOR, "-json", "address", "show", "dev", "wan0"))[0]
        address = next(one for one in card["addr_info"] if one["family"] == "inet")
        self.address = f"{address['local']}/{address['prefixlen']}"
        self.process = subprocess.Popen(
            [sys.executable, BENCH / "relay.py", str(self.milliseconds / 2), OPERATOR, "far0",
             BRIDGES, "far"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        if self.process.stdout.readline() != "ready\n":
            raise Failure("the relay did not start")
        # The machines have the operator's address noted with this card's hardware address.
        self.ip(OPERATOR, "link", "set", "wan0", "down")
        self.ip(OPERATOR, "address", "del", self.address, "dev", "wan0")
        self.ip(OPERATOR, "link", "set", "far0", "address", card["address"])
        self.ip(BRIDGES, "link", "set", "far", "master", "wan", "up")
        self.ip(OPERATOR, "address", "add", self.address, "dev", "far0")
        self.ip(OPERATOR, "link", "set", "far0", "up")
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        return self

    def __exit__(self, *_):
        """Ends the relay; the lab is taken down next, so that its card need not come back."""
        self.process.stdin.close()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def ping(command: Command, address: str) -> dict:
    """Round-trip times to a router in ms, and how many of 20 packets were lost."""
    text = command.inside("ping", "-n", "-c", "20", "-i", "0.2", "-W", "5", address)
    lost = re.search(r"([\d.]+)% packet loss", text)
    times = re.search(r"= ([\d.]+)/([\d.]+)/([\d.]+)/", text)
    return {
        "lostPercent": float(lost[1]),
        "min": float(times[1]), "mean": float(times[2]), "max": float(times[3]),
    }

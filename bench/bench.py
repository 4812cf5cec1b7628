"""Measures planetbed against Ansible, Ansible with Mitogen, and pyinfra, on one lab of its own.

Every tool brings about the same end state on the same machines from the same operator's namespace,
in turns, in one run; docs/bench.md says what is measured and what is not. Started by scripts/bench.sh.
"""

import argparse
import contextlib
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BENCH = ROOT / "bench"
WORK = ROOT / ".build" / "bench"
INVENTORY = WORK / "bench.toml"
RESULTS = ROOT / "bench-results"
LAB = "bench"
OPERATOR = f"pb-{LAB}-operator"
BRIDGES = f"pb-{LAB}-net"
LIMIT = ["--limit", "stage=hosts", "--limit", "stage=load-balancer"]
# What the stage `hosts` routes beside the other sites' prefixes: the inventory's default.
TUNNELS = "172.30.0.0/15"
FORKS = 16
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

    def run(self, *words, more=None, allowed=(0,), log=None) -> str:
        """The program's standard output. What it writes goes to files and not to pipes: a connection
        that a tool keeps open in the background must not keep the benchmark waiting for its end."""
        words = [str(word) for word in words]
        log = log or self.log
        with open(log, "w+b") as output, tempfile.TemporaryFile() as errors:
            process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, cwd=ROOT,
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
            f"--since @{since:.6f} | awk '/^Accepted /{{a++}} /^Starting session/{{s++}}"
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


class Tools:
    """What is measured: for each tool, one run of it over the whole testbed."""

    def __init__(self, testbed: Testbed, access: Access, scratch: Path, venv: Path):
        self.testbed = testbed
        self.command = testbed.command
        self.inventory = scratch / "inventory.json"
        self.pyinfra_inventory = scratch / "machines.py"
        site_packages = next((venv / "lib").glob("python3*/site-packages"))
        self.mitogen = {
            "ANSIBLE_STRATEGY_PLUGINS": str(site_packages / "ansible_mitogen/plugins/strategy"),
            "ANSIBLE_STRATEGY": "mitogen_linear",
        }
        common = {"machines": testbed.machines, "masters": testbed.masters}
        of_host = {
            name: {"router": host["router"], "prefixes": host["prefixes"]}
            for name, host in testbed.hosts.items()
        }
        groups = {
            "vars": common | {"ansible_python_interpreter": "/usr/bin/python3"},
            "children": {
                "routers": {"hosts": {name: {} for name in testbed.routers}},
                "hosts": {"hosts": of_host},
            },
        }
        self.inventory.write_text(json.dumps({"all": groups}, indent=1))
        (scratch / "ansible.cfg").write_text(
            "[defaults]\n"
            f"forks = {FORKS}\n"
            "retry_files_enabled = False\n"
            "[ssh_connection]\n"
            "pipelining = True\n"
            f"ssh_args = -F {access.path}\n"
        )
        login = {"ssh_config_file": str(access.pyinfra_path), "ssh_strict_host_key_checking": "yes"}
        routers = [(name, common | login) for name in testbed.routers]
        hosts = [(name, common | login | data) for name, data in of_host.items()]
        self.pyinfra_inventory.write_text(f"routers = {routers!r}\nhosts = {hosts!r}\n")
        self.runs = {
            "planetbed": self.planetbed,
            "Ansible": self.ansible,
            "Ansible with Mitogen": lambda: self.ansible(self.mitogen),
            "pyinfra": self.pyinfra,
        }

    def planetbed(self):
        words = ("apply", INVENTORY, "--yes", "--no-verify", *LIMIT)
        result = self.testbed.planetbed(*words)
        if result["failed"]:
            raise Failure(f"planetbed: {json.dumps(result)[:2000]}")
        return result["changed"], {host["name"]: host["roundTrips"] for host in result["hosts"]}

    def ansible(self, more=None):
        text = self.command.inside(
            "ansible-playbook", "-i", self.inventory, BENCH / "ansible" / "site.yml", more=more
        )
        return sum(int(count) for count in re.findall(r"\bchanged=(\d+)", text)), None

    def pyinfra(self):
        self.command.inside("pyinfra", "-y", self.pyinfra_inventory, BENCH / "pyinfra" / "deploy.py")
        return None, None


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


def one_run(testbed: Testbed, run, kind: str) -> dict:
    load = os.getloadavg()[0]
    since = time.time()
    began = time.monotonic()
    changed, round_trips = run()
    seconds = time.monotonic() - began
    if kind != "first" and changed:
        raise Failure(f"a run that was to change nothing changed {changed}")
    if kind == "first" and changed == 0:
        raise Failure("a run from a clean state changed nothing")
    return {
        "seconds": round(seconds, 3), "load": round(load, 2),
        "sshd": testbed.sessions(since), "roundTrips": round_trips,
    }


def measure(testbed: Testbed, tools: Tools, access: Access, baseline: dict, rounds: int, where: str):
    """For each tool the runs of each kind: `first`, from a clean state and with no connection open,
    and `again` right after it, with the connections that the peers' ControlPersist has kept."""
    results = {tool: {"first": [], "again": []} for tool in tools.runs}
    order = list(tools.runs)
    for number in range(rounds):
        # Another tool goes first each time: the machine is not alone, and its load drifts.
        for tool in order[number % len(order):] + order[: number % len(order)]:
            state = testbed.clean()
            for name, text in state.items():
                if text != baseline[name]:
                    raise Failure(f"{name} is not clean before {tool}:\n{text}\nbut was:\n{baseline[name]}")
            access.close()
            for kind in ("first", "again"):
                result = one_run(testbed, tools.runs[tool], kind)
                results[tool][kind].append(result)
                say(f"  {where}, round {number + 1}: {tool}, {kind}: {result['seconds']:.2f} s")
                if kind == "first":
                    testbed.check()
            access.close()
    return results


def count(runs: list, what: str, names) -> float:
    """The median over the runs of the mean over the machines."""
    return statistics.median(
        statistics.mean(run["sshd"][name][what] for name in names) for run in runs
    )


def table(results: dict, testbed: Testbed) -> str:
    lines = [
        "| | first apply | | nothing to change | | sessions per machine, first | again |",
        "|---|---|---|---|---|---|---|",
    ]
    base = {
        kind: statistics.median(run["seconds"] for run in runs)
        for kind, runs in results["planetbed"].items()
    }
    for tool, kinds in results.items():
        cells = [tool]
        for kind, runs in kinds.items():
            seconds = [run["seconds"] for run in runs]
            median = statistics.median(seconds)
            cells += [
                f"{median:.2f} s ({min(seconds):.2f}–{max(seconds):.2f})",
                f"{median / base[kind]:.1f}×",
            ]
        cells += [f"{count(runs, 'sessions', testbed.names):.1f}" for runs in kinds.values()]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def environment(command: Command) -> dict:
    processor = re.search(r"(?m)^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text())
    memory = re.search(r"(?m)^MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())
    return {
        "date": time.strftime("%Y-%m-%d %H:%M:%S %z"),
        "kernel": os.uname().release,
        "cores": os.cpu_count(),
        "processor": processor[1] if processor else None,
        "memoryGiB": round(int(memory[1]) / 2**20, 1),
        "planetbed": command.planetbed("version").strip(),
        "peers": (BENCH / "requirements.txt").read_text().split(),
        "forks": FORKS,
    }


def prepare(testbed: Testbed) -> dict:
    """What must be there before anything is timed; returns the machines' states when clean."""
    say("Installing Python on the lab's machines, and having sshd note sessions")
    testbed.everywhere(
        "set -e; export DEBIAN_FRONTEND=noninteractive\n"
        "apt-get -qq -y --no-install-recommends install python3 python3-apt >/dev/null 2>&1\n"
        "echo 'LogLevel VERBOSE' >/etc/ssh/sshd_config.d/bench.conf\n"
        "systemctl reload ssh"
    )
    return testbed.clean()


def empty_operator_namespace(command: Command) -> None:
    """Ends what is left in the operator's namespace of this lab: nothing but the benchmark's own
    connections can be there."""
    if not Path(f"/run/netns/{OPERATOR}").exists():
        return
    for pid in command.run("ip", "netns", "pids", OPERATOR).split():
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGTERM)


def main() -> int:
    parser = argparse.ArgumentParser(description="planetbed against its peers, as ratios")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=["near", "far"])
    parser.add_argument("--rtt", type=float, default=100, help="the distance of `far`, in ms")
    parser.add_argument("--planetbed", type=Path, default=ROOT / ".build" / "release" / "planetbed")
    options = parser.parse_args()
    if os.geteuid() != 0:
        say("bench: only root can bring a lab up")
        return 2

    def stopped(number, _):
        raise KeyboardInterrupt(f"signal {number}")

    signal.signal(signal.SIGTERM, stopped)
    signal.signal(signal.SIGHUP, stopped)
    WORK.mkdir(parents=True, exist_ok=True)
    RESULTS.mkdir(exist_ok=True)
    # Control sockets stand in it, whose paths must be short.
    scratch = Path(tempfile.mkdtemp(prefix="pbbench."))
    venv = Path(sys.prefix)
    command = Command(scratch, venv, options.planetbed.resolve())
    try:
        testbed = Testbed(command)
        store = Path(os.environ.get("PLANETBED_LAB_ROOT") or "/var/lib/planetbed/lab")
        say("Bringing the lab up")
        command.planetbed("lab", "up", INVENTORY)
        access = Access(testbed, scratch, store / "labs" / LAB)
        tools = Tools(testbed, access, scratch, venv)
        report = {"environment": environment(command), "rounds": options.rounds, "places": {}}
        baseline = prepare(testbed)
        router = next(iter(testbed.routers.values()))

        def place(where: str) -> None:
            before = ping(command, router)
            results = measure(testbed, tools, access, baseline, options.rounds, where)
            report["places"][where] = {
                "ping": {"before": before, "after": ping(command, router)}, "results": results,
            }

        if options.only != "far":
            place("near")
        if options.only != "near":
            with Distance(command, options.rtt):
                place("far")
        loads = [
            run["load"]
            for one in report["places"].values()
            for kinds in one["results"].values()
            for runs in kinds.values()
            for run in runs
        ]
        report["load"] = {"min": min(loads), "median": statistics.median(loads), "max": max(loads)}
        file = RESULTS / f"{time.strftime('%Y%m%dT%H%M%S')}.json"
        file.write_text(json.dumps(report, indent=1))
        print(json.dumps(report["environment"] | {"load": report["load"]}, indent=1))
        for where, one in report["places"].items():
            print(f"\n{where}: ping {json.dumps(one['ping'])}\n")
            print(table(one["results"], testbed))
        print(f"\nAll figures: {file.relative_to(ROOT)}")
        return 0
    except Failure as failure:
        say(f"bench: {failure}")
        return 1
    except KeyboardInterrupt:
        say("bench: interrupted")
        return 130
    finally:
        # A second signal must not stop the cleaning up.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        try:
            empty_operator_namespace(command)
        finally:
            command.planetbed("lab", "down", INVENTORY)
            shutil.rmtree(scratch, ignore_errors=True)


sys.exit(main())

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
import sys
import tempfile
import time
from pathlib import Path

from lab import (
    BENCH, INVENTORY, LAB, OPERATOR, ROOT, WORK, Access, Command, Distance, Failure, Testbed, ping, say,
)

RESULTS = ROOT / "bench-results"
LIMIT = ["--limit", "stage=hosts", "--limit", "stage=load-balancer"]
FORKS = 16


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
        text = self.command.inside(
            "pyinfra", "-y", self.pyinfra_inventory, BENCH / "pyinfra" / "deploy.py", both=True
        )
        total = re.search(r"Grand total\s+\d+\s+(\d+|-)", re.sub(r"\x1b\[[\d;]*m", "", text))
        if not total:
            raise Failure(f"pyinfra wrote no total:\n{text[-2000:]}")
        return int(total[1].replace("-", "0")), None


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


def measure(testbed, tools, access, baseline: dict, rounds: int, where: str):
    """Yields, run by run, a tool, a kind of run and what was measured. A `first` run is from a clean
    state and with no connection open, `again` is right after it, with the connections that the
    peers' ControlPersist has kept."""
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
                yield tool, kind, result
                say(f"  {where}, round {number + 1}: {tool}, {kind}: {result['seconds']:.2f} s")
                if kind == "first":
                    testbed.check()
            access.close()


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

    if not options.planetbed.is_file():
        say(f"bench: there is no {options.planetbed}: build it with `make build`")
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
        report = {"environment": environment(command), "complete": False, "places": {}}
        baseline = prepare(testbed)
        router = next(iter(testbed.routers.values()))

        file = RESULTS / f"{time.strftime('%Y%m%dT%H%M%S')}.json"

        def place(where: str) -> None:
            results = {tool: {"first": [], "again": []} for tool in tools.runs}
            pings = {"before": ping(command, router)}
            report["places"][where] = {"ping": pings, "results": results}
            runs = measure(testbed, tools, access, baseline, options.rounds, where)
            for tool, kind, result in runs:
                results[tool][kind].append(result)
                # What was measured before a failure is not lost, and is not a result either.
                file.write_text(json.dumps(report, indent=1))
            pings["after"] = ping(command, router)

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
        report["complete"] = True
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
            try:
                empty_operator_namespace(command)
            finally:
                command.planetbed("lab", "down", INVENTORY)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())

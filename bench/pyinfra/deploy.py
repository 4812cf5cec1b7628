"""The same end state as planetbed's stages `hosts` and `load-balancer`, said in pyinfra."""

from io import StringIO
from pathlib import Path

from pyinfra import host, inventory
from pyinfra.operations import apt, files, systemd

TEMPLATES = Path(__file__).parent.parent / "ansible" / "templates"
LANS = ["192.168.10.0/24", "192.168.20.0/24", "192.168.30.0/24"]

names = "".join(f"{machine.data.address} {machine.name}\n" for machine in sorted(inventory, key=lambda m: m.name))
files.block(
    name="names of the testbed's machines",
    path="/etc/hosts",
    content=names,
    marker="# {mark} bench",
)

if "hosts" in host.groups:
    files.directory(name="folder", path="/etc/bench", mode="755")
    lines = [f"route replace {lan} via {host.data.router} proto 148\n" for lan in LANS if lan != host.data.lan]
    routes = files.put(
        name="routes to the other sites", src=StringIO("".join(lines)), dest="/etc/bench/routes", mode="644"
    )
    unit = files.put(
        name="unit that sets the routes",
        src=str(TEMPLATES / "routes.service"),
        dest="/etc/systemd/system/bench-routes.service",
        mode="644",
    )
    systemd.service(
        name="routes are set",
        service="bench-routes.service",
        running=True,
        enabled=True,
        restarted=routes.changed or unit.changed,
        daemon_reload=unit.changed,
    )

if host.name == "lb":
    apt.packages(name="HAProxy", packages=["haproxy"], no_recommends=True)
    configuration = files.put(
        name="masters behind HAProxy",
        src=str(TEMPLATES / "haproxy.cfg"),
        dest="/etc/haproxy/haproxy.cfg",
        mode="644",
    )
    systemd.service(
        name="HAProxy runs", service="haproxy", running=True, enabled=True, reloaded=configuration.changed
    )

"""The same end state as planetbed's stages `hosts` and `load-balancer`, said in pyinfra."""

from pathlib import Path

from pyinfra import host
from pyinfra.operations import apt, files, server, systemd

TEMPLATES = Path(__file__).parent.parent / "templates"

files.block(
    name="names of the testbed's machines",
    path="/etc/hosts",
    content=[f"{machine['address']} {machine['name']}" for machine in host.data.machines],
    marker="# {mark} bench",
)

if "hosts" in host.groups:
    files.directory(name="folder", path="/etc/bench", mode="755")
    routes = files.template(
        name="routes to the other sites",
        src=str(TEMPLATES / "routes"),
        dest="/etc/bench/routes",
        mode="644",
        prefixes=host.data.prefixes,
        router=host.data.router,
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
    configuration = files.template(
        name="masters behind HAProxy",
        src=str(TEMPLATES / "haproxy.cfg"),
        dest="/etc/haproxy/haproxy.cfg",
        mode="644",
        masters=host.data.masters,
    )
    # pyinfra has no validation of its own: what planetbed and Ansible do before the file is in place.
    server.shell(
        name="the configuration is valid",
        commands=["haproxy -c -f /etc/haproxy/haproxy.cfg"],
        _if=configuration.did_change,
    )
    systemd.service(
        name="HAProxy runs", service="haproxy", running=True, enabled=True, reloaded=configuration.changed
    )

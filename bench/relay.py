"""Distance between the operator of a lab and its routers, on a kernel without netem.

Two tap devices, one in the operator's namespace and one in a bridge of the lab's, and this process
between them: it holds every Ethernet frame, in either direction, for the same time, and passes
frames on in the order in which they came. It drops none, whatever comes.

    relay.py DELAY_MS OPERATOR_NAMESPACE TAP BRIDGES_NAMESPACE TAP

says "ready" when both devices are there, and works until its standard input ends or it is told to
stop. The devices go with it. On Linux, as root.
"""

import ctypes
import fcntl
import os
import select
import struct
import sys
import time
from collections import deque

TUNSETIFF = 0x400454CA
IFF_TAP = 0x0002
IFF_NO_PI = 0x1000
CLONE_NEWNET = 0x40000000
LARGEST_FRAME = 65536


def tap(namespace: str, name: str) -> int:
    """A new tap device of that name, in that network namespace."""
    libc = ctypes.CDLL(None, use_errno=True)
    own = os.open("/proc/self/ns/net", os.O_RDONLY)
    other = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    try:
        if libc.setns(other, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"cannot enter {namespace}")
        device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH14x", name.encode(), IFF_TAP | IFF_NO_PI))
        if libc.setns(own, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "cannot return")
        return device
    finally:
        os.close(own)
        os.close(other)


def relay(delay_ns: int, one: int, other: int) -> None:
    """Passes frames between the two devices, each `delay_ns` after it came."""
    ways = [(one, other, deque()), (other, one, deque())]
    stop = sys.stdin.fileno()
    while True:
        due = min((held[0][0] for _, _, held in ways if held), default=None)
        wait = None if due is None else max(0.0, (due - time.monotonic_ns()) / 1e9)
        readable, _, _ = select.select([one, other, stop], [], [], wait)
        if stop in readable:
            return
        for source, _, held in ways:
            if source not in readable:
                continue
            while True:
                try:
                    frame = os.read(source, LARGEST_FRAME)
                except BlockingIOError:
                    break
                held.append((time.monotonic_ns() + delay_ns, frame))
        now = time.monotonic_ns()
        for _, sink, held in ways:
            while held and held[0][0] <= now:
                # A tap device takes every frame while it is up.
                os.write(sink, held.popleft()[1])


def main() -> None:
    delay_ms, operator, near, bridges, far = sys.argv[1:]
    devices = tap(operator, near), tap(bridges, far)
    print("ready", flush=True)
    sys.stdin.readline()  # both devices are up: frames may come
    relay(int(float(delay_ms) * 1e6), *devices)


main()

"""Small machines on this one: a network and a share of the cores for each server.

A machine is a network namespace, joined to this process by a pair of virtual network
interfaces, and a control group that bounds its CPU time. So servers have addresses of
their own, and more of them have more cores, as on a cluster. As root; the program must
itself be in a network namespace that it may change (`in_a_network_of_its_own`).
"""

import contextlib
import os
import pathlib
import subprocess
import sys

GROUPS = pathlib.Path("/sys/fs/cgroup")
PERIOD_US = 20_000
MARK = "HYPERGAN_OWN_NETWORK"


def in_a_network_of_its_own():
    """Starts the program again in a network namespace that ends with it."""
    if os.environ.get(MARK):
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        return
    os.environ[MARK] = "1"
    os.execvp("unshare", ["unshare", "--net", sys.executable, *sys.argv])


class Machine:
    """Number `number`, from 1 to 250, with `cores` of CPU time a second."""

    def __init__(self, number, cores):
        self.address = f"10.77.{number}.2"
        self._stack = contextlib.ExitStack()
        with contextlib.ExitStack() as stack:
            holder = stack.enter_context(
                subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
            )
            stack.callback(holder.kill)
            self._network = f"/proc/{holder.pid}/ns/net"
            wait_for_namespace(self._network)
            self._join(number, holder.pid)
            self._group = self._bound(f"hypergan-{os.getpid()}-{number}", cores, stack)
            self._stack = stack.pop_all()

    def _join(self, number, holder):
        here, there = f"machine{number}", "eth0"
        run("ip", "link", "add", here, "type", "veth", "peer", "name", there)
        run("ip", "link", "set", there, "netns", str(holder))
        run("ip", "address", "add", f"10.77.{number}.1/30", "dev", here)
        run("ip", "link", "set", here, "up")
        inside = ("nsenter", f"--net={self._network}", "ip")
        run(*inside, "address", "add", f"{self.address}/30", "dev", there)
        run(*inside, "link", "set", there, "up")
        run(*inside, "link", "set", "lo", "up")

    def _bound(self, name, cores, stack):
        """A control group, of version 1 or 2."""
        is_first = (GROUPS / "cpu").is_dir()
        group = (GROUPS / "cpu" if is_first else GROUPS) / name
        group.mkdir()
        stack.callback(group.rmdir)
        quota = int(cores * PERIOD_US)
        if is_first:
            (group / "cpu.cfs_period_us").write_text(str(PERIOD_US))
            (group / "cpu.cfs_quota_us").write_text(str(quota))
        else:
            (group / "cpu.max").write_text(f"{quota} {PERIOD_US}")
        return group

    @property
    def prefix(self):
        """What starts a program on the machine, before its own words."""
        join_group = f'echo $$ > {self._group}/cgroup.procs; exec "$@"'
        network = f"--net={self._network}"
        return ("sh", "-c", join_group, "sh", "nsenter", network)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """Once the programs on it have ended."""
        self._stack.close()


def wait_for_namespace(path):
    """Until the child has left our network."""
    ours = os.readlink("/proc/self/ns/net")
    while os.readlink(path) == ours:
        os.sched_yield()


def run(*command):
    subprocess.run(command, check=True)

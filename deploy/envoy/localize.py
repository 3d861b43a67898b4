#!/usr/bin/env python3
"""The front's files for one machine: the shipped ones, with its ports and folders.

Writes envoy.yaml and secrets.yaml into a folder, where ensemble.binpb and, for TLS,
tls/tls.crt and tls/tls.key have their places too.
"""

import argparse
import pathlib
import re
import socket

HERE = pathlib.Path(__file__).resolve().parent
LISTENERS = {"plain": 8080, "tls": 8443, "metrics": 8090}


def replaced(text, old, new):
    """`text` with `new` for the one place that has `old`."""
    if text.count(old) != 1:
        raise ValueError(f"expected one {old!r} in envoy.yaml, found {text.count(old)}")
    return text.replace(old, new)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def address_of(server):
    """What Envoy calls the address HOST:PORT or unix:PATH."""
    if server.startswith("unix:"):
        return f"pipe: {{ path: {server.removeprefix('unix:')} }}"
    host, port = server.rsplit(":", 1)
    return f"socket_address: {{ address: {host}, port_value: {port} }}"


def with_servers(text, servers):
    """An endpoint for each server in place of the name of all."""
    shipped = address_of("hypergan-server:8001")
    (endpoint,) = re.findall(rf"^ +- endpoint:\n.*{shipped}.*\n", text, re.M)
    endpoints = "".join(
        endpoint.replace(shipped, address_of(server)) for server in servers
    )
    text = text.replace(endpoint, endpoints)
    if any(server.startswith("unix:") for server in servers):
        # A path is not a name, so there is none to ask the DNS for.
        text = replaced(text, "type: STRICT_DNS", "type: STATIC")
    return text


def localize(folder, servers, ports):
    """Writes the files; `ports` by names of listeners, 0 or none: any free port."""
    text = with_servers((HERE / "envoy.yaml").read_text(), servers)
    for name, shipped in LISTENERS.items():
        port = ports.get(name, 0)
        text = replaced(
            text,
            f"address: 0.0.0.0, port_value: {shipped}",
            f"address: 127.0.0.1, port_value: {port}",
        )
    # The front asks its own admin page, so this port must be known before.
    text = text.replace("port_value: 9901", f"port_value: {free_port()}")
    folder = pathlib.Path(folder).resolve()
    (folder / "tls").mkdir(parents=True, exist_ok=True)
    secrets = (HERE / "secrets.yaml").read_text()
    for name, content in (("envoy.yaml", text), ("secrets.yaml", secrets)):
        (folder / name).write_text(content.replace("/etc/envoy/", f"{folder}/"))


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder")
    arguments.add_argument(
        "--server", action="append", required=True, metavar="HOST:PORT|unix:PATH"
    )
    for name in LISTENERS:
        arguments.add_argument(f"--{name}", type=int, default=0, metavar="PORT")
    given = arguments.parse_args()
    localize(
        given.folder, given.server, {name: getattr(given, name) for name in LISTENERS}
    )


if __name__ == "__main__":
    main()

"""The client finds a server that is far away, or as near as can be."""

import select
import socket
import threading

import pytest
import scripted
from programs import run
from running_server import RunningServer

FAR_S = 0.5  # a TLS handshake around the world


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    repository = tmp_path_factory.mktemp("models")
    scripted.write_checkpoint(repository / "good" / "1" / "model.pt")
    with RunningServer(repository) as running:
        yield running


def copy(source, sink):
    """Until either end is gone, with or without a farewell."""
    try:
        while data := source.recv(1 << 16):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def hangs_up(connection):
    """Whether the client gives the connection up before FAR_S."""
    poll = select.poll()
    poll.register(connection, select.POLLRDHUP)
    return bool(poll.poll(FAR_S * 1000))


class FarServer:
    """Passes the first connection on after FAR_S, and no other."""

    def __init__(self, address):
        host, port = address.rsplit(":", 1)
        self._server = (host, int(port))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.was_given_up = None
        self._thread = threading.Thread(target=self._relay)
        self._thread.start()

    def _relay(self):
        client, _ = self._listener.accept()
        self._listener.close()
        with client:
            self.was_given_up = hangs_up(client)
            if self.was_given_up:
                return
            with socket.create_connection(self._server) as server:
                back = threading.Thread(target=copy, args=(server, client))
                back.start()
                copy(client, server)
                back.join()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._thread.join()


def test_a_connection_may_take_its_time(server):
    with FarServer(server.address) as far:
        health = run("hypergan-client", "health", f"--server={far.address}")
    assert not far.was_given_up
    assert (health.returncode, health.stdout) == (0, "SERVING\n")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_no_proxy_is_asked_for_this_machine(server, monkeypatch, host):
    for name in ("grpc_proxy", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    port = server.address.rsplit(":", 1)[1]
    health = run("hypergan-client", "health", f"--server={host}:{port}")
    assert (health.returncode, health.stdout) == (0, "SERVING\n"), health.stderr

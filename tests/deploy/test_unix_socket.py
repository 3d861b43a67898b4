"""The server on a socket in the file system, where the front alone reaches it."""

import contextlib
import functools
import os
import pathlib
import socket
import stat
import urllib.error
import urllib.request

import grpc
import pytest
import scripted
from callers import BEHIND, Caller, code_of
from floods import reset_calls, send_one_long_header
from programs import run
from raw_http2 import RawConnection
from running_front import RunningFront
from running_server import RunningServer

MIB = 1 << 20


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    scripted.write_checkpoint(folder / "good" / "1" / "model.pt")
    return folder


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("socket") / "server.sock"


@pytest.fixture(scope="module")
def server(repository, path):
    with RunningServer(repository, *BEHIND, f"--listen=unix:{path}") as running:
        yield running


def assert_refused(repository, address, *expected, flags=()):
    result = run(
        "hypergan-server",
        f"--model_repository={repository}",
        f"--listen={address}",
        "--metrics_listen=",
        *flags,
    )
    assert result.returncode == 1
    said = result.stderr.splitlines()[-1]
    assert all(text in said for text in expected), said


def listening_addresses(server):
    """Of the server's TCP sockets: the endpoint of the metrics alone."""
    inodes = set()
    for link in pathlib.Path(f"/proc/{server.pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            inodes.add(os.readlink(link))
    found = []
    for table in ("tcp", "tcp6"):
        for line in pathlib.Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            columns = line.split()
            if columns[3] == "0A" and f"socket:[{columns[9]}]" in inodes:
                found.append(int(columns[1].rsplit(":", 1)[1], 16))
    return found


def test_the_socket_is_all_that_the_server_listens_on(server, path):
    assert server.address == f"unix:{path}"
    status = path.stat()
    assert stat.S_ISSOCK(status.st_mode)
    assert stat.S_IMODE(status.st_mode) == 0o660
    metrics = int(server.metrics_url.split(":")[2].split("/")[0])
    assert listening_addresses(server) == [metrics]


def test_both_floods_end_at_the_front(server, front, client):
    client.predict()
    before = server.peak_memory()
    with RawConnection(front.address) as connection:
        assert not send_one_long_header(connection, 8 * MIB)
    assert len(client.predict(timeout=5).scores) == 2
    with RawConnection(front.address) as connection:
        assert not reset_calls(connection, 100_000)
    assert len(client.predict(timeout=5).scores) == 2
    assert server.peak_memory() - before < 32 * MIB


def test_a_socket_on_which_a_program_listens_is_left_to_it(repository, server, path):
    assert_refused(repository, f"unix:{path}", "another program listens there")
    with Caller(server.address) as direct:
        assert len(direct.predict().scores) == 2


def test_a_socket_that_was_left_behind_is_replaced_and_removed_at_the_end(
    repository, tmp_path
):
    path = tmp_path / "server.sock"
    with socket.socket(socket.AF_UNIX) as gone:
        gone.bind(str(path))
    with RunningServer(
        repository, f"--listen=unix:{path}", "--listen_mode=600"
    ) as running:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        with Caller(running.address) as direct:
            assert len(direct.predict().scores) == 2
        assert running.terminate() == 0
    assert not path.exists()


def test_what_is_no_socket_is_not_touched(repository, tmp_path):
    file = tmp_path / "file"
    file.write_text("mine")
    assert_refused(repository, f"unix:{file}", "remove it")
    link = tmp_path / "link"
    link.symlink_to(file)
    assert_refused(repository, f"unix:{link}", "remove it")
    assert file.read_text() == "mine"
    none = tmp_path / "none" / "server.sock"
    assert_refused(repository, f"unix:{none}", "No such file")


@pytest.mark.parametrize(
    ("address", "flags", "expected"),
    [
        ("unix:relative", [], "--listen: expected unix:/PATH of at most 107 bytes"),
        ("unix:/", [], "--listen: expected unix:/PATH"),
        ("unix:/" + "a" * 107, [], "--listen: expected unix:/PATH"),
        ("unix-abstract:a", [], "--listen: expected host:port"),
        ("unix:/a", ["--listen_mode=1000"], "--listen_mode: expected 0 to 0777"),
        ("unix:/a", ["--listen_mode=0o660"], "--listen_mode: expected 0 to 0777"),
    ],
)
def test_an_address_or_mode_that_is_none_is_refused(
    repository, address, flags, expected
):
    assert_refused(repository, address, expected, flags=flags)


def test_tokens_pass_the_front_of_grpc_and_of_json(repository, tmp_path):
    tokens = tmp_path / "tokens"
    tokens.write_text("ana token-of-ana-0123456789 good\n")
    path = tmp_path / "server.sock"
    with (
        RunningServer(
            repository, f"--listen=unix:{path}", f"--token_file={tokens}"
        ) as server,
        RunningFront(tmp_path, server.address) as front,
        Caller(front.address) as client,
    ):
        good = "Bearer token-of-ana-0123456789"
        bad = "Bearer token-of-none-0123456789"
        assert client.predict(metadata=[("authorization", good)]).scores
        for metadata in ([], [("authorization", bad)]):
            ask = functools.partial(client.predict, metadata=metadata)
            code, _ = code_of(ask)
            assert code == grpc.StatusCode.UNAUTHENTICATED
        models = f"http://{front.address}/v1/models"
        assert status_of(models, good) == 200
        assert status_of(models, bad) == 401
        assert status_of(f"{models}/other", good) == 403


def status_of(url, authorization):
    request = urllib.request.Request(url, headers={"authorization": authorization})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code

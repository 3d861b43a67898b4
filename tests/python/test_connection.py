"""TLS, tokens and addresses."""

import asyncio
import shutil
import subprocess
import threading
from concurrent import futures
from dataclasses import replace

import grpc
import numpy as np
import pytest
from certificates import Authority
from fake_server import FakeServer, answer

from hypergan_client import (
    AsyncClient,
    CancelledError,
    Client,
    Tls,
    UnavailableError,
)
from hypergan_client.channel import is_this_machine

ROW = np.zeros((1, 2))
NUMBERED = np.repeat(np.arange(24.0)[:, None], 2, axis=1)  # rows, of 4 a request


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A self-signed certificate and its key, of a server `models.test`."""
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-nodes"]
    command += ["-pkeyopt", "ec_paramgen_curve:prime256v1", "-days", "2"]
    command += ["-subj", "/CN=models.test", "-addext", "subjectAltName=DNS:models.test"]
    command += ["-keyout", key, "-out", certificate]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return certificate, key


def secure_server(certificate, mutual=False):
    public, key = (path.read_bytes() for path in certificate)
    return FakeServer(
        credentials=grpc.ssl_server_credentials(
            [(key, public)], public if mutual else None, mutual
        )
    )


def test_a_server_with_tls_is_asked_and_gets_the_token(certificate):
    tls = Tls(root_certificates=certificate[0], server_name="models.test")
    with secure_server(certificate) as server:
        with Client(server.address, tls=tls, token="secret") as client:
            client.predict(ROW, model="fake")
    assert [call["authorization"] for call in server.metadata] == ["Bearer secret"] * 2


def test_both_sides_may_show_a_certificate(certificate):
    who = {"root_certificates": certificate[0], "server_name": "models.test"}
    tls = Tls(certificate=certificate[0], private_key=certificate[1], **who)
    with secure_server(certificate, mutual=True) as server:
        with Client(server.address, tls=tls) as client:
            client.predict(ROW, model="fake")
        with Client(server.address, tls=Tls(**who)) as client:
            with pytest.raises(UnavailableError):
                client.predict(ROW, model="fake")
    with pytest.raises(ValueError, match="go together"):
        Client("127.0.0.1:1", tls=Tls(certificate=certificate[0]))


@pytest.mark.parametrize("tls", [True, None])
def test_a_server_that_is_not_trusted_is_not_asked(certificate, tls):
    with secure_server(certificate) as server:
        with Client(server.address, tls=tls) as client:
            with pytest.raises(UnavailableError):
                client.predict(ROW, model="fake")
        assert server.requests == []


class Renewed:
    """Files of a client that are renewed, and a server that asks for them."""

    def __init__(self, folder):
        self._authority = Authority(folder / "authority")
        self._folder = folder
        self.names = []  # of the clients' certificates, by call
        self.tls = Tls(
            root_certificates=folder / "ca.crt",
            certificate=folder / "client.crt",
            private_key=folder / "client.key",
            reload_interval=0,  # seconds: at each call
        )
        self.put(self._authority.certificate, "ca.crt")
        self._pairs = {name: self._authority.sign(name) for name in ("one", "two")}
        self.put_certificate("one")
        self.put_key("one")

    def put(self, path, name):
        """A file in the place of another, as renewals do it."""
        shutil.copy(path, self._folder / "new")
        (self._folder / "new").rename(self._folder / name)

    def put_certificate(self, name):
        self.put(self._pairs[name][0], "client.crt")

    def put_key(self, name):
        self.put(self._pairs[name][1], "client.key")

    def server(self, *script):
        certificate, key = self._authority.sign("localhost")
        credentials = grpc.ssl_server_credentials(
            [(key.read_bytes(), certificate.read_bytes())],
            self._authority.certificate.read_bytes(),
            require_client_auth=True,
        )
        return FakeServer(*script, credentials=credentials)

    def note(self, server, request, context):
        """A step that notes whose certificate it was."""
        (name,) = context.auth_context()["x509_common_name"]
        self.names.append(name.decode())
        return answer(request)


@pytest.fixture
def renewed(tmp_path):
    return Renewed(tmp_path)


def test_a_renewed_certificate_counts_for_the_next_call(renewed):
    with renewed.server(*[renewed.note] * 4) as server:
        with Client(server.address, tls=renewed.tls) as client:
            client.predict(ROW, model="fake")
            renewed.put_certificate("two")  # before its key
            client.predict(ROW, model="fake")
            renewed.put_key("two")
            client.predict(ROW, model="fake")
            renewed.tls.private_key.unlink()
            client.predict(ROW, model="fake")
    assert renewed.names == ["one", "one", "two", "two"]


def test_a_renewed_certificate_counts_for_the_next_call_that_is_awaited(renewed):
    async def ask(address):
        async with AsyncClient(address, tls=renewed.tls) as client:
            await client.predict(ROW, model="fake")
            renewed.put_certificate("two")
            await client.predict(ROW, model="fake")
            renewed.put_key("two")
            await client.predict(ROW, model="fake")

    with renewed.server(*[renewed.note] * 3) as server:
        asyncio.run(ask(server.address))
    assert renewed.names == ["one", "one", "two"]


def test_files_are_looked_at_no_more_often_than_said(renewed):
    tls = replace(renewed.tls, reload_interval=3600)
    with renewed.server(*[renewed.note] * 2) as server:
        with Client(server.address, tls=tls) as client:
            client.predict(ROW, model="fake")
            renewed.put_certificate("two")
            renewed.put_key("two")
            client.predict(ROW, model="fake")
    assert renewed.names == ["one", "one"]


def test_authorities_are_renewed_too(renewed, tmp_path):
    renewed.put(Authority(tmp_path / "other").certificate, "ca.crt")
    with renewed.server() as server:
        with Client(server.address, tls=renewed.tls) as client:
            with pytest.raises(UnavailableError):
                client.predict(ROW, model="fake")
            renewed.put(tmp_path / "authority/ca.crt", "ca.crt")
            client.predict(ROW, model="fake")


def answer_later(go_on):
    """A step that answers once it may."""

    def step(server, request, context):
        server.arrived.set()
        go_on.wait(30)
        return answer(request)

    return step


def test_a_call_under_way_outlives_a_renewal(renewed):
    go_on = threading.Event()
    with renewed.server(answer_later(go_on), renewed.note) as server:
        with (
            futures.ThreadPoolExecutor() as threads,
            Client(server.address, tls=renewed.tls) as client,
        ):
            slow = threads.submit(client.predict, ROW, model="fake")
            assert server.arrived.wait(30)
            renewed.put_certificate("two")
            renewed.put_key("two")
            client.predict(ROW, model="fake")
            go_on.set()
            assert slow.result(30).num_networks == 3
    assert renewed.names == ["two"]


def test_an_awaited_call_under_way_outlives_a_renewal(renewed):
    go_on = threading.Event()

    async def ask(server):
        async with AsyncClient(server.address, tls=renewed.tls) as client:
            slow = asyncio.create_task(client.predict(ROW, model="fake"))
            assert await asyncio.to_thread(server.arrived.wait, 30)
            renewed.put_certificate("two")
            renewed.put_key("two")
            await client.predict(ROW, model="fake")
            go_on.set()
            assert (await slow).num_networks == 3

    with renewed.server(answer_later(go_on), renewed.note) as server:
        asyncio.run(ask(server))
    assert renewed.names == ["two"]


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_requests_of_one_question_outlive_a_renewal(renewed, kind):
    """The second of six has the files renewed; the next three go on until the last, on
    the new connection, has come."""
    last_came = threading.Event()

    def step(server, request, context):
        first_row = np.frombuffer(request.inputs.raw, "<f4")[0]
        if first_row == 4:
            renewed.put_certificate("two")
            renewed.put_key("two")
        elif first_row == 20:
            renewed.note(server, request, context)
            last_came.set()
        elif first_row > 4:
            assert last_came.wait(30)
        return answer(request)

    async def ask(address):
        async with AsyncClient(address, tls=renewed.tls) as client:
            return await client.predict(NUMBERED, model="fake")

    with renewed.server(*[step] * 6) as server:
        if kind is AsyncClient:
            prediction = asyncio.run(ask(server.address))
        else:
            with Client(server.address, tls=renewed.tls) as client:
                prediction = client.predict(NUMBERED, model="fake")
    assert prediction.mean.shape == (24, 1)
    assert renewed.names == ["two"]


def six_requests_that_wait(renewed, last_came):
    """A step of six requests: the second has the files renewed, and the others that are
    under way with it wait until they are cancelled. The last is on a new connection."""

    def step(server, request, context):
        first_row = np.frombuffer(request.inputs.raw, "<f4")[0]
        if first_row == 4:
            renewed.put_certificate("two")
            renewed.put_key("two")
        elif first_row > 4:
            gone = threading.Event()
            context.add_callback(gone.set)
            if first_row == 20:
                last_came.set()
            gone.wait(100)
        return answer(request)

    return [step] * 6


def test_a_client_that_is_closed_cancels_calls_of_before_a_renewal(renewed):
    came = threading.Event()
    with renewed.server(*six_requests_that_wait(renewed, came)) as server:
        with futures.ThreadPoolExecutor() as threads:
            client = Client(server.address, tls=renewed.tls, deadline=200)
            asked = threads.submit(client.predict, NUMBERED, model="fake")
            assert came.wait(30)
            client.close()
            with pytest.raises(CancelledError):
                asked.result(60)


def test_an_async_client_that_is_closed_cancels_calls_of_before_a_renewal(renewed):
    came = threading.Event()

    async def ask(address):
        client = AsyncClient(address, tls=renewed.tls, deadline=200)
        asked = asyncio.create_task(client.predict(NUMBERED, model="fake"))
        assert await asyncio.to_thread(came.wait, 30)
        await client.close()
        with pytest.raises((CancelledError, asyncio.CancelledError)):
            await asyncio.wait_for(asked, 60)

    with renewed.server(*six_requests_that_wait(renewed, came)) as server:
        asyncio.run(ask(server.address))


def test_a_token_may_change_from_call_to_call():
    tokens = iter(["one", "two", "three"])
    with FakeServer() as server:
        with Client(server.address, token=lambda: next(tokens)) as client:
            client.predict(ROW, model="fake")
            client.predict(ROW, model="fake")
    told = [call["authorization"] for call in server.metadata]
    assert told == ["Bearer one", "Bearer two", "Bearer three"]


def test_a_token_is_not_sent_for_all_to_read():
    with pytest.raises(ValueError, match=r"expected tls for models\.test:8001"):
        Client("models.test:8001", token="secret")
    with Client("models.test:8001", token="secret", tls=True):
        pass


@pytest.mark.parametrize(
    ("target", "here"),
    [
        ("127.0.0.1:8001", True),
        ("localhost:8001", True),
        ("dns:///localhost:8001", True),
        ("[::1]:8001", True),
        ("unix:/run/models.sock", True),
        ("ipv4:127.0.0.1:1,127.0.0.1:2", True),
        ("ipv4:127.0.0.1:1,10.0.0.1:2", False),
        ("localhost.evil.test:8001", False),
        ("127.0.0.1.evil.test:8001", False),
        ("models.test:8001", False),
    ],
)
def test_this_machine_is_told_from_others(target, here):
    assert is_this_machine(target) == here

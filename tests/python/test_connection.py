"""TLS, tokens and addresses."""

import subprocess

import grpc
import numpy as np
import pytest
from fake_server import FakeServer

from hypergan_client import Client, Tls, UnavailableError
from hypergan_client.channel import is_this_machine

ROW = np.zeros((1, 2))


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

"""TLS in the server itself: who gets a connection, and what ends one."""

import contextlib
import shutil
import signal
import socket
import ssl

import grpc
import numpy as np
import pytest
import scripted
from certificates import Authority
from ensemble_stubs import ensemble_pb2, ensemble_pb2_grpc
from programs import assert_one_line_error, run
from running_server import RunningServer, to_tensor

ROWS = np.full((2, *scripted.INPUT_SHAPE), 0.25, np.float32)
REFUSED = 'hypergan_reloads_total{files="certificates",result="refused"}'
TAKEN = 'hypergan_reloads_total{files="certificates",result="taken"}'


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    scripted.write_checkpoint(folder / "good" / "1" / "model.pt")
    return folder


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    """Another authority, whom the server does not know."""
    return Authority(tmp_path_factory.mktemp("stranger"))


@pytest.fixture(scope="module")
def files(authority, tmp_path_factory):
    """A folder with the files of the server, which tests may replace."""
    folder = tmp_path_factory.mktemp("files")
    install(folder, authority)
    return folder


@pytest.fixture(scope="module")
def server(repository, authority, files):
    """With mutual TLS."""
    with RunningServer(
        repository,
        *flags_of(files),
        f"--tls_client_ca={authority.certificate}",
        "--max_handshake_time=500ms",
        "--log_requests",
        credentials=authority.credentials("front"),
    ) as running:
        yield running


def install(folder, authority, name="server"):
    certificate, key = authority.sign(name)
    shutil.copy(certificate, folder / "tls.crt")
    shutil.copy(key, folder / "tls.key")


def flags_of(folder):
    return f"--tls_certificate={folder}/tls.crt", f"--tls_key={folder}/tls.key"


def predict(channel):
    request = ensemble_pb2.PredictRequest(model_name="good", inputs=to_tensor(ROWS))
    return ensemble_pb2_grpc.EnsembleServiceStub(channel).Predict(request, timeout=10)


def is_answered(server, credentials):
    with server.channel(credentials) as channel:
        try:
            return len(predict(channel).scores) == 2
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.UNAVAILABLE, error
            return False


def host_and_port(server):
    host, port = server.address.rsplit(":", 1)
    return host, int(port)


def serial_of(server, authority):
    """The number of the certificate that a new connection is shown."""
    context = ssl.create_default_context(cafile=authority.certificate)
    context.load_cert_chain(*authority.sign("looks"))
    with (
        socket.create_connection(host_and_port(server), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        return connection.getpeercert()["serialNumber"]


def test_a_client_needs_a_certificate_of_the_authority(server, authority, stranger):
    assert is_answered(server, authority.credentials("front"))
    server.wait_for(r"code=OK model=good .* client=front ")
    assert not is_answered(server, authority.credentials())
    trusting = grpc.ssl_channel_credentials(
        authority.certificate.read_bytes(),
        *(path.read_bytes() for path in reversed(stranger.sign("front"))),
    )
    assert not is_answered(server, trusting)
    expired = authority.sign("late", end="20200102000000Z")
    late = grpc.ssl_channel_credentials(
        authority.certificate.read_bytes(),
        *(path.read_bytes() for path in reversed(expired)),
    )
    assert not is_answered(server, late)


def test_a_client_that_does_not_know_the_authority_gets_no_answer(server, stranger):
    assert not is_answered(server, stranger.credentials("front"))


def test_a_client_without_tls_gets_no_answer(server):
    assert not is_answered(server, None)


def test_tls_is_1_2_at_least(server, authority):
    for version, works in (("TLSv1_1", False), ("TLSv1_2", True), ("TLSv1_3", True)):
        context = ssl.create_default_context(cafile=authority.certificate)
        context.load_cert_chain(*authority.sign("looks"))
        context.set_ciphers("ALL:@SECLEVEL=0")
        number = getattr(ssl.TLSVersion, version)
        if works:
            context.minimum_version = context.maximum_version = number
        else:
            with pytest.warns(DeprecationWarning, match="is deprecated"):
                context.minimum_version = context.maximum_version = number
        with socket.create_connection(host_and_port(server), timeout=10) as plain:
            try:
                with context.wrap_socket(plain, server_hostname="localhost") as made:
                    assert works, made.version()
            except (ssl.SSLError, ConnectionError):
                assert not works, version


def test_without_an_authority_any_client_is_answered(repository, authority, files):
    with RunningServer(
        repository, *flags_of(files), credentials=authority.credentials()
    ) as server:
        assert is_answered(server, authority.credentials())


def test_new_connections_have_new_certificates_and_old_ones_stay(
    server, authority, files
):
    with server.channel(authority.credentials("front")) as old:
        predict(old)
        before = serial_of(server, authority)
        taken = server.metric(TAKEN)
        install(files, authority)
        server.wait_for_metric(TAKEN, taken + 1)
        assert serial_of(server, authority) != before
        predict(old)


def test_sighup_looks_at_once_and_a_bad_pair_changes_nothing(server, authority, files):
    before = serial_of(server, authority)
    _, other_key = authority.sign("other")
    shutil.copy(other_key, files / "tls.key")
    server.send(signal.SIGHUP)
    server.wait_for("certificates: the old ones stay: .*tls.key: expected the key of")
    assert server.metric(REFUSED) >= 1
    assert serial_of(server, authority) == before
    assert is_answered(server, authority.credentials("front"))
    install(files, authority)
    server.send(signal.SIGHUP)
    server.wait_for("certificates: read again")
    assert serial_of(server, authority) != before


def test_the_metric_tells_until_when_the_certificate_is_valid(server):
    name = "hypergan_certificate_expiry_timestamp_seconds"
    assert server.metric(name) == 4102444799  # 2099-12-31 23:59:59


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\x16\x03\x01",
        b"GET / HTTP/1.1\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9),
        b"\x16\x03\x01\x40\x00\x01\x00\x3f\xfc\x03\x03" + bytes(200),
        bytes(range(256)) * 4096,
    ],
    ids=["nothing", "a start", "http", "http2", "half a hello", "1 MiB of rubbish"],
)
def test_what_is_no_handshake_ends_its_connection_alone(server, authority, sent):
    with socket.create_connection(host_and_port(server), timeout=20) as connection:
        try:
            connection.sendall(sent)
            while connection.recv(65536):
                pass
        except ConnectionError:
            pass
    assert is_answered(server, authority.credentials("front"))


def test_a_thousand_silent_connections_keep_nobody_out(server, authority):
    silent = [
        socket.create_connection(host_and_port(server), timeout=20) for _ in range(1000)
    ]
    assert is_answered(server, authority.credentials("front"))
    for connection in silent:
        with contextlib.suppress(ConnectionError):
            assert connection.recv(1) == b""
        connection.close()


def damaged(folder, authority):
    """Pairs that no server should start with, and what it says of each."""
    certificate, key = authority.sign("server")
    _, other = authority.sign("other")
    late, late_key = authority.sign("late", end="20200102000000Z")
    early, early_key = authority.sign("early", start="20990101000000Z")
    text, large = folder / "text", folder / "large"
    text.write_text("no PEM\0at all")
    large.write_bytes(certificate.read_bytes() + b"\n" * (1 << 20))
    half = folder / "half"
    half.write_bytes(certificate.read_bytes()[:-100])
    return (
        (certificate, other, "expected the key of the certificate"),
        (late, late_key, "expected a certificate that is valid now"),
        (early, early_key, "expected a certificate that is valid now"),
        (half, key, "expected certificates in PEM"),
        (certificate, text, "expected a private key in PEM"),
        (large, key, "1048576"),
    )


def test_a_bad_pair_refuses_to_start(repository, authority, tmp_path):
    for certificate, key, expected in damaged(tmp_path, authority):
        result = run(
            "hypergan-server",
            f"--model_repository={repository}",
            "--listen=127.0.0.1:0",
            "--metrics_listen=",
            f"--tls_certificate={certificate}",
            f"--tls_key={key}",
        )
        assert_one_line_error(result, "--tls_certificate: ", expected)


@pytest.mark.parametrize(
    ("flag", "expected"),
    [
        ("--tls_certificate=x", "--tls_certificate: expected --tls_key beside it"),
        ("--tls_key=x", "--tls_key: expected --tls_certificate beside it"),
        ("--tls_client_ca=x", "--tls_client_ca: expected --tls_certificate"),
        ("--max_handshake_time=0", "--max_handshake_time: expected 1ms to 24h"),
    ],
)
def test_flags_that_lack_another_are_refused(repository, flag, expected):
    result = run("hypergan-server", f"--model_repository={repository}", flag)
    assert_one_line_error(result, expected)

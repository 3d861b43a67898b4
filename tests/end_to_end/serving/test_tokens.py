"""Tokens: the file, its changes, and what a client may try without a good one."""

import contextlib
import hashlib
import os
import signal

import grpc
import numpy as np
import pytest
import raw_http2 as http2
import scripted
from certificates import Authority
from ensemble_stubs import ensemble_pb2
from programs import assert_one_line_error, run
from raw_http2 import RawConnection
from running_server import RunningServer, to_tensor

ROWS = np.full((2, *scripted.INPUT_SHAPE), 0.25, np.float32)
ANA = "token-of-ana-0123456789"
BEN = "token-of-ben-0123456789"
REFUSED = 'hypergan_reloads_total{files="tokens",result="refused"}'
TAKEN = 'hypergan_reloads_total{files="tokens",result="taken"}'
UNKNOWN = "hypergan_unauthenticated_calls_total"


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    for name in ("good", "other"):
        scripted.write_checkpoint(folder / name / "1" / "model.pt")
    return folder


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return tmp_path_factory.mktemp("tokens") / "tokens"


@pytest.fixture(scope="module")
def server(repository, file):
    digest = hashlib.sha256(BEN.encode()).hexdigest()
    file.write_text(f"# name token models\nana {ANA} good\nben sha256:{digest} *\n")
    with RunningServer(repository, f"--token_file={file}", "--log_requests") as it:
        yield it


def predict(server, token=None, model="good", more=()):
    request = ensemble_pb2.PredictRequest(model_name=model, inputs=to_tensor(ROWS))
    metadata = [*more]
    if token is not None:
        metadata.append(("authorization", f"Bearer {token}"))
    return server.stub.Predict(request, timeout=10, metadata=metadata)


def code_of(call):
    with pytest.raises(grpc.RpcError) as error:
        call()
    return error.value.code()


def replace(file, text):
    beside = file.with_suffix(".new")
    beside.write_text(text)
    os.replace(beside, file)


def test_a_token_opens_its_models(server):
    assert predict(server, ANA).model_name == "good"
    server.wait_for(r"code=OK model=good version=1 .* client=ana ")
    assert predict(server, BEN, "other").model_name == "other"
    denied = code_of(lambda: predict(server, ANA, "other"))
    assert denied == grpc.StatusCode.PERMISSION_DENIED
    for token in (None, "token-of-none-0123456789"):
        refused = code_of(lambda token=token: predict(server, token))
        assert refused == grpc.StatusCode.UNAUTHENTICATED


def test_the_log_has_no_token(server):
    predict(server, ANA)
    code_of(lambda: predict(server, ANA + "x"))
    server.wait_for("code=UNAUTHENTICATED")
    assert ANA not in server.output
    assert ANA not in server.metrics()


def test_reflection_is_not_offered(server):
    server_reflection = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
    with server.channel() as channel:
        call = channel.stream_stream(server_reflection)
        code = code_of(lambda: list(call(iter([b"\x3a\x00"]), timeout=10)))
        assert code == grpc.StatusCode.UNIMPLEMENTED


def test_a_file_that_changes_is_read_again_and_a_bad_one_is_not_taken(server, file):
    good = file.read_text()
    try:
        refused = server.metric(REFUSED)
        replace(file, "ana short good\n")
        server.wait_for_metric(REFUSED, refused + 1)
        server.wait_for("tokens: the old ones stay: .*line 1: token: expected 16")
        assert predict(server, ANA)
        taken = server.metric(TAKEN)
        replace(file, "cid token-of-cid-0123456789 *\n")
        server.wait_for_metric(TAKEN, taken + 1)
        code = code_of(lambda: predict(server, ANA))
        assert code == grpc.StatusCode.UNAUTHENTICATED
        assert predict(server, "token-of-cid-0123456789")
        file.unlink()
        server.send(signal.SIGHUP)
        server.wait_for("tokens: the old ones stay: .*tokens")
        assert predict(server, "token-of-cid-0123456789")
    finally:
        replace(file, good)
        server.send(signal.SIGHUP)
        server.wait_for("tokens: read again")
    assert predict(server, ANA)


def test_headers_of_any_kind_do_no_harm(server):
    """Long tokens, none of bytes, and ten thousand names."""
    refused = server.metric(UNKNOWN)
    for value in ("Bearer " + "a" * 7000, "Bearer ", ANA, "Bearer x" + ANA):
        call = lambda value=value: predict(server, more=[("authorization", value)])  # noqa: E731
        assert code_of(call) == grpc.StatusCode.UNAUTHENTICATED
    assert server.metric(UNKNOWN) == refused + 4
    message = http2.message_bytes(ensemble_pb2.GetModelRequest(model_name="good"))
    # The server may close before all is sent.
    with (
        contextlib.suppress(OSError),
        RawConnection(server.address, window=1 << 16) as connection,
    ):
        for value in ("Bearer \0\0", "Bearer \x7f\x01"):
            connection.call(
                "/hypergan.v1.EnsembleService/GetModel",
                message,
                more_headers=http2.literal("authorization", value),
            )
        connection.wait_until_open(0, timeout=10)
    many = b"".join(http2.literal(f"x-{number}", "a") for number in range(10_000))
    with (
        contextlib.suppress(OSError),
        RawConnection(server.address, window=1 << 16) as connection,
    ):
        headers = http2.grpc_headers("/hypergan.v1.EnsembleService/GetModel") + many
        first, *rest = (headers[i : i + 16000] for i in range(0, len(headers), 16000))
        connection.send(http2.frame(http2.HEADERS, http2.END_STREAM, 1, first))
        for piece in rest[:-1]:
            connection.send(http2.frame(http2.CONTINUATION, 0, 1, piece))
        connection.send(http2.frame(http2.CONTINUATION, http2.END_HEADERS, 1, rest[-1]))
        connection.wait_until_open(0, timeout=10)
    assert predict(server, ANA)


def test_calls_without_a_token_cost_no_queue_and_few_lines(server):
    before = len(server.lines)
    with RawConnection(server.address, window=1 << 20) as connection:
        for _ in range(2000):
            connection.call("/hypergan.v1.EnsembleService/Predict", b"\0\0\0\4\0")
            assert connection.wait_until_open(50)
        assert connection.wait_until_open(0)
    assert predict(server, ANA, more=[("x-request-id", "after-the-flood")])
    server.wait_for("id=after-the-flood")
    seen = [line for line in server.lines[before:] if "UNAUTHENTICATED" in line]
    assert 0 < len(seen) < 400


BAD_FILES = {
    "nothing": b"",
    "comments alone": b"# none\n\n",
    "two columns": b"ana token-of-ana-0123456789\n",
    "a NUL": b"ana token-of-ana\0-0123456789 *\n",
    "a short token": b"ana token *\n",
    "one token twice": b"ana " + ANA.encode() + b" *\nben " + ANA.encode() + b" *\n",
    "a line of 512 KiB": b"ana " + b"a" * (512 << 10) + b" *\n",
    "2 MiB": b"#" * (2 << 20),
    "bytes": bytes(range(256)),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_refuses_to_start(repository, tmp_path, name):
    file = tmp_path / "tokens"
    file.write_bytes(BAD_FILES[name])
    result = run(
        "hypergan-server", f"--model_repository={repository}", f"--token_file={file}"
    )
    assert_one_line_error(result, "--token_file: ", str(file))
    assert len(result.stderr) < 1000


def test_no_token_crosses_a_network_readable_unless_told_to(repository, server, file):
    flags = (f"--model_repository={repository}", f"--token_file={file}")
    for address in ("0.0.0.0:0", "*:0", "[::]:0", "10.0.0.1:8001", "host:8001"):
        result = run("hypergan-server", *flags, f"--listen={address}")
        assert_one_line_error(result, "--token_file: expected TLS", address)
    with RunningServer(
        repository,
        f"--token_file={file}",
        "--listen=0.0.0.0:0",
        "--allow_plaintext_tokens",
    ):
        pass


def test_tokens_and_certificates_go_together(repository, server, file, tmp_path):
    authority = Authority(tmp_path)
    certificate, key = authority.sign("server")
    with RunningServer(
        repository,
        f"--token_file={file}",
        f"--tls_certificate={certificate}",
        f"--tls_key={key}",
        f"--tls_client_ca={authority.certificate}",
        "--listen=0.0.0.0:0",
        "--log_format=json",
        "--log_requests",
        credentials=authority.credentials("front"),
    ) as both:
        assert predict(both, ANA)
        both.wait_for(r'"code":"OK","model":"good","version":1,.*"client":"ana"')
        code = code_of(lambda: predict(both))
        assert code == grpc.StatusCode.UNAUTHENTICATED

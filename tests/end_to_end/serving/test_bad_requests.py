"""What is wrong on the wire gets the contract's code, and the server serves on."""

import contextlib
import os
import re
import socket
import time

import grpc
import numpy as np
import pytest
import scripted
from ensemble_stubs import ensemble_pb2
from running_server import RunningServer, to_tensor

INVALID = grpc.StatusCode.INVALID_ARGUMENT
NOT_FOUND = grpc.StatusCode.NOT_FOUND
UNDECODABLE = grpc.StatusCode.UNIMPLEMENTED
EXHAUSTED = grpc.StatusCode.RESOURCE_EXHAUSTED
GOOD = np.full((2, *scripted.INPUT_SHAPE), 0.25, np.float32)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    repository = tmp_path_factory.mktemp("models")
    scripted.write_checkpoint(repository / "good" / "1" / "model.pt")
    with RunningServer(repository, "--max_request_bytes=262144") as running:
        yield running


@pytest.fixture(autouse=True)
def still_serves(server):
    yield
    assert len(server.predict("good", GOOD).scores) == 2


def request(inputs=None, **fields):
    fields = {"model_name": "good", **fields}
    inputs = to_tensor(GOOD) if inputs is None else inputs
    return ensemble_pb2.PredictRequest(inputs=inputs, **fields)


def tensor(shape, raw=b"", values=()):
    return ensemble_pb2.Tensor(shape=shape, raw=raw, values=values)


def with_value(value):
    changed = GOOD.copy()
    changed[1, 1, 2] = value
    return to_tensor(changed)


def with_a_huge_row():
    changed = GOOD.copy()
    changed[1] = 3e38
    return to_tensor(changed)


RAW = GOOD.tobytes()
HUGE = 2**62

REFUSED = {
    "no inputs": (ensemble_pb2.PredictRequest(model_name="good"), INVALID, "expected"),
    "a dimension too few": (request(tensor([2, 6], RAW)), INVALID, "got [2, 6]"),
    "a dimension too many": (
        request(tensor([2, 2, 3, 1], RAW)),
        INVALID,
        "[2, 2, 3, 1]",
    ),
    "another shape": (request(tensor([2, 3, 2], RAW)), INVALID, "got [2, 3, 2]"),
    "no rows": (request(tensor([0, 2, 3])), INVALID, "B >= 1"),
    "negative rows": (request(tensor([-1, 2, 3], RAW)), INVALID, "got [-1, 2, 3]"),
    "rows that overflow": (request(tensor([HUGE, 2, 3], RAW)), EXHAUSTED, "at most"),
    "sizes that overflow": (request(tensor([2, HUGE, HUGE], RAW)), INVALID, "expected"),
    "a thousand dimensions": (request(tensor([1] * 1000, RAW)), INVALID, "..."),
    "bytes too few": (request(tensor([2, 2, 3], RAW[:-4])), INVALID, "got 44"),
    "bytes too many": (request(tensor([2, 2, 3], RAW + RAW)), INVALID, "got 96"),
    "half a number": (request(tensor([2, 2, 3], RAW + b"\0")), INVALID, "got 49"),
    "float64": (
        request(tensor([2, 2, 3], GOOD.astype("<f8").tobytes())),
        INVALID,
        "expected 48",
    ),
    "numbers too few": (request(tensor([2, 2, 3], values=[1] * 11)), INVALID, "got 11"),
    "bytes and numbers": (
        request(tensor([2, 2, 3], RAW, [1] * 12)),
        INVALID,
        "got both",
    ),
    "not a number": (request(with_value(np.nan)), INVALID, "position 11"),
    "infinity": (request(with_value(np.inf)), INVALID, "position 11"),
    "negative infinity": (request(with_value(-np.inf)), INVALID, "position 11"),
    "numbers too large for the networks": (
        request(with_a_huge_row()),
        INVALID,
        "got row 1,",
    ),
    "negative networks": (request(num_networks=-1), INVALID, "got -1"),
    "networks over the limit": (request(num_networks=10001), INVALID, "1..10000"),
    "the most networks of 64 bits": (
        request(num_networks=2**63 - 1),
        INVALID,
        "1..10000",
    ),
    "an unknown output": (request(outputs=[77]), INVALID, "77"),
    "an unknown model": (request(model_name="other"), NOT_FOUND, "other"),
    "no model": (request(model_name=""), NOT_FOUND, ""),
    "a path for a name": (request(model_name="../good"), NOT_FOUND, ""),
    "an endless name": (request(model_name="x" * 100000), NOT_FOUND, ""),
    "an unknown version": (request(model_version="2"), NOT_FOUND, "2"),
    "work over the limit": (
        request(to_tensor(np.repeat(GOOD, 50, axis=0)), num_networks=10000),
        EXHAUSTED,
        "640000",
    ),
    "a message over the limit": (
        request(tensor([20000, 2, 3], bytes(480000))),
        EXHAUSTED,
        "",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_is_refused_with_the_reason(server, name):
    bad, code, reason = REFUSED[name]
    with pytest.raises(grpc.RpcError) as refused:
        server.stub.Predict(bad, timeout=30)
    assert refused.value.code() == code, refused.value.details()
    assert reason in refused.value.details()
    assert 0 < len(refused.value.details()) <= 1024


@pytest.mark.parametrize("version", ["one", "-1", "01", "0", "1 ", "9" * 40])
def test_a_version_that_is_no_positive_integer_is_refused(server, version):
    with pytest.raises(grpc.RpcError) as refused:
        server.stub.Predict(request(model_version=version), timeout=30)
    assert refused.value.code() in (INVALID, NOT_FOUND)


def test_zero_networks_means_the_default(server):
    response = server.stub.Predict(request(num_networks=0), timeout=30)
    assert response.num_networks == scripted.manifest()["default_num_networks"]


def test_plain_numbers_are_as_good_as_bytes(server):
    numbers = tensor([2, 2, 3], values=GOOD.flatten())
    by_numbers = server.stub.Predict(request(numbers, seed=3), timeout=30)
    by_bytes = server.stub.Predict(request(seed=3), timeout=30)
    assert (
        list(by_numbers.mean.values) == np.frombuffer(by_bytes.mean.raw, "<f4").tolist()
    )
    assert (by_numbers.mean.raw, list(by_bytes.mean.values)) == (b"", [])


def test_only_the_wanted_outputs_are_told(server):
    response = server.stub.Predict(
        request(outputs=[ensemble_pb2.OUTPUT_SCORES]), timeout=30
    )
    assert len(response.scores) == 2
    assert not response.HasField("mean")
    assert not response.HasField("variance")
    assert not response.classes


def test_an_unknown_model_is_not_described(server):
    with pytest.raises(grpc.RpcError) as refused:
        server.stub.GetModel(
            ensemble_pb2.GetModelRequest(model_name="other"), timeout=30
        )
    assert refused.value.code() == NOT_FOUND


def counted(server, code):
    """Requests to the model that the server itself ended with that code."""
    line = rf'^hypergan_requests_total{{code="{code}",model="good",version="1"}} (\d+)'
    return int(re.search(line, server.metrics(), re.M)[1])


def test_a_deadline_that_is_past_is_honoured(server):
    server.predict("good", GOOD)  # connects
    before = counted(server, "DEADLINE_EXCEEDED")
    # The client ends the call by itself as well, and sometimes before the server
    # has heard of it.
    most_work = np.repeat(GOOD, 32, axis=0)
    end = time.monotonic() + 30
    while counted(server, "DEADLINE_EXCEEDED") == before:
        assert time.monotonic() < end, "the server ended no request at its deadline"
        with pytest.raises(grpc.RpcError) as refused:
            server.predict("good", most_work, timeout=0.005, num_networks=10000)
        assert refused.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED


@pytest.mark.parametrize("method", ["Predict", "GetModel"])
def test_bytes_that_are_no_message_are_refused(server, method):
    with grpc.insecure_channel(server.address) as channel:
        call = channel.unary_unary(f"/hypergan.v1.EnsembleService/{method}")
        with pytest.raises(grpc.RpcError) as refused:
            call(b"\xff" * 100, timeout=30)
    # gRPC's own answer: the service never sees the request.
    assert refused.value.code() == UNDECODABLE


@pytest.mark.parametrize(
    "rubbish",
    [
        b"\0" * 4096,
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\xff" * 4096,
        bytes(range(256)) * 256,
    ],
    ids=["zeros", "HTTP/1", "HTTP/2 and rubbish", "all bytes"],
)
def test_rubbish_on_the_port_is_survived(server, rubbish):
    host, port = server.address.rsplit(":", 1)
    for _ in range(20):
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            with contextlib.suppress(OSError):  # hanging up on it is an answer
                connection.sendall(rubbish)


def test_a_connection_that_ends_in_a_message_is_survived(server):
    host, port = server.address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + os.urandom(9))

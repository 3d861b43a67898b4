"""Clients that do not read or finish what they send hold little, and not for long."""

import struct

import grpc
import numpy as np
import pytest
import scripted
from ensemble_stubs import ensemble_pb2, ensemble_pb2_grpc
from raw_http2 import RawConnection, message_bytes
from running_server import RunningServer, to_tensor

SERVICE = "/hypergan.v1.EnsembleService/"
MIB = 1 << 20
ROWS = np.full((64, *scripted.INPUT_SHAPE), 0.25, np.float32)


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    # A description of some 64 KiB.
    fields = scripted.manifest(
        provenance={f"note {number}": "x" * 120 for number in range(256)}
    )
    scripted.write_checkpoint(folder / "good" / "1" / "model.pt", fields=fields)
    return folder


@pytest.fixture
def start(repository):
    """Starts a server with flags; whatever happened, it serves in the end."""
    servers = []

    def start_server(*flags):
        servers.append(RunningServer(repository, *flags))
        server = servers[-1]
        assert_it_serves(server)
        server.memory_before = server.peak_memory()
        return server

    yield start_server
    for server in servers:
        try:
            assert_it_serves(server)
        finally:
            server.__exit__()


def assert_it_serves(server):
    assert len(server.predict("good", ROWS[:1]).scores) == 1


def growth(server):
    return (server.peak_memory() - server.memory_before) / MIB


def test_lists_that_nobody_reads_are_bounded(start):
    server = start("--max_delivery_time=2s", "--max_open_requests=64")
    message = message_bytes(ensemble_pb2.ListModelsRequest())
    connections = [RawConnection(server.address) for _ in range(20)]
    for connection in connections:
        for _ in range(100):
            connection.call(SERVICE + "ListModels", message)
    assert_it_serves(server)
    # Each of the 2,000 lists is some 128 KiB.
    for connection in connections:
        assert connection.wait_until_open(0)
        assert not connection.closed
        connection.close()
    assert growth(server) < 100


def test_network_outputs_that_nobody_reads_are_bounded(start):
    server = start(
        "--max_response_bytes=4194304",
        "--max_request_bytes=1048576",
        "--max_open_bytes=33554432",
        "--max_delivery_time=2s",
    )
    request = ensemble_pb2.PredictRequest(
        model_name="good",
        inputs=to_tensor(ROWS),
        num_networks=2000,
        include_network_outputs=True,
    )
    message = message_bytes(request)
    connections = [RawConnection(server.address) for _ in range(4)]
    for connection in connections:
        for _ in range(16):
            connection.call(SERVICE + "Predict", message)
    for connection in connections:
        assert connection.wait_until_open(0)
        connection.close()
    # 64 answers of 2 MB, and as much while they are made.
    assert growth(server) < 100


@pytest.mark.parametrize(
    "path",
    [
        SERVICE + "Predict",
        SERVICE + "PredictStream",
        SERVICE + "ListModels",
        SERVICE + "GetModel",
        "/grpc.health.v1.Health/Check",
        "/grpc.health.v1.Health/Watch",
    ],
)
def test_a_message_that_does_not_come_is_not_waited_for(start, path):
    server = start("--max_arrival_time=1s")
    with RawConnection(server.address) as connection:
        connection.call(path)
        connection.call(path, b"\0")
        connection.call(path, b"\0" + struct.pack(">I", 1000) + b"x" * 500, end=False)
        assert connection.wait_until_open(0)
        assert not connection.closed


def test_half_sent_messages_leave_the_transport_to_others(start):
    # 16 messages of 30 MiB would hold 480 MiB.
    server = start("--max_transport_bytes=256MiB", "--max_request_bytes=32MiB")
    with RawConnection(server.address) as greedy:
        streams = []
        for _ in range(16):
            streams.append(greedy.call(SERVICE + "Predict"))
            greedy.send_data(streams[-1], b"\0" + struct.pack(">I", 30 * MIB))
        for _ in range(16 * MIB // 16384):
            for stream in streams:
                greedy.send_data(stream, b"x" * 16384, timeout=0.5)
            if greedy.open_streams == 0 or greedy.closed:
                break
        # gRPC ends the whole connection where the server is too slow to end its
        # streams first (SECURITY.md).
        assert greedy.wait_until_open(0) or greedy.closed
    # A slow server fills the transport before it ends the first call. The last 64 MiB
    # are for what the allocator keeps.
    assert growth(server) < 256 + 64


def test_health_checks_and_watches_are_delivered_or_ended(start):
    server = start("--max_delivery_time=1s")
    with RawConnection(server.address) as deaf:
        for method in ("Check", "Watch"):
            deaf.call(f"/grpc.health.v1.Health/{method}", b"\0" * 5)
        assert deaf.wait_until_open(0)
        assert not deaf.closed


def test_an_old_connection_is_replaced_without_a_lost_call(start):
    server = start("--max_connection_age=1s")
    for _ in range(300):
        assert len(server.predict("good", ROWS, num_networks=100).scores) == 64


def test_metadata_has_a_stated_bound(start):
    server = start("--max_metadata_bytes=16384")
    request = ensemble_pb2.PredictRequest(model_name="good", inputs=to_tensor(ROWS))
    server.stub.Predict(request, timeout=30, metadata=[("note", "x" * 12_000)])
    # gRPC may end the connection with the call.
    with grpc.insecure_channel(server.address) as channel:
        stub = ensemble_pb2_grpc.EnsembleServiceStub(channel)
        with pytest.raises(grpc.RpcError) as refused:
            stub.Predict(request, timeout=30, metadata=[("note", "x" * 17_000)])
    assert refused.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED

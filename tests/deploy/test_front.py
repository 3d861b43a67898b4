"""The front, as it is shipped, keeps from the server what the server cannot bound."""

import contextlib
import http.client
import urllib.error
import urllib.request

import grpc
import pytest
import raw_http2 as http2
import scripted
from callers import BEHIND, ROWS, Caller, code_of
from ensemble_stubs import ensemble_pb2
from floods import reset_calls, send_one_long_header
from raw_http2 import RawConnection
from running_front import RunningFront
from running_server import RunningServer, to_tensor

MIB = 1 << 20


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    scripted.write_checkpoint(folder / "good" / "1" / "model.pt")
    return folder


@pytest.fixture(scope="module")
def server(repository):
    with RunningServer(repository, *BEHIND) as running:
        yield running


def test_answers_are_those_of_the_server(server, client):
    through = client.predict(seed=5)
    direct = server.predict("good", ROWS, seed=5)
    assert (through.mean, through.scores) == (direct.mean, direct.scores)


def test_errors_are_those_of_the_server(client):
    code, text = code_of(lambda: client.predict("none"))
    assert code == grpc.StatusCode.NOT_FOUND
    assert "no model 'none'" in text


def test_streams_come_through(client):
    request = ensemble_pb2.PredictRequest(
        model_name="good", inputs=to_tensor(ROWS), num_networks=200
    )
    answers = list(client.stub.PredictStream(request, timeout=10))
    assert answers[-1].num_networks == 200


def test_a_header_of_8_mib_ends_its_connection_and_nothing_else(server, front, client):
    client.predict()
    before = server.peak_memory(), front.peak_memory()
    with RawConnection(front.address) as connection:
        assert not send_one_long_header(connection, 8 * MIB)
        assert connection.wait_until_open(0, timeout=5)
    assert len(client.predict(timeout=5).scores) == 2
    assert server.peak_memory() - before[0] < 16 * MIB
    assert front.peak_memory() - before[1] < 32 * MIB


def test_100000_calls_that_are_reset_end_their_connection_and_nothing_else(
    server, front, client
):
    client.predict()
    before = server.peak_memory(), front.peak_memory()
    with RawConnection(front.address) as connection:
        assert not reset_calls(connection, 100_000)
    assert len(client.predict(timeout=5).scores) == 2
    assert server.peak_memory() - before[0] < 32 * MIB
    assert front.peak_memory() - before[1] < 64 * MIB


def test_the_largest_header_that_passes_the_front_is_within_the_servers_bound(
    front, client
):
    """Or gRPC would lose its place in a connection that others use (CVE-2023-32731)."""
    before = front.statistic("cluster.server.upstream_cx_destroy")
    many = [(f"x-{number}", "a" * 330) for number in range(40)]
    assert len(client.predict(metadata=many).scores) == 2
    code, _ = code_of(lambda: client.predict(metadata=[("x", "a" * 17000)]))
    assert code in (
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.UNKNOWN,
    )
    assert len(client.predict().scores) == 2
    assert front.statistic("cluster.server.upstream_cx_destroy") == before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x-bin", "***"),  # CVE-2023-32732, CVE-2024-7246: gRPC 1.51 closes
        ("te", "x"),  # CVE-2023-1428
        ("grpclb_client_stats", "x"),  # the same
    ],
)
def test_a_header_that_grpc_stumbles_over_ends_no_connection_of_others(
    front, client, name, value
):
    client.predict()
    before = front.statistic("cluster.server.upstream_cx_destroy")
    message = http2.message_bytes(ensemble_pb2.GetModelRequest(model_name="good"))
    with RawConnection(front.address, window=1 << 16) as connection:
        connection.call(
            "/hypergan.v1.EnsembleService/GetModel",
            message,
            more_headers=http2.literal(name, value),
        )
        assert connection.wait_until_open(0, timeout=10)
    assert len(client.predict().scores) == 2
    assert front.statistic("cluster.server.upstream_cx_destroy") == before


def test_more_headers_than_the_bound_are_refused(client):
    many = [(f"x-{number}", "a") for number in range(40)]
    assert len(client.predict(metadata=many).scores) == 2
    many = [(f"x-{number}", "a") for number in range(65)]
    with pytest.raises(grpc.RpcError):
        client.predict(metadata=many)
    assert len(client.predict().scores) == 2


def test_a_request_that_does_not_end_reaches_no_server(server, tmp_path):
    soon = "request_timeout: 30s", "request_timeout: 1s"
    with RunningFront(tmp_path, server.address, changes=[soon]) as front:
        with RawConnection(front.address, window=1 << 16) as connection:
            half = b"\0\0\0\4\0" + bytes(500)
            connection.call("/hypergan.v1.EnsembleService/Predict", half, end=False)
            assert connection.wait_until_open(0, timeout=30)
        assert front.statistic("cluster.server.upstream_rq_total") == 0


@pytest.mark.parametrize(
    "path", ["/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", "/a.B/C"]
)
def test_only_the_services_of_models_and_health_are_reached(front, client, path):
    call = client.channel.unary_unary(path)
    code, _ = code_of(lambda: call(b"", timeout=10))
    assert code == grpc.StatusCode.UNIMPLEMENTED


def status_of(url):
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def test_the_pages_of_the_admin_are_not_reached_but_two(front):
    base = f"http://{front.addresses['metrics']}"
    with urllib.request.urlopen(f"{base}/metrics", timeout=10) as answer:
        assert b"envoy_cluster_upstream_rq_total" in answer.read()
    assert status_of(f"{base}/ready") == 200
    for path in ("/quitquitquit", "/config_dump", "/ready/../config_dump", "/stats"):
        assert status_of(base + path) == 404


def test_a_client_with_too_many_requests_is_refused_and_others_are_not(
    server, tmp_path
):
    slowly = (
        "tokens_per_fill: 200, fill_interval: 1s",
        "tokens_per_fill: 1, fill_interval: 3600s",
    )
    with RunningFront(tmp_path, server.address, changes=[slowly]) as front:
        with RawConnection(front.address, window=1 << 16) as connection:
            for _ in range(400):
                connection.call("/none", b"\0\0\0\0\0")
                assert connection.wait_until_open(50)
            assert connection.wait_until_open(0)
        assert front.statistic("clients.http_local_rate_limit.rate_limited") == 0
        with Caller(front.address) as client:
            refused = code_of(client.predict)
        assert refused == (grpc.StatusCode.RESOURCE_EXHAUSTED, "local_rate_limited")
        # Another address of the loopback is another client.
        host, port = front.address.rsplit(":", 1)
        other = http.client.HTTPConnection(
            host, port, timeout=10, source_address=("127.0.0.2", 0)
        )
        other.request("GET", "/v1/models")
        assert other.getresponse().status == 200
        other.close()


def test_connections_beyond_the_bound_are_closed_and_probes_still_answered(
    server, tmp_path
):
    few = (
        "max_active_downstream_connections: 1000",
        "max_active_downstream_connections: 5",
    )
    with RunningFront(tmp_path, server.address, changes=[few]) as front:
        with contextlib.ExitStack() as open_ones:
            kept = [
                open_ones.enter_context(RawConnection(front.address)) for _ in range(5)
            ]
            with RawConnection(front.address) as beyond:
                assert beyond.wait_until_closed(timeout=10)
            assert not any(connection.closed for connection in kept)
            assert status_of(f"http://{front.addresses['metrics']}/ready") == 200
        with Caller(front.address) as client:
            assert len(client.predict().scores) == 2


def test_a_clients_request_id_comes_back(client):
    request = ensemble_pb2.GetModelRequest(model_name="good")
    _, call = client.stub.GetModel.with_call(
        request, timeout=10, metadata=[("x-request-id", "mine-1")]
    )
    metadata = dict((*call.initial_metadata(), *call.trailing_metadata()))
    assert metadata["x-request-id"] == "mine-1"


def test_a_full_queues_hint_reaches_the_client(repository, tmp_path):
    with RunningServer(repository, *BEHIND, "--max_queued_requests=1") as busy:
        with (
            RunningFront(tmp_path, busy.address) as front,
            Caller(front.address) as client,
        ):
            request = ensemble_pb2.PredictRequest(
                model_name="good", inputs=to_tensor(ROWS), num_networks=10000
            )
            calls = [client.stub.Predict.future(request, timeout=60) for _ in range(50)]
            refused = [
                call
                for call in calls
                if call.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
            ]
            assert refused
            assert "grpc-retry-pushback-ms" in dict(refused[0].trailing_metadata())

"""SIGTERM: what was accepted is finished, what comes is refused, the exit is 0."""

import re
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import grpc
import numpy as np
import pytest
import scripted
import torch
from ensemble_stubs import ensemble_pb2, ensemble_pb2_grpc
from programs import program, run
from running_process import RunningProcess
from running_server import RunningServer, to_tensor

ROWS = np.zeros((8, *scripted.INPUT_SHAPE), np.float32)
NETWORKS = 10_000


class Slow(scripted.ScriptedHyperGan):
    """Long enough at work for a signal to come meanwhile."""

    @torch.jit.export
    def predict(
        self, inputs: torch.Tensor, weights: list[torch.Tensor]
    ) -> torch.Tensor:
        rows = inputs.flatten(1).t()
        hidden = torch.tanh(weights[0].matmul(rows))
        for _ in range(1000):
            hidden = torch.tanh(hidden)
        return weights[1].matmul(hidden).transpose(1, 2).contiguous()


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    scripted.write_checkpoint(
        folder / "slow" / "1" / "model.pt",
        module=Slow(),
        fields=scripted.manifest(default_num_networks=1),
    )
    return folder


@pytest.fixture
def server(repository):
    """A server that ends no request by itself, however slow the machine."""
    with RunningServer(
        repository, "--drain_timeout=10m", "--max_request_time=10m"
    ) as server:
        yield server


@pytest.fixture
def pool():
    with ThreadPoolExecutor() as threads:
        yield threads


def slow_request(seed=0):
    return ensemble_pb2.PredictRequest(
        model_name="slow",
        inputs=to_tensor(ROWS),
        num_networks=NETWORKS,
        seed=seed,
    )


def ask_slowly(server, seed=0):
    return server.stub.Predict(slow_request(seed), timeout=250)


def wait_until_one_waits(server, timeout=30):
    deadline = time.monotonic() + timeout
    while not re.search(r"^hypergan_queue_requests 1$", server.metrics(), re.M):
        assert time.monotonic() < deadline, "the second request does not wait"


def two_requests(server, pool):
    """One that is computed and one that waits for its turn: seeds keep them apart.

    The first is a stream, of which an answer is there while it is computed. Of two
    other requests the one that waits may be the first, and the second not there.
    """
    answers = server.stub.PredictStream(slow_request(seed=0), timeout=250)
    next(answers)
    second = pool.submit(ask_slowly, server, seed=1)
    wait_until_one_waits(server)
    return [pool.submit(lambda: list(answers)[-1]), second]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_accepted_requests_are_finished(server, pool, number):
    both = two_requests(server, pool)
    server.send(number)
    responses = [request.result() for request in both]
    assert server.wait() == 0, server.output
    assert [len(response.scores) for response in responses] == [len(ROWS)] * 2


def test_new_requests_are_refused_meanwhile(server, pool):
    both = two_requests(server, pool)
    server.send(signal.SIGTERM)
    server.wait_for("stopping")
    with pytest.raises(grpc.RpcError) as refused:
        ask_slowly(server)
    assert not both[1].done(), "the drain was over before it could be seen"
    assert refused.value.code() == grpc.StatusCode.UNAVAILABLE
    with grpc.insecure_channel(server.address) as channel:
        server.stub = ensemble_pb2_grpc.EnsembleServiceStub(channel)
        with pytest.raises(grpc.RpcError) as refused:
            ask_slowly(server)
    assert refused.value.code() == grpc.StatusCode.UNAVAILABLE
    health = run(
        "hypergan-client", "health", f"--server={server.address}", "--deadline=1s"
    )
    assert health.returncode == 1, health.stdout
    assert [len(request.result().scores) for request in both] == [len(ROWS)] * 2
    assert server.wait() == 0


def test_clients_go_elsewhere_meanwhile(server, repository, pool):
    with RunningServer(repository) as other:
        both_addresses = f"ipv4:{server.address},{other.address}"
        with grpc.insecure_channel(both_addresses) as channel:
            server.stub = ensemble_pb2_grpc.EnsembleServiceStub(channel)
            both = two_requests(server, pool)
            server.send(signal.SIGTERM)
            end = time.monotonic() + 60
            while not answers_elsewhere(server.stub):
                assert time.monotonic() < end, "the client stays where it was"
            assert not both[1].done(), "the drain was over before it could be seen"
            assert [len(answer.result().scores) for answer in both] == [len(ROWS)] * 2
    assert server.wait() == 0, server.output


def answers_elsewhere(stub):
    request = slow_request()
    request.num_networks = 1
    try:
        return stub.Predict(request, timeout=60).num_networks == 1
    except grpc.RpcError as refused:
        # CANCELLED: it crossed with the end of the connection.
        assert refused.code() in (
            grpc.StatusCode.UNAVAILABLE,
            grpc.StatusCode.CANCELLED,
        )
        return False


def test_the_drain_has_an_end(repository, pool):
    with RunningServer(repository, "--drain_timeout=0s") as server:
        both = two_requests(server, pool)
        assert server.terminate() == 0, server.output
        for request in both:
            assert request.exception().code() == grpc.StatusCode.UNAVAILABLE


def test_an_idle_server_ends_at_once(repository):
    with RunningServer(repository) as server:
        health = run("hypergan-client", "health", f"--server={server.address}")
        assert (health.returncode, health.stdout) == (0, "SERVING\n")
        assert server.terminate(timeout=10) == 0


class NeverDrawn(scripted.ScriptedHyperGan):
    """Stays in LibTorch, where nobody asks whether to go on."""

    @torch.jit.export
    def generate(self, noise: torch.Tensor) -> list[torch.Tensor]:
        while noise.dim() == 2:
            noise = torch.tanh(noise)
        return [noise]


@pytest.fixture
def loading(tmp_path):
    """A server that never comes to the end of its loading."""
    scripted.write_checkpoint(tmp_path / "m" / "1" / "model.pt", module=NeverDrawn())
    flags = ["--listen=127.0.0.1:0", "--metrics_listen=", "--device=cpu"]
    command = [program("hypergan-server"), f"--model_repository={tmp_path}", *flags]
    with RunningProcess(command) as server:
        server.wait_for("listening on")
        yield server


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_one_signal_ends_a_model_that_never_loads(loading, number):
    loading.send(number)
    assert loading.wait(timeout=20) == 0, loading.output


def test_a_second_signal_ends_it_at_once(loading):
    loading.send(signal.SIGTERM)
    loading.send(signal.SIGINT)  # two of one number at once would be one
    assert loading.wait(timeout=20) in (128 + signal.SIGTERM, 128 + signal.SIGINT)

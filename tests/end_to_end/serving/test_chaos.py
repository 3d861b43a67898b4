"""What clients and machines do on a bad day: the next request is answered all the same.

After each: nothing waits, answers are those of the seed, and memory is near its level.
"""

import contextlib
import errno
import os
import resource
import shutil
import signal
import socket
import threading
import time

import grpc
import numpy as np
import pytest
import raw_http2 as http2
import scripted
import torch
from ensemble_stubs import ensemble_pb2, ensemble_pb2_grpc
from raw_http2 import RawConnection
from running_server import RunningServer, to_tensor
from small_disk import fill, small_disk

ROWS = np.full((4, *scripted.INPUT_SHAPE), 0.25, np.float32)
PREDICT = "/hypergan.v1.EnsembleService/Predict"
MIB = 1 << 20


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    repository = tmp_path_factory.mktemp("models")
    scripted.write_checkpoint(repository / "good" / "1" / "model.pt")
    with RunningServer(repository) as running:
        for _ in range(50):
            mean_of(running.predict("good", ROWS, seed=1))
        yield running


@pytest.fixture(scope="module")
def expected(server):
    return mean_of(server.predict("good", ROWS, seed=1))


@pytest.fixture(autouse=True)
def is_as_before(server, expected):
    before = server.peak_memory()
    yield
    assert is_same(mean_of(server.predict("good", ROWS, seed=1)), expected)
    server.wait_for_metric("hypergan_queue_requests", most=0)
    assert server.peak_memory() - before < 64 * MIB


def mean_of(answer):
    return np.frombuffer(answer.mean.raw, "<f4")


def is_same(mean, expected):
    """Whatever else was in the batch."""
    return np.allclose(mean, expected, rtol=1e-5, atol=1e-6)


def request(**fields):
    return ensemble_pb2.PredictRequest(
        model_name="good", inputs=to_tensor(ROWS), **fields
    )


def test_deadlines_of_a_millisecond(server):
    calls = [server.stub.Predict.future(request(), timeout=0.001) for _ in range(500)]
    codes = {call.code() for call in calls}
    assert codes <= {
        grpc.StatusCode.OK,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
    }


def test_a_storm_of_cancelled_calls(server):
    for _ in range(10):
        calls = [
            server.stub.Predict.future(request(num_networks=1000), timeout=60)
            for _ in range(50)
        ]
        for call in calls:
            call.cancel()


def test_clients_that_are_gone_in_the_middle_of_a_message(server):
    message = http2.message_bytes(request())
    for _ in range(100):
        with RawConnection(server.address, window=1 << 16) as connection:
            connection.call(PREDICT, message[: len(message) // 2], end=False)


def test_clients_that_are_gone_before_the_answer(server):
    message = http2.message_bytes(request(num_networks=1000))
    for _ in range(100):
        with RawConnection(server.address) as connection:
            connection.call(PREDICT, message)


def test_five_hundred_idle_connections(server):
    with contextlib.ExitStack() as idle:
        for _ in range(500):
            idle.enter_context(RawConnection(server.address))
        assert len(server.predict("good", ROWS).scores) == len(ROWS)


def test_a_process_that_stands_still_and_goes_on(server, expected):
    answers = []

    def ask():
        answers.append(mean_of(server.predict("good", ROWS, seed=1)))

    server.send(signal.SIGSTOP)
    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(0.1)
    assert answers == []
    server.send(signal.SIGCONT)
    for thread in threads:
        thread.join(60)
    assert len(answers) == len(threads)
    assert all(is_same(answer, expected) for answer in answers)


def test_no_descriptor_is_free_for_another_connection(server, expected):
    """Open ones go on, others are closed, and new ones come once they can."""
    _, most = resource.prlimit(server.pid, resource.RLIMIT_NOFILE)
    address = server.address.rsplit(":", 1)
    with contextlib.ExitStack() as stack:
        idle = []

        def connect():
            idle.append(
                stack.enter_context(socket.create_connection(address, timeout=60))
            )

        for _ in range(4):
            connect()
            idle[-1].recv(1)  # the server's first frame: it is accepted
        limit = server.open_files()
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (limit, most))
        try:
            connect()
            assert idle[-1].recv(1) == b""  # refused, at once
            assert is_same(mean_of(server.predict("good", ROWS, seed=1)), expected)
            for connection in idle:
                connection.close()
            with server.channel() as channel:
                stub = ensemble_pb2_grpc.EnsembleServiceStub(channel)
                call = request(seed=1)
                answer = stub.Predict(call, timeout=60, wait_for_ready=True)
            assert is_same(mean_of(answer), expected)
        finally:
            resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (most, most))
    assert server.metric("process_open_fds") <= limit


def test_a_full_disk_for_flagged_rows(tmp_path):
    # Every score is above what the calibration has seen.
    low = {"primary_score": "predictive_entropy", "rows": 2, "threshold": 0.5}
    fields = scripted.manifest(calibration={**low, "quantiles": [0, 0]})
    scripted.write_checkpoint(
        tmp_path / "models" / "good" / "1" / "model.pt", fields=fields
    )
    files = "hypergan_flagged_files_total"
    with small_disk(tmp_path / "disk", "1m") as disk:
        flag = f"--capture_flagged={disk / 'rows'}"
        with RunningServer(tmp_path / "models", flag) as server:
            fill(disk / "filler")
            assert server.predict("good", ROWS, seed=1).scores[0].is_ood
            said = server.wait_for("could not keep flagged rows").string
            assert os.strerror(errno.ENOSPC) in said
            assert server.metric(f'{files}{{outcome="failed"}}') == 1
            (disk / "filler").unlink()
            assert server.predict("good", ROWS, seed=1).scores[0].is_ood
            server.wait_for_metric(f'{files}{{outcome="written"}}', least=1)
            assert server.terminate() == 0


class Heavy(scripted.ScriptedHyperGan):
    """The same with 8 MiB that a model which is not let go would keep."""

    def __init__(self, seed):
        super().__init__(seed)
        self.ballast = torch.nn.Parameter(torch.ones(2 * MIB))


def test_memory_of_models_that_are_gone(tmp_path):
    sources = [
        scripted.write_checkpoint(tmp_path / f"{seed}.pt", module=Heavy(seed))
        for seed in range(2)
    ]
    served = tmp_path / "models" / "m" / "1" / "model.pt"
    served.parent.mkdir(parents=True)
    shutil.copy(sources[0], served)

    def swap(server, source):
        shutil.copy(source, tmp_path / "copy")
        os.replace(tmp_path / "copy", served)
        server.send(signal.SIGHUP)
        server.wait_for("released model m version 1, its former content")
        return mean_of(server.predict("m", ROWS, seed=1))

    with RunningServer(tmp_path / "models") as server:
        first = mean_of(server.predict("m", ROWS, seed=1))
        # Before the level is taken, all that is made once is there.
        other = next(swap(server, sources[number % 2]) for number in (1, 2, 3))
        assert not is_same(first, other)
        level = server.memory()
        for number in range(20):
            assert is_same(
                swap(server, sources[number % 2]), [first, other][number % 2]
            )
        # It gives memory back some seconds after the last request.
        deadline = time.monotonic() + 60
        while server.memory() - level > 48 * MIB:
            assert time.monotonic() < deadline, (level, server.memory())
            server.metrics()

"""What clients and machines do on a bad day: the next request is answered all the same.

After each: nothing waits, answers are those of the seed, and memory is near its level.
"""

import contextlib
import signal
import threading

import grpc
import numpy as np
import pytest
import raw_http2 as http2
import scripted
from ensemble_stubs import ensemble_pb2
from raw_http2 import RawConnection
from running_server import RunningServer, to_tensor

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

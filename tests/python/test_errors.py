"""What goes wrong, as exceptions with gRPC's code and the server's text."""

import threading
from concurrent.futures import ThreadPoolExecutor

import grpc
import numpy as np
import pytest
import served
from fake_server import (
    FakeServer,
    answer,
    changed,
    fail,
    fail_first_rows,
    model,
    wait_for_cancellation,
)
from programs import program
from running_process import RunningProcess
from running_server import RunningServer, to_tensor

import hypergan_client
from hypergan_client import Client, HyperganError

CODE = grpc.StatusCode
ROW = np.zeros((1, 2))


@pytest.mark.parametrize(
    ("asked", "kind", "text"),
    [
        ({"networks": 10_001}, "InvalidArgumentError", "expected 1..10000"),
        ({"networks": -1}, "InvalidArgumentError", "num_networks"),
        ({"max_networks": 4}, "InvalidArgumentError", "target_standard_error alone"),
        ({"target_standard_error": 0.0}, "InvalidArgumentError", "above 0"),
        ({"version": "9"}, "NotFoundError", "'kinds'"),
        ({"model": "none"}, "NotFoundError", "none"),
    ],
)
def test_what_the_server_refuses_is_an_exception_with_its_text(
    client, rows, asked, kind, text
):
    with pytest.raises(getattr(hypergan_client, kind)) as caught:
        client.predict(rows, **{"model": "kinds", **asked})
    error = caught.value
    assert isinstance(error, HyperganError)
    assert type(error.code) is grpc.StatusCode
    assert text in error.details
    assert str(error) == f"{error.code.name}: {error.details}"


def test_exceptions_are_those_of_python_too(client, rows):
    with pytest.raises(LookupError):
        client.model("none")
    with pytest.raises(ValueError, match="finite"):
        client.predict(rows * np.nan, model="kinds")


def test_a_deadline_ends_the_work(tmp_path):
    """Of ten thousand networks, which are slow to ask."""
    rows = np.zeros((8, *served.INPUT_SHAPE))
    asked = {"model": "slow", "networks": 10_000, "deadline": 0.3}
    with RunningServer(served.write_slow_model(tmp_path)) as server:
        with Client(server.address) as client:
            with pytest.raises(hypergan_client.DeadlineExceededError) as caught:
                client.predict(rows, **asked)
            assert isinstance(caught.value, TimeoutError)
            with pytest.raises(hypergan_client.DeadlineExceededError):
                list(client.predict_stream(rows, **asked))
            partial = client.predict(rows, allow_partial=True, **asked)
            assert partial.stop_reason == "deadline"
            assert 2 <= partial.num_networks < 10_000


def test_a_call_that_nobody_answers_ends_at_its_deadline():
    with FakeServer(wait_for_cancellation) as server:
        with Client(server.address, deadline=0.2) as client:
            with pytest.raises(hypergan_client.DeadlineExceededError):
                client.predict(ROW, model="fake")
        assert server.cancelled.wait(30)


def test_inputs_of_another_shape_are_not_sent(client, rows):
    for wrong in (rows[:, :, :2], rows[0, 0], rows[:0], [rows], "text"):
        with pytest.raises(ValueError, match=r"inputs|convert"):
            client.predict(wrong, model="kinds")
    with pytest.raises(ValueError, match=r"one row \[2, 3\] or many \['B', 2, 3\]"):
        client.predict(rows[0, 0], model="kinds")
    with pytest.raises(ValueError, match="range"):
        client.predict(rows, model="kinds", seed=-1)


def test_a_request_that_no_cut_makes_small_enough_is_refused(repository, rows):
    flags = ("--max_row_networks=100",)
    with RunningServer(repository, *flags) as small, Client(small.address) as client:
        for cannot in (
            {"networks": 101},
            {"networks": 50, "target_standard_error": 1e-6, "max_networks": 100},
            {"networks": 50, "allow_partial": True},
        ):
            with pytest.raises(hypergan_client.ResourceExhaustedError) as caught:
                client.predict(rows, model="kinds", **cannot)
            assert "rows x networks" in caught.value.details


def test_a_server_that_is_not_there_is_unavailable(repository, rows):
    with RunningServer(repository) as gone:
        address = gone.address
    with Client(address) as client:
        with pytest.raises(hypergan_client.UnavailableError) as caught:
            client.predict(rows, model="kinds")
        assert isinstance(caught.value, ConnectionError)
        with pytest.raises(hypergan_client.UnavailableError):
            client.health()


def test_a_server_that_goes_away_and_comes_back_is_asked_again(repository, rows):
    with RunningServer(repository) as first, Client(first.address) as client:
        before = client.predict(rows, model="kinds", seed=1)
        assert first.terminate() == 0
        with pytest.raises(hypergan_client.UnavailableError):
            client.predict(rows, model="kinds", seed=1)
        with RunningProcess(
            [
                program("hypergan-server"),
                f"--model_repository={repository}",
                f"--listen={first.address}",
                "--metrics_listen=",
                "--device=cpu",
            ]
        ) as second:
            second.wait_for(r"^serving \d+ model")
            again = ask_until_connected(client, rows)
    np.testing.assert_allclose(again.mean, before.mean, atol=1e-6)


def ask_until_connected(client, rows):
    """gRPC connects anew by itself, a second after it has failed to."""
    for _ in range(30):
        try:
            return client.predict(rows, model="kinds", seed=1)
        except hypergan_client.UnavailableError as error:
            last = error
    raise last


def test_a_stream_of_a_server_that_is_killed_ends_with_an_error(repository):
    rows = np.zeros((64, *served.INPUT_SHAPE))
    with RunningServer(repository, "--threads=1") as server:
        with Client(server.address) as client:
            answers = client.predict_stream(rows, model="kinds", networks=10_000)
            assert next(answers).stop_reason is None
            server.send(9)
            with pytest.raises(hypergan_client.UnavailableError):
                list(answers)


def test_leaving_a_stream_cancels_it_at_the_server():
    def first_of_many(server, request, context):
        context.add_callback(server.cancelled.set)
        yield changed(stop_reason=None)(server, request, context)
        server.cancelled.wait(30)

    with FakeServer(first_of_many) as server, Client(server.address) as client:
        for some in client.predict_stream(ROW, model="fake"):
            assert some.stop_reason is None
            break
        del some
        assert server.cancelled.wait(30)


def test_what_is_unavailable_is_asked_again():
    busy = fail(CODE.UNAVAILABLE, "starting")
    with FakeServer(busy, busy) as server, Client(server.address) as client:
        assert client.predict(ROW, model="fake").mean.shape == (1, 1)
        assert len(server.requests) == 3


def test_a_server_that_wants_no_other_attempt_gets_none():
    refusal = fail(CODE.UNAVAILABLE, "draining", pushback="-1")
    with FakeServer(refusal) as server, Client(server.address) as client:
        with pytest.raises(hypergan_client.UnavailableError, match="draining"):
            client.predict(ROW, model="fake")
        assert len(server.requests) == 1


def test_large_requests_are_asked_again_too():
    """gRPC keeps 256 KiB for this unless it is told otherwise."""
    busy = fail(CODE.UNAVAILABLE, "starting")
    with FakeServer(busy, busy) as server, Client(server.address) as client:
        server.described = model(input_shape=(2_000_000,))
        client.predict(np.zeros((1, 2_000_000)), model="fake")
        sizes = [len(request.inputs.raw) for request in server.requests]
        assert sizes == [8_000_000] * 3


def test_a_replica_that_does_not_serve_is_not_asked():
    with FakeServer(health=2) as starting, FakeServer(health=1) as serving:
        with Client(starting.address) as client:
            assert client.health() == "NOT_SERVING"
        with Client(f"ipv4:{starting.address},{serving.address}") as client:
            for _ in range(20):
                client.predict(ROW, model="fake")
        assert (len(starting.requests), len(serving.requests)) == (0, 20)


def test_a_server_that_only_starts_is_unavailable():
    with FakeServer(health=2) as starting, Client(starting.address) as client:
        with pytest.raises(hypergan_client.UnavailableError):
            client.predict(ROW, model="fake")
        assert starting.requests == []


def test_retries_end():
    script = [fail(CODE.UNAVAILABLE, f"attempt {i}") for i in range(9)]
    with FakeServer(*script) as server, Client(server.address) as client:
        with pytest.raises(hypergan_client.UnavailableError, match="attempt 4"):
            client.predict(ROW, model="fake")
        assert len(server.requests) == 5


def test_a_server_that_says_when_to_come_back_is_asked_then():
    full = fail(CODE.RESOURCE_EXHAUSTED, "the queue is full", pushback="20")
    with FakeServer(*[full] * 3) as server, Client(server.address) as client:
        client.predict(ROW, model="fake")
        assert len(server.requests) == 4
    with FakeServer(*[full] * 9) as server, Client(server.address) as client:
        with pytest.raises(hypergan_client.ResourceExhaustedError) as caught:
            client.predict(ROW, model="fake")
        assert caught.value.retry_after == 0.02
        assert len(server.requests) == 5


@pytest.mark.parametrize("pushback", [None, "-1", "60000", "soon"])
def test_nobody_waits_for_what_will_not_come(pushback):
    full = fail(CODE.RESOURCE_EXHAUSTED, "no", pushback)
    with FakeServer(full) as server, Client(server.address, deadline=20) as client:
        with pytest.raises(hypergan_client.ResourceExhaustedError, match="no"):
            client.predict(ROW, model="fake")
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (CODE.UNAUTHENTICATED, hypergan_client.UnauthenticatedError),
        (CODE.PERMISSION_DENIED, hypergan_client.PermissionDeniedError),
        (CODE.INTERNAL, hypergan_client.InternalError),
        (CODE.DATA_LOSS, HyperganError),
    ],
)
def test_codes_have_their_exceptions_and_are_asked_once(code, kind):
    with FakeServer(fail(code, "because")) as server, Client(server.address) as client:
        with pytest.raises(kind, match=f"{code.name}: because"):
            client.predict(ROW, model="fake")
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"mean": to_tensor(np.zeros((1, 2), np.float32))}, "mean: expected the shape"),
        ({"variance": None}, "variance: expected the shape"),
        ({"scores": []}, "scores: expected those of 1 rows, got 0"),
        (
            {"mean": type(to_tensor(ROW))(shape=[1, 1], raw=b"abc")},
            "mean: expected 1 numbers, got 3 bytes",
        ),
    ],
)
def test_an_answer_that_does_not_hold_together_is_an_internal_error(fields, text):
    with FakeServer(changed(**fields)) as server, Client(server.address) as client:
        with pytest.raises(hypergan_client.InternalError, match=text):
            client.predict(ROW, model="fake")


def test_rows_that_another_ensemble_answers_are_an_internal_error():
    rows = np.zeros((6, 2))
    for fields, text in (
        ({"seed": 12345}, "seed of the rows that follow"),
        ({"num_networks": 2}, "num_networks of the rows that follow"),
    ):
        with FakeServer(None, changed(**fields)) as server:
            with Client(server.address) as client:
                with pytest.raises(hypergan_client.InternalError, match=text):
                    client.predict(rows, model="fake", seed=1)
                assert [len(r.inputs.raw) for r in server.requests] == [32, 16]
                assert server.requests[1].model_version == "1"


def test_a_stream_without_a_last_answer_is_an_internal_error():
    def cut(server, request, context):
        yield changed(stop_reason=None)(server, request, context)

    with FakeServer(cut) as server, Client(server.address) as client:
        with pytest.raises(hypergan_client.InternalError, match="a last answer"):
            list(client.predict_stream(ROW, model="fake"))


def test_a_newer_version_is_followed():
    """Its rows may have another shape."""

    def version_two(server, request, context):
        server.described = model("2", (3,))
        return changed(model_version="2")(server, request, context)

    with FakeServer(None, version_two, version_two) as server:
        with Client(server.address) as client:
            assert client.predict(ROW, model="fake").version == "1"
            assert client.predict(ROW, model="fake").version == "2"
            assert client.predict(np.zeros((1, 3)), model="fake").version == "2"
            with pytest.raises(ValueError, match=r"\[3\]"):
                client.predict(ROW, model="fake")


def test_the_answer_that_a_fake_gives_is_a_good_one():
    with FakeServer() as server, Client(server.address) as client:
        assert client.predict(ROW, model="fake").num_networks == 3
        assert answer(server.requests[0]).num_networks == 3


def many_rows(requests):
    """Of the fake server, which takes four a request."""
    return np.zeros((4 * requests, 2))


def meet(barrier):
    """A step that answers once so many requests are there."""

    def step(server, request, context):
        barrier.wait(30)
        return answer(request)

    return step


def test_requests_of_many_rows_are_under_way_together():
    four = threading.Barrier(4)
    with (
        FakeServer(None, *[meet(four)] * 4) as server,
        Client(server.address) as client,
    ):
        assert client.predict(many_rows(7), model="fake").mean.shape == (28, 1)
        assert len({request.seed for request in server.requests}) == 1
        first, *others = server.requests
        assert (first.num_networks, first.model_version) == (0, "")
        named = {(request.num_networks, request.model_version) for request in others}
        assert named == {(3, "1")}


def test_an_error_cancels_the_requests_that_are_under_way():
    script = (None, *[fail_first_rows(CODE.INTERNAL, "broken")] * 2)
    rows = np.repeat(np.arange(len(many_rows(3)), dtype=np.float32), 2).reshape(-1, 2)
    with FakeServer(*script) as server, Client(server.address) as client:
        with pytest.raises(hypergan_client.InternalError):
            client.predict(rows, model="fake")
        assert server.cancelled.wait(30)


def test_a_request_under_way_that_is_refused_is_asked_again():
    full = fail(CODE.RESOURCE_EXHAUSTED, "the queue is full", pushback="20")
    large = fail(CODE.RESOURCE_EXHAUSTED, "too large")
    with FakeServer(None, full, large) as server, Client(server.address) as client:
        assert client.predict(many_rows(3), model="fake").mean.shape == (12, 1)
        sizes = sorted(request.inputs.shape[0] for request in server.requests)
    assert sizes == [2, 2, 4, 4, 4, 4]


def test_closing_a_client_ends_the_requests_that_are_under_way():
    with FakeServer(None, wait_for_cancellation) as server:
        with Client(server.address) as client, ThreadPoolExecutor(1) as thread:
            asked = thread.submit(client.predict, many_rows(3), model="fake")
            assert server.arrived.wait(30)
            client.close()
            with pytest.raises(hypergan_client.CancelledError):
                asked.result()

"""The client for asyncio gives what the other gives."""

import asyncio
import inspect
import threading

import numpy as np
import pytest
import served
from fake_server import (
    FakeServer,
    answer,
    changed,
    fail,
    fail_first_rows,
    wait_for_cancellation,
)
from grpc import StatusCode
from running_server import RunningServer
from test_client import assert_same

from hypergan_client import (
    AsyncClient,
    Client,
    InternalError,
    InvalidArgumentError,
    NotFoundError,
    ResourceExhaustedError,
    UnavailableError,
)

ROW = np.zeros((1, 2))


def ask(address, question):
    """Runs question(client) in a loop of its own."""

    async def connected():
        async with AsyncClient(address) as client:
            return await question(client)

    return asyncio.run(connected())


def test_answers_are_those_of_the_client_that_blocks(server, client, rows):
    async def question(other):
        return (
            await other.predict(rows, model="kinds", networks=50, seed=1),
            await other.models(),
            await other.model("values"),
            await other.health(),
            await other.health("nobody"),
        )

    predicted, models, model, health, unknown = ask(server.address, question)
    assert_same(predicted, client.predict(rows, model="kinds", networks=50, seed=1))
    assert models == client.models()
    assert model == client.model("values")
    assert (health, unknown) == ("SERVING", "SERVICE_UNKNOWN")


def test_many_questions_are_under_way_at_once(server, rows):
    async def question(client):
        asked = [client.predict(rows, model="kinds", seed=seed) for seed in range(20)]
        return await asyncio.gather(*asked)

    answers = ask(server.address, question)
    assert [answer.seed for answer in answers] == list(range(20))


def test_rows_of_many_requests_meet_the_same_networks(repository, rows):
    async def question(client):
        told = []
        cut = await client.predict(
            rows, model="kinds", networks=20, progress=lambda *at: told.append(at)
        )
        return cut, told

    with RunningServer(repository, "--max_row_networks=100") as small:
        cut, told = ask(small.address, question)
    assert told[-2:] == [(6, 7), (7, 7)] or told[-1] == (7, 7)
    members = served.said(rows, 20, cut.seed)
    assert cut.mean.shape == members.shape[1:]


def test_a_stream_settles_on_the_answer(server, client, rows):
    async def question(other):
        stream = other.predict_stream(rows, model="kinds", networks=500, seed=4)
        return [answer async for answer in stream]

    answers = ask(server.address, question)
    assert_same(answers[-1], client.predict(rows, model="kinds", networks=500, seed=4))
    assert answers[-1].stop_reason == "all_networks"


def test_errors_are_the_same(server, rows):
    async def question(client):
        with pytest.raises(InvalidArgumentError, match="num_networks"):
            await client.predict(rows, model="kinds", networks=-1)
        with pytest.raises(NotFoundError):
            await client.model("none")
        with pytest.raises(NotFoundError):
            await client.predict_stream(rows, model="none").__anext__()
        with pytest.raises(ValueError, match="one row"):
            await client.predict(rows[0, 0], model="kinds")

    ask(server.address, question)


def test_a_server_that_is_not_there_is_unavailable(repository, rows):
    with RunningServer(repository) as gone:
        address = gone.address

    async def question(client):
        with pytest.raises(UnavailableError):
            await client.predict(rows, model="kinds")

    ask(address, question)


def test_a_call_that_nobody_answers_ends_at_its_deadline():
    async def question(client):
        with pytest.raises(TimeoutError):
            await client.predict(ROW, model="fake", deadline=0.2)

    with FakeServer(wait_for_cancellation) as server:
        ask(server.address, question)


def test_a_cancelled_task_cancels_its_call():
    with FakeServer(wait_for_cancellation) as server:

        async def question(client):
            task = asyncio.create_task(client.predict(ROW, model="fake"))
            await asyncio.to_thread(server.arrived.wait, 30)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return await asyncio.to_thread(server.cancelled.wait, 30)

        assert ask(server.address, question)


def test_leaving_a_stream_cancels_it_at_the_server():
    def first_of_many(server, request, context):
        context.add_callback(server.cancelled.set)
        yield changed(stop_reason=None)(server, request, context)
        server.cancelled.wait(30)

    with FakeServer(first_of_many) as server:

        async def question(client):
            async for some in client.predict_stream(ROW, model="fake"):
                assert some.stop_reason is None
                break
            return await asyncio.to_thread(server.cancelled.wait, 30)

        assert ask(server.address, question)


def test_a_server_that_says_when_to_come_back_is_asked_then():
    full = fail(StatusCode.RESOURCE_EXHAUSTED, "the queue is full", pushback="20")

    async def question(client):
        return await client.predict(ROW, model="fake")

    with FakeServer(full, full) as server:
        ask(server.address, question)
        assert len(server.requests) == 3
    with FakeServer(*[full] * 9) as server:
        with pytest.raises(ResourceExhaustedError):
            ask(server.address, question)
        assert len(server.requests) == 5


def test_requests_of_many_rows_are_under_way_together():
    four = threading.Barrier(4)

    def meet(server, request, context):
        four.wait(30)
        return answer(request)

    async def question(client):
        return await client.predict(np.zeros((28, 2)), model="fake")

    with FakeServer(None, *[meet] * 4) as server:
        assert ask(server.address, question).mean.shape == (28, 1)
        assert len({request.seed for request in server.requests}) == 1


def test_an_error_cancels_the_requests_that_are_under_way():
    async def question(client):
        rows = np.repeat(np.arange(12, dtype=np.float32), 2).reshape(12, 2)
        with pytest.raises(InternalError):
            await client.predict(rows, model="fake")
        return await asyncio.to_thread(server.cancelled.wait, 30)

    with FakeServer(
        None, *[fail_first_rows(StatusCode.INTERNAL, "broken")] * 2
    ) as server:
        assert ask(server.address, question)


@pytest.mark.parametrize(
    "name", ["predict", "predict_stream", "models", "model", "health"]
)
def test_calls_take_what_those_of_the_client_that_blocks_take(name):
    one, other = (inspect.signature(getattr(c, name)) for c in (Client, AsyncClient))
    assert one.parameters == other.parameters


def test_a_stream_takes_what_predict_takes():
    names = set(inspect.signature(Client.predict).parameters)
    stream = set(inspect.signature(Client.predict_stream).parameters)
    assert names - stream == {"include_network_outputs", "progress"}
    assert stream < names

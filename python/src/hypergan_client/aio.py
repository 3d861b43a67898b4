"""A client for asyncio, on grpc.aio: the same calls as Client, awaited."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import Any

import grpc
import grpc.aio
import numpy.typing as npt

from hypergan_client.calls import (
    DEADLINE,
    HEALTH_DEADLINE,
    Methods,
    Patience,
    health_method,
    health_name,
)
from hypergan_client.channel import Address, ChannelOptions, Tls, Token, to_tls
from hypergan_client.connection import Connection
from hypergan_client.errors import (
    NotFoundError,
    from_rpc_error,
    malformed,
)
from hypergan_client.input_range import warn
from hypergan_client.model import Model
from hypergan_client.prediction import Prediction
from hypergan_client.protocol import ensemble_pb2 as pb
from hypergan_client.question import Options, Progress, Question
from hypergan_client.steps import Answer, Asking, Send, Steps, T


class AsyncClient:
    """Client's calls, to be awaited; `predict_stream` is iterated with `async for`.

        async with AsyncClient("127.0.0.1:8001") as client:
            prediction = await client.predict([[0.5]], model="regression-1d")

    For one event loop. A task that is cancelled cancels its call at the server.
    """

    def __init__(
        self,
        target: str = "127.0.0.1:8001",
        *,
        tls: bool | Tls | None = None,
        token: Token | None = None,
        deadline: float = DEADLINE,
        options: ChannelOptions = (),
    ) -> None:
        self._address = Address(target, to_tls(tls), token, options)
        self._deadline = deadline
        self._connection: Connection | None = None
        self._asking = Asking()

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends the connection, and cancels the calls that wait."""
        if self._connection is not None:
            for channel in self._connection.channels():
                await channel.close()

    def _methods(self) -> Methods:
        """For one call. The first one makes the connection, in its own loop."""
        if self._connection is None:
            self._connection = Connection(self._address, grpc.aio)
        return self._connection.methods()

    async def predict(
        self,
        inputs: npt.ArrayLike,
        *,
        model: str = "",
        version: str = "",
        networks: int | None = None,
        seed: int | None = None,
        target_standard_error: float | None = None,
        max_networks: int | None = None,
        allow_partial: bool = False,
        outputs: Sequence[str] | None = None,
        include_network_outputs: bool = False,
        coverage: float | None = None,
        deadline: float | None = None,
        progress: Progress = False,
    ) -> Prediction:
        """As Client.predict."""
        options = Options(
            networks,
            seed,
            target_standard_error,
            max_networks,
            allow_partial,
            outputs,
            include_network_outputs,
            coverage,
        )
        question = await self._take(
            self._asking.predict(inputs, model, version, options, deadline, progress)
        )
        answer = question.prediction()
        warn(answer.warnings)
        return answer

    async def predict_stream(
        self,
        inputs: npt.ArrayLike,
        *,
        model: str = "",
        version: str = "",
        networks: int | None = None,
        seed: int | None = None,
        target_standard_error: float | None = None,
        max_networks: int | None = None,
        allow_partial: bool = False,
        outputs: Sequence[str] | None = None,
        coverage: float | None = None,
        deadline: float | None = None,
    ) -> AsyncIterator[Prediction]:
        """As Client.predict_stream."""
        options = Options(
            networks,
            seed,
            target_standard_error,
            max_networks,
            allow_partial,
            outputs,
            coverage=coverage,
            is_stream=True,
        )
        question = await self._take(
            self._asking.question(inputs, model, version, options)
        )
        answers = self._stream(question, deadline)
        told: tuple[str, ...] = ()
        try:
            async for answer in answers:
                warn(answer.warnings, told)
                told = answer.warnings
                yield answer
        finally:
            await answers.aclose()

    async def models(self, *, deadline: float | None = None) -> list[Model]:
        """All that are served, by name, then by version."""
        return await self._take(self._asking.models(deadline))

    async def model(
        self, name: str, version: str = "", *, deadline: float | None = None
    ) -> Model:
        """One model; no version is the greatest."""
        return await self._take(self._asking.model(name, version, deadline))

    async def health(
        self, service: str = "", *, deadline: float = HEALTH_DEADLINE
    ) -> str:
        """What the server, or one service in it, says of its health: "SERVING" and so
        on. One attempt, also of a server that does not serve."""
        async with self._address.channel(grpc.aio, health_checks=False) as channel:
            try:
                answer = await health_method(channel)(
                    service, timeout=deadline, metadata=self._address.metadata()
                )
            except grpc.RpcError as error:
                failure = from_rpc_error(error)
                if isinstance(failure, NotFoundError):
                    return "SERVICE_UNKNOWN"
                raise failure from error
        return health_name(answer)

    async def _take(self, steps: Steps[T]) -> T:
        """Their result, once each is done."""
        try:
            step = next(steps)
            while True:
                try:
                    done = await self._do(step)
                except BaseException as error:
                    step = steps.throw(error)
                else:
                    step = steps.send(done)
        except StopIteration as end:
            result: T = end.value
            return result

    async def _do(self, step: Send | Answer) -> Any:
        if isinstance(step, Send):
            return self._send(step.request, step.deadline)
        return await self._answer(step)

    def _send(self, request: pb.PredictRequest, deadline: float | None) -> Any:
        """A call that nobody waits for yet."""
        methods = self._methods()
        call = methods.predict(
            request,
            timeout=self._deadline if deadline is None else deadline,
            metadata=self._address.metadata(),
        )
        return Connection.hold(methods, call)

    async def _answer(self, wanted: Answer) -> Any:
        deadline = wanted.deadline
        patience = Patience(self._deadline if deadline is None else deadline)
        call = wanted.call
        while True:
            try:
                if call is None:
                    methods = self._methods()
                    call = getattr(methods, wanted.method)(
                        wanted.request,
                        timeout=patience.left(),
                        metadata=self._address.metadata(),
                    )
                return await call
            except grpc.RpcError as error:
                failure = from_rpc_error(error)
                pause = patience.pause(failure)
                if pause is None:
                    raise failure from error
            call = None
            await asyncio.sleep(pause)

    async def _stream(
        self, question: Question, deadline: float | None
    ) -> AsyncGenerator[Prediction, None]:
        methods = self._methods()
        call = methods.predict_stream(
            question.request(question.all_rows),
            timeout=self._deadline if deadline is None else deadline,
            metadata=self._address.metadata(),
        )
        last = None
        try:
            async for response in call:
                await self._take(self._asking.follow_version(question, response))
                last = question.read(response, question.all_rows)
                yield last
        except grpc.RpcError as error:
            raise from_rpc_error(error) from error
        finally:
            call.cancel()
        if last is None or last.stop_reason is None:
            raise malformed("a stream", "a last answer", "none")

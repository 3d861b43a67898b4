"""A client for asyncio, on grpc.aio: the same calls as Client, awaited."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import Any

import grpc
import grpc.aio
import numpy.typing as npt

from hypergan_client.calls import (
    DEADLINE,
    HEALTH_DEADLINE,
    Bar,
    KnownModels,
    Methods,
    Patience,
    health_method,
    health_name,
    only_model,
    question_if_known,
)
from hypergan_client.channel import Address, ChannelOptions, Tls, Token, to_tls
from hypergan_client.connection import Connection
from hypergan_client.errors import (
    HyperganError,
    NotFoundError,
    ResourceExhaustedError,
    from_rpc_error,
    malformed,
)
from hypergan_client.input_range import warn
from hypergan_client.model import Model
from hypergan_client.prediction import Prediction
from hypergan_client.protocol import ensemble_pb2 as pb
from hypergan_client.question import IN_FLIGHT, Options, Progress, Question
from hypergan_client.wire import to_model


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
        self._known = KnownModels()

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
        question = await self._question(inputs, model, version, options)
        with Bar(progress, question) as bar:
            try:
                await self._ask_about_all(question, deadline, bar)
            except HyperganError:
                self._known.forget(model, version)
                raise
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
        question = await self._question(inputs, model, version, options)
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
        answer = await self._call(
            "list_models", pb.ListModelsRequest(), deadline
        )
        return [to_model(message) for message in answer.models]

    async def model(
        self, name: str, version: str = "", *, deadline: float | None = None
    ) -> Model:
        """One model; no version is the greatest."""
        request = pb.GetModelRequest(model_name=name, model_version=version)
        return to_model(await self._call("get_model", request, deadline))

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

    async def _question(
        self, inputs: npt.ArrayLike, model: str, version: str, options: Options
    ) -> Question:
        known = self._known.find(model, version)
        question = question_if_known(inputs, known, options, version)
        if question is None:
            self._known.forget(model, version)
            known = await self._describe(model, version)
            question = Question(inputs, known, options, version)
        return question

    async def _describe(self, name: str, version: str = "") -> Model:
        """What the server says of the model, or has said before."""
        known = self._known.find(name, version)
        if known is None:
            asked = name or only_model(await self.models()).name
            known = await self.model(asked, version)
            self._known.keep(name, version, known)
        return known

    async def _ask_about_all(
        self, question: Question, deadline: float | None, bar: Bar
    ) -> None:
        await self._ask(question, question.first_rows(), deadline)
        bar.update()
        under_way: deque[tuple[range, Any]] = deque()
        try:
            for rows in question.other_rows():
                under_way.append((rows, self._send(question.request(rows), deadline)))
                if len(under_way) == IN_FLIGHT:
                    await self._take_next(question, under_way, deadline)
                    bar.update()
            while under_way:
                await self._take_next(question, under_way, deadline)
                bar.update()
        finally:
            for _, call in under_way:
                call.cancel()

    def _send(self, request: pb.PredictRequest, deadline: float | None) -> Any:
        """A call that nobody waits for yet."""
        methods = self._methods()
        call = methods.predict(
            request,
            timeout=self._deadline if deadline is None else deadline,
            metadata=self._address.metadata(),
        )
        return Connection.hold(methods, call)

    async def _take_next(
        self,
        question: Question,
        under_way: deque[tuple[range, Any]],
        deadline: float | None,
    ) -> None:
        rows, call = under_way.popleft()
        await self._ask(question, rows, deadline, call)

    async def _ask(
        self,
        question: Question,
        rows: range,
        deadline: float | None,
        call: Any = None,
    ) -> None:
        """About these rows, in as many requests as it takes; the first may have been
        sent already, by `call`."""
        try:
            response = await self._call(
                "predict", question.request(rows), deadline, call
            )
        except ResourceExhaustedError as error:
            halves = question.halves(rows, error)
            if halves is None:
                raise
            for half in halves:
                await self._ask(question, half, deadline)
            return
        await self._follow_version(question, response)
        question.take(response, rows)

    async def _follow_version(
        self, question: Question, response: pb.PredictResponse
    ) -> None:
        """A server may have a newer version than when it was asked about it."""
        before = question.model
        if response.model_version != before.version:
            question.model = await self.model(
                response.model_name, response.model_version
            )
            self._known.replace(before, question.model)

    async def _call(
        self, method: str, request: Any, deadline: float | None, call: Any = None
    ) -> Any:
        """The answer; the first attempt may have been sent already, by `call`."""
        patience = Patience(self._deadline if deadline is None else deadline)
        while True:
            try:
                if call is None:
                    methods = self._methods()
                    call = getattr(methods, method)(
                        request,
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
                await self._follow_version(question, response)
                last = question.read(response, question.all_rows)
                yield last
        except grpc.RpcError as error:
            raise from_rpc_error(error) from error
        finally:
            call.cancel()
        if last is None or last.stop_reason is None:
            raise malformed("a stream", "a last answer", "none")

"""What the clients do, step by step: Client blocks in each step, AsyncClient awaits it.

A generator yields what it wants done, and is sent the result or thrown the error.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, TypeVar, Union

import numpy.typing as npt

from hypergan_client.calls import Bar, KnownModels, only_model, question_if_known
from hypergan_client.errors import HyperganError, ResourceExhaustedError
from hypergan_client.model import Model
from hypergan_client.protocol import ensemble_pb2 as pb
from hypergan_client.question import IN_FLIGHT, Options, Progress, Question
from hypergan_client.wire import to_model

T = TypeVar("T")


@dataclass(frozen=True)
class Send:
    """A call of Predict that nobody waits for yet; the result is the call."""

    request: pb.PredictRequest
    deadline: float | None  # seconds; None: the client's


@dataclass(frozen=True)
class Answer:
    """The answer of a call; the first attempt may have been sent already, by `call`."""

    method: str  # of Methods
    request: Any
    deadline: float | None = None
    call: Any = None


Steps = Generator[Union[Send, Answer], Any, T]


class Asking:
    """The steps of one client's calls, and the models that it knows."""

    def __init__(self) -> None:
        self._known = KnownModels()

    def models(self, deadline: float | None = None) -> Steps[list[Model]]:
        answer = yield Answer("list_models", pb.ListModelsRequest(), deadline)
        return [to_model(message) for message in answer.models]

    def model(
        self, name: str, version: str, deadline: float | None = None
    ) -> Steps[Model]:
        request = pb.GetModelRequest(model_name=name, model_version=version)
        return to_model((yield Answer("get_model", request, deadline)))

    def question(
        self, inputs: npt.ArrayLike, model: str, version: str, options: Options
    ) -> Steps[Question]:
        known = self._known.find(model, version)
        question = question_if_known(inputs, known, options, version)
        if question is None:
            self._known.forget(model, version)
            described = yield from self.describe(model, version)
            question = Question(inputs, described, options, version)
        return question

    def describe(self, name: str, version: str = "") -> Steps[Model]:
        """What the server says of the model, or has said before."""
        known = self._known.find(name, version)
        if known is None:
            asked = name or only_model((yield from self.models())).name
            known = yield from self.model(asked, version)
            self._known.keep(name, version, known)
        return known

    def predict(
        self,
        inputs: npt.ArrayLike,
        model: str,
        version: str,
        options: Options,
        deadline: float | None,
        progress: Progress,
    ) -> Steps[Question]:
        """The question, with all its answers."""
        question = yield from self.question(inputs, model, version, options)
        with Bar(progress, question) as bar:
            try:
                yield from _All(self, question, deadline, bar).steps()
            except HyperganError:
                self._known.forget(model, version)
                raise
        return question

    def follow_version(
        self, question: Question, response: pb.PredictResponse
    ) -> Steps[None]:
        """A server may have a newer version than when it was asked about it."""
        before = question.model
        if response.model_version != before.version:
            question.model = yield from self.model(
                response.model_name, response.model_version
            )
            self._known.replace(before, question.model)


class _All:
    """All requests of a question: the first alone, the others some at a time."""

    def __init__(
        self, asking: Asking, question: Question, deadline: float | None, bar: Bar
    ) -> None:
        self._asking = asking
        self._question = question
        self._deadline = deadline
        self._bar = bar
        self._under_way: deque[tuple[range, Any]] = deque()

    def steps(self) -> Steps[None]:
        question = self._question
        yield from self._ask(question.first_rows())
        self._bar.update()
        try:
            for rows in question.other_rows():
                call = yield Send(question.request(rows), self._deadline)
                self._under_way.append((rows, call))
                if len(self._under_way) == IN_FLIGHT:
                    yield from self._take_next()
            while self._under_way:
                yield from self._take_next()
        finally:
            for _, call in self._under_way:
                call.cancel()

    def _take_next(self) -> Steps[None]:
        rows, call = self._under_way.popleft()
        yield from self._ask(rows, call)
        self._bar.update()

    def _ask(self, rows: range, call: Any = None) -> Steps[None]:
        """About these rows, in as many requests as it takes."""
        question = self._question
        try:
            response = yield Answer(
                "predict", question.request(rows), self._deadline, call
            )
        except ResourceExhaustedError as error:
            halves = question.halves(rows, error)
            if halves is None:
                raise
            for half in halves:
                yield from self._ask(half)
            return
        yield from self._asking.follow_version(question, response)
        question.take(response, rows)

"""What the clients have in common, whether they block or not."""

from __future__ import annotations

import random
import time
from typing import Any

import numpy.typing as npt
from google.protobuf import wrappers_pb2

from hypergan_client.channel import ATTEMPTS, SERVICE
from hypergan_client.errors import HyperganError, ResourceExhaustedError
from hypergan_client.model import Model
from hypergan_client.protocol import ensemble_pb2 as pb
from hypergan_client.question import Options, Progress, Question

DEADLINE = 30.0  # seconds of a call
HEALTH_DEADLINE = 3.0
_HEALTH_STATUS = ("UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN")


class Methods:
    """The service's methods on a channel of grpc's or of grpc.aio's."""

    def __init__(self, channel: Any) -> None:
        self.channel = channel

        def unary(name: str, answer: Any) -> Any:
            return channel.unary_unary(
                f"/{SERVICE}/{name}",
                request_serializer=lambda request: request.SerializeToString(),
                response_deserializer=answer.FromString,
            )

        self.predict = unary("Predict", pb.PredictResponse)
        self.list_models = unary("ListModels", pb.ListModelsResponse)
        self.get_model = unary("GetModel", pb.Model)
        self.predict_stream = channel.unary_stream(
            f"/{SERVICE}/PredictStream",
            request_serializer=lambda request: request.SerializeToString(),
            response_deserializer=pb.PredictResponse.FromString,
        )


def health_method(channel: Any) -> Any:
    """grpc.health.v1: its messages have the encoding of the well-known wrappers."""
    return channel.unary_unary(
        "/grpc.health.v1.Health/Check",
        request_serializer=lambda service: wrappers_pb2.StringValue(
            value=service
        ).SerializeToString(),
        response_deserializer=wrappers_pb2.Int32Value.FromString,
    )


def health_name(answer: wrappers_pb2.Int32Value) -> str:
    number = answer.value
    return _HEALTH_STATUS[number] if 0 <= number < len(_HEALTH_STATUS) else "UNKNOWN"


class Patience:
    """How long one call may take, and when it is made again.

    gRPC itself repeats what is UNAVAILABLE. A server that is too busy says when to
    come back.
    """

    def __init__(self, deadline: float) -> None:
        self._end = time.monotonic() + deadline
        self._attempts = 1

    def left(self) -> float:
        return max(0.0, self._end - time.monotonic())

    def pause(self, error: HyperganError) -> float | None:
        """Seconds until the next attempt; None: there is none."""
        if not isinstance(error, ResourceExhaustedError) or error.retry_after is None:
            return None
        # Up to a quarter longer, so that clients do not come back together.
        pause = error.retry_after * random.uniform(1, 1.25)
        if self._attempts >= ATTEMPTS or pause >= self.left():
            return None
        self._attempts += 1
        return pause


class KnownModels:
    """The models that a client has asked the server about, by name and version."""

    MOST = 1000

    def __init__(self) -> None:
        self._models: dict[tuple[str, str], Model] = {}

    def find(self, name: str, version: str) -> Model | None:
        return self._models.get((name, version))

    def keep(self, name: str, version: str, model: Model) -> None:
        if len(self._models) >= self.MOST:
            self._models.clear()
        self._models[name, version] = model

    def replace(self, before: Model, now: Model) -> None:
        for key, model in list(self._models.items()):
            if model is before:
                self._models[key] = now

    def forget(self, name: str, version: str) -> None:
        self._models.pop((name, version), None)


def only_model(models: list[Model]) -> Model:
    """The one to ask if the caller names none."""
    names = sorted({model.name for model in models})
    if len(names) != 1:
        raise ValueError(f"model: expected the name of one of {names}, got none")
    return models[-1]


def question_if_known(
    inputs: npt.ArrayLike, model: Model | None, options: Options, version: str
) -> Question | None:
    """None if the model is not known, or the inputs do not fit what is known."""
    if model is None:
        return None
    try:
        return Question(inputs, model, options, version)
    except ValueError:
        return None  # The server may have a newer version by now.


class Bar:
    """Tells how many rows are answered: to a function, or as tqdm's bar if it is
    installed. One request needs no bar."""

    def __init__(self, progress: Progress, question: Question) -> None:
        self._question = question
        self._tell = progress if callable(progress) else None
        self._bar: Any = None
        if progress is True and question.is_cut:
            try:
                from tqdm import tqdm
            except ImportError:
                return
            self._bar = tqdm(total=question.rows, unit="row")

    def update(self) -> None:
        if self._tell is not None:
            self._tell(self._question.answered, self._question.rows)
        if self._bar is not None:
            self._bar.update(self._question.answered - self._bar.n)

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

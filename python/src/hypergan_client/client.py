"""A client whose calls block."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

import grpc
import numpy.typing as npt

from hypergan_client.calls import (
    DEADLINE,
    HEALTH_DEADLINE,
    Bar,
    KnownModels,
    Patience,
    health_method,
    health_name,
    only_model,
    question_if_known,
)
from hypergan_client.channel import Address, ChannelOptions, Tls, Token, to_tls
from hypergan_client.connection import Connection
from hypergan_client.errors import (
    CancelledError,
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


class Client:
    """A connection to a hypergan-server, or to the replicas behind one name.

    It may be used from any thread. Each call raises a HyperganError with gRPC's code
    and the server's text, or a ValueError for what need not be sent.

        with Client("127.0.0.1:8001") as client:
            prediction = client.predict([[0.5], [6.0]], model="regression-1d")
            print(prediction.mean, prediction.std)

    `deadline` is in seconds, for one call with its retries; a prediction in several
    requests has it for each. `token` is sent as a bearer token, over TLS alone unless
    the server is this machine. `options` are gRPC's channel arguments.
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
        self._connection = Connection(self._address, grpc)
        self._known = KnownModels()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the connection, and cancels the calls that wait."""
        for channel in self._connection.channels():
            channel.close()

    def predict(
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
        """What an ensemble says about one row or many, in the units of the data.

        `model` may be left out where only one is served; no `version` is the greatest;
        no `networks` is the model's default. No `seed`: networks that nobody has seen
        before. `outputs` are some of "mean", "variance", "scores" and "classes".
        With `target_standard_error` networks are added until the mean is known so
        well; with `allow_partial` the deadline gives the networks asked in time.
        `coverage`, as 0.95: the share of true values that the answer's `interval`
        (regression) or `prediction_sets` (classification) shall hold. They are
        predictive; `std` is the networks' disagreement alone (epistemic).
        FailedPreconditionError where the checkpoint cannot give them.

        What the answer's `warnings` say is also issued as InputRangeWarning.

        Rows that one request cannot carry go in several, asked of the same networks,
        unless the two options above leave their number open. `progress`: a function of
        the answered and all rows, or True for tqdm's bar.
        """
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
        question = self._question(inputs, model, version, options)
        with Bar(progress, question) as bar:
            try:
                self._ask_about_all(question, deadline, bar)
            except HyperganError:
                self._known.forget(model, version)
                raise
        answer = question.prediction()
        warn(answer.warnings)
        return answer

    def predict_stream(
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
    ) -> Iterator[Prediction]:
        """The same, shown on the way: what the networks asked so far say.

        Only the last answer has a stop_reason. Leaving the loop cancels the call. The
        rows must fit one request.
        """
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
        question = self._question(inputs, model, version, options)
        return self._stream(question, deadline)

    def models(self, *, deadline: float | None = None) -> list[Model]:
        """All that are served, by name, then by version."""
        answer = self._call("list_models", pb.ListModelsRequest(), deadline)
        return [to_model(message) for message in answer.models]

    def model(
        self, name: str, version: str = "", *, deadline: float | None = None
    ) -> Model:
        """One model; no version is the greatest."""
        request = pb.GetModelRequest(model_name=name, model_version=version)
        return to_model(self._call("get_model", request, deadline))

    def health(self, service: str = "", *, deadline: float = HEALTH_DEADLINE) -> str:
        """What the server, or one service in it, says of its health: "SERVING" and so
        on. One attempt, also of a server that does not serve."""
        with self._address.channel(grpc, health_checks=False) as channel:
            try:
                answer = health_method(channel)(
                    service, timeout=deadline, metadata=self._address.metadata()
                )
            except grpc.RpcError as error:
                failure = from_rpc_error(error)
                if isinstance(failure, NotFoundError):
                    return "SERVICE_UNKNOWN"
                raise failure from error
        return health_name(answer)

    def _question(
        self, inputs: npt.ArrayLike, model: str, version: str, options: Options
    ) -> Question:
        known = self._known.find(model, version)
        question = question_if_known(inputs, known, options, version)
        if question is None:
            self._known.forget(model, version)
            known = self._describe(model, version)
            question = Question(inputs, known, options, version)
        return question

    def _describe(self, name: str, version: str = "") -> Model:
        """What the server says of the model, or has said before."""
        known = self._known.find(name, version)
        if known is None:
            asked = name or only_model(self.models()).name
            known = self.model(asked, version)
            self._known.keep(name, version, known)
        return known

    def _ask_about_all(
        self, question: Question, deadline: float | None, bar: Bar
    ) -> None:
        self._ask(question, question.first_rows(), deadline)
        bar.update()
        under_way: deque[tuple[range, Any]] = deque()
        try:
            for rows in question.other_rows():
                under_way.append((rows, self._send(question.request(rows), deadline)))
                if len(under_way) == IN_FLIGHT:
                    self._take_next(question, under_way, deadline)
                    bar.update()
            while under_way:
                self._take_next(question, under_way, deadline)
                bar.update()
        finally:
            for _, call in under_way:
                call.cancel()

    def _send(self, request: pb.PredictRequest, deadline: float | None) -> Any:
        """A call that nobody waits for yet."""
        methods = self._connection.methods()
        try:
            call = methods.predict.future(
                request,
                timeout=self._deadline if deadline is None else deadline,
                metadata=self._address.metadata(),
            )
        except ValueError as error:
            # gRPC's word for a channel that another thread has closed.
            if "closed" not in str(error):
                raise
            code = grpc.StatusCode.CANCELLED
            raise CancelledError(code, "the client was closed") from error
        return Connection.hold(methods, call)

    def _take_next(
        self,
        question: Question,
        under_way: deque[tuple[range, Any]],
        deadline: float | None,
    ) -> None:
        rows, call = under_way.popleft()
        self._ask(question, rows, deadline, call)

    def _ask(
        self,
        question: Question,
        rows: range,
        deadline: float | None,
        call: Any = None,
    ) -> None:
        """About these rows, in as many requests as it takes; the first may have been
        sent already, by `call`."""
        try:
            response = self._call(
                "predict", question.request(rows), deadline, call
            )
        except ResourceExhaustedError as error:
            halves = question.halves(rows, error)
            if halves is None:
                raise
            for half in halves:
                self._ask(question, half, deadline)
            return
        self._follow_version(question, response)
        question.take(response, rows)

    def _follow_version(self, question: Question, response: pb.PredictResponse) -> None:
        """A server may have a newer version than when it was asked about it."""
        before = question.model
        if response.model_version != before.version:
            question.model = self.model(response.model_name, response.model_version)
            self._known.replace(before, question.model)

    def _call(
        self, method: str, request: Any, deadline: float | None, call: Any = None
    ) -> Any:
        """The answer; the first attempt may have been sent already, by `call`."""
        patience = Patience(self._deadline if deadline is None else deadline)
        while True:
            try:
                if call is None:
                    methods = self._connection.methods()
                    return getattr(methods, method)(
                        request,
                        timeout=patience.left(),
                        metadata=self._address.metadata(),
                    )
                # result() would raise what is no RpcError for one that is cancelled.
                if call.code() is not grpc.StatusCode.OK:
                    raise call
                return call.result()
            except grpc.RpcError as error:
                failure = from_rpc_error(error)
                pause = patience.pause(failure)
                if pause is None:
                    raise failure from error
            call = None
            time.sleep(pause)

    def _stream(
        self, question: Question, deadline: float | None
    ) -> Iterator[Prediction]:
        methods = self._connection.methods()
        call = methods.predict_stream(
            question.request(question.all_rows),
            timeout=self._deadline if deadline is None else deadline,
            metadata=self._address.metadata(),
        )
        last = None
        try:
            for response in call:
                self._follow_version(question, response)
                before = () if last is None else last.warnings
                last = question.read(response, question.all_rows)
                warn(last.warnings, told=before)
                yield last
        except grpc.RpcError as error:
            raise from_rpc_error(error) from error
        finally:
            call.cancel()
        if last is None or last.stop_reason is None:
            raise malformed("a stream", "a last answer", "none")

"""A client whose calls block."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

import grpc
import numpy.typing as npt

from hypergan_client.calls import (
    DEADLINE,
    HEALTH_DEADLINE,
    Patience,
    health_method,
    health_name,
)
from hypergan_client.channel import Address, ChannelOptions, Tls, Token, to_tls
from hypergan_client.connection import Connection
from hypergan_client.errors import (
    CancelledError,
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
        self._asking = Asking()

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
        answer = self._take(
            self._asking.predict(inputs, model, version, options, deadline, progress)
        ).prediction()
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
        question = self._take(self._asking.question(inputs, model, version, options))
        return self._stream(question, deadline)

    def models(self, *, deadline: float | None = None) -> list[Model]:
        """All that are served, by name, then by version."""
        return self._take(self._asking.models(deadline))

    def model(
        self, name: str, version: str = "", *, deadline: float | None = None
    ) -> Model:
        """One model; no version is the greatest."""
        return self._take(self._asking.model(name, version, deadline))

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

    def _describe(self, name: str) -> Model:
        """The model as it is known, or else as the server says."""
        return self._take(self._asking.describe(name))

    def _take(self, steps: Steps[T]) -> T:
        """Their result, once each is done."""
        try:
            step = next(steps)
            while True:
                try:
                    done = self._do(step)
                except BaseException as error:
                    step = steps.throw(error)
                else:
                    step = steps.send(done)
        except StopIteration as end:
            result: T = end.value
            return result

    def _do(self, step: Send | Answer) -> Any:
        if isinstance(step, Send):
            return self._send(step.request, step.deadline)
        return self._answer(step)

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

    def _answer(self, wanted: Answer) -> Any:
        deadline = wanted.deadline
        patience = Patience(self._deadline if deadline is None else deadline)
        call = wanted.call
        while True:
            try:
                if call is None:
                    methods = self._connection.methods()
                    return getattr(methods, wanted.method)(
                        wanted.request,
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
                self._take(self._asking.follow_version(question, response))
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

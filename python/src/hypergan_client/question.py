"""One prediction as the requests that it takes, whoever sends them.

More rows than a request carries go in several, all asked of the same networks: the
same version, seed and N.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Union

import numpy as np
import numpy.typing as npt

from hypergan_client.errors import ResourceExhaustedError, malformed
from hypergan_client.input_range import bounded
from hypergan_client.model import Model
from hypergan_client.prediction import Integers, Interval, Prediction, Scores, Timing
from hypergan_client.protocol import ensemble_pb2 as pb
from hypergan_client.rows import as_rows
from hypergan_client.wire import OUTPUTS, to_outputs, to_prediction, to_tensor

# The server's defaults, which it does not tell; a server with smaller ones refuses,
# and is then asked about half as many rows.
REQUEST_BYTES = 15 << 20
RESPONSE_BYTES = 60 << 20
ROW_NETWORKS = 640_000
ROW_OVERHEAD_BYTES = 512  # of a row's scores and class in an answer

# A fresh seed is below this, so that readers of JSON keep all its digits.
SEEDS = 1 << 53

# Called with the rows that are answered and all rows, or True for a bar of tqdm's.
Progress = Union[bool, Callable[[int, int], None]]


def fresh_seed() -> int:
    """A seed whose networks nobody has seen before."""
    return secrets.randbelow(SEEDS)


@dataclass(frozen=True)
class Options:
    """What is asked about each row, but for the model."""

    networks: int | None = None
    seed: int | None = None
    target_standard_error: float | None = None
    max_networks: int | None = None
    allow_partial: bool = False
    outputs: Sequence[str] | None = None
    include_network_outputs: bool = False
    coverage: float | None = None
    is_stream: bool = False

    @property
    def may_be_cut(self) -> bool:
        """Whether N is known before: only then do many requests share networks."""
        is_open = self.target_standard_error is not None or self.allow_partial
        return not (is_open or self.is_stream)


class Question:
    """Gives the requests of a prediction one by one and takes their answers."""

    def __init__(
        self,
        inputs: npt.ArrayLike,
        model: Model,
        options: Options,
        version: str = "",
    ) -> None:
        # May be replaced by that of the version which answers.
        self.model = model
        self._options = options
        self._version = version
        self._rows = as_rows(inputs, model.manifest.input_shape)
        self._wanted = tuple(OUTPUTS if options.outputs is None else options.outputs)
        self._numbers = to_outputs(self._wanted)
        self._seed = options.seed
        self._networks = options.networks
        self._answers: list[Prediction] = []
        self.answered = 0
        self._piece = min(len(self._rows), self._most_rows())
        self._check_cut()

    @property
    def rows(self) -> int:
        return len(self._rows)

    @property
    def is_cut(self) -> bool:
        return self._piece < self.rows

    def request(self) -> pb.PredictRequest:
        """About the rows that come next."""
        options = self._options
        rows = self._rows[self.answered : self.answered + self._piece]
        return pb.PredictRequest(
            model_name=self.model.name,
            model_version=self._version,
            inputs=to_tensor(rows),
            num_networks=self._networks or 0,
            seed=self._seed,
            outputs=self._numbers,
            include_network_outputs=options.include_network_outputs,
            target_standard_error=options.target_standard_error,
            max_networks=options.max_networks,
            allow_partial=options.allow_partial,
            coverage=options.coverage,
        )

    def read(self, response: pb.PredictResponse) -> Prediction:
        """The answer to the last request."""
        rows = min(self._piece, self.rows - self.answered)
        return to_prediction(
            response,
            self.model.manifest,
            rows,
            self._wanted,
            has_coverage=self._options.coverage is not None,
        )

    def take(self, response: pb.PredictResponse) -> bool:
        """Keeps the answer to the last request; whether all rows are answered."""
        answer = self.read(response)
        answered = self.answered + min(self._piece, self.rows - self.answered)
        if self.is_cut:
            # A text counts the rows of its request.
            where = f"counted from row {self.answered}"
            texts = bounded(f"{where}: {text}" for text in answer.warnings)
            answer = replace(answer, warnings=texts)
        if self._answers:
            first = self._answers[0]
            for name in ("version", "num_networks", "seed"):
                before, now = getattr(first, name), getattr(answer, name)
                if before != now:
                    raise malformed(f"{name} of the rows that follow", before, now)
        self._answers.append(answer)
        # Not the defaults again, which another replica may have otherwise.
        self._version = answer.version
        self._networks = answer.num_networks
        self.answered = answered
        return self.answered == self.rows

    def make_smaller(self, error: ResourceExhaustedError) -> bool:
        """Halves the requests that a server refuses for good; whether that helps."""
        if error.retry_after is not None or self._piece == 1:
            return False
        if not self._options.may_be_cut:
            return False
        self._piece = (self._piece + 1) // 2
        self._check_cut()
        return True

    def prediction(self) -> Prediction:
        return join(self._answers)

    def _most_rows(self) -> int:
        manifest = self.model.manifest
        options = self._options
        networks = max(1, options.networks or manifest.default_num_networks)
        tensors = (
            2
            + (2 if manifest.noise_deviation else 0)
            + (2 if options.coverage is not None else 0)
            + (networks if options.include_network_outputs else 0)
        )
        answer = 4 * tensors * manifest.num_outputs + ROW_OVERHEAD_BYTES
        asked = 4 * int(np.prod(manifest.input_shape))
        limits = [
            ROW_NETWORKS // networks,
            RESPONSE_BYTES // answer,
            REQUEST_BYTES // max(asked, 1),
        ]
        if self.model.max_rows > 0:
            limits.append(self.model.max_rows)
        return max(1, min(limits)) if options.may_be_cut else self.rows

    def _check_cut(self) -> None:
        """Rows that go in several requests need a seed that all of them name."""
        if self.is_cut and self._seed is None:
            self._seed = fresh_seed()


def join(answers: Sequence[Prediction]) -> Prediction:
    """The answers of the same networks about rows that follow each other."""
    first = answers[0]
    if len(answers) == 1:
        return first
    errors = [answer.largest_standard_error for answer in answers]
    told = [error for error in errors if error is not None]

    def rows_of(name: str, axis: int = 0) -> Any:
        parts = [getattr(answer, name) for answer in answers]
        if any(part is None for part in parts):
            return None
        return np.concatenate(parts, axis=axis)

    def total(name: str) -> float:
        return float(sum(getattr(answer.timing, name) for answer in answers))

    return replace(
        first,
        largest_standard_error=max(told) if told else None,
        timing=Timing(total("queue"), total("sampling"), total("prediction")),
        classes=rows_of("classes"),
        class_names=rows_of("class_names"),
        is_ood=rows_of("is_ood"),
        network_outputs=rows_of("network_outputs", axis=1),
        noise_variance=rows_of("noise_variance"),
        predictive_variance=rows_of("predictive_variance"),
        interval=_joined_intervals(answers),
        prediction_sets=_joined_sets(answers),
        warnings=bounded(text for answer in answers for text in answer.warnings),
        _mean=rows_of("_mean"),
        _variance=rows_of("_variance"),
        _scores=_joined_scores(answers),
    )


def _joined_intervals(answers: Sequence[Prediction]) -> Interval | None:
    parts = [answer.interval for answer in answers if answer.interval is not None]
    if len(parts) < len(answers):
        return None
    return Interval(
        np.concatenate([part.low for part in parts]),
        np.concatenate([part.high for part in parts]),
    )


def _joined_sets(answers: Sequence[Prediction]) -> tuple[Integers, ...] | None:
    parts = [answer.prediction_sets for answer in answers]
    told = [part for part in parts if part is not None]
    return tuple(chain.from_iterable(told)) if len(told) == len(parts) else None


def _joined_scores(answers: Sequence[Prediction]) -> Scores | None:
    parts = [answer._scores for answer in answers]
    if any(part is None for part in parts):
        return None
    names = Scores.__dataclass_fields__
    return Scores(
        **{
            name: np.concatenate([getattr(part, name) for part in parts])
            for name in names
        }
    )

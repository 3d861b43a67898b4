"""One prediction as the requests that it takes, whoever sends them.

More rows than a request carries go in several, all asked of the same networks: the
same version, seed and N.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Union

import numpy as np
import numpy.typing as npt

from hypergan_client.errors import ResourceExhaustedError, malformed
from hypergan_client.input_range import joined
from hypergan_client.model import Model
from hypergan_client.prediction import Integers, Interval, Prediction, Scores, Timing
from hypergan_client.protocol import ensemble_pb2 as pb
from hypergan_client.rows import as_rows
from hypergan_client.wire import OUTPUTS, to_outputs, to_prediction, to_tensor

# Of one request, where the server does not tell smaller limits: messages of some
# megabytes, and rows times networks that take a second or two of one core for a
# network of the MNIST kind. Smaller ones would gain no time, larger ones miss
# deadlines and show no progress.
REQUEST_BYTES = 4 << 20
RESPONSE_BYTES = 4 << 20
ROW_NETWORKS = 50_000
ROW_OVERHEAD_BYTES = 512  # of a row's scores and class in an answer
# Requests at a time: replicas work side by side, and a single server has the next one
# when it has answered.
IN_FLIGHT = 4

# A fresh seed is below this, so that readers of JSON keep all its digits.
SEEDS = 1 << 53

# Called with the rows that are answered and all rows, or True for a bar of tqdm's.
Progress = Union[bool, Callable[[int, int], None]]


def _without_overhead(message_bytes: int) -> int:
    """What tensors may take of a message; 0 for a limit that is not told."""
    return message_bytes // 16 * 15


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
    """Gives the requests of a prediction and takes their answers.

    The first answer says of which networks all others must be, so that its request is
    sent alone; the others may be under way together.
    """

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
        self._answers: list[tuple[range, Prediction]] = []
        self.answered = 0
        self._piece = min(self.rows, self._most_rows())
        self._choose_seed()

    @property
    def rows(self) -> int:
        return len(self._rows)

    @property
    def is_cut(self) -> bool:
        return self._piece < self.rows

    @property
    def all_rows(self) -> range:
        return range(self.rows)

    def first_rows(self) -> range:
        """Of the request that is sent alone."""
        return range(self._piece)

    def other_rows(self) -> Iterator[range]:
        """Of each request after that."""
        for begin in range(self.answered, self.rows, self._piece):
            yield range(begin, min(begin + self._piece, self.rows))

    def request(self, rows: range) -> pb.PredictRequest:
        options = self._options
        return pb.PredictRequest(
            model_name=self.model.name,
            model_version=self._version,
            inputs=to_tensor(self._rows[rows.start : rows.stop]),
            num_networks=self._networks or 0,
            seed=self._seed,
            outputs=self._numbers,
            include_network_outputs=options.include_network_outputs,
            target_standard_error=options.target_standard_error,
            max_networks=options.max_networks,
            allow_partial=options.allow_partial,
            coverage=options.coverage,
        )

    def read(self, response: pb.PredictResponse, rows: range) -> Prediction:
        """The answer to the request about these rows."""
        return to_prediction(
            response,
            self.model.manifest,
            len(rows),
            self._wanted,
            has_coverage=self._options.coverage is not None,
        )

    def take(self, response: pb.PredictResponse, rows: range) -> None:
        """Keeps the answer to the request about these rows."""
        answer = self.read(response, rows)
        if self._answers:
            first = self._answers[0][1]
            for name in ("version", "num_networks", "seed"):
                before, now = getattr(first, name), getattr(answer, name)
                if before != now:
                    raise malformed(f"{name} of the rows that follow", before, now)
        self._answers.append((rows, answer))
        # Not the defaults again, which another replica may have otherwise.
        self._version = answer.version
        self._networks = answer.num_networks
        self.answered += len(rows)

    def halves(
        self, rows: range, error: ResourceExhaustedError
    ) -> tuple[range, range] | None:
        """What to ask about instead of rows that a server has refused for good; None
        if that does not help."""
        if error.retry_after is not None or len(rows) == 1:
            return None
        if not self._options.may_be_cut:
            return None
        middle = (rows.start + rows.stop + 1) // 2
        self._piece = min(self._piece, middle - rows.start)
        self._choose_seed()
        return range(rows.start, middle), range(middle, rows.stop)

    def prediction(self) -> Prediction:
        """What all answers say together."""
        parts = sorted(self._answers, key=lambda part: part[0].start)
        warnings = joined((len(rows), answer.warnings) for rows, answer in parts)
        return replace(join([answer for _, answer in parts]), warnings=warnings)

    def _most_rows(self) -> int:
        if not self._options.may_be_cut:
            return self.rows
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
        asked = 4 * int(self._rows[0].size)
        told = self.model
        limits = [
            ROW_NETWORKS // networks,
            RESPONSE_BYTES // answer,
            REQUEST_BYTES // asked,
            told.max_rows,
            told.max_row_networks // networks,
            _without_overhead(told.max_response_bytes) // answer,
            _without_overhead(told.max_request_bytes) // asked,
        ]
        return max(1, min(limit for limit in limits if limit > 0))

    def _choose_seed(self) -> None:
        """Rows that go in several requests need a seed that all of them name."""
        if self.is_cut and self._seed is None:
            self._seed = fresh_seed()


def join(answers: Sequence[Prediction]) -> Prediction:
    """The answers of the same networks about rows that follow each other; without
    warnings, whose texts count rows."""
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
        warnings=(),
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

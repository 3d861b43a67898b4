"""An answer: what the networks of an ensemble say about rows."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int32]
Booleans = npt.NDArray[np.bool_]
Names = npt.NDArray[np.str_]
T = TypeVar("T")


@dataclass(frozen=True)
class Scores:
    """The figures of each row, [B] each; NaN where one has no meaning.

    docs/uncertainty.md has the formulas. A regression has total_variance and
    ood_score alone. One network has no mutual_information and no total_variance.
    """

    predictive_entropy: Doubles  # all the uncertainty
    expected_entropy: Doubles  # aleatoric: noise in the data
    mutual_information: Doubles  # epistemic: lack of data
    total_variance: Doubles
    max_probability: Doubles
    ood_score: Doubles  # share of held-out rows that are less unusual, in [0, 1)


@dataclass(frozen=True)
class Timing:
    """Seconds that the answer took where it was computed."""

    queue: float = 0.0
    sampling: float = 0.0
    prediction: float = 0.0


@dataclass(frozen=True)
class Prediction:
    """What N networks say about B rows, in K outputs."""

    model: str
    version: str
    num_networks: int  # N
    # The same seed and N give the same networks. None: they came from a pool.
    seed: int | None
    sampling: str  # "seeded", "fresh" or "pool"
    # "all_networks", "target_reached", "max_networks" or "deadline"; of a stream's
    # answers, None for all but the last.
    stop_reason: str | None
    output_names: tuple[str, ...]  # K: the classes' names, else the outputs' numbers
    # sqrt(variance / N), the largest over rows and outputs; None for one network.
    largest_standard_error: float | None
    timing: Timing
    classes: Integers | None  # [B]; None for a regression
    class_names: Names | None  # [B], of `classes`; None if the model names none
    # [B]: whether ood_score has reached the threshold. None without a calibration
    # that can tell.
    is_ood: Booleans | None
    network_outputs: Floats | None  # [N, B, K], if asked for
    _mean: Floats | None = field(repr=False)
    _variance: Floats | None = field(repr=False)
    _scores: Scores | None = field(repr=False)

    @property
    def mean(self) -> Floats:
        """[B, K]: probabilities, or the values of a regression."""
        return _asked("mean", self._mean)

    @property
    def variance(self) -> Floats:
        """[B, K]: unbiased, over the networks; 0 for one network."""
        return _asked("variance", self._variance)

    @property
    def std(self) -> Floats:
        """[B, K]: the deviation over the networks."""
        return np.sqrt(self.variance)

    @property
    def scores(self) -> Scores:
        return _asked("scores", self._scores)

    def to_pandas(self) -> pd.DataFrame:
        """A row for each row: classes, means, deviations and scores."""
        import pandas

        columns: dict[str, object] = {}
        if self.classes is not None:
            columns["class"] = self.classes
        if self.class_names is not None:
            columns["class_name"] = self.class_names
        for title, numbers in (("mean", self._mean), ("variance", self._variance)):
            if numbers is None:
                continue
            shown = np.sqrt(numbers) if title == "variance" else numbers
            title = "std" if title == "variance" else title
            for output, name in enumerate(self.output_names):
                columns[f"{title}_{name}"] = shown[:, output]
        if self._scores is not None:
            for score in fields(self._scores):
                values = getattr(self._scores, score.name)
                if not np.isnan(values).all():
                    columns[score.name] = values
        if self.is_ood is not None:
            columns["is_ood"] = self.is_ood
        return pandas.DataFrame(columns)


def output_names(class_names: tuple[str, ...], outputs: int) -> tuple[str, ...]:
    return class_names or tuple(map(str, range(outputs)))


def _asked(name: str, value: T | None) -> T:
    if value is None:
        raise ValueError(f"{name} was not asked for: name it in `outputs`")
    return value

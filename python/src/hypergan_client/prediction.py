"""An answer: what the networks of an ensemble say about rows."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, NamedTuple, TypeVar

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


class Interval(NamedTuple):
    """Where the truth will be, as often as the coverage says."""

    low: Floats  # [B, K]
    high: Floats  # [B, K]


@dataclass(frozen=True)
class Prediction:
    """What N networks say about B rows, in K outputs.

    Three uncertainties are told apart (docs/uncertainty.md):
      epistemic   what the networks disagree on, for lack of training rows: `variance`
                  and `std` of a regression, `scores.mutual_information`
      aleatoric   how noisy the truth itself is: `noise_variance` of a regression,
                  `scores.expected_entropy`
      predictive  where the truth will be, both together: `predictive_variance`,
                  `predictive_std` and `interval` of a regression,
                  `scores.predictive_entropy` and `prediction_sets`
    """

    model: str
    version: str
    num_networks: int  # N
    # The same seed and N give the same networks. None: they came from a pool.
    seed: int | None
    sampling: str  # "seeded", "fresh" or "pool"
    # "all_networks", "target_reached", "max_networks" or "deadline"; of a stream's
    # answers, None for all but the last.
    stop_reason: str | None
    output_names: tuple[str, ...]  # K: of the classes or values, else numbers
    # sqrt(variance / N), the largest over rows and outputs; None for one network.
    largest_standard_error: float | None
    timing: Timing
    classes: Integers | None  # [B]; None for a regression
    class_names: Names | None  # [B], of `classes`; None if the model names none
    # [B]: whether ood_score has reached the threshold. None without a calibration
    # that can tell.
    is_ood: Booleans | None
    network_outputs: Floats | None  # [N, B, K], if asked for
    # [B, K], of a regression whose checkpoint knows the noise, with the variance:
    noise_variance: Floats | None  # of the truth around the mean: aleatoric
    predictive_variance: Floats | None  # variance + noise_variance
    # Of a regression, if a coverage was asked for. It has both uncertainties.
    interval: Interval | None
    # Of a classification, if a coverage was asked for: B arrays of classes, the most
    # probable first, at least one each.
    prediction_sets: tuple[Integers, ...] | None
    # Short texts, as of inputs far outside the range of the training rows.
    warnings: tuple[str, ...]
    _mean: Floats | None = field(repr=False)
    _variance: Floats | None = field(repr=False)
    _scores: Scores | None = field(repr=False)

    @property
    def mean(self) -> Floats:
        """[B, K]: probabilities, or the values of a regression."""
        return _asked("mean", self._mean)

    @property
    def variance(self) -> Floats:
        """[B, K]: unbiased, over the networks; 0 for one network. Of a regression it is
        the epistemic uncertainty alone."""
        return _asked("variance", self._variance)

    @property
    def std(self) -> Floats:
        """[B, K]: the deviation over the networks: where the mean may be, not where
        the truth will be (epistemic)."""
        return np.sqrt(self.variance)

    @property
    def predictive_std(self) -> Floats | None:
        """[B, K]: of the truth around the mean, epistemic and aleatoric together; None
        where predictive_variance is."""
        return _root(self.predictive_variance)

    @property
    def scores(self) -> Scores:
        return _asked("scores", self._scores)

    def to_pandas(self) -> pd.DataFrame:
        """A row for each row: classes, means, deviations (`std` epistemic, `noise_std`
        aleatoric, `predictive_std` both), intervals, prediction sets and scores."""
        import pandas

        columns: dict[str, object] = {}
        if self.classes is not None:
            columns["class"] = self.classes
        if self.class_names is not None:
            columns["class_name"] = self.class_names
        for title, numbers in self._figures().items():
            for output, name in enumerate(self.output_names):
                columns[f"{title}_{name}"] = numbers[:, output]
        if self.prediction_sets is not None:
            columns["prediction_set"] = self._shown_sets()
        if self._scores is not None:
            for score in fields(self._scores):
                values = getattr(self._scores, score.name)
                if not np.isnan(values).all():
                    columns[score.name] = values
        if self.is_ood is not None:
            columns["is_ood"] = self.is_ood
        return pandas.DataFrame(columns)

    def _figures(self) -> dict[str, Floats]:
        """[B, K] each, of those that there are, by their columns' titles."""
        low, high = self.interval or (None, None)
        figures = {
            "mean": self._mean,
            "std": _root(self._variance),
            "noise_std": _root(self.noise_variance),
            "predictive_std": self.predictive_std,
            "low": low,
            "high": high,
        }
        return {
            title: numbers for title, numbers in figures.items() if numbers is not None
        }

    def _shown_sets(self) -> list[tuple[str | int, ...]]:
        """Of the classes' names, or of their numbers where they have none."""
        is_named = self.class_names is not None
        return [
            tuple(self.output_names[i] if is_named else int(i) for i in row)
            for row in self.prediction_sets or ()
        ]


def _root(numbers: Floats | None) -> Floats | None:
    return None if numbers is None else np.sqrt(numbers)


def _asked(name: str, value: T | None) -> T:
    if value is None:
        raise ValueError(f"{name} was not asked for: name it in `outputs`")
    return value

"""What an answer says about the truth of a row, from what networks say about it and
from what the manifest knows: intervals of a regression, sets of a classification."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from hypergan_client.errors import failed_precondition, invalid_argument
from hypergan_client.model import LabelCalibration, Manifest
from hypergan_client.prediction import Doubles, Floats, Integers, Interval


def check_coverage(coverage: float, manifest: Manifest) -> None:
    """InvalidArgumentError unless 0 < coverage < 1; FailedPreconditionError where the
    checkpoint cannot give it."""
    if not 0 < coverage < 1:
        raise invalid_argument(
            "coverage: expected a number above 0 and below 1, as 0.95, "
            f"got {coverage:g}"
        )
    if manifest.is_classification:
        least_probability(manifest.label_calibration, coverage)
    elif not manifest.noise_deviation:
        raise failed_precondition(
            "coverage: this checkpoint does not know the noise of its targets; train "
            "it with validation or calibration rows for intervals"
        )


def noise_variance(manifest: Manifest, rows: int) -> Doubles:
    """[rows, K]: aleatoric; the same for each row."""
    row = np.square(np.array(manifest.noise_deviation, np.float64))
    return np.tile(row, (rows, 1))


def central_interval(mean: Floats, variance: Floats, coverage: float) -> Interval:
    """Of normal distributions; `variance` is the predictive one."""
    # From the lower end, where float64 has more digits than near 1.
    half_width = -NormalDist().inv_cdf((1 - coverage) / 2)
    reach = half_width * np.sqrt(variance.astype(np.float64))
    return Interval(
        (mean - reach).astype(np.float32), (mean + reach).astype(np.float32)
    )


def least_probability(labels: LabelCalibration | None, coverage: float) -> float:
    """That a class of a prediction set has: split conformal prediction with the score
    1 - p[label]. FailedPreconditionError without a calibration of labels, or of too few
    rows for so high a coverage."""
    if labels is None:
        raise failed_precondition(
            "coverage: this checkpoint has no calibration of labels; train it with "
            "calibration rows for prediction sets"
        )
    # Of n rows the one of rank ceil((n + 1) coverage).
    rank = math.ceil((labels.rows + 1) * coverage)
    if rank > labels.rows:
        least = math.ceil(coverage / (1 - coverage) - 1e-9)
        raise failed_precondition(
            f"coverage: {coverage:g} takes {least:g} calibration rows or more, this "
            f"checkpoint has {labels.rows}"
        )
    # The first quantile of at least that rank.
    count = len(labels.quantiles)
    place = math.ceil(rank * count / labels.rows)
    return 1 - labels.quantiles[min(max(place, 1), count) - 1]


def prediction_sets(probabilities: Floats, least: float) -> tuple[Integers, ...]:
    """The classes of at least that probability, most probable first; where there are
    none, the most probable one."""
    order = np.argsort(-probabilities, axis=-1, kind="stable").astype(np.int32)
    counts = (probabilities.astype(np.float64) >= least).sum(axis=-1)
    return tuple(row[: max(1, count)] for row, count in zip(order, counts))

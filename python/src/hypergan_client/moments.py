"""The figures of an ensemble from what its networks say, in float64."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from hypergan_client.model import Calibration
from hypergan_client.prediction import Booleans, Doubles, Scores

# With fewer networks there is no ood_score unless so few were calibrated with.
LEAST_UNCALIBRATED_NETWORKS = 10


class Moments:
    """Mean, variance and entropy over networks that come piece by piece."""

    def __init__(
        self, rows: int, outputs: int, is_classification: bool, temperature: float = 1.0
    ) -> None:
        self.networks = 0
        self.mean: Doubles = np.zeros((rows, outputs))  # before the temperature
        self._temperature = temperature
        self._squares: Doubles = np.zeros((rows, outputs))  # of deviations, summed
        self._entropies: Doubles = np.zeros(rows)  # summed
        self._is_classification = is_classification

    def add(self, outputs: Doubles) -> None:
        """Of more networks: [n, B, K], probabilities or values."""
        count = len(outputs)
        mean = outputs.mean(axis=0)
        total = self.networks + count
        # Chan, Golub, LeVeque 1983.
        step = mean - self.mean
        self._squares += ((outputs - mean) ** 2).sum(axis=0)
        self._squares += step**2 * (self.networks * count / total)
        self.mean = self.mean + step * (count / total)
        if self._is_classification:
            self._entropies += entropy(outputs).sum(axis=0)
        self.networks = total

    def answered(self) -> Doubles:
        """[B, K]: the mean, after the pool's temperature."""
        if self._temperature == 1:
            return self.mean
        with np.errstate(divide="ignore"):  # a probability of 0 stays 0
            return softmax(np.log(self.mean) / self._temperature)

    def variance(self) -> Doubles:
        """[B, K]: unbiased; 0 for one network."""
        return self._squares / max(self.networks - 1, 1)

    def largest_standard_error(self) -> float | None:
        if self.networks < 2:
            return None
        return math.sqrt(float(self.variance().max()) / self.networks)

    def scores(self, calibration: Calibration | None) -> Scores:
        rows = len(self.mean)
        nothing: Doubles = np.full(rows, np.nan)
        several = self.networks > 1
        figures = {
            "predictive_entropy": nothing,
            "expected_entropy": nothing,
            "mutual_information": nothing,
            "total_variance": self.variance().sum(axis=-1) if several else nothing,
            "max_probability": nothing,
        }
        if self._is_classification:
            answered = self.answered()
            expected = self._entropies / self.networks
            figures["predictive_entropy"] = entropy(answered)
            figures["expected_entropy"] = expected
            figures["max_probability"] = answered.max(axis=-1)
            if several:
                epistemic = entropy(self.mean) - expected
                figures["mutual_information"] = np.maximum(epistemic, 0)
        unusual = nothing
        if calibration is not None and calibration.primary_score in figures:
            primary = figures[calibration.primary_score]
            unusual = ood_scores(calibration, self.networks, primary)
        return Scores(**figures, ood_score=unusual)


def softmax(logits: npt.NDArray[np.floating]) -> Doubles:
    """Along the last axis."""
    doubles = logits.astype(np.float64)
    powers = np.exp(doubles - doubles.max(axis=-1, keepdims=True))
    result: Doubles = powers / powers.sum(axis=-1, keepdims=True)
    return result


def entropy(probabilities: Doubles) -> Doubles:
    """Along the last axis; 0 log 0 is 0."""
    positive = np.where(probabilities > 0, probabilities, 1.0)
    result: Doubles = -(positive * np.log(positive)).sum(axis=-1)
    return result


def ood_scores(calibration: Calibration, networks: int, primary: Doubles) -> Doubles:
    """[B]: the share of calibration rows below each, itself counted as one more.

    Between two numbers of networks that were calibrated the smaller share counts;
    above the greatest, that of the greatest. NaN for fewer than the least.
    """
    numbers = calibration.quantiles.keys()
    if networks < min(LEAST_UNCALIBRATED_NETWORKS, *numbers):
        return np.full_like(primary, np.nan)
    fewer = sorted(number for number in numbers if number <= networks)
    more = sorted(number for number in numbers if number >= networks)
    shares = [
        _share_below(calibration, number, primary)
        for number in {*fewer[-1:], *more[:1]}
    ]
    return np.where(np.isnan(primary), np.nan, np.minimum.reduce(shares))


def is_ood(calibration: Calibration, scores: Doubles) -> Booleans | None:
    """None if no row could reach the threshold, for lack of calibration rows."""
    rows = _rows(calibration)
    if rows / (rows + 1) < calibration.threshold or np.isnan(scores).any():
        return None
    return np.asarray(scores >= calibration.threshold, np.bool_)


def _rows(calibration: Calibration) -> int:
    """Manifests of others may not say how many rows gave the quantiles."""
    return calibration.rows or len(next(iter(calibration.quantiles.values())))


def _share_below(calibration: Calibration, networks: int, primary: Doubles) -> Doubles:
    quantiles = np.array(calibration.quantiles[networks])
    rows = _rows(calibration)
    below = np.searchsorted(quantiles, primary, side="left")
    rank = -(-below * rows // len(quantiles))  # of the quantile among all rows
    return rank / (rows + 1.0)

"""What rows that a model was not trained on tell of it, as fields of its manifest."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from hypergan_client.local import LocalModel
from hypergan_client.model import DEFAULT_THRESHOLD
from hypergan_client.prediction import Doubles, Floats, Prediction

# Numbers of networks to calibrate with, besides the default; the trainer's.
CALIBRATED_NETWORKS = (2, 3, 5, 10, 20, 50, 100)
QUANTILES = 1000  # most, with the default number of networks
OTHER_QUANTILES = 200
# The calibration rows are asked in so many groups, each of networks of its own.
GROUPS = 20
LEAST_ROWS = 19  # with fewer no row reaches the threshold
LEAST_SHARE_OF_ERROR = 0.01  # that is noise, of deviations; the trainer's


def calibration(model: LocalModel, rows: Floats) -> dict[str, Any]:
    """The manifest's field: quantiles of the rows' primary scores."""
    if len(rows) < LEAST_ROWS:
        raise ValueError(
            f"calibration_inputs: expected at least {LEAST_ROWS} rows that the model "
            f"was not trained on, got {len(rows)}"
        )
    manifest = model.manifest
    kind = manifest.is_classification
    primary = "predictive_entropy" if kind else "total_variance"
    default = _default_networks(model)
    others = [number for number in CALIBRATED_NETWORKS if number != default]
    answers = _asked(model, rows, default, ["scores"])
    other_networks = [
        {
            "networks": other,
            "quantiles": quantiles(
                _scores(_asked(model, rows, other, ["scores"]), primary),
                OTHER_QUANTILES,
            ),
        }
        for other in others
    ]
    # What the server counts besides the primary score.
    other_scores = {
        name: quantiles(_scores(answers, name), OTHER_QUANTILES)
        for name in (("mutual_information", "total_variance") if kind else ())
    }
    return {
        "primary_score": primary,
        "rows": len(rows),
        "threshold": DEFAULT_THRESHOLD,
        "networks": default,
        "quantiles": quantiles(_scores(answers, primary), QUANTILES),
        "other_networks": other_networks,
        **({"other_scores": other_scores} if other_scores else {}),
    }


def quantiles(scores: Doubles, most: int) -> list[float]:
    """At most so many order statistics: the i-th of m at rank ceil(i n / m)."""
    count = min(most, len(scores))
    ranks = -(-np.arange(1, count + 1) * len(scores) // count)
    return [float(score) for score in np.sort(scores)[ranks - 1]]


def label_calibration(
    model: LocalModel, rows: Floats, labels: npt.ArrayLike
) -> dict[str, Any]:
    """The manifest's field: quantiles of 1 - p[label]. Labels are numbers of classes,
    one for each row."""
    classes = model.manifest.num_outputs
    numbers = np.asarray(labels)
    if (
        numbers.shape != (len(rows),)
        or not np.issubdtype(numbers.dtype, np.integer)
        or not ((numbers >= 0) & (numbers < classes)).all()
    ):
        raise ValueError(
            f"calibration_targets: expected {len(rows)} whole numbers in "
            f"0..{classes - 1}, one class for each row, got others"
        )
    answers = _asked(model, rows, _default_networks(model), ["mean"])
    mean = np.concatenate([answer.mean for answer in answers]).astype(np.float64)
    scores = 1 - mean[np.arange(len(rows)), numbers]
    return {
        "rows": len(rows),
        "quantiles": quantiles(scores.clip(0, 1), QUANTILES),
    }


def noise_deviation(
    model: LocalModel, rows: Floats, targets: npt.ArrayLike
) -> list[float]:
    """The manifest's field, for each output: noise^2 is the mean of
    (truth - mean)^2 - variance. Targets are [B, K], or [B] for one output."""
    outputs = model.manifest.num_outputs
    truth = np.asarray(targets, np.float64)
    if truth.ndim == 1 and outputs == 1:
        truth = truth[:, np.newaxis]
    if truth.shape != (len(rows), outputs) or not np.isfinite(truth).all():
        raise ValueError(
            f"calibration_targets: expected finite numbers {[len(rows), outputs]}, the "
            f"true values of each row, got {list(truth.shape)}"
        )
    answers = _asked(model, rows, _default_networks(model), ["mean", "variance"])
    mean = np.concatenate([answer.mean for answer in answers])
    variance = np.concatenate([answer.variance for answer in answers])
    error = ((truth - mean) ** 2).mean(axis=0)
    noise = error - variance.mean(axis=0, dtype=np.float64)
    least = error * LEAST_SHARE_OF_ERROR**2
    return [float(number) for number in np.sqrt(np.maximum(noise, least))]


def input_range(rows: Floats) -> dict[str, list[float]]:
    """The manifest's field: of each channel of images or column of a table."""
    values = rows.reshape(len(rows), rows.shape[1], -1)
    return {
        "least": values.min(axis=(0, 2)).tolist(),
        "greatest": values.max(axis=(0, 2)).tolist(),
    }


def _default_networks(model: LocalModel) -> int:
    """One network has no variance."""
    return max(2, model.manifest.default_num_networks)


def _scores(answers: list[Prediction], name: str) -> Doubles:
    return np.concatenate([getattr(answer.scores, name) for answer in answers])


def _asked(
    model: LocalModel, rows: Floats, networks: int, outputs: list[str]
) -> list[Prediction]:
    """One row's request is one of many: groups of rows meet networks of their own."""
    groups = np.array_split(rows, min(GROUPS, len(rows)))
    return [
        model.predict(group, networks=networks, seed=seed, outputs=outputs)
        for seed, group in enumerate(groups)
    ]

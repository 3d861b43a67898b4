"""A served or loaded model in scikit-learn's shape, for its metrics and plots.

    classifier = EnsembleClassifier(client, model="fashion-mnist", networks=100, seed=1)
    classifier.predict_proba(pictures)

`source` is a Client or a LocalModel. Rows may be flat, as scikit-learn has them. With
a seed each call asks the same networks.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

from hypergan_client.client import Client
from hypergan_client.local import LocalModel
from hypergan_client.model import Manifest
from hypergan_client.prediction import Booleans, Floats, Integers, Prediction


class _Ensemble(BaseEstimator):
    def __init__(
        self,
        source: Client | LocalModel,
        *,
        model: str = "",
        networks: int | None = None,
        seed: int | None = None,
    ) -> None:
        self.source = source
        self.model = model
        self.networks = networks
        self.seed = seed

    def fit(self, X: Any, y: Any = None) -> Any:  # noqa: N803
        raise TypeError(
            "fit: the model is trained already; train with hypergan-trainer"
        )

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def ask(self, X: npt.ArrayLike, **options: Any) -> Prediction:  # noqa: N803
        """The whole answer about the rows."""
        rows = np.asarray(X, np.float32)
        shape = self._manifest().input_shape
        if rows.ndim == 2 and rows.shape[1] == np.prod(shape):
            rows = rows.reshape(-1, *shape)
        options = {"networks": self.networks, "seed": self.seed, **options}
        if isinstance(self.source, LocalModel):
            return self.source.predict(rows, **options)
        return self.source.predict(rows, model=self.model, **options)

    def _manifest(self) -> Manifest:
        if isinstance(self.source, LocalModel):
            return self.source.manifest
        return self.source._describe(self.model).manifest


class EnsembleClassifier(ClassifierMixin, _Ensemble):
    """Classes are their numbers, 0 to K - 1; `score` is the accuracy."""

    @property
    def classes_(self) -> npt.NDArray[np.int64]:
        return np.arange(self._manifest().num_outputs)

    def predict_proba(self, X: npt.ArrayLike) -> Floats:  # noqa: N803
        """[B, K]: the mean over the networks."""
        return self.ask(X, outputs=["mean"]).mean

    def predict(self, X: npt.ArrayLike) -> Integers:  # noqa: N803
        """[B]: the likeliest classes."""
        classes = self.ask(X, outputs=["classes"]).classes
        if classes is None:
            raise ValueError("EnsembleClassifier: expected a classification's model")
        return classes

    def predict_set(
        self,
        X: npt.ArrayLike,  # noqa: N803
        coverage: float = 0.95,
    ) -> Booleans:
        """[B, K]: whether a class is in a row's prediction set."""
        sets = self.ask(X, outputs=["classes"], coverage=coverage).prediction_sets
        if sets is None:
            raise ValueError("EnsembleClassifier: expected a classification's model")
        result = np.zeros((len(sets), self._manifest().num_outputs), np.bool_)
        for row, classes in zip(result, sets):
            row[classes] = True
        return result


class EnsembleRegressor(RegressorMixin, _Ensemble):
    """`score` is R squared."""

    def predict(
        self,
        X: npt.ArrayLike,  # noqa: N803
        return_std: bool = False,
    ) -> Any:
        """[B], or [B, K] for several outputs: the mean over the networks, and with
        `return_std` the deviation over them: epistemic, not where the truth is."""
        answer = self.ask(X, outputs=["mean", "variance"])
        mean, deviation = answer.mean, answer.std
        if mean.shape[1] == 1:
            mean, deviation = mean[:, 0], deviation[:, 0]
        return (mean, deviation) if return_std else mean

    def predict_interval(
        self,
        X: npt.ArrayLike,  # noqa: N803
        coverage: float = 0.95,
    ) -> tuple[Floats, Floats]:
        """The low and the high end of where the truth will be, in the shape of the
        mean: predictive, with the noise of the data."""
        interval = self.ask(X, outputs=["mean"], coverage=coverage).interval
        if interval is None:
            raise ValueError("EnsembleRegressor: expected a regression's model")
        low, high = interval
        return (low[:, 0], high[:, 0]) if low.shape[1] == 1 else (low, high)

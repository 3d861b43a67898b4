"""Predictions with their uncertainty, from a hypergan-server or from a checkpoint.

`Client` and `AsyncClient` ask a server. `hypergan_client.local` asks a checkpoint
without one, `hypergan_client.estimator` gives either scikit-learn's shape, and
`hypergan_client.pack` makes checkpoints of other people's ensembles.
"""

from hypergan_client.aio import AsyncClient
from hypergan_client.channel import Tls
from hypergan_client.client import Client
from hypergan_client.errors import (
    CancelledError,
    DeadlineExceededError,
    FailedPreconditionError,
    HyperganError,
    InternalError,
    InvalidArgumentError,
    NotFoundError,
    PermissionDeniedError,
    ResourceExhaustedError,
    UnauthenticatedError,
    UnavailableError,
)
from hypergan_client.input_range import InputRangeWarning
from hypergan_client.model import (
    Calibration,
    InputRange,
    LabelCalibration,
    Manifest,
    Model,
)
from hypergan_client.prediction import Interval, Prediction, Scores, Timing

__all__ = [
    "AsyncClient",
    "Calibration",
    "CancelledError",
    "Client",
    "DeadlineExceededError",
    "FailedPreconditionError",
    "HyperganError",
    "InputRange",
    "InputRangeWarning",
    "InternalError",
    "Interval",
    "InvalidArgumentError",
    "LabelCalibration",
    "Manifest",
    "Model",
    "NotFoundError",
    "PermissionDeniedError",
    "Prediction",
    "ResourceExhaustedError",
    "Scores",
    "Timing",
    "Tls",
    "UnauthenticatedError",
    "UnavailableError",
]

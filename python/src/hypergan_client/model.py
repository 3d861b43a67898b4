"""What a model says of itself."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FORMAT_VERSION = 1
MAX_MEMBERS = 10_000
DEFAULT_NUM_NETWORKS = 100
DEFAULT_THRESHOLD = 0.95


@dataclass(frozen=True)
class Calibration:
    """The primary scores of held-out rows: what an ood_score is compared with."""

    primary_score: str
    rows: int
    threshold: float
    # Ascending quantiles of the primary score by the number of networks; those that
    # the others are compared with come first.
    quantiles: Mapping[int, tuple[float, ...]]


@dataclass(frozen=True)
class LabelCalibration:
    """What prediction sets are made from: 1 - p[label] of held-out rows."""

    rows: int
    # Ascending, the i-th of m at rank ceil(i rows / m). A server tells none.
    quantiles: tuple[float, ...] = ()


@dataclass(frozen=True)
class InputRange:
    """The least and the greatest value of the training rows, of each channel of
    images or column of a table."""

    least: tuple[float, ...]
    greatest: tuple[float, ...]


@dataclass(frozen=True)
class Manifest:
    """The facts that a checkpoint states of itself (docs/checkpoint.md)."""

    task: str  # "classification" or "regression"
    noise_size: int
    input_shape: tuple[int, ...]  # of one row
    num_outputs: int
    # What the first noise number picks one of, and nothing else (docs/noise.md).
    members: int = 1
    # Classification: of the mean over networks, softmax(log(mean) / temperature).
    pool_temperature: float = 1.0
    class_names: tuple[str, ...] = ()
    default_num_networks: int = DEFAULT_NUM_NETWORKS
    target_network: str = ""
    calibration: Calibration | None = None
    # Of a regression: the deviation of the truth that the inputs do not determine
    # (aleatoric), K numbers; () where it is not known, and then no intervals.
    noise_deviation: tuple[float, ...] = ()
    # Of a classification; None: no prediction sets.
    label_calibration: LabelCalibration | None = None
    input_range: InputRange | None = None  # None: no warnings of inputs out of range
    input_names: tuple[str, ...] = ()  # of a table's columns, or none
    output_names: tuple[str, ...] = ()  # of a regression's values, or none
    provenance: Mapping[str, str] = field(default_factory=dict)
    validation: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_classification(self) -> bool:
        return self.task == "classification"

    @property
    def names_of_outputs(self) -> tuple[str, ...]:
        """K: of the classes or of the values, else their numbers."""
        numbers = tuple(map(str, range(self.num_outputs)))
        return self.class_names or self.output_names or numbers

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """Reads manifest.json; ValueError says what is wrong with it."""
        try:
            fields = json.loads(text)
            version = fields["format_version"]
            if version != FORMAT_VERSION:
                raise ValueError(
                    f"format_version: expected {FORMAT_VERSION}, got {version}"
                )
            networks = fields.get("default_num_networks", DEFAULT_NUM_NETWORKS)
            task = _task(fields["task"])
            input_shape = tuple(map(int, fields["input_shape"]))
            outputs = int(fields["num_outputs"])
            return cls(
                task=task,
                noise_size=int(fields["noise_size"]),
                input_shape=input_shape,
                num_outputs=outputs,
                members=_members(fields),
                pool_temperature=_pool_temperature(fields, task),
                class_names=tuple(map(str, fields.get("class_names", ()))),
                default_num_networks=int(networks),
                target_network=_name(fields.get("target_network", "")),
                calibration=_calibration(fields, networks),
                noise_deviation=_noise_deviation(fields, task, outputs),
                label_calibration=_label_calibration(fields, task),
                input_range=_input_range(fields, input_shape),
                input_names=tuple(map(str, fields.get("input_names", ()))),
                output_names=tuple(map(str, fields.get("output_names", ()))),
                provenance=fields.get("provenance", {}),
                validation=fields.get("validation", {}),
            )
        except KeyError as missing:
            raise ValueError(f"manifest: expected the field {missing}") from missing
        except (TypeError, AttributeError, ValueError) as error:
            raise ValueError(f"manifest: {error}") from error


@dataclass(frozen=True)
class Model:
    """A model that a server serves."""

    name: str
    version: str
    manifest: Manifest
    manifest_json: str
    # Limits of one request; 0 from a server that does not tell.
    max_networks: int  # N
    max_rows: int  # B
    max_row_networks: int = 0  # B times N
    max_request_bytes: int = 0
    max_response_bytes: int = 0


def _task(task: str) -> str:
    if task not in ("classification", "regression"):
        raise ValueError(f"task: expected classification or regression, got {task!r}")
    return task


def _name(target_network: Any) -> str:
    """A manifest has the network's name, or its description."""
    if isinstance(target_network, dict):
        return str(target_network.get("name", ""))
    return str(target_network)


def _numbers(values: Any) -> tuple[float, ...]:
    """Finite ones; TypeError or ValueError for others."""
    numbers = tuple(map(float, values))
    if not all(map(math.isfinite, numbers)):
        raise ValueError("expected finite numbers, got others")
    return numbers


def _pool_temperature(fields: Mapping[str, Any], task: str) -> float:
    temperature = float(fields.get("pool_temperature", 1.0))
    most = 64.0
    known = task == "classification" and 1 / most <= temperature <= most
    if temperature != 1 and not known:
        raise ValueError(
            "pool_temperature: expected 1/64..64 of a classification, "
            f"got {temperature}"
        )
    return temperature


def _members(fields: Mapping[str, Any]) -> int:
    members = int(fields.get("members", 1))
    if not 1 <= members <= MAX_MEMBERS:
        raise ValueError(f"members: expected 1..{MAX_MEMBERS}, got {members}")
    return members


def _noise_deviation(
    manifest: dict[str, Any], task: str, outputs: int
) -> tuple[float, ...]:
    noise = _numbers(manifest.get("noise_deviation", ()))
    if noise and (task != "regression" or len(noise) != outputs or min(noise) < 0):
        raise ValueError(
            "noise_deviation: expected a number of at least 0 for each of the outputs "
            f"of a regression, got {len(noise)} numbers"
        )
    return noise


def _label_calibration(manifest: dict[str, Any], task: str) -> LabelCalibration | None:
    fields = manifest.get("label_calibration")
    if fields is None:
        return None
    labels = LabelCalibration(int(fields["rows"]), _numbers(fields["quantiles"]))
    ascending = sorted((0.0, *labels.quantiles, 1.0))
    if (
        task != "classification"
        or not 1 <= len(labels.quantiles) <= labels.rows
        or ascending != [0.0, *labels.quantiles, 1.0]
    ):
        raise ValueError(
            "label_calibration: expected, for a classification, rows and at most as "
            "many ascending quantiles in 0..1"
        )
    return labels


def _input_range(
    manifest: dict[str, Any], input_shape: tuple[int, ...]
) -> InputRange | None:
    fields = manifest.get("input_range")
    if fields is None:
        return None
    least, greatest = _numbers(fields["least"]), _numbers(fields["greatest"])
    if not least and not greatest:
        return None
    size = input_shape[0]
    is_valid = len(least) == len(greatest) == size
    if not is_valid or any(low > high for low, high in zip(least, greatest)):
        raise ValueError(
            f"input_range: expected {size} finite numbers in least and in greatest, "
            "none above its partner"
        )
    return InputRange(least, greatest)


def _calibration(manifest: dict[str, Any], networks: int) -> Calibration | None:
    fields = manifest.get("calibration")
    if fields is None:
        return None
    quantiles = {int(fields.get("networks", networks)): tuple(fields["quantiles"])}
    for other in fields.get("other_networks", ()):
        quantiles[int(other["networks"])] = tuple(other["quantiles"])
    return Calibration(
        primary_score=str(fields["primary_score"]),
        rows=int(fields["rows"]),
        threshold=float(fields.get("threshold", DEFAULT_THRESHOLD)),
        quantiles=quantiles,
    )

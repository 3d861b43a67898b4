"""What a model says of itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FORMAT_VERSION = 1
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
class Manifest:
    """The facts that a checkpoint states of itself (docs/checkpoint.md)."""

    task: str  # "classification" or "regression"
    noise_size: int
    input_shape: tuple[int, ...]  # of one row
    num_outputs: int
    class_names: tuple[str, ...] = ()
    default_num_networks: int = DEFAULT_NUM_NETWORKS
    target_network: str = ""
    calibration: Calibration | None = None
    provenance: Mapping[str, str] = field(default_factory=dict)
    validation: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_classification(self) -> bool:
        return self.task == "classification"

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
            return cls(
                task=_task(fields["task"]),
                noise_size=int(fields["noise_size"]),
                input_shape=tuple(map(int, fields["input_shape"])),
                num_outputs=int(fields["num_outputs"]),
                class_names=tuple(map(str, fields.get("class_names", ()))),
                default_num_networks=int(networks),
                target_network=_name(fields.get("target_network", "")),
                calibration=_calibration(fields, networks),
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
    max_networks: int  # of a request
    max_rows: int  # of a request


def _task(task: str) -> str:
    if task not in ("classification", "regression"):
        raise ValueError(f"task: expected classification or regression, got {task!r}")
    return task


def _name(target_network: Any) -> str:
    """A manifest has the network's name, or its description."""
    if isinstance(target_network, dict):
        return str(target_network.get("name", ""))
    return str(target_network)


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

"""What every packed checkpoint has: a manifest, a calibration, and a check."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from hypergan_client.local import MANIFEST, LocalModel
from hypergan_client.model import DEFAULT_NUM_NETWORKS, DEFAULT_THRESHOLD, Manifest
from hypergan_client.prediction import Doubles, Floats
from hypergan_client.rows import as_rows

# Numbers of networks to calibrate with, besides the default; the trainer's.
CALIBRATED_NETWORKS = (2, 3, 5, 10, 20, 50, 100)
QUANTILES = 1000  # most, with the default number of networks
OTHER_QUANTILES = 200
# The calibration rows are asked in so many groups, each of networks of its own.
GROUPS = 20
LEAST_ROWS = 19  # with fewer no row reaches the threshold
MAX_NOISE_SIZE = 65_536
TOLERANCE = 1e-4


@dataclass(frozen=True)
class Facts:
    """What the caller says of the model."""

    task: str
    input_shape: Sequence[int]
    class_names: Sequence[str] = ()
    default_num_networks: int = DEFAULT_NUM_NETWORKS
    calibration_inputs: npt.ArrayLike | None = None
    provenance: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        if self.task not in ("classification", "regression"):
            raise ValueError(
                f"task: expected classification or regression, got {self.task!r}"
            )


def write_checkpoint(
    folder: str | os.PathLike[str],
    module: torch.nn.Module,
    noise_size: int,
    facts: Facts,
    name: str,
) -> Path:
    """Writes `folder`/model.pt, calibrated and checked; the path of the file.

    `folder` is a version of a model in a repository, as models/digits/1.
    """
    path = Path(folder) / "model.pt"
    if path.exists():
        raise FileExistsError(f"{path}: expected a new version, found a checkpoint")
    if not 1 <= noise_size <= MAX_NOISE_SIZE:
        raise ValueError(
            f"noise: expected at most {MAX_NOISE_SIZE} random numbers for a network, "
            f"got {noise_size}"
        )
    scripted = torch.jit.script(module.eval())
    outputs = _check(scripted, noise_size, facts)
    fields: dict[str, Any] = {
        "format_version": 1,
        "task": facts.task,
        "noise_size": noise_size,
        "input_shape": list(facts.input_shape),
        "num_outputs": outputs,
        "class_names": list(facts.class_names),
        "default_num_networks": facts.default_num_networks,
        "target_network": name,
        "provenance": dict(facts.provenance or {}),
    }
    if facts.calibration_inputs is not None:
        model = LocalModel(scripted, Manifest.from_json(json.dumps(fields)))
        rows = as_rows(facts.calibration_inputs, model.manifest.input_shape)
        fields["calibration"] = calibration(model, rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        torch.jit.save(
            scripted, str(unfinished), _extra_files={MANIFEST: json.dumps(fields)}
        )
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return path


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
    default = max(2, manifest.default_num_networks)
    others = [number for number in CALIBRATED_NETWORKS if number != default]
    scores = {
        networks: _primary_scores(model, rows, networks, primary)
        for networks in (default, *others)
    }
    return {
        "primary_score": primary,
        "rows": len(rows),
        "threshold": DEFAULT_THRESHOLD,
        "networks": default,
        "quantiles": quantiles(scores[default], QUANTILES),
        "other_networks": [
            {"networks": other, "quantiles": quantiles(scores[other], OTHER_QUANTILES)}
            for other in others
        ],
    }


def quantiles(scores: Doubles, most: int) -> list[float]:
    """At most so many order statistics: the i-th of m at rank ceil(i n / m)."""
    count = min(most, len(scores))
    ranks = -(-np.arange(1, count + 1) * len(scores) // count)
    return [float(score) for score in np.sort(scores)[ranks - 1]]


def frozen(module: torch.nn.Module, input_shape: Sequence[int]) -> torch.nn.Module:
    """A copy for TorchScript, in evaluation mode: scripted, or traced if its Python
    cannot be scripted. ValueError if it then says something else."""
    module = copy.deepcopy(module).to("cpu", torch.float32).eval()
    for parameter in module.parameters():
        parameter.requires_grad_(False)
    example = torch.rand(3, *input_shape)
    try:
        compiled = torch.jit.script(module)
    except Exception:  # TorchScript raises what it likes
        compiled = torch.jit.trace(module, example, check_trace=False)
    for rows in (1, 3):
        expect_same(
            compiled(example[:rows]), module(example[:rows]), "the compiled network"
        )
    return compiled


def expect_same(got: torch.Tensor, expected: torch.Tensor, what: str) -> None:
    scale = max(1.0, float(expected.abs().max()))
    if got.shape != expected.shape:
        raise ValueError(
            f"{what}: expected answers {list(expected.shape)}, got {list(got.shape)}"
        )
    difference = float((got - expected).abs().max())
    if not difference <= TOLERANCE * scale:
        raise ValueError(
            f"{what}: expected the answers of the module, got others: they differ by "
            f"{difference:.3g}"
        )


def _primary_scores(
    model: LocalModel, rows: Floats, networks: int, primary: str
) -> Doubles:
    """One row's request is one of many: groups of rows meet networks of their own."""
    groups = np.array_split(rows, min(GROUPS, len(rows)))
    answers = [
        model.predict(group, networks=networks, seed=seed, outputs=["scores"])
        for seed, group in enumerate(groups)
    ]
    return np.concatenate([getattr(answer.scores, primary) for answer in answers])


def _check(scripted: Any, noise_size: int, facts: Facts) -> int:
    """Asks three networks about two rows, as the server will; K."""
    noise = torch.randn(3, noise_size, generator=torch.Generator().manual_seed(1))
    inputs = torch.rand(2, *facts.input_shape)
    with torch.inference_mode():
        answers = scripted(inputs, noise)
        if answers.dim() != 3 or tuple(answers.shape[:2]) != (3, 2):
            raise ValueError(
                "module: expected answers [B, K] about rows "
                f"{['B', *facts.input_shape]}, got {list(answers.shape[1:])} for 2 rows"
            )
        if not bool(torch.isfinite(answers).all()):
            raise ValueError("module: expected finite answers, got some that are not")
        alone = scripted(inputs[1:], noise[2:])
    expect_same(alone, answers[2:, 1:], "one network asked alone about one row")
    outputs = int(answers.shape[2])
    if facts.class_names and len(facts.class_names) != outputs:
        raise ValueError(
            f"class_names: expected {outputs}, one for each output, "
            f"got {len(facts.class_names)}"
        )
    return outputs

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
from hypergan_client.model import DEFAULT_NUM_NETWORKS, Manifest
from hypergan_client.pack.calibration import (
    calibration,
    input_range,
    label_calibration,
    noise_deviation,
)
from hypergan_client.rows import as_rows

MAX_NOISE_SIZE = 65_536
MAX_RANGES = 10_000  # columns; a manifest has at most 1 MiB
TOLERANCE = 1e-4


@dataclass(frozen=True)
class Facts:
    """What the caller says of the model."""

    task: str
    input_shape: Sequence[int]
    class_names: Sequence[str] = ()
    default_num_networks: int = DEFAULT_NUM_NETWORKS
    calibration_inputs: npt.ArrayLike | None = None
    calibration_targets: npt.ArrayLike | None = None
    train_inputs: npt.ArrayLike | None = None
    provenance: Mapping[str, str] | None = None
    # Of a regression's targets, where no calibration targets tell.
    noise_deviation: float | None = None

    def __post_init__(self) -> None:
        if self.task not in ("classification", "regression"):
            raise ValueError(
                f"task: expected classification or regression, got {self.task!r}"
            )
        if self.calibration_targets is not None and self.calibration_inputs is None:
            raise ValueError(
                "calibration_targets: expected together with calibration_inputs, got "
                "no inputs"
            )


def write_checkpoint(
    folder: str | os.PathLike[str],
    module: torch.nn.Module,
    noise_size: int,
    facts: Facts,
    name: str,
    members: int = 1,
) -> Path:
    """Writes `folder`/model.pt, calibrated and checked; the path of the file.

    `folder` is a version of a model in a repository, as models/digits/1. `members`:
    what the first noise number picks one of, and nothing else; networks are then
    drawn so that each is as frequent as any (docs/noise.md).
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
        **({"members": members} if members > 1 else {}),
        "input_shape": list(facts.input_shape),
        "num_outputs": outputs,
        "class_names": list(facts.class_names),
        "default_num_networks": facts.default_num_networks,
        "target_network": name,
        "provenance": dict(facts.provenance or {}),
    }
    model = LocalModel(scripted, Manifest.from_json(json.dumps(fields)))
    fields.update(_held_out_fields(model, facts))
    fields.update(_range_fields(facts))
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


def _held_out_fields(model: LocalModel, facts: Facts) -> dict[str, Any]:
    """Of the manifest: what the calibration rows tell."""
    manifest = model.manifest
    fields: dict[str, Any] = {}
    if facts.noise_deviation is not None and not manifest.is_classification:
        fields["noise_deviation"] = [
            float(facts.noise_deviation)
        ] * manifest.num_outputs
    if facts.calibration_inputs is None:
        return fields
    rows = as_rows(facts.calibration_inputs, manifest.input_shape)
    fields["calibration"] = calibration(model, rows)
    targets = facts.calibration_targets
    if targets is None:
        return fields
    if manifest.is_classification:
        fields["label_calibration"] = label_calibration(model, rows, targets)
    else:
        fields["noise_deviation"] = noise_deviation(model, rows, targets)
    return fields


def _range_fields(facts: Facts) -> dict[str, Any]:
    """Of the manifest: the range of all rows that the caller gives."""
    if facts.input_shape[0] > MAX_RANGES:
        return {}
    shape = tuple(facts.input_shape)
    given = [
        as_rows(rows, shape)
        for rows in (facts.train_inputs, facts.calibration_inputs)
        if rows is not None
    ]
    return {"input_range": input_range(np.concatenate(given))} if given else {}


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

"""Laplace's approximation of the last layer (MacKay 1992; Daxberger et al. 2021).

The posterior of the last layer's weights is a normal distribution around the trained
ones. Its precision is the generalised Gauss-Newton matrix of the loss over the training
rows, plus the precision of the prior.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from hypergan_client.model import DEFAULT_NUM_NETWORKS
from hypergan_client.pack.checkpoint import (
    Facts,
    expect_same,
    frozen,
    write_checkpoint,
)
from hypergan_client.pack.networks import LastLayer
from hypergan_client.rows import as_rows

MAX_WEIGHTS = 4096  # of the last layer; the checkpoint has a matrix of their square
_ROWS = 1000  # at once


def last_layer_laplace(
    module: torch.nn.Module,
    train_inputs: npt.ArrayLike,
    folder: str | os.PathLike[str],
    *,
    task: str,
    input_shape: Sequence[int],
    prior_precision: float = 1.0,
    noise_deviation: float | None = None,
    class_names: Sequence[str] = (),
    calibration_inputs: npt.ArrayLike | None = None,
    calibration_targets: npt.ArrayLike | None = None,
    default_num_networks: int = DEFAULT_NUM_NETWORKS,
    provenance: Mapping[str, str] | None = None,
) -> Path:
    """Writes `folder`/model.pt, whose networks differ in their last layer.

    The last torch.nn.Linear of the module must give its answers. `train_inputs` are the
    rows that it was trained on. `prior_precision` is the weight decay in units of the
    summed loss; a smaller one gives wider distributions. `noise_deviation` is that of a
    regression's targets, 1 if none is named; intervals are made from it, or from
    `calibration_targets`. See `ensemble` for the other arguments.
    """
    likelihood_deviation = 1.0 if noise_deviation is None else noise_deviation
    for what, number in (
        ("prior_precision", prior_precision),
        ("noise_deviation", likelihood_deviation),
    ):
        if not (np.isfinite(number) and number > 0):
            raise ValueError(f"{what}: expected a number above 0, got {number}")
    facts = Facts(
        task,
        input_shape,
        class_names,
        default_num_networks,
        calibration_inputs,
        calibration_targets,
        train_inputs,
        {"method": "last-layer Laplace", **(provenance or {})},
        noise_deviation,
    )
    features, layer = _split(module, input_shape)
    rows = torch.from_numpy(as_rows(train_inputs, tuple(input_shape)))
    precision = _gauss_newton(features, layer, rows, facts.task, likelihood_deviation)
    precision += prior_precision * torch.eye(len(precision), dtype=torch.float64)
    # With precision = C C', the inverse of C' has the covariance as its square.
    cholesky = torch.linalg.cholesky(precision)
    identity = torch.eye(len(precision), dtype=torch.float64)
    root = torch.linalg.solve_triangular(cholesky.T, identity, upper=True)
    packed = LastLayer(features, layer, root.to(torch.float32))
    return write_checkpoint(
        folder, packed, len(precision), facts, type(module).__name__
    )


def _split(
    module: torch.nn.Module, input_shape: Sequence[int]
) -> tuple[torch.nn.Module, torch.Tensor]:
    """All but the last linear layer, and that: [K, D + 1], the bias at the end."""
    module = copy.deepcopy(module).to("cpu", torch.float32).eval()
    names = [
        name
        for name, layer in module.named_modules()
        if isinstance(layer, torch.nn.Linear)
    ]
    if not names or not names[-1]:
        raise ValueError("module: expected layers before a last torch.nn.Linear")
    last = module.get_submodule(names[-1])
    weight = last.weight.detach()
    bias = torch.zeros(len(weight)) if last.bias is None else last.bias.detach()
    layer = torch.cat([weight, bias.unsqueeze(1)], dim=1)
    if layer.numel() > MAX_WEIGHTS:
        raise ValueError(
            f"the last layer: expected at most {MAX_WEIGHTS} weights, "
            f"got {layer.numel()}"
        )
    example = torch.rand(3, *input_shape)
    with torch.no_grad():
        expected = module(example)
        parent, _, own = names[-1].rpartition(".")
        setattr(module.get_submodule(parent), own, torch.nn.Identity())
        features = frozen(module, input_shape)
        found = features(example)
        if found.dim() != 2 or found.shape[1] != weight.shape[1]:
            raise ValueError(
                "module: expected its last torch.nn.Linear to give its answers"
            )
        expect_same(found @ weight.T + bias, expected, f"the layer {names[-1]}")
    return features, layer


def _gauss_newton(
    features: torch.nn.Module,
    layer: torch.Tensor,
    rows: torch.Tensor,
    task: str,
    noise_deviation: float,
) -> torch.Tensor:
    """float64 [K (D + 1), K (D + 1)], summed over the rows."""
    outputs, size = layer.shape
    total = torch.zeros(outputs, size, outputs, size, dtype=torch.float64)
    with torch.inference_mode():
        for piece in rows.split(_ROWS):
            found = features(piece).to(torch.float64)
            ones = torch.ones(len(found), 1, dtype=torch.float64)
            found = torch.cat([found, ones], dim=1)
            if task == "regression":
                # The same for each output, and none between two.
                square = found.T @ found / noise_deviation**2
                for k in range(outputs):
                    total[k, :, k, :] += square
                continue
            p = torch.softmax(found @ layer.T.to(torch.float64), dim=1)
            for k in range(outputs):
                for m in range(k, outputs):
                    weight = p[:, k] * (float(k == m) - p[:, m])
                    block = found.T @ (weight.unsqueeze(1) * found)
                    total[k, :, m, :] += block
                    if m != k:
                        total[m, :, k, :] += block
    return total.reshape(outputs * size, outputs * size).clone()

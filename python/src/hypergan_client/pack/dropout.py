"""MC dropout: a network's dropout layers stay on; a network is one set of masks."""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy.typing as npt
import torch

from hypergan_client.model import DEFAULT_NUM_NETWORKS
from hypergan_client.pack.checkpoint import Facts, expect_same, write_checkpoint
from hypergan_client.pack.networks import Masked

_OF_UNITS = (torch.nn.Dropout,)
_OF_CHANNELS = (torch.nn.Dropout1d, torch.nn.Dropout2d, torch.nn.Dropout3d)


def mc_dropout(
    module: torch.nn.Module,
    folder: str | os.PathLike[str],
    *,
    task: str,
    input_shape: Sequence[int],
    class_names: Sequence[str] = (),
    calibration_inputs: npt.ArrayLike | None = None,
    calibration_targets: npt.ArrayLike | None = None,
    train_inputs: npt.ArrayLike | None = None,
    default_num_networks: int = DEFAULT_NUM_NETWORKS,
    provenance: Mapping[str, str] | None = None,
) -> Path:
    """Writes `folder`/model.pt, whose networks each keep one mask for all rows.

    The masks are those of the layers torch.nn.Dropout, Dropout1d, 2d and 3d; all else
    is in evaluation mode. The network is traced: what it does must not depend on the
    numbers in its inputs. See `ensemble` for the arguments.
    """
    masked = _Network(module)
    example = torch.rand(3, *input_shape)
    with torch.no_grad():
        bounds, scales = masked.look(example)
        masks = scales.clone()
        traced = torch.jit.trace(masked, (example, masks), check_trace=False)
        other = torch.rand_like(masks)
        for rows in (1, 3):
            expect_same(
                traced(example[:rows], other),
                masked(example[:rows], other),
                "the traced network",
            )
    facts = Facts(
        task,
        input_shape,
        class_names,
        default_num_networks,
        calibration_inputs,
        calibration_targets,
        train_inputs,
        {"method": "MC dropout", **(provenance or {})},
    )
    return write_checkpoint(
        folder,
        Masked(traced, bounds, scales),
        len(bounds),
        facts,
        type(module).__name__,
    )


class _Masks:
    """The masks of a call, in the order in which the layers take theirs."""

    def __init__(self) -> None:
        self.probabilities: list[torch.Tensor] = []  # as they are looked at
        self.masks: torch.Tensor | None = None
        self.at = 0


class _Mask(torch.nn.Module):
    """In the place of a dropout layer."""

    def __init__(self, layer: torch.nn.Module, masks: _Masks) -> None:
        super().__init__()
        self._probability = float(layer.p)
        self._of_channels = isinstance(layer, _OF_CHANNELS)
        self._masks = masks

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        shape = list(inputs.shape[1:])
        if self._of_channels:
            shape[1:] = [1] * len(shape[1:])
        masks = self._masks
        size = torch.Size(shape).numel()
        if masks.masks is None:
            masks.probabilities.append(torch.full((size,), self._probability))
            return inputs
        mask = masks.masks[masks.at : masks.at + size].view(shape)
        masks.at += size
        return inputs * mask


class _Network(torch.nn.Module):
    """The module with masks as a second argument, all in one row."""

    def __init__(self, module: torch.nn.Module) -> None:
        super().__init__()
        self._masks = _Masks()
        self.module = copy.deepcopy(module).to("cpu", torch.float32).eval()
        for name, layer in list(self.module.named_modules()):
            if isinstance(layer, _OF_UNITS + _OF_CHANNELS):
                if layer.p >= 1:
                    raise ValueError(f"{name}: expected a dropout below 1, got 1")
                parent, _, own = name.rpartition(".")
                mask = _Mask(layer, self._masks)
                setattr(self.module.get_submodule(parent), own, mask)
        for parameter in self.module.parameters():
            parameter.requires_grad_(False)

    def look(self, example: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Bounds of the noise and scales of the kept, one for each unit."""
        self._masks.masks = None
        self.module(example)
        if not self._masks.probabilities:
            raise ValueError(
                "module: expected layers torch.nn.Dropout that its forward calls, "
                "got none"
            )
        dropped = torch.cat(self._masks.probabilities).to(torch.float64)
        bounds = torch.special.ndtri(1 - dropped).to(torch.float32)
        return bounds, (1 / (1 - dropped)).to(torch.float32)

    def forward(self, inputs: torch.Tensor, masks: torch.Tensor) -> torch.Tensor:
        self._masks.masks = masks
        self._masks.at = 0
        outputs: torch.Tensor = self.module(inputs)
        return outputs

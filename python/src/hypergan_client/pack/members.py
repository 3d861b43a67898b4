"""A deep ensemble: k state dicts of one network."""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy.typing as npt
import torch

from hypergan_client.model import DEFAULT_NUM_NETWORKS
from hypergan_client.pack.checkpoint import Facts, frozen, write_checkpoint
from hypergan_client.pack.networks import Members


def ensemble(
    module: torch.nn.Module,
    state_dicts: Sequence[Mapping[str, Any]],
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
    """Writes `folder`/model.pt, whose networks are the members, picked by their noise.

    `module` takes rows in the units of the data and gives logits [B, K], or the values
    of a regression. `calibration_inputs` are at least 19 rows that no member was
    trained on; without them there is no ood_score. `calibration_targets` are the truth
    about these: values [B, K] of a regression, from which its noise is estimated, or
    numbers of classes [B]. Without them there are no intervals and no prediction sets.
    Rows far outside the range of `train_inputs` and `calibration_inputs` are warned of.
    """
    if not state_dicts:
        raise ValueError("state_dicts: expected at least one, got none")
    members = []
    for state in state_dicts:
        member = copy.deepcopy(module)
        member.load_state_dict(state)
        members.append(frozen(member, input_shape))
    facts = Facts(
        task,
        input_shape,
        class_names,
        default_num_networks,
        calibration_inputs,
        calibration_targets,
        train_inputs,
        {"method": "deep ensemble", "members": str(len(members)), **(provenance or {})},
    )
    name = type(module).__name__
    return write_checkpoint(folder, Members(members), 1, facts, name, len(members))

"""The models that the tests ask: networks that another program wrote."""

import numpy as np
import scripted
import torch
from noise import draw_noise

INPUT_SHAPE = scripted.INPUT_SHAPE
CLASS_NAMES = ("ash", "birch", "cedar", "date")
CALIBRATION = {
    "primary_score": "predictive_entropy",
    "rows": 40,
    "quantiles": list(np.linspace(0.9, 1.38, 40)),
    "networks": 20,
    "other_networks": [
        {"networks": 5, "quantiles": list(np.linspace(0.8, 1.38, 20))},
        {"networks": 100, "quantiles": list(np.linspace(0.95, 1.38, 40))},
    ],
}


class Slow(scripted.ScriptedHyperGan):
    """Long enough at work for a deadline to come meanwhile."""

    @torch.jit.export
    def predict(
        self, inputs: torch.Tensor, weights: list[torch.Tensor]
    ) -> torch.Tensor:
        hidden = torch.tanh(weights[0].matmul(inputs.flatten(1).t()))
        for _ in range(1000):
            hidden = torch.tanh(hidden)
        return weights[1].matmul(hidden).transpose(1, 2).contiguous()


def write_slow_model(folder):
    scripted.write_checkpoint(
        folder / "slow" / "1" / "model.pt",
        module=Slow(),
        fields=scripted.manifest(default_num_networks=1),
    )
    return folder


def write_models(folder):
    scripted.write_checkpoint(
        folder / "kinds" / "3" / "model.pt",
        fields=scripted.manifest(
            class_names=list(CLASS_NAMES), calibration=CALIBRATION
        ),
    )
    scripted.write_checkpoint(
        folder / "pooled" / "1" / "model.pt",
        fields=scripted.manifest(members=7, pool_temperature=0.6),
    )
    scripted.write_checkpoint(
        folder / "values" / "1" / "model.pt",
        fields=scripted.manifest(task="regression"),
    )
    return folder


NOISE = (0.1, 0.2, 0.0, 1.5)
LABELS = {"rows": 40, "quantiles": list(np.linspace(0.5, 0.85, 40))}
# Of the two channels.
RANGE = {"least": [-1.5, -2.0], "greatest": [1.5, 2.0]}


def write_models_of_truth(folder):
    """A regression `noisy` and a classification `labelled`, which know all about their
    data; and `plain` ones of either task, which know nothing."""
    for name, fields in {
        "noisy": {
            "task": "regression",
            "noise_deviation": list(NOISE),
            "input_range": RANGE,
            "input_names": [f"in {i}" for i in range(6)],
            "output_names": ["a", "b", "c", "d"],
        },
        "labelled": {
            "class_names": list(CLASS_NAMES),
            "label_calibration": LABELS,
            "input_range": RANGE,
        },
        "plain-values": {"task": "regression"},
        "plain-kinds": {},
    }.items():
        scripted.write_checkpoint(
            folder / name / "1" / "model.pt", fields=scripted.manifest(**fields)
        )
    return folder


def said(rows, networks, seed):
    """float32 [N, B, K]: logits or values, by plain Python."""
    noise = torch.from_numpy(draw_noise(seed, 0, networks, scripted.NOISE_SIZE))
    with torch.no_grad():
        return scripted.ScriptedHyperGan()(torch.from_numpy(rows), noise).numpy()

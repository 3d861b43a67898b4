"""A HyperGAN that somebody else wrote: plain Python, scripted, under the contract.

It shares no code with the trainer; the contract is all that they have in common.
"""

import json

import torch

NOISE_SIZE = 6
INPUT_SHAPE = (2, 3)
NUM_OUTPUTS = 4
HIDDEN = 5


class ScriptedHyperGan(torch.nn.Module):
    """Two linear layers for a network with one hidden layer."""

    def __init__(self, seed=0):
        super().__init__()
        draws = torch.Generator().manual_seed(seed)
        inputs = INPUT_SHAPE[0] * INPUT_SHAPE[1]
        self.first = torch.nn.Parameter(
            torch.randn(NOISE_SIZE, HIDDEN * inputs, generator=draws) * 0.4
        )
        self.last = torch.nn.Parameter(
            torch.randn(NOISE_SIZE, NUM_OUTPUTS * HIDDEN, generator=draws) * 0.4
        )

    @torch.jit.export
    def generate(self, noise: torch.Tensor) -> list[torch.Tensor]:
        count = noise.size(0)
        return [
            noise.matmul(self.first).view(count, 5, 6),
            noise.matmul(self.last).view(count, 4, 5),
        ]

    @torch.jit.export
    def predict(
        self, inputs: torch.Tensor, weights: list[torch.Tensor]
    ) -> torch.Tensor:
        rows = inputs.flatten(1).t()  # [6, B]
        hidden = torch.tanh(weights[0].matmul(rows))  # [N, 5, B]
        return weights[1].matmul(hidden).transpose(1, 2).contiguous()

    def forward(self, inputs: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        return self.predict(inputs, self.generate(noise))


class NoiseEcho(torch.nn.Module):
    """Networks that answer every row with their own noise."""

    @torch.jit.export
    def generate(self, noise: torch.Tensor) -> list[torch.Tensor]:
        return [noise]

    @torch.jit.export
    def predict(
        self, inputs: torch.Tensor, weights: list[torch.Tensor]
    ) -> torch.Tensor:
        return weights[0].unsqueeze(1).repeat(1, inputs.size(0), 1)

    def forward(self, inputs: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        return self.predict(inputs, self.generate(noise))


def manifest(**changes):
    """A manifest of the least, with `changes`; None takes a field away."""
    fields = {
        "format_version": 1,
        "task": "classification",
        "noise_size": NOISE_SIZE,
        "input_shape": list(INPUT_SHAPE),
        "num_outputs": NUM_OUTPUTS,
        "default_num_networks": 20,
        "target_network": "somebody's",
    }
    fields.update(changes)
    return {name: value for name, value in fields.items() if value is not None}


def write_checkpoint(path, module=None, fields=None):
    """Saves a module (this one, if none is given) with its manifest."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scripted = torch.jit.script(ScriptedHyperGan() if module is None else module)
    text = json.dumps(manifest() if fields is None else fields)
    torch.jit.save(scripted, str(path), _extra_files={"manifest.json": text})
    return path

"""A checkpoint as a PyTorch user would run it: TorchScript and a few operations."""

import json

import torch

OUTPUTS = ("mean", "variance", "scores")  # of `predict`, in this order


def entropy(probabilities):
    return torch.special.entr(probabilities).sum(-1)


class ScriptedEnsemble:
    """Fresh networks for every call."""

    def __init__(self, checkpoint):
        files = {"manifest.json": ""}
        self._module = torch.jit.load(checkpoint, _extra_files=files).eval()
        self.manifest = json.loads(files["manifest.json"])

    def predict(self, inputs, networks):
        """Mean and variance [B, K] and the scores [B, 5] of inputs [B, ...]."""
        with torch.inference_mode():
            noise = torch.randn(networks, self.manifest["noise_size"])
            weights = self._module.generate(noise)
            outputs = self._module.predict(inputs, weights).softmax(-1)
            mean, variance = outputs.mean(0), outputs.var(0)
            total, expected = entropy(mean), entropy(outputs).mean(0)
            scores = torch.stack(
                [total, expected, total - expected, variance.sum(-1), mean.amax(-1)],
                dim=-1,
            )
            return mean, variance, scores

"""A HyperGAN as data, `model.safetensors`: read and asked by numpy alone.

The file is 8 bytes with the header's size, the header as JSON, and float32 tensors one
after the other. The header's `__metadata__` has the manifest, which describes the
target network; the tensors are the parameters and buffers of mixer and generators.
Nothing in it is executed, so it may come from anybody.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
MAX_HEADER_BYTES = 4 << 20
EPSILON = np.float32(1e-5)  # of the standardisation over networks


def read(path: Path) -> tuple[DescribedModel, str]:
    """The model, and its manifest's text. ValueError for any other file."""
    try:
        metadata, tensors = read_tensors(path)
        manifest = metadata["manifest"]
        return DescribedModel(json.loads(manifest)["target_network"], tensors), manifest
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise ValueError(f"{path}: not a described HyperGAN: {error!r}") from error


def read_tensors(path: Path) -> tuple[dict[str, str], dict[str, Floats]]:
    """The metadata and the tensors of a safetensors file of float32."""
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    if len(data) < 8 or not 2 <= size <= min(MAX_HEADER_BYTES, len(data) - 8):
        raise ValueError(f"{path}: expected a safetensors file, got another")
    header = json.loads(data[8 : 8 + size], object_pairs_hook=_without_repeats)
    metadata = header.pop("__metadata__", {})
    tensors = {}
    end = 0
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        begin, after = entry["data_offsets"]
        shape = entry["shape"]
        numbers = math.prod(shape)
        if entry["dtype"] != "F32" or begin != end or after != begin + 4 * numbers:
            raise ValueError(f"{path}: tensor {name!r} is not float32, or not in place")
        end = after
        place = 8 + size + begin
        if place + 4 * numbers > len(data):
            raise ValueError(f"{path}: expected more bytes than {len(data)}")
        tensors[name] = np.frombuffer(data, "<f4", numbers, place).reshape(shape)
    if 8 + size + end != len(data):
        raise ValueError(f"{path}: expected {8 + size + end} bytes, got {len(data)}")
    return metadata, tensors


class DescribedModel:
    """Mixer, generators and target network: noise to weight sets to outputs."""

    def __init__(self, target: dict[str, Any], tensors: dict[str, Floats]) -> None:
        self.layers = target["layers"]
        self.input_shape = target["input_shape"]
        self.tensors = tensors

    def generate(self, noise: Floats) -> list[Floats]:
        """float32 [N, noise_size] to the weight sets: two arrays [N, ...] a layer."""
        starts = "member_bounds" in self.tensors
        start = (
            np.searchsorted(self.tensors["member_bounds"], noise[:, 0], side="right")
            if starts
            else None
        )
        codes = self._chain("mixer", noise[:, 1:] if starts else noise)
        if "codes_mean" in self.tensors:
            codes = self._standardised("codes", codes)
        codes = codes.reshape(len(noise), len(self.layers), -1)
        weights: list[Floats] = []
        channels = self.input_shape[0]
        for index, layer in enumerate(self.layers):
            flat = self._chain(f"generator{index}", codes[:, index])
            if start is not None:
                flat = flat + self.tensors[f"generator{index}_starts"][start]
            outputs = layer["outputs"]
            kernel, bias = flat[:, :-outputs], flat[:, -outputs:]
            if layer["kind"] == "conv2d":
                side = layer["kernel"]
                kernel = kernel.reshape(len(noise), outputs, side, side, channels)
                kernel = kernel.transpose(0, 1, 4, 2, 3)
                channels = outputs
            else:
                kernel = kernel.reshape(len(noise), outputs, -1)
            weights += [kernel, bias]
        return weights

    def predict(self, inputs: Floats, weights: list[Floats]) -> Floats:
        """float32 [B, ...] and N weight sets to outputs [N, B, K]."""
        get = self.tensors
        rows = (inputs - get["input_mean"]) / get["input_deviation"]
        said = [
            self._ask(rows, [weight[network] for weight in weights])
            for network in range(len(weights[0]))
        ]
        scaled = np.stack(said) * get["output_deviation"] + get["output_mean"]
        return scaled.astype(np.float32)

    def _ask(self, hidden: Floats, weights: list[Floats]) -> Floats:
        """[B, K] of one network."""
        for index, layer in enumerate(self.layers):
            kernel, bias = weights[2 * index : 2 * index + 2]
            if layer["kind"] == "conv2d":
                hidden = _convolved(hidden, kernel, bias, layer["padding"])
                hidden = _pooled(hidden, layer["pool"])
            else:
                if hidden.ndim == 4:  # in the order (height, width, channel)
                    hidden = hidden.transpose(0, 2, 3, 1)
                hidden = hidden.reshape(len(hidden), -1) @ kernel.T + bias
            hidden = _activated(hidden, layer["activation"])
        return hidden

    def _chain(self, name: str, hidden: Floats) -> Floats:
        """Linear layers; without a mixer the noise itself is the codes."""
        if f"{name}_out_weight" not in self.tensors:
            return hidden
        depth = 0
        while f"{name}_{depth}_weight" in self.tensors:
            hidden = self._linear(f"{name}_{depth}", hidden)
            normal = self._standardised(f"{name}_{depth}", hidden)
            scale = self.tensors[f"{name}_{depth}_scale"]
            hidden = np.maximum(
                normal * scale + self.tensors[f"{name}_{depth}_shift"], 0
            )
            depth += 1
        return self._linear(f"{name}_out", hidden)

    def _linear(self, name: str, hidden: Floats) -> Floats:
        weight, bias = self.tensors[f"{name}_weight"], self.tensors[f"{name}_bias"]
        return (hidden @ weight.T + bias).astype(np.float32)

    def _standardised(self, name: str, hidden: Floats) -> Floats:
        mean, variance = self.tensors[f"{name}_mean"], self.tensors[f"{name}_variance"]
        standard: Floats = (hidden - mean) / np.sqrt(variance + EPSILON)
        return standard


def _convolved(images: Floats, kernel: Floats, bias: Floats, padding: int) -> Floats:
    """[B, C, h, w] by [O, C, k, k], stride 1."""
    sides = ((0, 0), (0, 0), (padding, padding), (padding, padding))
    windows = np.lib.stride_tricks.sliding_window_view(
        np.pad(images, sides), kernel.shape[2:], axis=(2, 3)
    )
    summed = np.tensordot(windows, kernel, axes=((1, 4, 5), (1, 2, 3)))
    result: Floats = (summed + bias).transpose(0, 3, 1, 2)
    return result


def _pooled(images: Floats, side: int) -> Floats:
    """The greatest of each side x side; what is left over at the end is cut off."""
    if side == 1:
        return images
    batch, channels, height, width = images.shape
    height, width = height // side, width // side
    cut = images[:, :, : height * side, : width * side]
    pooled: Floats = cut.reshape(batch, channels, height, side, width, side).max((3, 5))
    return pooled


def _activated(hidden: Floats, activation: str) -> Floats:
    if activation == "none":
        return hidden
    if activation == "relu":
        return np.maximum(hidden, 0)
    if activation == "leaky_relu":
        return np.where(hidden > 0, hidden, np.float32(0.01) * hidden)
    if activation == "elu":
        return np.where(hidden > 0, hidden, np.expm1(np.minimum(hidden, 0)))
    raise ValueError(f"target network: unknown activation {activation!r}")


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) != len(pairs):
        raise ValueError("the header has a name twice")
    return names

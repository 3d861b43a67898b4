"""A training that takes seconds: three kinds of 8 x 8 pictures, a small HyperGAN."""

import gzip
import json
import struct

import numpy as np
from programs import program

TARGET = {
    "name": "small",
    "input_shape": [1, 8, 8],
    "layers": [
        {"kind": "conv2d", "outputs": 4, "kernel": 3, "pool": 2, "activation": "relu"},
        {"kind": "linear", "outputs": 3},
    ],
}
CLASSES = 3


def pictures(rows, seed):
    """Bars across, bars down and rings, under noise: bytes [rows, 8, 8], labels."""
    draws = np.random.default_rng(seed)
    labels = draws.integers(0, CLASSES, rows)
    across = np.zeros((8, 8))
    across[::3] = 1
    ring = np.zeros((8, 8))
    ring[2:6, 2:6] = 1
    ring[3:5, 3:5] = 0
    clean = np.stack([across, across.T, ring])[labels]
    noisy = 0.7 * clean + draws.uniform(0, 0.3, clean.shape)
    return (255 * noisy).astype(np.uint8), labels.astype(np.uint8)


def write_idx(path, magic, array):
    with gzip.open(path, "wb") as file:
        file.write(struct.pack(f">{1 + array.ndim}I", magic, *array.shape))
        file.write(array.tobytes())


def write_pictures(folder, first_seed=1):
    """A folder as MNIST's."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed, (split, rows) in enumerate((("train", 600), ("t10k", 200)), first_seed):
        images, labels = pictures(rows, seed)
        write_idx(folder / f"{split}-images-idx3-ubyte.gz", 2051, images)
        write_idx(folder / f"{split}-labels-idx1-ubyte.gz", 2049, labels)
    (folder / "target.json").write_text(json.dumps(TARGET))
    return folder


def train_command(data, repository, *flags, model="small"):
    """The arguments of a run, the later flags winning."""
    return [
        program("hypergan-trainer"),
        "train",
        f"--data={data}",
        f"--target={data / 'target.json'}",
        f"--model_repository={repository}",
        f"--model={model}",
        "--recipe=paper",
        "--device=cpu",
        "--threads=1",
        "--seed=7",
        "--epochs=4",
        "--networks=4",
        "--batch_size=40",
        "--validation_rows=100",
        "--calibration_rows=100",
        "--evaluation_networks=10",
        "--noise_size=16",
        "--mixer_hidden=32",
        "--code_size=8",
        "--generator_hidden=32",
        "--learning_rate=3e-3",
        "--last_learning_rate=1e-3",
        *flags,
    ]

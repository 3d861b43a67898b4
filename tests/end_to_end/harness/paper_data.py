"""Small sets in the formats and under the names of the paper's data."""

import io
import struct
import tarfile
import zlib

import numpy as np
import small_training

CLASSES = [
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
]


def png(pixels):
    """The file of an image, bytes [height, width, 3]."""

    def chunk(kind, data):
        return (
            struct.pack(">I", len(data))
            + kind
            + data
            + struct.pack(">I", zlib.crc32(kind + data))
        )

    height, width, _ = pixels.shape
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def write_digits(folder, seed):
    """Ten kinds of bars under noise, as MNIST's files."""
    folder.mkdir(parents=True)
    draws = np.random.default_rng(seed)
    for split, rows in (("train", 500), ("t10k", 120)):
        labels = draws.integers(0, 10, rows).astype(np.uint8)
        images = draws.integers(0, 60, (rows, 28, 28)).astype(np.uint8)
        for row, label in enumerate(labels):
            images[row, 2 + 2 * label : 5 + 2 * label] += 180
        small_training.write_idx(folder / f"{split}-images-idx3-ubyte.gz", 2051, images)
        small_training.write_idx(folder / f"{split}-labels-idx1-ubyte.gz", 2049, labels)


def write_photographs(folder):
    """Ten kinds of coloured noise, as an archive of CIFAR-10's images."""
    folder.mkdir(parents=True)
    draws = np.random.default_rng(3)
    for split, count in (("train", 70), ("test", 12)):
        with tarfile.open(folder / f"{split}.tar.gz", "w:gz") as archive:
            for label, name in enumerate(CLASSES):
                for number in range(count):
                    pixels = draws.integers(0, 60, (32, 32, 3)).astype(np.uint8)
                    pixels[3 * label : 3 * label + 4] += 150
                    content = png(pixels)
                    entry = tarfile.TarInfo(f"{split}/{name}/{number:04}.png")
                    entry.size = len(content)
                    archive.addfile(entry, io.BytesIO(content))


def write(root):
    write_digits(root / "mnist", seed=1)
    write_digits(root / "notmnist", seed=2)
    write_digits(root / "fashion-mnist", seed=4)
    write_photographs(root / "cifar10-jpeg")
    return root

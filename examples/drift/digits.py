"""The data of docs/drift.md's worked example: scikit-learn's handwritten digits.

    python3 examples/drift/digits.py data FOLDER
    python3 examples/drift/digits.py label FOLDER KEPT

`data` writes to FOLDER what the first version is trained on, digits.npz, and two sets
of 397 other pictures: alike.npz, and darker.npz, the same as a camera with a third of
the light would see them. `label` does what a person would: it labels the rows that the
server has kept in the folder KEPT, and writes digits.npz and them together as
labelled.npz. Half of darker.npz, the rows that nobody labels, becomes check.npz.
"""

import pathlib
import sys

import numpy as np
from sklearn.datasets import load_digits

LIGHT = 0.35
TRAINING, TEST = 1000, 400  # rows


def save(folder, name, pictures, labels, split):
    np.savez(folder / name, **{f"x_{split}": pictures, f"y_{split}": labels})
    print(f"{folder / name}: {len(labels)} pictures")


def write_data(folder):
    folder.mkdir(parents=True, exist_ok=True)
    digits = load_digits()
    order = np.random.default_rng(1).permutation(len(digits.target))
    pictures = (digits.images[order] * 15).astype(np.uint8)
    labels = digits.target[order]
    first, rest = slice(0, TRAINING + TEST), slice(TRAINING + TEST, None)
    np.savez(
        folder / "digits.npz",
        x_train=pictures[first][:TRAINING],
        y_train=labels[first][:TRAINING],
        x_test=pictures[first][TRAINING:],
        y_test=labels[first][TRAINING:],
    )
    save(folder, "alike.npz", pictures[rest], labels[rest], "test")
    darker = (pictures[rest] * LIGHT).astype(np.uint8)
    save(folder, "darker.npz", darker, labels[rest], "test")


def kept_rows(kept):
    """The pixels of all rows that the server has kept, [R, 8, 8] as uint8."""
    rows = []
    for path in sorted(kept.glob("flagged-*.npz")):
        with np.load(path) as arrays:
            rows.append(np.round(255 * arrays["x_test"]).astype(np.uint8))
    return np.concatenate(rows).reshape(-1, 8, 8)


def write_labelled(folder, kept):
    with np.load(folder / "darker.npz") as arrays:
        pictures, labels = arrays["x_test"], arrays["y_test"]
    half = len(labels) // 2  # of them the rows to label
    labelled = {row.tobytes(): label for row, label in zip(pictures[:half], labels)}
    rows = {row.tobytes(): row for row in kept_rows(kept)}
    known = [key for key in rows if key in labelled]
    with np.load(folder / "digits.npz") as arrays:
        old = {name: arrays[name] for name in arrays}
    np.savez(
        folder / "labelled.npz",
        x_train=np.concatenate([old["x_train"], [rows[key] for key in known]]),
        y_train=np.concatenate([old["y_train"], [labelled[key] for key in known]]),
        x_test=old["x_test"],
        y_test=old["y_test"],
    )
    print(f"{folder / 'labelled.npz'}: {len(known)} kept rows and the old ones")
    save(folder, "check.npz", pictures[half:], labels[half:], "test")


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "data":
        write_data(pathlib.Path(sys.argv[2]))
    elif len(sys.argv) == 4 and sys.argv[1] == "label":
        write_labelled(pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]))
    else:
        sys.exit(__doc__)

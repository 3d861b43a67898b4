"""Writes scikit-learn's bundled data as a user would have them: tables and pictures.

    python3 examples/own-data/write.py FOLDER [SEED]

FOLDER gets wine, cancer (classes in the last column), diabetes and friedman
(values) as NAME.train.csv and NAME.test.csv, and digits as PNG files in
digits/train/CLASS and digits/test/CLASS. A quarter of the rows is for testing.
"""

import csv
import pathlib
import sys

import numpy as np
from PIL import Image
from sklearn import datasets
from sklearn.model_selection import train_test_split

CLASSES = {
    "wine": datasets.load_wine,
    "cancer": datasets.load_breast_cancer,
    "digits": datasets.load_digits,
}


def rows_of(name):
    """Inputs [R, F] and targets [R] of one data set."""
    if name in CLASSES:
        return CLASSES[name](return_X_y=True)
    if name == "diabetes":
        return datasets.load_diabetes(return_X_y=True)
    return datasets.make_friedman1(n_samples=1000, noise=1.0, random_state=0)


def split(name, seed):
    """Training inputs, test inputs, training targets, test targets."""
    inputs, targets = rows_of(name)
    return train_test_split(
        inputs,
        targets,
        test_size=0.25,
        random_state=seed,
        stratify=targets if name in CLASSES else None,
    )


def write_table(path, inputs, targets):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        for row, target in zip(inputs, targets):
            writer.writerow([repr(float(x)) for x in row] + [target])


def write_pictures(folder, inputs, labels):
    for number, (row, label) in enumerate(zip(inputs, labels)):
        place = folder / str(label)
        place.mkdir(parents=True, exist_ok=True)
        pixels = np.round(row.reshape(8, 8) * 255 / 16).astype(np.uint8)
        Image.fromarray(pixels).save(place / f"{number:05}.png")


def write_all(folder, seed=0):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("wine", "cancer", "diabetes", "friedman", "digits"):
        train_x, test_x, train_y, test_y = split(name, seed)
        for part, inputs, targets in (
            ("train", train_x, train_y),
            ("test", test_x, test_y),
        ):
            if name == "digits":
                write_pictures(folder / name / part, inputs, targets)
            else:
                write_table(folder / f"{name}.{part}.csv", inputs, targets)


if __name__ == "__main__":
    write_all(sys.argv[1], *map(int, sys.argv[2:]))

"""The trainer's figures held to scikit-learn's, on the rows' scores that it writes."""

import csv
import json
import subprocess

import numpy as np
import pytest
import small_training
from expected import SCORES
from programs import TIMEOUT_S, run

metrics = pytest.importorskip("sklearn.metrics")
calibration = pytest.importorskip("sklearn.calibration")

BINS = 15
NETWORKS = 10


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("metrics")


def write_strange_pictures(folder):
    """Blends of two of the trained kinds, so that the sets overlap; some rows twice."""
    first, _ = small_training.pictures(200, seed=5)
    second, _ = small_training.pictures(200, seed=6)
    blend = (first / 2 + second / 2).astype(np.uint8)
    blend[150:] = blend[:50]
    folder.mkdir()
    for split in ("train", "t10k"):
        small_training.write_idx(folder / f"{split}-images-idx3-ubyte.gz", 2051, blend)
        small_training.write_idx(
            folder / f"{split}-labels-idx1-ubyte.gz", 2049, np.zeros(200, np.uint8)
        )
    return folder


@pytest.fixture(scope="module")
def evaluated(folder):
    """What `evaluate --json` prints and the rows that it writes."""
    data = small_training.write_pictures(folder / "data")
    strange = write_strange_pictures(folder / "strange")
    # One epoch: far from perfect, so that every figure has something to say.
    command = small_training.train_command(data, folder / "models", "--epochs=1")
    subprocess.run(command, check=True, timeout=TIMEOUT_S)
    table = folder / "scores.csv"
    result = run(
        "hypergan-trainer",
        "evaluate",
        f"--checkpoint={folder / 'models/small/1/model.pt'}",
        f"--data={data}",
        f"--ood_data={strange}",
        f"--num_networks={NETWORKS}",
        f"--scores_csv={table}",
        "--json",
        "--device=cpu",
        "--threads=1",
    )
    assert result.returncode == 0, result.stderr
    with open(table, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return json.loads(result.stdout), rows


def of_set(rows, name):
    return [row for row in rows if row["set"] == name]


def column(rows, name):
    return np.array([float(row[name]) for row in rows])


@pytest.fixture(scope="module")
def inside(evaluated):
    """Labels and probabilities of the test rows."""
    rows = of_set(evaluated[1], "inside")
    probabilities = np.stack(
        [column(rows, f"mean_{k}") for k in range(small_training.CLASSES)], axis=1
    )
    return column(rows, "label").astype(int), probabilities


def test_accuracy_and_likelihood(evaluated, inside):
    labels, probabilities = inside
    figures = evaluated[0]["figures"]
    assert figures["accuracy_10"] == pytest.approx(
        metrics.accuracy_score(labels, probabilities.argmax(axis=1)), abs=1e-9
    )
    assert figures["nll"] == pytest.approx(
        metrics.log_loss(labels, probabilities), abs=1e-9
    )


def test_brier_score(evaluated, inside):
    labels, probabilities = inside
    assert evaluated[0]["figures"]["brier"] == pytest.approx(
        sum(
            metrics.brier_score_loss(labels == k, probabilities[:, k])
            for k in range(small_training.CLASSES)
        ),
        abs=1e-9,
    )


def test_calibration_error(evaluated, inside):
    labels, probabilities = inside
    confidence = probabilities.max(axis=1)
    right = (probabilities.argmax(axis=1) == labels).astype(int)
    accuracy, mean = calibration.calibration_curve(right, confidence, n_bins=BINS)
    counts, _ = np.histogram(confidence, bins=BINS, range=(0, 1))
    shares = counts[counts > 0] / len(labels)
    expected = (shares * np.abs(accuracy - mean)).sum()
    assert expected > 0
    assert evaluated[0]["figures"]["ece"] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("score", SCORES)
def test_separation(evaluated, score):
    figures, rows = evaluated
    sets = [of_set(rows, "inside"), of_set(rows, "outside")]
    outside = np.repeat([0, 1], [len(rows) for rows in sets])
    values = np.concatenate([column(rows, score) for rows in sets])
    if score == "max_probability":
        values = -values
    separation = figures["outside"][score]
    near = {"abs": 1e-12}
    auroc = metrics.roc_auc_score(outside, values)
    assert separation["auroc"] == pytest.approx(auroc, **near)
    assert figures["auroc"][score] == pytest.approx(auroc, **near)
    assert separation["aupr_out"] == pytest.approx(
        metrics.average_precision_score(outside, values), **near
    )
    assert separation["aupr_in"] == pytest.approx(
        metrics.average_precision_score(1 - outside, -values), **near
    )
    wrong, right, _ = metrics.roc_curve(outside, values, drop_intermediate=False)
    first = np.argmax(right >= 0.95)
    assert separation["fpr95"] == pytest.approx(wrong[first], **near)
    # The pictures blended to overlap do so: nothing above holds by perfection.
    assert separation["fpr95"] > 0
    assert auroc < 1

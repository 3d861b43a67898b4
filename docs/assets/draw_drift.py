#!/usr/bin/env python3
"""Draws drift.svg: how often the alert for drift is raised, by simulation.

usage, in the repository's root: .venv/bin/python docs/assets/draw_drift.py

Calibration rows and rows of a window are drawn from the same distribution (false
alarms), or some of the window's rows from beyond it (shifts). Scores are as the server
has them:
the share of the calibration rows below, at most 1,000 quantiles of them, counted in the
server's buckets. The bound is that of deploy/prometheus/rules.yml.
"""

import pathlib
import re

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt
import numpy as np

OUTPUT = pathlib.Path(__file__).with_name("drift.svg")
PAGE = pathlib.Path(__file__).parents[1] / "metrics.md"
QUANTILES = 1000
WINDOWS = (200, 500, 1000, 2000, 5000, 10000, 50000)
CALIBRATIONS = (50, 100, 500, 2000)
SHARES = (0.05, 0.1, 0.2, 0.3)
TRIALS = 2000


def buckets():
    (bounds,) = re.findall(
        r"^\| `hypergan_ood_score_ratio` \| ([0-9., ]+) \|$", PAGE.read_text(), re.M
    )
    return np.array([float(bound) for bound in bounds.split(", ")])[:-1]


BOUNDS = buckets()


def bound(calibration_rows, rows):
    return 0.05 + 1.95 * np.sqrt(1 / rows + 1 / calibration_rows)


def distance(calibration_rows, rows, unusual, draws):
    """Of one window: `unusual` of its rows are beyond all calibration rows."""
    calibration = np.sort(draws.random(calibration_rows))
    count = min(calibration_rows, QUANTILES)
    ranks = np.ceil(np.arange(1, count + 1) * calibration_rows / count).astype(int)
    quantiles = calibration[ranks - 1]
    # A row's score is at most a bound if it is below a certain quantile.
    below = np.floor(BOUNDS * (calibration_rows + 1) * count / calibration_rows + 1e-9)
    edges = np.append(quantiles, 1)[np.minimum(below.astype(int), count)]
    usual = rows - draws.binomial(rows, unusual)
    shares = np.diff(edges, prepend=0, append=1)
    counts = draws.multinomial(usual, np.maximum(shares, 0) / shares.sum())
    return np.abs(np.cumsum(counts)[:-1] / rows - BOUNDS).max()


def raised(calibration_rows, rows, unusual=0.0):
    draws = np.random.default_rng([calibration_rows, rows, int(1000 * unusual)])
    found = [
        distance(calibration_rows, rows, unusual, draws) > bound(calibration_rows, rows)
        for _ in range(TRIALS)
    ]
    return np.mean(found)


def main():
    plt.rcParams.update(
        {"svg.hashsalt": "drift", "svg.fonttype": "none", "font.size": 9}
    )
    figure, (false, true) = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
    for calibration_rows in CALIBRATIONS:
        rates = [raised(calibration_rows, rows) for rows in WINDOWS]
        print(f"{calibration_rows} calibration rows, false alarms:", *rates)
        false.plot(WINDOWS, rates, marker="o", ms=3, label=f"{calibration_rows}")
    false.set(
        xscale="log",
        xlabel="rows in the window",
        ylabel="windows that alert",
        title="Rows like the calibration rows",
        ylim=(-0.005, None),
    )
    false.legend(title="calibration rows", frameon=False)
    for share in SHARES:
        rates = [raised(2000, rows, share) for rows in WINDOWS]
        print(f"{share} unusual rows, alarms:", *rates)
        true.plot(WINDOWS, rates, marker="o", ms=3, label=f"{share:.0%}")
    true.set(
        xscale="log",
        xlabel="rows in the window",
        title="Some rows beyond all 2,000 calibration rows",
    )
    true.legend(title="such rows", frameon=False)
    for axes in (false, true):
        axes.grid(alpha=0.3)
    figure.savefig(OUTPUT, metadata={"Date": None})


if __name__ == "__main__":
    main()

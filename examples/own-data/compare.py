"""Trains on scikit-learn's bundled data by the shortest command, beside scikit-learn.

    python3 examples/own-data/compare.py [--seeds=3] [--sets=wine,diabetes] [--bin=DIR]
    python3 examples/own-data/compare.py --seeds=20 --methods=deep-ensemble,mc-dropout

Prints a line for each data set and seed, then the means. For classes: accuracy
and negative log likelihood. For values: root mean square error, and the share of
test values in the 95 % intervals with that share's own 95 % interval (Wilson).
The best of scikit-learn is the best of several common models on the same test
rows, which favours it. With --methods it trains these as well, and says how they
differ from HyperGANs: the mean over seeds, each with a split of its own, +- its
standard error.
"""

import argparse
import json
import math
import pathlib
import subprocess
import tempfile
import warnings

import numpy as np
import write
from sklearn.ensemble import (
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
from sklearn.linear_model import BayesianRidge, LogisticRegression
from sklearn.metrics import log_loss
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

CLASSIFIERS = {
    "logistic regression": lambda: LogisticRegression(max_iter=5000),
    "support vectors": lambda: SVC(probability=True, random_state=0),
    "forest": lambda: RandomForestClassifier(300, random_state=0),
    "neural network": lambda: MLPClassifier((100,), max_iter=1000, random_state=0),
}
# One length scale for each input: the best of them on Friedman 1.
KERNEL = ConstantKernel() * RBF(np.ones(10)) + WhiteKernel()
REGRESSORS = {
    "Bayesian ridge": BayesianRidge,
    "Gaussian process": lambda: GaussianProcessRegressor(KERNEL, normalize_y=True),
    "forest": lambda: RandomForestRegressor(300, random_state=0),
    "boosting": lambda: HistGradientBoostingRegressor(random_state=0),
}


def best_of_scikit_learn(name, seed):
    train_x, test_x, train_y, test_y = write.split(name, seed)
    classifies = name in write.CLASSES
    best = {}
    for make in (CLASSIFIERS if classifies else REGRESSORS).values():
        model = make_pipeline(StandardScaler(), make()).fit(train_x, train_y)
        if classifies:
            accuracy = model.score(test_x, test_y)
            nll = log_loss(test_y, model.predict_proba(test_x))
            best["accuracy"] = max(accuracy, best.get("accuracy", 0))
            best["nll"] = min(nll, best.get("nll", math.inf))
        else:
            rmse = np.sqrt(np.mean((model.predict(test_x) - test_y) ** 2))
            best["rmse"] = min(float(rmse), best.get("rmse", math.inf))
    return best


def train(name, folder, binaries, method="hypergan"):
    """The figures of `evaluate` after the shortest `train`."""
    program = binaries / "hypergan-trainer"
    model = f"{name}-{method}"
    data = folder / (name if name == "digits" else f"{name}.csv")
    labels = ["--csv_labels"] if name in ("wine", "cancer") else []
    subprocess.run(
        [
            *(program, "train", f"--data={data}", f"--model={model}"),
            *(f"--method={method}", *labels),
        ],
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    said = subprocess.run(
        [
            program,
            "evaluate",
            f"--data={data}",
            f"--checkpoint=models/{model}/1/model.pt",
            "--json",
            *labels,
        ],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    answer = json.loads(said.stdout)
    return {**answer["figures"], "rows": answer["rows"]}


def wilson(share, rows, z=1.96):
    """The 95 % interval of a share of `rows` rows."""
    centre = (share + z * z / (2 * rows)) / (1 + z * z / rows)
    half = z * math.sqrt(share * (1 - share) / rows + z * z / (4 * rows**2))
    half /= 1 + z * z / rows
    return centre - half, centre + half


def line(name, ours, theirs):
    if name in write.CLASSES:
        return (
            f"{name:10} accuracy {100 * ours['accuracy_100']:6.2f} %"
            f" (best {100 * theirs['accuracy']:6.2f} %)"
            f"  NLL {ours['nll']:.3f} (best {theirs['nll']:.3f})"
        )
    text = f"{name:10} RMSE {ours['rmse']:.3f} (best {theirs['rmse']:.3f})"
    low, high = wilson(ours["coverage_95"], ours["rows"])
    return (
        f"{text}  95 % intervals hold {100 * ours['coverage_95']:.1f} %"
        f" ({100 * low:.0f} to {100 * high:.0f} %), width {ours['width_95']:.3g}"
    )


def with_error(values):
    error = np.std(values, ddof=1) / math.sqrt(len(values)) if len(values) > 1 else 0
    return f"{np.mean(values):.4g} +- {error:.2g}"


def print_methods(name, by_method):
    """The methods' figures, and what each has more than the first."""
    names = (
        ("accuracy_100", "nll") if name in write.CLASSES else ("rmse", "nll", "crps")
    )
    first = next(iter(by_method.values()))
    for method, figures in by_method.items():
        for key in names:
            # A deep ensemble has no hundred networks.
            values = [each.get(key, each.get("accuracy_10")) for each in figures]
            text = f"{name:10} {method:14} {key:13} {with_error(values):20}"
            if figures is not first:
                more = [a - b[key] for a, b in zip(values, first, strict=True)]
                text += f" more than {next(iter(by_method))}: {with_error(more)}"
            print(text, flush=True)


def mean(figures):
    return {key: float(np.mean([f[key] for f in figures])) for key in figures[0]}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--sets", default="digits,wine,cancer,friedman,diabetes")
    parser.add_argument("--methods", default="", help="beside HyperGANs")
    parser.add_argument("--bin", default="build/release/bin")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)  # of unused inputs
    binaries = pathlib.Path(arguments.bin).resolve()
    for name in arguments.sets.split(","):
        ours, theirs = [], []
        others = {method: [] for method in arguments.methods.split(",") if method}
        for seed in range(arguments.seeds):
            with tempfile.TemporaryDirectory() as folder:
                write.write_all(folder, seed)
                folder = pathlib.Path(folder)
                ours.append(train(name, folder, binaries))
                for method, figures in others.items():
                    figures.append(train(name, folder, binaries, method))
            theirs.append(best_of_scikit_learn(name, seed))
            print(f"seed {seed}  {line(name, ours[-1], theirs[-1])}", flush=True)
        total = {**mean(ours), "rows": sum(f["rows"] for f in ours)}
        print(f"mean    {line(name, total, mean(theirs))}", flush=True)
        if others:
            print_methods(name, {"hypergan": ours, **others})


if __name__ == "__main__":
    main()

"""What an ensemble knows about pictures, as plots: from a server, or a checkpoint.

    pip install './python[local,pandas]' matplotlib
    python examples/python/uncertainty.py --output=plots            # asks a server
    python examples/python/uncertainty.py --output=plots \
        --checkpoint=build/demo/models/fashion-mnist/1 \
        --regression-checkpoint=build/demo/models/regression-1d/1   # asks no server

It asks about test pictures of the kind that the model was trained on and about pictures
from elsewhere, and a regression about numbers. It writes
  mean.png           the mean and the deviation of each class, for two pictures
  risk_coverage.png  the error among the rows that are kept, as fewer are kept
  interval.png       of the regression: where its mean may be (epistemic), and where
                     the truth will be (predictive, with the noise of the data)
It prints how many rows of either kind the ood_score rejects, and for some numbers the
three uncertainties. The regression is left out where a checkpoint alone is named.
"""

import argparse
import gzip
from pathlib import Path

import matplotlib
import numpy as np

from hypergan_client import Client

matplotlib.use("Agg")
import matplotlib.pyplot as plt

FASHION = "/usr/share/datasets/fashion-mnist"
ELSEWHERE = Path(__file__).resolve().parents[1] / "notmnist"
NETWORKS = 100
SEED = 1
COVERAGE = 0.95
NUMBERS = np.linspace(-6, 6, 49)[:, np.newaxis]


def main():
    flags = parse_flags()
    rows = flags.rows
    pictures = read_idx(Path(flags.data) / "t10k-images-idx3-ubyte.gz")[:rows] / 255
    labels = read_idx(Path(flags.data) / "t10k-labels-idx1-ubyte.gz")[:rows]
    others = read_idx(Path(flags.elsewhere) / "t10k-images-idx3-ubyte.gz")[:rows] / 255
    inside, outside = ask(flags, pictures), ask(flags, others)

    flags.output.mkdir(parents=True, exist_ok=True)
    plot_means(flags.output / "mean.png", inside, outside)
    plot_risk(flags.output / "risk_coverage.png", inside, labels)
    print(inside.to_pandas().head())
    for kind, answer in (("the same kind", inside), ("elsewhere", outside)):
        rejected = answer.scores.ood_score >= 0.95
        print(f"{kind}: {rejected.sum()} of {len(rejected)} rows are rejected")
    accepted = inside.scores.ood_score < 0.95
    right = inside.classes == labels
    print(f"accuracy: {right.mean():.4f}, of the accepted {right[accepted].mean():.4f}")

    if flags.checkpoint and not flags.regression_checkpoint:
        return
    answer = ask_regression(flags)
    plot_interval(flags.output / "interval.png", answer)
    for row in range(0, len(NUMBERS), 8):
        print(
            f"f({NUMBERS[row, 0]:.0f}) = {answer.mean[row, 0]:.2f}: "
            f"epistemic +- {answer.std[row, 0]:.2f}, "
            f"aleatoric +- {np.sqrt(answer.noise_variance[row, 0]):.2f}, "
            f"the truth within {answer.interval.low[row, 0]:.2f} "
            f"to {answer.interval.high[row, 0]:.2f}"
        )


def parse_flags():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", default="127.0.0.1:8001")
    parser.add_argument("--model", default="fashion-mnist")
    parser.add_argument("--checkpoint", help="a version's folder; no server is asked")
    parser.add_argument("--regression", default="regression-1d", help="a model")
    parser.add_argument("--regression-checkpoint", help="its version's folder")
    parser.add_argument("--data", default=FASHION, help="a folder as MNIST's")
    parser.add_argument("--elsewhere", default=ELSEWHERE, help="another")
    parser.add_argument("--rows", type=int, default=500, help="at most, of each")
    parser.add_argument("--output", type=Path, default=Path("."))
    return parser.parse_args()


def read_idx(path):
    """The numbers of an IDX file, in its shape."""
    content = gzip.decompress(Path(path).read_bytes())
    axes = content[3]
    shape = np.frombuffer(content, ">i4", axes, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape)


def ask(flags, pictures):
    if flags.checkpoint:
        from hypergan_client import local

        model = local.load(flags.checkpoint)
        return model.predict(pictures, networks=NETWORKS, seed=SEED)
    with Client(flags.server) as client:
        return client.predict(
            pictures, model=flags.model, networks=NETWORKS, seed=SEED, progress=True
        )


def ask_regression(flags):
    asked = {"networks": NETWORKS, "seed": SEED, "coverage": COVERAGE}
    if flags.regression_checkpoint:
        from hypergan_client import local

        return local.load(flags.regression_checkpoint).predict(NUMBERS, **asked)
    with Client(flags.server) as client:
        return client.predict(NUMBERS, model=flags.regression, **asked)


def plot_means(path, inside, outside):
    """The first row of either kind: the mean, and a deviation up and down."""
    figure, axes = plt.subplots(1, 2, sharey=True, figsize=(10, 3.5))
    for axis, answer, kind in zip(
        axes, (inside, outside), ("the same kind", "elsewhere")
    ):
        axis.bar(answer.output_names, answer.mean[0], yerr=answer.std[0], capsize=3)
        axis.tick_params(axis="x", rotation=60)
        axis.set_title(f"{kind}: ood_score {answer.scores.ood_score[0]:.3f}")
    axes[0].set_ylabel("probability")
    save(figure, path)


def plot_risk(path, answer, labels):
    """Rows are kept from the surest on, by either score."""
    figure, axis = plt.subplots(figsize=(5, 3.5))
    wrong = answer.classes != labels
    kept = np.arange(1, len(wrong) + 1)
    for name in ("predictive_entropy", "mutual_information"):
        order = np.argsort(getattr(answer.scores, name))
        axis.plot(kept / len(wrong), np.cumsum(wrong[order]) / kept, label=name)
    axis.set_xlabel("coverage: share of the rows that are kept")
    axis.set_ylabel("risk: share of the kept that are wrong")
    axis.legend()
    save(figure, path)


def plot_interval(path, answer):
    figure, axis = plt.subplots(figsize=(6, 4))
    x, mean = NUMBERS[:, 0], answer.mean[:, 0]
    reach = 1.96 * answer.std[:, 0]  # 95 % of a normal distribution
    low, high = answer.interval.low[:, 0], answer.interval.high[:, 0]
    label = f"where {COVERAGE:.0%} of the truth will be (predictive)"
    axis.fill_between(x, low, high, alpha=0.25, label=label)
    label = "where the mean may be (epistemic)"
    axis.fill_between(x, mean - reach, mean + reach, alpha=0.5, label=label)
    axis.plot(x, mean, label="mean")
    axis.legend()
    save(figure, path)


def save(figure, path):
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    plt.close(figure)


if __name__ == "__main__":
    main()

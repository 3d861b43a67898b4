"""Results of experiments that never ran, with numbers such as a run might give."""

import base64
import json
import math

import numpy as np

SCORES = (
    "predictive_entropy",
    "mutual_information",
    "expected_entropy",
    "total_variance",
    "max_probability",
)
METHODS = (
    ("hypergan", "paper"),
    ("hypergan", "repulsive"),
    ("deep-ensemble", ""),
    ("mc-dropout", ""),
    ("mean-field", ""),
)
SEEDS = (1, 2, 3)
ACCURACY = {"mnist": 0.9899, "cifar-10": 0.758}


def picture(draws, side, channels, caption):
    """A blob under noise."""
    axis = np.linspace(-1, 1, side)
    x0, y0 = draws.uniform(-0.4, 0.4, 2)
    blob = np.exp(-4 * ((axis[:, None] - y0) ** 2 + (axis[None] - x0) ** 2))
    noisy = np.clip(blob + draws.normal(0, 0.08, (side, side)), 0, 1)
    pixels = np.repeat((255 * noisy).astype(np.uint8)[..., None], channels, 2)
    return {
        "height": side,
        "width": side,
        "channels": channels,
        "pixels": base64.b64encode(pixels.tobytes()).decode(),
        "caption": caption,
        "score": float(draws.uniform(0, 2)),
    }


def epochs(draws, count, accuracy, variant):
    """A loss that falls, diversity that rises and falls."""
    scale = {"no-discriminator": 0.4, "no-mixer": 0.05}.get(variant, 1.0)
    rows = []
    for epoch in range(1, count + 1):
        left = math.exp(-epoch / 4)
        jitter = 1 + draws.normal(0, 0.02)
        diversity = scale * jitter * (0.09 + 0.6 * left * (1 - left))
        rows.append(
            {
                "epoch": epoch,
                "figures": {
                    "loss": jitter * (0.02 + 1.5 * left),
                    "nll": jitter * (0.025 + 1.1 * left),
                    "nll_1": jitter * (0.04 + 1.3 * left),
                    "accuracy_1": accuracy - 0.1 * left * jitter,
                    "accuracy_10": accuracy + 0.001 - 0.09 * left * jitter,
                    "accuracy_100": accuracy + 0.002 - 0.085 * left * jitter,
                    "diversity": diversity,
                    "discriminator_loss": 2 * math.log(2) - left,
                    "discriminator_accuracy": min(1, 0.5 + 0.6 * left * jitter),
                    "seconds": 90.0 * epoch,
                },
                "layer_diversity": [diversity * f for f in (0.6, 1.1, 1.6)],
            }
        )
    return rows


def reliability(overconfidence):
    bins = []
    for i in range(15):
        confidence = (i + 0.5) / 15
        empty = confidence < 0.2
        bins.append(
            {
                "confidence": 0 if empty else confidence,
                "accuracy": 0 if empty else confidence**overconfidence,
                "share": 0 if empty else 0.8 if i == 14 else 0.2 / 11,
            }
        )
    return bins


def separation(draws, inside, outside):
    """Of scores of rows inside and outside, worked out the plain way."""
    shares = np.linspace(0, 1, 201)
    thresholds = np.quantile(np.concatenate([inside, outside]), shares)[::-1]
    false_positives = [float((inside >= t).mean()) for t in thresholds]
    true_positives = [float((outside >= t).mean()) for t in thresholds]
    auroc = float((outside[:, None] > inside[None]).mean())
    return {
        "auroc": auroc,
        "aupr_out": min(1, auroc + 0.01),
        "aupr_in": max(0, auroc - 0.01),
        "fpr95": float((inside >= np.quantile(outside, 0.05)).mean()),
        "roc_fpr": [0.0, *false_positives, 1.0],
        "roc_tpr": [0.0, *true_positives, 1.0],
        "inside_quantiles": np.quantile(inside, shares).tolist(),
        "outside_quantiles": np.quantile(outside, shares).tolist(),
    }


def outside(draws, name, rank):
    scores = {}
    for i, score in enumerate(SCORES):
        scale = 0.6 if score == "mutual_information" else 1.0
        inside_scores = scale * np.minimum(draws.exponential(0.06, 800), 2.2)
        outside_scores = scale * 2.3 * draws.beta(1.6 + 0.2 * rank, 2 + 0.1 * i, 800)
        scores[score] = separation(draws, inside_scores, outside_scores)
    return [
        {"outside": name, "inside_rows": 10000, "outside_rows": 9500, "scores": scores}
    ]


def attacks(rank):
    curves = []
    for attack, strength in (("fgsm", 1.0), ("pgd", 2.0)):
        for attacked in ("network", "ensemble"):
            points = []
            for epsilon in (0, 0.01, 0.03, 0.08, 0.1, 0.3, 0.5, 1.0):
                fall = math.exp(-strength * 8 * epsilon)
                seen = (1 - fall) * fall * (1.5 + 0.1 * rank)
                points.append(
                    {
                        "epsilon": epsilon,
                        "accuracy_single": 0.98 * fall,
                        "accuracy_ensemble": 0.99 * fall**0.7,
                        "auroc": {
                            "predictive_entropy": min(1, 0.5 + seen),
                            "mutual_information": min(1, 0.5 + 1.1 * seen),
                        },
                        "mean_score": {
                            "predictive_entropy": 0.05 + 2 * seen,
                            "mutual_information": 0.02 + seen,
                        },
                    }
                )
            curves.append({"attack": attack, "attacked": attacked, "points": points})
    return curves


def regression(draws, rank):
    x = np.linspace(-6, 6, 121)
    inside = np.abs(x) <= 4
    bands = []
    for networks in (10, 100):
        deviation = 2 + (3 + rank) * np.maximum(np.abs(x) - 3.5, 0) ** 1.6
        mean = x**3 - np.where(inside, 0, 0.35) * np.sign(x) * (np.abs(x) - 4) ** 2 * 12
        bands.append(
            {
                "networks": networks,
                "x": x.tolist(),
                "truth": (x**3).tolist(),
                "mean": (mean + draws.normal(0, 0.2)).tolist(),
                "deviation": deviation.tolist(),
            }
        )
    observed = np.sort(draws.uniform(-4, 4, 20))
    return {
        "bands": bands,
        "observations_x": observed.tolist(),
        "observations_y": (observed**3 + draws.normal(0, 3, 20)).tolist(),
        "figures": {
            "rmse_1": 21.4 + float(draws.normal(0, 0.4)) + rank,
            "rmse": 18.2 + float(draws.normal(0, 0.3)) + rank,
            "mean_deviation": 11.7 - rank,
        },
    }


def accuracies(draws, accuracy, rank):
    a = accuracy + 0.001 * rank + float(draws.normal(0, 0.0005))
    gap = 0.3 * (1 - accuracy)
    return {
        "accuracy_1": a,
        "accuracy_1_deviation": 0.002,
        "accuracy_5": a + 0.6 * gap,
        "accuracy_10": a + 0.8 * gap,
        "accuracy_100": a + gap,
        "nll_1": 3.2 * (1 - a),
        "nll": 2.4 * (1 - a),
        "ece": 0.004 + 0.001 * rank,
    }


def result(experiment, method, variant, seed):
    """One run's result.json."""
    rank = METHODS.index((method, variant)) if (method, variant) in METHODS else 0
    draws = np.random.default_rng([seed, rank, len(experiment)])
    made = {
        "experiment": experiment,
        "method": method,
        "variant": variant,
        "seed": seed,
        "date": f"2026-11-2{5 + seed % 3}",
        "command": f"hypergan-trainer experiment {experiment} --method={method}"
        f" --data=DATA/{experiment} --seed={seed}",
        "program_version": "0.2.0",
        "parameters": 31594,
        "device": "cuda" if rank else "cpu",
        "threads": 2,
        "training_seconds": 1490 + 40 * rank + float(draws.normal(0, 20)),
        "core_seconds": 2800 + 70 * rank + float(draws.normal(0, 30)),
        "networks": 100,
        "figures": {},
    }
    if experiment in ACCURACY:
        colour = 3 if experiment.startswith("cifar") else 1
        side = 32 if colour == 3 else 28
        accuracy = ACCURACY[experiment]
        made["figures"] = accuracies(draws, accuracy, rank)
        made["epochs"] = epochs(draws, 13, accuracy, variant)
        made["reliability_single"] = reliability(1.5)
        made["reliability"] = reliability(1.05 + 0.1 * rank)
        made["most_uncertain"] = [
            picture(draws, side, colour, f"{i % 10}, taken for {(i + 3) % 10}")
            for i in range(18)
        ]
        made["least_uncertain"] = [
            picture(draws, side, colour, f"{i % 10}") for i in range(18)
        ]
        made["filters"] = [
            [picture(draws, 5, colour, "") for _ in range(32)] for _ in range(3)
        ]
    elif experiment.startswith("ood"):
        made["outside"] = outside(draws, "notmnist", rank)
    elif experiment == "adversarial":
        made["attacks"] = attacks(rank)
    elif experiment == "diversity":
        made["epochs"] = epochs(draws, 40, 0.75, variant)
    elif experiment == "regression-1d":
        made.update(regression(draws, rank))
    return made


def write_result(folder, made):
    name = made["method"] + (f"-{made['variant']}" if made["variant"] else "")
    path = folder / made["experiment"] / name / str(made["seed"]) / "result.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(made))
    return path


def write_results(folder):
    """Every kind of experiment, method and seed."""
    for experiment in (
        "mnist",
        "cifar-10",
        "ood-mnist",
        "adversarial",
        "regression-1d",
    ):
        for method, variant in METHODS:
            for seed in SEEDS:
                write_result(folder, result(experiment, method, variant, seed))
    for variant in ("full", "no-discriminator", "no-mixer"):
        for seed in SEEDS:
            write_result(folder, result("diversity", "hypergan", variant, seed))
    return folder

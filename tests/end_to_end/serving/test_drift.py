"""Drift by the shipped rules, of pictures of digits through the real server."""

import json
import time
import urllib.parse
import urllib.request

import numpy as np
import pytest
import scripted
import torch
import yaml
from running_prometheus import SHIPPED, RunningPrometheus
from running_server import RunningServer

datasets = pytest.importorskip("sklearn.datasets")
linear_model = pytest.importorskip("sklearn.linear_model")

SIDE, CLASSES, NOISE, NETWORKS = 8, 10, 40, 20
TRAINING, CALIBRATION = 700, 500  # rows; the others, 597, are the traffic
ROUNDS = 4  # over all traffic: some 2,400 rows
(DRIFT,) = [
    rule["expr"]
    for group in yaml.safe_load((SHIPPED / "rules.yml").read_text())["groups"]
    for rule in group["rules"]
    if rule.get("alert") == "HyperganDrift"
]


class NoisyClassifier(torch.nn.Module):
    """Logistic regressions whose coefficients lie around those that were fitted."""

    def __init__(self, weight, bias):
        super().__init__()
        draws = torch.Generator().manual_seed(0)
        self.weight = torch.nn.Parameter(torch.tensor(weight, dtype=torch.float32))
        self.bias = torch.nn.Parameter(torch.tensor(bias, dtype=torch.float32))
        self.spread = torch.nn.Parameter(
            0.05 * torch.randn(NOISE, weight.size, generator=draws)
        )

    @torch.jit.export
    def generate(self, noise: torch.Tensor) -> list[torch.Tensor]:
        change = noise.matmul(self.spread).view(-1, 10, 64)
        return [self.weight + change]

    @torch.jit.export
    def predict(
        self, inputs: torch.Tensor, weights: list[torch.Tensor]
    ) -> torch.Tensor:
        rows = inputs.flatten(1).t()
        return weights[0].matmul(rows).transpose(1, 2) + self.bias

    def forward(self, inputs: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        return self.predict(inputs, self.generate(noise))


def digits():
    """All 1,797 pictures in an order of chance: [R, 8, 8] in [0, 1], and labels."""
    found = datasets.load_digits()
    order = np.random.default_rng(1).permutation(len(found.target))
    pictures = (found.images / 16).astype(np.float32)
    return pictures[order], found.target[order]


def fitted(pictures, labels):
    model = linear_model.LogisticRegression(max_iter=500)
    model.fit(pictures.reshape(len(pictures), -1), labels)
    weight = np.zeros((CLASSES, SIDE * SIDE))
    bias = np.full(CLASSES, -20.0)  # of a class that the training lacked
    weight[model.classes_] = model.coef_
    bias[model.classes_] = model.intercept_
    return NoisyClassifier(weight, bias)


def entropies(model, pictures):
    draws = torch.Generator().manual_seed(3)
    with torch.no_grad():
        noise = torch.randn(NETWORKS, NOISE, generator=draws)
        mean = model(torch.from_numpy(pictures), noise).softmax(-1).mean(0).double()
        return np.sort(-(mean * mean.clamp_min(1e-300).log()).sum(-1).numpy())


def write(folder, name, model, calibration_rows):
    calibration = {
        "primary_score": "predictive_entropy",
        "rows": len(calibration_rows),
        "threshold": 0.95,
        "quantiles": entropies(model, calibration_rows).tolist(),
    }
    fields = scripted.manifest(
        noise_size=NOISE,
        input_shape=[SIDE, SIDE],
        num_outputs=CLASSES,
        default_num_networks=NETWORKS,
        calibration=calibration,
    )
    scripted.write_checkpoint(folder / name / "1" / "model.pt", model, fields)


def noisy(pictures):
    noise = np.random.default_rng(4).normal(0, 0.25, pictures.shape)
    return np.clip(pictures + noise, 0, 1).astype(np.float32)


# What becomes of the traffic to the model of that name.
TRAFFIC = {
    "alike": lambda pictures: pictures,
    "noisy": noisy,
    "darker": lambda pictures: pictures * np.float32(0.5),
    "inverted": lambda pictures: 1 - pictures,
    "unknown-digits": lambda pictures: pictures,
}
SHIFTED = [name for name in TRAFFIC if name != "alike"]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    pictures, labels = digits()
    training = slice(0, TRAINING)
    calibration = pictures[TRAINING : TRAINING + CALIBRATION]
    whole = fitted(pictures[training], labels[training])
    known = labels < 7
    part = fitted(
        pictures[training][known[training]], labels[training][known[training]]
    )
    known_rows = calibration[known[TRAINING : TRAINING + CALIBRATION]]
    for name in TRAFFIC:
        if name == "unknown-digits":
            write(folder, name, part, known_rows)
        else:
            write(folder, name, whole, calibration)
    with RunningServer(folder) as running:
        yield running


@pytest.fixture(scope="module")
def prometheus(server, tmp_path_factory):
    target = urllib.parse.urlparse(server.metrics_url).netloc
    with RunningPrometheus(tmp_path_factory.mktemp("prometheus"), target) as running:
        rest, _ = digits()
        rest = rest[TRAINING + CALIBRATION :]
        for name, change in TRAFFIC.items():
            for _ in range(ROUNDS):
                for rows in np.array_split(change(rest), 4):
                    server.predict(name, np.ascontiguousarray(rows))
        wait_until_recorded(running)
        yield running


def wait_until_recorded(prometheus, timeout=60):
    """Until all traffic has been scraped, and the rules have seen it."""
    deadline = time.monotonic() + timeout
    sent = len(TRAFFIC) * ROUNDS * (1797 - TRAINING - CALIBRATION)
    while prometheus.value("sum(hypergan_ood_score_ratio_count)") != sent:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    later = f"count(timestamp(hypergan:drift_psi) > {time.time() + 0.5})"
    assert prometheus.value(later) == len(TRAFFIC)


def drifts(prometheus, name):
    """Whether the alert's expression holds."""
    found = prometheus.ask("/api/v1/query", query=DRIFT)["result"]
    return name in {series["metric"]["model"] for series in found}


def test_rows_like_the_training_data_raise_nothing(prometheus):
    assert not drifts(prometheus, "alike")


@pytest.mark.parametrize("name", SHIFTED)
def test_a_shift_is_seen_within_the_window(prometheus, name):
    assert drifts(prometheus, name)


@pytest.mark.parametrize("name", TRAFFIC)
def test_the_status_page_says_the_same(server, prometheus, name):
    address = server.metrics_url.replace("/metrics", "/status.json")
    with urllib.request.urlopen(address, timeout=10) as answer:
        models = {model["name"]: model for model in json.load(answer)["models"]}
    told = models[name]["drift"]
    of_model = f'{{model="{name}"}}'
    assert told["ks"] == pytest.approx(
        prometheus.value(f"hypergan:drift_ks{of_model}"), abs=0.02
    )
    assert told["psi"] == pytest.approx(
        prometheus.value(f"hypergan:drift_psi{of_model}"), rel=0.1, abs=0.02
    )

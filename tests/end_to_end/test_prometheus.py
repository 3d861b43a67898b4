"""A real Prometheus scrapes the server and answers about its uncertainty."""

import subprocess
import urllib.parse

import numpy as np
import pytest

import scripted
from programs import REPOSITORY
from running_prometheus import RunningPrometheus
from running_server import RunningServer

ROWS = 5
REQUESTS = 3
HISTOGRAMS = (
    "hypergan_predictive_entropy_nats",
    "hypergan_mutual_information_nats",
    "hypergan_ood_score_ratio",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    repository = tmp_path_factory.mktemp("models")
    calibration = {
        "primary_score": "predictive_entropy",
        "rows": 4,
        "threshold": 0.95,
        "quantiles": [0.1, 0.4, 0.9, 1.3],
    }
    scripted.write_checkpoint(
        repository / "watched" / "1" / "model.pt",
        fields=scripted.manifest(calibration=calibration),
    )
    inputs = np.random.default_rng(2).normal(size=(ROWS, *scripted.INPUT_SHAPE))
    with RunningServer(repository) as running:
        for _ in range(REQUESTS):
            running.predict("watched", inputs.astype(np.float32))
        yield running


@pytest.fixture(scope="module")
def prometheus(server, tmp_path_factory):
    target = urllib.parse.urlparse(server.metrics_url).netloc
    with RunningPrometheus(tmp_path_factory.mktemp("prometheus"), target) as running:
        yield running


@pytest.mark.parametrize("name", HISTOGRAMS)
def test_uncertainty_is_a_histogram_by_model(prometheus, name):
    count = prometheus.value(f'{name}_count{{model="watched",version="1"}}')
    assert count == ROWS * REQUESTS
    whole = f'{name}_bucket{{model="watched",version="1",le="+Inf"}}'
    assert prometheus.value(whole) == count
    median = f'histogram_quantile(0.5, {name}_bucket{{model="watched"}})'
    assert 0 <= prometheus.value(median) <= 10


def test_requests_are_counted_by_code(prometheus):
    query = 'hypergan_requests_total{model="watched",code="OK"}'
    assert prometheus.value(query) == REQUESTS


def test_latency_is_a_histogram(prometheus):
    query = 'hypergan_request_duration_seconds_count{model="watched"}'
    assert prometheus.value(query) == REQUESTS


def test_the_shipped_configuration_is_valid():
    subprocess.run(
        ["promtool", "check", "config", "deploy/prometheus/prometheus.yml"],
        cwd=REPOSITORY,
        check=True,
        timeout=30,
    )


def test_the_metrics_pass_promtools_lint(server):
    result = subprocess.run(
        ["promtool", "check", "metrics"],
        input=server.metrics(),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert result.returncode == 0, result.stderr

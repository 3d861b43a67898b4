"""A real Prometheus scrapes the server and answers about its uncertainty."""

import concurrent.futures
import re
import subprocess
import time
import urllib.parse

import grpc
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


def test_the_page_of_metrics_has_those_that_are_there(server):
    page = (REPOSITORY / "docs/metrics.md").read_text()
    described = dict(
        re.findall(r"^\| `(\w+)` \| (counter|gauge|histogram) \|", page, re.M)
    )
    text = server.metrics()
    told = dict(re.findall(r"^# TYPE (\w+) (\w+)$", text, re.M))
    # Without --capture_flagged, TLS and files that are read again.
    assert set(described) - set(told) == {
        "hypergan_certificate_expiry_timestamp_seconds",
        "hypergan_flagged_files_total",
        "hypergan_reloads_total",
    }
    assert {name: described[name] for name in told} == told


def test_counts_under_load_are_what_clients_sent(server, prometheus):
    """Several clients at once, with good and bad requests; every one is counted."""

    def asked(number):
        rows = 1 + number % 3
        if number % 5 == 0:
            with pytest.raises(grpc.RpcError):
                server.predict("watched", np.zeros((rows, 2), np.float32))
            return 0
        inputs = np.full((rows, *scripted.INPUT_SHAPE), 0.1 * number, np.float32)
        answer = server.predict("watched", inputs, num_networks=10)
        assert answer.num_networks == 10
        return rows

    of_model = '{model="watched",version="1"}'
    names = {
        "ok": 'hypergan_requests_total{model="watched",code="OK"}',
        "refused": 'hypergan_refusals_total{model="watched",reason="shape"}',
        "rows": f"hypergan_rows_total{of_model}",
        "entropy": f"hypergan_predictive_entropy_nats_count{of_model}",
        "classes": 'sum(hypergan_predicted_rows_total{model="watched"})',
        "networks": f"hypergan_ensemble_networks_count{of_model}",
        "batched": f"hypergan_batch_requests_sum{of_model}",
    }
    before = {key: prometheus.value(query) for key, query in names.items()}
    with concurrent.futures.ThreadPoolExecutor(8) as clients:
        rows = list(clients.map(asked, range(200)))
    added = {
        "ok": 160,
        "refused": 40,
        "rows": sum(rows),
        "entropy": sum(rows),
        "classes": sum(rows),
        "networks": 160,
        "batched": 160,
    }
    expected = {key: before[key] + added[key] for key in names}
    deadline = time.monotonic() + 60
    while True:
        counted = {key: prometheus.value(query) for key, query in names.items()}
        if counted == expected:
            break
        assert time.monotonic() < deadline, (counted, expected)
        time.sleep(0.05)
    busy = "hypergan_worker_busy_seconds_total"
    assert (
        0 < prometheus.value(busy) < prometheus.value("process_cpu_seconds_total") + 60
    )


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

"""A real Prometheus scrapes the server and answers about its uncertainty."""

import json
import subprocess
import time
import urllib.parse
import urllib.request

import numpy as np
import pytest

import scripted
from programs import REPOSITORY
from running_process import RunningProcess
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


def ask(address, path, **parameters):
    url = f"http://{address}{path}?{urllib.parse.urlencode(parameters)}"
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)["data"]


@pytest.fixture(scope="module")
def prometheus(server, tmp_path_factory):
    """Its address, once it has scraped the server."""
    folder = tmp_path_factory.mktemp("prometheus")
    target = urllib.parse.urlparse(server.metrics_url).netloc
    shipped = (REPOSITORY / "deploy/prometheus/prometheus.yml").read_text()
    assert "server:8002" in shipped
    config = folder / "prometheus.yml"
    config.write_text(
        shipped.replace("server:8002", target)
        .replace("scrape_interval: 15s", "scrape_interval: 200ms")
        .replace("scrape_timeout: 10s", "scrape_timeout: 200ms")
    )
    arguments = [
        "prometheus",
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'data'}",
        "--web.listen-address=127.0.0.1:0",
        "--log.format=json",
    ]
    with RunningProcess(arguments) as running:
        address = running.wait_for(r'"address":"(127\.0\.0\.1:[1-9]\d*)"')[1]
        wait_until_scraped(address)
        yield address


def wait_until_scraped(address, timeout=60):
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        try:
            if ask(address, "/api/v1/query", query="up == 1")["result"]:
                return
        except OSError:
            pass  # not up itself yet
        time.sleep(0.05)
    raise TimeoutError("Prometheus did not scrape the server")


def value(address, query, timeout=60):
    """A scrape that comes too late leaves nothing until the next one."""
    deadline = time.monotonic() + timeout
    while not (found := ask(address, "/api/v1/query", query=query)["result"]):
        assert time.monotonic() < deadline, f"nothing for {query}"
        time.sleep(0.05)
    (series,) = found
    return float(series["value"][1])


@pytest.mark.parametrize("name", HISTOGRAMS)
def test_uncertainty_is_a_histogram_by_model(prometheus, name):
    count = value(prometheus, f'{name}_count{{model="watched",version="1"}}')
    assert count == ROWS * REQUESTS
    whole = f'{name}_bucket{{model="watched",version="1",le="+Inf"}}'
    assert value(prometheus, whole) == count
    median = f'histogram_quantile(0.5, {name}_bucket{{model="watched"}})'
    assert 0 <= value(prometheus, median) <= 10


def test_requests_are_counted_by_code(prometheus):
    query = 'hypergan_requests_total{model="watched",code="OK"}'
    assert value(prometheus, query) == REQUESTS


def test_latency_is_a_histogram(prometheus):
    query = 'hypergan_request_duration_seconds_count{model="watched"}'
    assert value(prometheus, query) == REQUESTS


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

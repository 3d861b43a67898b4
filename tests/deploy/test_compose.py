"""The files for Compose are valid; their services work together without containers."""

import json
import math
import re
import shutil
import subprocess
import sys
import time
import urllib.parse

import pytest
import scripted
import yaml
from callers import Caller
from certificates import Authority
from programs import REPOSITORY
from running_front import RunningFront
from running_prometheus import RunningPrometheus
from running_server import RunningServer

DEPLOY = REPOSITORY / "deploy"
FILES = ("compose.yaml", "compose.gpu.yaml", "compose.tls.yaml")
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
BOARD = json.loads((DEPLOY / "grafana/ensembles.json").read_text())
RULES = yaml.safe_load((DEPLOY / "prometheus/rules.yml").read_text())
PANELS = [panel for panel in BOARD["panels"] if panel["type"] != "row"]
SHOWN = [
    (f"{panel['title']}: {target['refId']}", target["expr"])
    for panel in PANELS
    for target in panel["targets"]
]
EVERY_RULE = [rule for group in RULES["groups"] for rule in group["rules"]]
QUERIES = SHOWN + [
    (f"{rule.get('alert', rule.get('record'))} {i}", rule["expr"])
    for i, rule in enumerate(EVERY_RULE)
]


# Of a server with tokens or TLS, which Compose's has not.
WITH_SECRETS = {
    "hypergan_certificate_expiry_timestamp_seconds",
    "hypergan_reloads_total",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """With the flags that the compose file gives, on other addresses."""
    repository = tmp_path_factory.mktemp("models")
    calibration = {
        "primary_score": "predictive_entropy",
        "rows": 99,
        "threshold": 0.95,
        "quantiles": [0.1, 0.4, 0.9, 1.3],
    }
    scripted.write_checkpoint(
        repository / "good" / "1" / "model.pt",
        fields=scripted.manifest(calibration=calibration),
    )
    with RunningServer(
        repository, *COMPOSE["services"]["server"]["command"]
    ) as running:
        yield running


@pytest.fixture(scope="module")
def front(server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("front")
    (folder / "tls").mkdir()
    pair = Authority(folder / "authority").sign("front")
    for file, name in zip(pair, ("tls.crt", "tls.key"), strict=True):
        shutil.copy(file, folder / "tls" / name)
    with RunningFront(folder, server.address) as running:
        with Caller(running.address) as client:
            for _ in range(3):
                client.predict()
            with pytest.raises(Exception, match="no model"):
                client.predict("none")
        yield running


@pytest.fixture(scope="module")
def prometheus(server, front, tmp_path_factory):
    folder = tmp_path_factory.mktemp("prometheus")
    target = urllib.parse.urlparse(server.metrics_url).netloc
    with RunningPrometheus(folder, target, front.addresses["metrics"]) as running:
        # So that rates are of something.
        with Caller(front.address) as client:
            for _ in range(2):
                client.predict(seed=1)
                client.predict()
        yield running


@pytest.mark.parametrize("name", FILES)
def test_a_file_has_the_form_of_compose(name):
    subprocess.run(
        [
            *(sys.executable, "-m", "check_jsonschema"),
            *("--builtin-schema", "vendor.compose-spec", DEPLOY / name),
        ],
        check=True,
        capture_output=True,
        timeout=60,
    )


@pytest.mark.parametrize("name", FILES[1:])
def test_an_override_changes_services_that_are_there(name):
    override = yaml.safe_load((DEPLOY / name).read_text())
    assert set(override["services"]) <= set(COMPOSE["services"])


def test_files_that_are_mounted_are_there():
    for service in COMPOSE["services"].values():
        for volume in service.get("volumes", []):
            source = volume if isinstance(volume, str) else volume["source"]
            if source.startswith("./"):
                assert (DEPLOY / source.split(":")[0]).exists(), source


def test_clients_reach_the_front_and_not_the_server():
    services = COMPOSE["services"]
    assert "ports" not in services["server"]
    assert list(services["server"]["networks"]) == ["inside"]
    assert COMPOSE["networks"]["inside"]["internal"]
    for service in services.values():
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:")


def test_images_are_built_by_stages_that_are_there():
    stages = re.findall(
        r"^FROM \S+ AS (\S+)", (REPOSITORY / "Dockerfile").read_text(), re.M
    )
    for name in FILES:
        for service in yaml.safe_load((DEPLOY / name).read_text())["services"].values():
            if "build" in service:
                assert service["build"]["target"] in stages


def test_the_front_reaches_the_server_by_a_name_of_its_network():
    (alias,) = COMPOSE["services"]["server"]["networks"]["inside"]["aliases"]
    shipped = (DEPLOY / "envoy/envoy.yaml").read_text()
    assert f"address: {alias}, port_value: 8001" in shipped


def test_prometheus_finds_server_and_front(prometheus):
    # On a busy machine a scrape in between may be late.
    for job in ("hypergan", "front"):
        assert prometheus.value(f'max_over_time(up{{job="{job}"}}[5m])') == 1
    answered = 'sum(hypergan_requests_total{code="OK"})'
    deadline = time.monotonic() + 60
    while prometheus.value(answered) != 7:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_rules_are_loaded_and_none_fires(prometheus):
    groups = prometheus.ask("/api/v1/rules")["groups"]
    loaded = [rule for group in groups for rule in group["rules"]]
    assert {rule["name"] for rule in loaded} == {
        rule.get("alert", rule.get("record")) for rule in EVERY_RULE
    }
    assert [rule["lastError"] for rule in loaded if "lastError" in rule] == []
    # Some are pending before the first scrape, and after one that came too late.
    deadline = time.monotonic() + 60
    while active := [
        rule["name"]
        for group in prometheus.ask("/api/v1/rules")["groups"]
        for rule in group["rules"]
        if rule.get("state", "inactive") != "inactive"
    ]:
        assert time.monotonic() < deadline, active
        time.sleep(0.05)


@pytest.mark.parametrize("query", [q for _, q in QUERIES], ids=[n for n, _ in QUERIES])
def test_a_query_of_dashboard_or_rules_asks_for_metrics_that_are_there(
    prometheus, query
):
    for variable, value in (("$model", ".*"), ("$__rate_interval", "1m")):
        query = query.replace(variable, value)
    prometheus.ask("/api/v1/query", query=query)
    there = set(prometheus.ask("/api/v1/label/__name__/values"))
    names = set(re.findall(r"\b(?:hypergan|envoy)_\w+", query)) - {"envoy_cluster_name"}
    assert names - WITH_SECRETS <= there


def test_metrics_of_tokens_and_certificates_are_the_servers():
    page = (REPOSITORY / "docs/metrics.md").read_text()
    for name in WITH_SECRETS:
        assert f"| `{name}` |" in page


def wait_for_figures(prometheus, query, timeout=60):
    """The finite values that a query has, once it has some."""
    deadline = time.monotonic() + timeout
    while True:
        found = prometheus.ask("/api/v1/query", query=query)["result"]
        values = [float(series["value"][1]) for series in found]
        finite = [value for value in values if math.isfinite(value)]
        if finite:
            return finite
        assert time.monotonic() < deadline, f"no figure for {query}: {values}"
        time.sleep(0.05)


@pytest.mark.parametrize("query", [q for _, q in SHOWN], ids=[n for n, _ in SHOWN])
def test_no_panel_of_the_dashboard_is_empty(prometheus, query):
    for variable, value in (("$model", ".*"), ("$__rate_interval", "5m")):
        query = query.replace(variable, value)
    assert wait_for_figures(prometheus, query)


def test_a_datasource_of_the_dashboard_is_provided():
    text = (DEPLOY / "grafana/provisioning/datasources/prometheus.yaml").read_text()
    provided = {source["uid"] for source in yaml.safe_load(text)["datasources"]}
    asked = {panel["datasource"]["uid"] for panel in PANELS}
    assert asked == provided

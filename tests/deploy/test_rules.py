"""The rules of Prometheus: each alert has a unit test and a section of the runbook."""

import re
import subprocess

import yaml
from programs import REPOSITORY

RULES = REPOSITORY / "deploy/prometheus/rules.yml"
UNIT_TESTS = REPOSITORY / "tests/deploy/rules_test.yml"


def rules():
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def alerts():
    return {rule["alert"] for rule in rules() if "alert" in rule}


def test_the_unit_tests_of_promtool_pass():
    for command in (["check", "rules", RULES], ["test", "rules", UNIT_TESTS]):
        result = subprocess.run(
            ["promtool", *command],
            capture_output=True,
            text=True,
            timeout=150,
            check=False,
        )
        assert result.returncode == 0, result.stdout + result.stderr


def test_each_alert_is_raised_in_a_unit_test():
    raised = {
        case["alertname"]
        for group in yaml.safe_load(UNIT_TESTS.read_text())["tests"]
        for case in group.get("alert_rule_test", [])
        if case.get("exp_alerts")
    }
    assert raised == alerts()


def test_each_alert_has_a_section_of_the_runbook_that_says_what_to_do():
    text = (REPOSITORY / "docs/runbook.md").read_text()
    sections = dict(re.findall(r"^### (\w+)\n(.*?)(?=^##|\Z)", text, re.M | re.S))
    assert set(sections) == alerts()
    for name, section in sections.items():
        for part in ("**Means.**", "**Look at.**", "**Do.**"):
            assert part in section, name


def buckets(metric):
    """The bounds that the server's table of metrics has."""
    page = (REPOSITORY / "docs/metrics.md").read_text()
    (bounds,) = re.findall(rf"^\| `{metric}` \| ([0-9., e+-]+) \|$", page, re.M)
    return [float(bound) for bound in bounds.split(", ")]


def expression(record):
    (found,) = [rule["expr"] for rule in rules() if rule.get("record") == record]
    return found


def test_the_distance_is_taken_at_every_bound_of_the_servers_buckets():
    pairs = re.findall(
        r'le="([\d.]+)"}} - ([\d.]+)\)'.replace("}}", "}"),
        expression("hypergan:drift_ks"),
    )
    assert all(bound == expected for bound, expected in pairs)
    assert [float(bound) for bound, _ in pairs] + [1] == buckets(
        "hypergan_ood_score_ratio"
    )


def test_the_objective_of_latency_is_a_bound_of_the_servers_buckets():
    (bound,) = set(
        re.findall(r'le="([\d.]+)"', expression("hypergan:slow_ratio:rate1h"))
    )
    assert float(bound) in buckets("hypergan_request_duration_seconds")


def test_the_dashboard_is_what_its_script_writes(tmp_path):
    folder = REPOSITORY / "deploy/grafana"
    script = tmp_path / "write_dashboard.py"
    script.write_text((folder / "write_dashboard.py").read_text())
    subprocess.run(["python3", script], check=True, timeout=30)
    written = (tmp_path / "ensembles.json").read_text()
    assert written == (folder / "ensembles.json").read_text()

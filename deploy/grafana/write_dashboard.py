"""Writes ensembles.json, the dashboard: python3 deploy/grafana/write_dashboard.py.

A panel is a title, what it tells, and its queries with their legends.
"""

import json
import pathlib

FILE = pathlib.Path(__file__).with_name("ensembles.json")
SOURCE = {"type": "prometheus", "uid": "prometheus"}
OF_MODEL = '{model=~"$model"}'
WIDTH, HEIGHT = 12, 8  # of a panel, two in a row of 24


def rate(name, labels=OF_MODEL):
    return f"rate({name}{labels}[$__rate_interval])"


def summed(name, by="", labels=OF_MODEL):
    return f"sum {f'by ({by}) ' if by else ''}({rate(name, labels)})".replace(
        "sum (", "sum("
    )


def quantile(share, name, by=""):
    buckets = summed(f"{name}_bucket", f"le, {by}" if by else "le")
    return f"histogram_quantile({share}, {buckets})"


def mean(name, by=""):
    return f"{summed(f'{name}_sum', by)} / {summed(f'{name}_count', by)}"


def quantiles(name, shares, by=""):
    legend = "{{" + by + "}} " if by else ""
    return [(quantile(q, name, by), f"{legend}p{round(100 * q)}") for q in shares]


def fill(name, what):
    return f"{name}_{what} / {name}_max_{what}"


def hits(store):
    found = summed(f"hypergan_{store}_hits_total", labels="")
    missed = summed(f"hypergan_{store}_misses_total", labels="")
    return f"{found} / ({found} + {missed})"


VERSION = "{{model}} {{version}}"
BY = "model, version"
SECONDS = "hypergan_{}_duration_seconds"

ROWS = {
    "Service": [
        (
            "Requests by code",
            "How many requests a second were answered, by status code.",
            "reqps",
            [(summed("hypergan_requests_total", "code"), "{{code}}")],
        ),
        (
            "Duration of requests",
            "From arrival to answer: half, 95 and 99 in a hundred.",
            "s",
            quantiles(SECONDS.format("request"), (0.5, 0.95, 0.99)),
        ),
        (
            "Where the time goes",
            "Mean seconds of a request: waiting, sampling networks, asking them.",
            "s",
            [
                (mean(SECONDS.format(part)), part)
                for part in ("queue", "sampling", "prediction")
            ],
        ),
        (
            "Utilisation of the worker",
            "The share of the time that it spends on pieces of work. Scale by it.",
            "percentunit",
            [(rate("hypergan_worker_busy_seconds_total", ""), "{{instance}}")],
        ),
        (
            "How full the queue is",
            "The waiting requests in each of its three measures.",
            "percentunit",
            [
                (fill("hypergan_queue", what), f"{{{{instance}}}} {what}")
                for what in ("requests", "bytes", "row_networks")
            ],
        ),
        (
            "Refused, by reason",
            "Requests a second that were refused for what they ask.",
            "reqps",
            [(summed("hypergan_refusals_total", "reason"), "{{reason}}")],
        ),
        (
            "Objectives",
            "Of the last hour's requests, the shares that failed and took over 0.5 s.",
            "percentunit",
            [
                ("hypergan:error_ratio:rate1h", "failed"),
                ("hypergan:slow_ratio:rate1h", "slow"),
            ],
        ),
        (
            "Memory of the process",
            "What each server holds.",
            "bytes",
            [('process_resident_memory_bytes{job="hypergan"}', "{{instance}}")],
        ),
        (
            "The front",
            "What it refuses before a server sees it.",
            "reqps",
            [
                (summed(f"envoy_http_{name}", labels=""), legend)
                for name, legend in (
                    ("local_rate_limit_rate_limited", "too many of one client"),
                    ("downstream_cx_overload_disable_keepalive", "short of memory"),
                    ("downstream_cx_protocol_error", "ended connections"),
                )
            ],
        ),
    ],
    "Sampling": [
        (
            "Rows and networks",
            "Rows predicted a second, and networks times the rows they were asked.",
            "ops",
            [
                (summed("hypergan_rows_total"), "rows"),
                (summed("hypergan_network_evaluations_total"), "networks times rows"),
            ],
        ),
        (
            "Networks of an answer",
            "Half and 95 in a hundred of the answers have at most so many.",
            "none",
            quantiles("hypergan_ensemble_networks", (0.5, 0.95), "model"),
        ),
        (
            "Networks that were there",
            "The share of batches whose networks were drawn ahead or kept for a seed.",
            "percentunit",
            [(hits("reservoir"), "drawn ahead"), (hits("weight_cache"), "kept")],
        ),
        (
            "Requests of a batch",
            "How many shared networks, on average.",
            "none",
            [(mean("hypergan_batch_requests", "model"), "{{model}}")],
        ),
        (
            "Standard error of the mean",
            "The largest of an answer: more networks make it smaller.",
            "none",
            quantiles("hypergan_standard_error", (0.5, 0.95), "model"),
        ),
    ],
    "Uncertainty": [
        (
            "Predictive entropy of the rows",
            "Each column is a moment, each field a range of entropy in nats.",
            "heatmap",
            [(summed("hypergan_predictive_entropy_nats_bucket", "le"), "{{le}}")],
        ),
        (
            "Rows out of distribution",
            "The share of the rows that were judged; 5 % are expected of rows like the "
            "training data, unless the model's threshold is another.",
            "percentunit",
            [
                (
                    f"{summed('hypergan_ood_rows_total', BY)} / "
                    f"{summed('hypergan_judged_rows_total', BY)}",
                    VERSION,
                )
            ],
        ),
        (
            "Drift: Kolmogorov-Smirnov",
            "The last hour's distance of ood_score from uniform, and where it alerts.",
            "percentunit",
            [
                ('hypergan:drift_ks{model=~"$model"}', VERSION),
                (
                    'hypergan:drift_ks_bound{model=~"$model"}',
                    f"bound of {VERSION}",
                ),
            ],
        ),
        (
            "Drift: population stability index",
            "Below 0.1 little has changed; above 0.25 much has.",
            "none",
            [('hypergan:drift_psi{model=~"$model"}', VERSION)],
        ),
        (
            "Disagreement of the networks",
            "Mutual information of a row: the median and the 95th percentile.",
            "none",
            quantiles("hypergan_mutual_information_nats", (0.5, 0.95), BY),
        ),
        (
            "Predicted classes",
            "Rows a second by the index of their class.",
            "ops",
            [(summed("hypergan_predicted_rows_total", "class"), "{{class}}")],
        ),
    ],
}


def target(number, query, legend, heatmap):
    return {
        "datasource": SOURCE,
        "expr": query,
        "legendFormat": legend,
        "refId": chr(ord("A") + number),
        **({"format": "heatmap"} if heatmap else {}),
    }


def panel(number, place, title, description, unit, queries):
    heatmap = unit == "heatmap"
    defaults = {} if heatmap else {"unit": unit, "min": 0}
    return {
        "id": number,
        "type": "heatmap" if heatmap else "timeseries",
        "title": title,
        "description": description,
        "datasource": SOURCE,
        "gridPos": {"h": HEIGHT, "w": WIDTH, **place},
        "fieldConfig": {"defaults": defaults, "overrides": []},
        **({"options": {"calculate": False}} if heatmap else {}),
        "targets": [
            target(i, query, legend, heatmap)
            for i, (query, legend) in enumerate(queries)
        ],
    }


def panels():
    made, y = [], 0
    for heading, contents in ROWS.items():
        made.append(
            {
                "id": len(made) + 1,
                "type": "row",
                "title": heading,
                "collapsed": False,
                "gridPos": {"h": 1, "w": 2 * WIDTH, "x": 0, "y": y},
                "panels": [],
            }
        )
        y += 1
        for i, content in enumerate(contents):
            place = {"x": WIDTH * (i % 2), "y": y + HEIGHT * (i // 2)}
            made.append(panel(len(made) + 1, place, *content))
        y += HEIGHT * ((len(contents) + 1) // 2)
    return made


def dashboard():
    models = {
        "name": "model",
        "label": "Model",
        "type": "query",
        "datasource": SOURCE,
        "query": "label_values(hypergan_model_info, model)",
        "refresh": 2,
        "multi": True,
        "includeAll": True,
        "allValue": ".*",
        "current": {"text": "All", "value": "$__all"},
    }
    return {
        "uid": "ensembles",
        "title": "Ensembles",
        "tags": ["hypergan"],
        "timezone": "utc",
        "schemaVersion": 39,
        "version": 2,
        "refresh": "15s",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {"list": [models]},
        "panels": panels(),
    }


if __name__ == "__main__":
    FILE.write_text(json.dumps(dashboard(), indent=1) + "\n")

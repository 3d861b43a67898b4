#!/usr/bin/env python3
"""Writes what ./run bench measured into docs/performance.md.

Reads build/bench/*.json, draws docs/performance/*.svg and replaces the document's part
between its two markers. A file that is not there leaves its section out.
"""

import argparse
import datetime
import json
import pathlib
import re

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot

ROOT = pathlib.Path(__file__).resolve().parent.parent
RESULTS = ROOT / "build/bench"
DOCUMENT = ROOT / "docs/performance.md"
PICTURES = ROOT / "docs/performance"
MARKERS = ("<!-- bench begins -->", "<!-- bench ends -->")

# Text stays text, and the same figures give the same file. Grey and transparent: to be
# read on white and on black.
matplotlib.rcParams.update(
    {
        "svg.fonttype": "none",
        "svg.hashsalt": "hypergan",
        "savefig.transparent": True,
        "font.size": 10,
        **dict.fromkeys(
            (
                "text.color",
                "axes.labelcolor",
                "axes.edgecolor",
                "xtick.color",
                "ytick.color",
            ),
            "#808080",
        ),
    }
)


def load(name):
    path = RESULTS / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def runs(benchmarks):
    """(name, form, its arguments by name, the run) of every benchmark."""
    for run in benchmarks["benchmarks"]:
        name, *parts = run["name"].split("/")
        arguments = dict(re.findall(r"([a-z]+):(\d+)", run["name"]))
        form = parts[0] if parts and ":" not in parts[0] else ""
        yield name, form, {key: int(value) for key, value in arguments.items()}, run


def table(head, rows):
    lines = [head, ["---:"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def save(figure, name):
    PICTURES.mkdir(exist_ok=True)
    figure.tight_layout()
    figure.savefig(PICTURES / f"{name}.svg", metadata={"Date": None})
    pyplot.close(figure)


def machine(forward):
    cpu = re.search(
        r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text("utf-8")
    )
    roofs = {}
    for _, _, arguments, run in runs(forward):
        roofs.setdefault(arguments["threads"], []).append(run["roof_GFLOP/s"])
    told = ", ".join(
        f"{sorted(values)[len(values) // 2]:.0f} with {threads} thread"
        f"{'s' if threads > 1 else ''}"
        for threads, values in sorted(roofs.items())
    )
    return (
        f"`./run bench` of {datetime.date.today()}, {forward['context']['num_cpus']} "
        f"cores of {cpu[1] if cpu else 'a CPU'}; the roof's median in GFLOP/s: {told}. "
        "Shares are by computing time, those in brackets on the clock."
    )


def forms(forward):
    cells = {}
    for _, form, arguments, run in runs(forward):
        if form in ("module", "batched", "loop"):
            key = (arguments["networks"], arguments["rows"], arguments["threads"])
            cells.setdefault(key, {})[form] = run
    order = ("module", "batched", "loop")
    rows = [
        [*key]
        + [
            f"{found[form]['cpu_share']:.2f} ({found[form]['share']:.2f})"
            for form in order
        ]
        + [f"{found['loop']['ms']:.1f}"]
        for key, found in sorted(cells.items())
        if all(form in found for form in order)
    ]
    head = ["N", "B", "threads", *(f"`{form}`" for form in order), "`loop`, ms"]
    return "**Forward pass, share of the roof**\n\n" + table(head, rows)


def scaling(forward):
    # By shape, for the one where the two ranges meet is there twice.
    shapes = {
        (arguments["networks"], arguments["rows"]): run
        for _, form, arguments, run in runs(forward)
        if form == "scaling"
    }
    found = [(*shape, run) for shape, run in sorted(shapes.items())]
    rows = [
        [
            networks,
            count,
            f"{run['ms']:.1f}",
            f"{run['cpu_share']:.2f} ({run['share']:.2f})",
        ]
        for networks, count, run in found
    ]
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(8, 3), sharey=True)
    for axes, label, points in (
        (left, "networks, of one row", [(n, r) for n, b, r in found if b == 1]),
        (right, "rows, of 100 networks", [(b, r) for n, b, r in found if n == 100]),
    ):
        points.sort(key=lambda point: point[0])
        xs = [x for x, _ in points]
        for field, name in (("cpu_share", "by computing time"), ("share", "clock")):
            axes.plot(xs, [run[field] for _, run in points], "o-", label=name)
        axes.set_xscale("log")
        axes.set_xlabel(label)
        axes.axhline(1, color="#808080", linewidth=0.8, linestyle=":")
        axes.grid(alpha=0.3)
    left.set_ylabel("share of the roof")
    left.set_ylim(0, 1.1 * max(max(r["cpu_share"], r["share"]) for _, _, r in found))
    right.legend(frameon=False, loc="lower right")
    save(figure, "scaling")
    return (
        "**Scaling of `auto`, two threads**\n\n"
        + table(["N", "B", "ms", "share of the roof"], rows)
        + '\n\n<img src="performance/scaling.svg" width="640" '
        'alt="Share of the roof by networks and by rows">'
    )


def generators(benchmarks):
    names = {"": "`torch.linear`", "float32": "packed", "bfloat16": "packed, bfloat16"}
    cells = {}
    for name, form, arguments, run in runs(benchmarks):
        if name.startswith("BM_Generate"):
            key = (arguments["networks"], arguments["threads"])
            cells.setdefault(key, {})[form] = run
    rows = [
        [*key]
        + [
            f"{found[form]['ms']:.1f} ms, {found[form]['cpu_share']:.2f}"
            for form in names
        ]
        for key, found in sorted(cells.items())
        if all(form in found for form in names)
    ]
    return "**Generators, time on the clock and share of the roof**\n\n" + table(
        ["N", "threads", *names.values()], rows
    )


def overhead(groups):
    scale = {"ns": 1e-3, "us": 1, "ms": 1e3}
    rows = [
        [f"`{run['name']}`", f"{run['real_time'] * scale[run['time_unit']]:.1f}"]
        for group in groups
        for run in group["benchmarks"]
    ]
    return "**What is not arithmetic, in microseconds**\n\n" + table(
        ["benchmark", "us"], rows
    )


def metrics_cost(benchmarks):
    def share(run, name):
        return f"{run[name]:.3f} ± {2 * run[name + '_error']:.3f}"

    engines = {
        "CountWithAModel": "the paper's network, N = 10, a seed",
        "CountWithoutAModel": "none: the server's own work",
    }
    rows = [
        [
            engines[name],
            arguments["rows"],
            arguments["clients"],
            "yes" if arguments["counts"] else "no",
            f"{run['requests/s']:.0f}",
            share(run, "rate"),
            share(run, "cpu"),
        ]
        for name, _, arguments, run in runs(benchmarks)
    ]
    head = ["model", "B", "at once", "counts", "requests/s without"]
    return (
        "**Metrics: a server that counts, as a ratio to one that does not**, asked in "
        "turns in one run, with two standard errors; where neither counts, the ratio "
        "is the error of the method\n\n"
        + table([*head, "requests/s", "computing time"], rows)
    )


OURS = ("fresh", "seeded", "pool")
PEERS = {
    "aio": "`grpc.aio`",
    "triton": "Triton",
    "pytriton": "PyTriton",
    "kserve": "KServe",
    "mlserver": "MLServer",
}


def serving(report):
    cells = {}
    for cell in report["cells"]:
        mode, *key = cell["cell"]
        if "failed" not in cell["result"]:
            cells.setdefault(tuple(key), {})[mode] = cell["result"]

    def rate(result):
        return result["per_second"]["requests"]

    def best_of(found, peer):
        """The faster of a peer's settings, if it was there."""
        results = [found[mode] for mode in found if mode.split()[0] == peer]
        return max(results, key=rate, default=None)

    def told(result):
        if result is None:
            return ""
        latency = result["latency_seconds"]
        return (
            f"{rate(result):.0f}/s, {latency['p50'] * 1e3:.1f}, "
            f"{latency['p99'] * 1e3:.1f}"
        )

    def ratio(found):
        peers = [best for peer in PEERS if (best := best_of(found, peer))]
        if not peers or "fresh" not in found:
            return ""
        return f"{rate(found['fresh']) / max(map(rate, peers)):.1f}"

    rows = [
        [*key]
        + [told(found.get(mode)) for mode in OURS]
        + [told(best_of(found, peer)) for peer in PEERS]
        + [ratio(found)]
        for key, found in sorted(cells.items())
    ]
    head = ["N", "B", "at once", *(f"`{mode}`" for mode in OURS), *PEERS.values()]
    lines = [
        f"`{mode}` {report['peak_megabytes'][mode]:.0f} MB and {seconds:.2f} s"
        for mode, seconds in report["first_answer_seconds"].items()
    ]
    return (
        "**Serving: requests a second, p50 and p99 in ms**; a peer's figures are those "
        "of its better setting, one worker with two threads or two with one, and the "
        "ratio is the rate of `fresh` to that of the best peer\n\n"
        + table([*head, "ratio"], rows)
        + "\n\nMost memory held, and seconds from start to first answer: "
        + "; ".join(lines)
        + "."
    )


def sections():
    forward = load("forward_bench")
    if forward:
        yield machine(forward)
        yield forms(forward)
        yield scaling(forward)
    found = load("generator_bench")
    if found:
        yield generators(found)
    groups = [group for group in map(load, ("codec_bench", "queue_bench")) if group]
    if groups:
        yield overhead(groups)
    found = load("metrics_bench")
    if found:
        yield metrics_cost(found)
    found = load("serving")
    if found:
        yield serving(found)


def main():
    argparse.ArgumentParser(description=__doc__).parse_args()  # --help alone
    text = DOCUMENT.read_text(encoding="utf-8")
    begin, end = (text.index(marker) for marker in MARKERS)
    begin += len(MARKERS[0])
    body = "\n\n".join(sections())
    DOCUMENT.write_text(f"{text[:begin]}\n\n{body}\n\n{text[end:]}", encoding="utf-8")
    print(f"wrote {DOCUMENT.relative_to(ROOT)}")


if __name__ == "__main__":
    main()

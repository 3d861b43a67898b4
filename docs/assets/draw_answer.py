#!/usr/bin/env python3
"""Draws two answers of the demo's server as answer.svg: an image of a class that the
model knows, and one of a kind that it has never seen.

usage, in the repository's root, while the demo's models are served:
    PATH=$PWD/build/release/bin:$PATH docs/assets/draw_answer.py [SERVER]
"""

import gzip
import html
import json
import math
import pathlib
import subprocess
import sys

FASHION = "/usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz"
DIGITS = "examples/mnist/t10k-images-idx3-ubyte.gz"
OUTPUT = pathlib.Path(__file__).with_name("answer.svg")
SIDE = 28
ROW = 1  # of either file
CLASSES = 5
PANEL_WIDTH, PANEL_HEIGHT, GAP = 426, 246, 12
BAR_LEFT, BAR_WIDTH = 250, 118
STYLE = """
text { font: 13px system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif;
  fill: #24292f }
.title { font-weight: 600; font-size: 14px } .small { font-size: 12px; fill: #57606a }
.in { fill: #1a7f37; font-weight: 600 } .out { fill: #cf222e; font-weight: 600 }
.panel { fill: #ffffff; stroke: #d0d7de } .bar { fill: #3b84d0 }
.spread { stroke: #d9622b; stroke-width: 2; fill: none } .rail { fill: #eaeef2 }
"""


def ask(server, verb, *flags):
    command = [
        "hypergan-client",
        verb,
        f"--server={server}",
        "--model=fashion-mnist",
        "--json",
    ]
    done = subprocess.run([*command, *flags], check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)


def pixels(path, row):
    with gzip.open(path) as file:
        file.seek(16 + row * SIDE * SIDE)
        return file.read(SIDE * SIDE)


def image(values, left, top, size):
    """Runs of equal grey as one path a shade, which is short and needs no bitmap."""
    runs = {}
    for y in range(SIDE):
        x = 0
        while x < SIDE:
            shade, begin = values[y * SIDE + x] // 16, x
            while x < SIDE and values[y * SIDE + x] // 16 == shade:
                x += 1
            if shade:
                runs.setdefault(shade, []).append(
                    f"M{begin} {y}h{x - begin}v1h-{x - begin}z"
                )
    shapes = [
        f'<path fill="#{shade:x}{shade:x}{shade:x}" d="{"".join(path)}"/>'
        for shade, path in sorted(runs.items())
    ]
    scale = size / SIDE
    return (
        f'<g transform="translate({left} {top}) scale({scale:g})"'
        ' shape-rendering="crispEdges">'
        f'<rect width="{SIDE}" height="{SIDE}"/>{"".join(shapes)}</g>'
    )


def bars(row, names):
    """The likeliest classes: the mean as a bar, the networks' deviation as a line."""
    order = sorted(range(len(names)), key=lambda k: -row["mean"][k])[:CLASSES]
    for line, k in enumerate(order):
        y = 46 + 24 * line
        mean, deviation = row["mean"][k], math.sqrt(row["variance"][k])
        low, high = max(0, mean - deviation), min(1, mean + deviation)
        name = html.escape(names[k])
        place = f'x="{BAR_LEFT}" y="{y}" height="12"'
        yield f'<text x="{BAR_LEFT - 8}" y="{y + 10}" text-anchor="end">{name}</text>'
        yield f'<rect class="rail" {place} width="{BAR_WIDTH}"/>'
        yield f'<rect class="bar" {place} width="{mean * BAR_WIDTH:.1f}"/>'
        if deviation >= 0.005:
            begin, end = BAR_LEFT + low * BAR_WIDTH, BAR_LEFT + high * BAR_WIDTH
            yield (
                f'<path class="spread" d="M{begin:.1f} {y + 6}H{end:.1f}'
                f'M{begin:.1f} {y + 2}v8M{end:.1f} {y + 2}v8"/>'
            )
        right = BAR_LEFT + BAR_WIDTH + 8
        yield f'<text class="small" x="{right}" y="{y + 10}">{mean:.3f}</text>'


def panel(left, title, values, row, names):
    scores = row["scores"]
    verdict = (
        ("out", "out of distribution")
        if scores["is_ood"]
        else ("in", "in distribution")
    )
    yield f'<g transform="translate({left} 0)">'
    size = f'width="{PANEL_WIDTH - 2}" height="{PANEL_HEIGHT - 2}"'
    yield f'<rect class="panel" x="1" y="1" {size} rx="6"/>'
    yield f'<text class="title" x="16" y="28">{html.escape(title)}</text>'
    yield image(values, 16, 44, 126)
    yield from bars(row, names)
    mutual = f"mutual information {scores['mutual_information']:.4f} nat"
    yield f'<text x="16" y="198">{mutual}</text>'
    yield f'<text x="16" y="222">ood_score {scores["ood_score"]:.4f}:</text>'
    yield f'<text class="{verdict[0]}" x="138" y="222">{verdict[1]}</text>'
    yield "</g>"


def main(server="127.0.0.1:8001"):
    (model,) = ask(server, "models")["models"]
    shapes = []
    for column, (path, title) in enumerate(
        [
            (FASHION, "A test image of Fashion-MNIST"),
            (DIGITS, "A digit, never seen in training"),
        ]
    ):
        answer = ask(
            server,
            "predict",
            f"--inputs={path}",
            f"--first={ROW}",
            "--rows=1",
            "--seed=1",
        )
        shapes += panel(
            column * (PANEL_WIDTH + GAP),
            title,
            pixels(path, ROW),
            answer["rows"][0],
            model["manifest"]["class_names"],
        )
    width = 2 * PANEL_WIDTH + GAP
    OUTPUT.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {PANEL_HEIGHT}"'
        ' role="img" aria-label="Two answers: mean and deviation of the likeliest'
        ' classes, and scores">'
        f"<style>{STYLE}</style>\n" + "\n".join(shapes) + "\n</svg>\n"
    )
    print(f"wrote {OUTPUT}")


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Times plain Python forms of a checkpoint's networks beside the engine.

Prints one table: N networks on B images as torch.func.vmap, a Python loop, a scripted
loop, the checkpoint's own `predict`, and the engine in its forms; weight sets are
drawn before. Needs the full form of LibTorch (a Python that can import torch), and
build/bench/bin/forward_bench (`./run bench`), or HYPERGAN_BENCH=its path.

    python bench/baselines/forms.py CHECKPOINT [--networks=10,100] [--rows=1,32]
        [--threads=1,2]

Times are medians in ms; `cpu` is the computing time of all threads, which a busy
machine changes less than the time on the clock. Ratios are to the engine's chosen form.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import time

import torch
import torch.nn.functional as F
from digits import digits

ROOT = pathlib.Path(__file__).resolve().parents[2]
IMAGES = ROOT / "examples/mnist/t10k-images-idx3-ubyte.gz"
ACTIVATIONS = {
    "none": lambda h: h,
    "relu": F.relu,
    "leaky_relu": lambda h: F.leaky_relu(h, 0.01),
    "elu": F.elu,
}
SCRIPTED = {
    "none": "h",
    "relu": "torch.relu(h)",
    "leaky_relu": "torch.nn.functional.leaky_relu(h, 0.01)",
    "elu": "torch.nn.functional.elu(h)",
}


def images(count):
    """As bench/mnist_ensemble.h: digits, then the digits shifted, and so on."""
    found = torch.from_numpy(digits(IMAGES))
    rounds = -(-count // len(found))
    return torch.cat([torch.roll(found, r, 3) for r in range(rounds)])[:count]


def one_network(layers, x, weights):
    """The target network as a PyTorch user writes it."""
    h = x
    for i, layer in enumerate(layers):
        w, b = weights[2 * i], weights[2 * i + 1]
        if layer["kind"] == "conv2d":
            h = F.conv2d(h, w, b, padding=layer.get("padding", 0))
        else:
            if h.dim() == 4:
                h = h.permute(0, 2, 3, 1)
            h = F.linear(h.flatten(1), w, b)
        h = ACTIVATIONS[layer.get("activation", "none")](h)
        if layer.get("pool", 1) > 1:
            h = F.max_pool2d(h, layer["pool"])
    return h


def scripted_loop(layers):
    lines = [
        "def run(x: Tensor, weights: List[Tensor]) -> Tensor:",
        "    outputs: List[Tensor] = []",
        "    for n in range(weights[0].size(0)):",
        "        h = x",
    ]
    image = layers[0]["kind"] == "conv2d"
    for i, layer in enumerate(layers):
        pair = f"weights[{2 * i}][n], weights[{2 * i + 1}][n]"
        if layer["kind"] == "conv2d":
            padding = layer.get("padding", 0)
            more = f"[1, 1], [{padding}] * 2"
            lines.append(f"        h = torch.conv2d(h, {pair}, {more})")
        else:
            if image:
                lines.append("        h = h.permute([0, 2, 3, 1])")
            image = False
            linear = f"torch.nn.functional.linear(h.flatten(1), {pair})"
            lines.append(f"        h = {linear}")
        lines.append(f"        h = {SCRIPTED[layer.get('activation', 'none')]}")
        if layer.get("pool", 1) > 1:
            lines.append(f"        h = torch.max_pool2d(h, [{layer['pool']}] * 2)")
    lines += ["        outputs.append(h)", "    return torch.stack(outputs)", ""]
    return torch.jit.CompilationUnit("\n".join(lines)).run


def measure(work):
    """Medians of the time on the clock and of computing, in ms."""
    work()
    walls, cpus = [], []
    deadline = time.perf_counter() + 2
    while len(walls) < 5 or time.perf_counter() < deadline:
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        cpus.append((time.process_time() - cpu) * 1e3)
        walls.append((time.perf_counter() - wall) * 1e3)
        if len(walls) == 50:
            break
    return statistics.median(walls), statistics.median(cpus)


def python_forms(module, layers, networks, rows):
    def normalised(x):
        return (x - module.input_mean) / module.input_deviation

    weights = module.generate(torch.randn(networks, NOISE))
    x = images(rows)
    script = scripted_loop(layers)
    mapped = torch.func.vmap(lambda w: one_network(layers, normalised(x), w))
    forms = {
        "python vmap": lambda: mapped(weights),
        "python loop": lambda: torch.stack(
            [
                one_network(layers, normalised(x), [w[n] for w in weights])
                for n in range(networks)
            ]
        ),
        "scripted loop": lambda: script(normalised(x), weights),
        "checkpoint's predict": lambda: module.predict(x, weights),
    }
    expected = forms["checkpoint's predict"]()
    for name, form in forms.items():
        torch.testing.assert_close(form(), expected, rtol=1e-3, atol=1e-4)
        yield name, *measure(form)


def engine_forms(checkpoint, networks, rows, threads):
    program = os.environ.get("HYPERGAN_BENCH", ROOT / "build/bench/bin/forward_bench")
    shape = f"networks:{networks}/rows:{rows}/threads:{threads}/"
    runs = f"BM_Forward/(chosen|loop|module|batched)/{shape}"
    result = subprocess.run(
        [program, f"--benchmark_filter={runs}", "--benchmark_format=json"],
        env={**os.environ, "HYPERGAN_CHECKPOINT": str(checkpoint)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    for run in json.loads(result.stdout)["benchmarks"]:
        form = run["name"].split("/")[1]
        yield f"engine {form}", run["ms"], run["cpu_ms"], run["share"], run["cpu_share"]


def numbers(text):
    return [int(number) for number in text.split(",")]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("checkpoint", type=pathlib.Path)
    parser.add_argument("--networks", type=numbers, default=[10, 100])
    parser.add_argument("--rows", type=numbers, default=[1, 32])
    parser.add_argument("--threads", type=numbers, default=[1, 2])
    options = parser.parse_args()
    files = {"manifest.json": ""}
    module = torch.jit.load(options.checkpoint, _extra_files=files).eval()
    manifest = json.loads(files["manifest.json"])
    layers = manifest["target_network"]["layers"]
    global NOISE
    NOISE = manifest["noise_size"]
    print("| N | B | threads | form | ms | cpu ms | ratio | cpu ratio | of the roof |")
    print("|---|---|---|---|---|---|---|---|---|")
    for threads in options.threads:
        torch.set_num_threads(threads)
        for networks in options.networks:
            for rows in options.rows:
                engine = list(
                    engine_forms(options.checkpoint.resolve(), networks, rows, threads)
                )
                with torch.inference_mode():
                    plain = list(python_forms(module, layers, networks, rows))
                wall, cpu = engine[0][1:3]
                for name, ms, cpu_ms, *shares in plain + engine:
                    share = f"{shares[0]:.2f} (cpu {shares[1]:.2f})" if shares else ""
                    print(
                        f"| {networks} | {rows} | {threads} | {name} | {ms:.2f} "
                        f"| {cpu_ms:.2f} | {ms / wall:.1f} | {cpu_ms / cpu:.1f} "
                        f"| {share} |",
                        flush=True,
                    )


if __name__ == "__main__":
    main()

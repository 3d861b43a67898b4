#!/usr/bin/env python3
"""Serving under load: the server, as hypergan-client bench sees it.

Starts hypergan-server on a free port with a model of the paper's MNIST size (one short
epoch on examples/mnist: speed does not depend on how well it is trained), drives each
cell of the table for a few seconds with real images, prints a table and writes
build/bench/serving.json. Also how long a server takes from its start to its first
answer, and the most memory that it held. Where Python can import torch, the same load
goes to bench/baselines/aio_server.py in two settings: the peer, in the same run.
Programs come from HYPERGAN_BIN, or build/bench/bin.
"""

import contextlib
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BIN = pathlib.Path(os.environ.get("HYPERGAN_BIN", ROOT / "build/bench/bin")).resolve()
IMAGES = ROOT / "examples/mnist"
OUTPUT = ROOT / "build/bench/serving.json"

NETWORKS = (10, 100)
ROWS = (1, 32)
CONCURRENCIES = (1, 4, 16)
PYTHON = ROOT / ".venv/bin/python"


def server(models, *flags):
    """The command of hypergan-server."""
    listen = ("--listen=127.0.0.1:0", "--metrics_listen=127.0.0.1:0")
    return [BIN / "hypergan-server", *listen, f"--model_repository={models}", *flags]


def peer(models, workers, threads):
    """The command of the peer."""
    script = ROOT / "bench/baselines/aio_server.py"
    flags = (f"--workers={workers}", f"--threads={threads}")
    return [PYTHON, script, models / "mnist/1/model.pt", *flags]


# How each mode's server starts, given the folder of the models, and its load's flags.
MODES = {
    "fresh": (server, ()),
    "seeded": (server, ("--seed=1",)),
    "pool": (lambda models: server(models, "--sampling=pool"), ()),
    "aio 1x2": (lambda models: peer(models, workers=1, threads=2), ()),
    "aio 2x1": (lambda models: peer(models, workers=2, threads=1), ()),
}
WARM_UP, DURATION = "1s", "4s"
STARTS = 3
START_SECONDS = 120
CELL_SECONDS = 120  # with the slowest requests in flight at its end


def train(folder):
    """A checkpoint of the paper's size in `folder`/models."""
    data = folder / "data"
    data.mkdir()
    for kind in ("images-idx3", "labels-idx1"):
        for split in ("train", "t10k"):
            shutil.copy(
                IMAGES / f"t10k-{kind}-ubyte.gz", data / f"{split}-{kind}-ubyte.gz"
            )
    rows = ("--training_rows=200", "--validation_rows=100", "--calibration_rows=100")
    subprocess.run(
        [BIN / "hypergan-trainer", "train", f"--data={data}", "--target=mnist"]
        + [f"--model_repository={folder}/models", "--model=mnist", "--version=1"]
        + ["--seed=1", "--epochs=1", "--networks=2", "--batch_size=100", *rows],
        check=True,
        stdout=subprocess.DEVNULL,
    )


@contextlib.contextmanager
def serving(folder, mode):
    """Runs a mode's server; the value is its address and its process id."""
    log = folder / "server.log"
    with open(log, "wb") as out:
        process = subprocess.Popen(
            MODES[mode][0](folder / "models"), stdout=out, stderr=subprocess.STDOUT
        )
    try:
        yield wait_for(process, log), process.pid
    finally:
        process.terminate()
        process.wait()


def wait_for(process, log):
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        found = re.search(r"^listening on ([^ ,\n]+)", log.read_text(), re.M)
        if found:
            health = [BIN / "hypergan-client", "health", f"--server={found[1]}"]
            if subprocess.run(health, capture_output=True, check=False).returncode == 0:
                return found[1]
        time.sleep(0.01)
    raise SystemExit(f"the server did not come up:\n{log.read_text()}")


def first_answer_seconds(folder, mode):
    """From a server's start to the answer for one image with 10 networks."""
    started = time.monotonic()
    with serving(folder, mode) as (address, _):
        subprocess.run(
            [BIN / "hypergan-client", "predict", f"--server={address}"]
            + [f"--inputs={IMAGES}", "--networks=10", "--rows=1"],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        return time.monotonic() - started


def peak_megabytes(pid):
    """The most memory that the process has held at once."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024


def measure(address, mode, networks, rows, concurrency):
    run = subprocess.run(
        [BIN / "hypergan-client", "bench", f"--server={address}", "--json"]
        + [f"--inputs={IMAGES}", f"--networks={networks}", f"--rows={rows}"]
        + [f"--concurrency={concurrency}", f"--warm_up={WARM_UP}"]
        + [f"--duration={DURATION}", *MODES[mode][1]],
        check=False,
        capture_output=True,
        text=True,
        timeout=CELL_SECONDS,
    )
    if run.returncode != 0:
        return {"failed": run.stderr.strip()}
    return json.loads(run.stdout)


def show(cell):
    mode, networks, rows, concurrency = cell["cell"]
    head = f"{mode:7} {networks:8} {rows:5} {concurrency:11}"
    result = cell["result"]
    if "failed" in result:
        print(f"{head}  {result['failed']}", flush=True)
        return
    latency, rate = result["latency_seconds"], result["per_second"]
    print(
        f"{head} {rate['requests']:10.1f} {rate['network_evaluations']:14.0f}"
        f" {latency['p50'] * 1e3:8.2f} {latency['p99'] * 1e3:8.2f}"
        f" {result['requests']['failed']:7}",
        flush=True,
    )


def drive(folder, mode, report):
    """Every cell of a mode, against a server of its own."""
    with serving(folder, mode) as (address, pid):
        for networks in NETWORKS:
            for rows in ROWS:
                for concurrency in CONCURRENCIES:
                    cell = (mode, networks, rows, concurrency)
                    report["cells"].append(
                        {"cell": cell, "result": measure(address, *cell)}
                    )
                    show(report["cells"][-1])
        report["peak_megabytes"][mode] = peak_megabytes(pid)


def has_peer():
    if not PYTHON.exists():
        return False
    probe = [PYTHON, "-c", "import grpc_tools, torch"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


def main():
    with_peer = has_peer()  # once: it imports torch
    modes = [mode for mode in MODES if with_peer or not mode.startswith("aio")]
    report = {
        "cpus": os.cpu_count(),
        "cells": [],
        "peak_megabytes": {},
        "first_answer_seconds": {},
    }
    with tempfile.TemporaryDirectory(prefix="hypergan-serving-") as name:
        folder = pathlib.Path(name)
        train(folder)
        for mode in modes:
            seconds = [first_answer_seconds(folder, mode) for _ in range(STARTS)]
            report["first_answer_seconds"][mode] = statistics.median(seconds)
        print("mode    networks  rows concurrency requests/s  evaluations/s"
              "   p50 ms   p99 ms  failed")
        for mode in modes:
            drive(folder, mode, report)
    for mode in modes:
        print(
            f"{mode}: {report['peak_megabytes'][mode]:.0f} MB at its peak, first answer "
            f"after {report['first_answer_seconds'][mode]:.2f} s (median of {STARTS})"
        )
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

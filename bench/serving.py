#!/usr/bin/env python3
"""Serving under load: the server, and its peers, with the same model and images.

Starts hypergan-server on a free port with a model of the paper's MNIST size (one short
epoch on examples/mnist: speed does not depend on how well it is trained), drives each
cell of the table for a few seconds with real images, prints a table and writes
build/bench/serving.json. Also how long a server takes from its start to its first
answer, and the most memory that its processes held. The peers of bench/baselines that
are installed get the same load in the same run, each in two settings: grpc.aio
(`./run setup test`), and Triton, PyTriton, KServe and MLServer (`./run setup peers`).
Programs come from HYPERGAN_BIN, or build/bench/bin.

    bench/serving.py [NAME...]   only these, such as `fresh triton`, and no JSON
"""

import argparse
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

CELLS = (  # networks, rows, concurrency
    (10, 1, 1),
    (10, 1, 16),
    (100, 1, 1),
    (100, 1, 16),
    (10, 32, 4),
    (100, 32, 4),
)
PYTHON = ROOT / ".venv/bin/python"
BASELINES = ROOT / "bench/baselines"
PEERS = ROOT / "build/peers"  # `./run setup peers`
OPEN_INFERENCE_PEERS = {  # by their environments
    "triton": "pytriton",
    "pytriton": "pytriton",
    "kserve": "kserve",
    "mlserver": "mlserver",
}
WARM_UP, DURATION = 1, 4  # seconds
STARTS = 3
START_SECONDS = 120
CELL_SECONDS = 120  # with the slowest requests in flight at its end


class Server:
    """hypergan-server, asked by hypergan-client."""

    def __init__(self, server_flags=(), load_flags=()):
        self._server_flags, self._load_flags = server_flags, load_flags

    def is_installed(self):
        return True

    def start(self, models):
        """The command that serves `models`, and says where it listens."""
        listen = ("--listen=127.0.0.1:0", "--metrics_listen=127.0.0.1:0")
        return [
            BIN / "hypergan-server",
            *listen,
            f"--model_repository={models}",
            *self._server_flags,
        ]

    def is_ready(self, address):
        health = [BIN / "hypergan-client", "health", f"--server={address}"]
        return subprocess.run(health, capture_output=True, check=False).returncode == 0

    def ask(self, address):
        """The command of one request: one image, ten networks."""
        return [
            BIN / "hypergan-client",
            "predict",
            f"--server={address}",
            f"--inputs={IMAGES}",
            "--networks=10",
            "--rows=1",
        ]

    def load(self, address, networks, rows, concurrency):
        """The command that loads the server and prints JSON."""
        return [
            BIN / "hypergan-client",
            "bench",
            f"--server={address}",
            "--json",
            f"--inputs={IMAGES}",
            f"--networks={networks}",
            f"--rows={rows}",
            f"--concurrency={concurrency}",
            f"--warm_up={WARM_UP}s",
            f"--duration={DURATION}s",
            *self._load_flags,
        ]


class Peer:
    """A server of bench/baselines, `workers` requests at once, and its Python."""

    def __init__(self, name, python, workers, threads):
        self._python = python
        self._script = BASELINES / f"{name}_server.py"
        self._flags = (f"--workers={workers}", f"--threads={threads}")

    def is_installed(self):
        return self._python.exists()

    def start(self, models):
        checkpoint = models / "mnist/1/model.pt"
        return [self._python, self._script, checkpoint, *self._flags]


class Aio(Peer, Server):
    """grpc.aio, which speaks the server's protocol."""

    def __init__(self, *setting):
        Peer.__init__(self, "aio", PYTHON, *setting)
        Server.__init__(self)

    def is_installed(self):
        """Whether LibTorch is there in its full form, and all that the tests need."""
        if not super().is_installed():
            return False
        probe = [self._python, "-c", "import grpc_tools, torch"]
        return subprocess.run(probe, capture_output=True, check=False).returncode == 0


class OpenInferencePeer(Peer):
    """A server of the Open Inference Protocol, with a model for each N."""

    def __init__(self, name, environment, *setting):
        super().__init__(name, PEERS / environment / "bin/python", *setting)

    def _client(self, address, networks, *flags):
        script = BASELINES / "open_inference_load.py"
        python = PEERS / "pytriton/bin/python"
        return [python, script, address, f"--model=networks-{networks}", *flags]

    def is_ready(self, address):
        return True  # `ask` and `load` wait for the model

    def ask(self, address):
        return self._client(address, 10, "--once")

    def load(self, address, networks, rows, concurrency):
        return self._client(
            address,
            networks,
            f"--rows={rows}",
            f"--concurrency={concurrency}",
            f"--warm_up={WARM_UP}",
            f"--duration={DURATION}",
        )


MODES = {
    "fresh": Server(),
    "seeded": Server(load_flags=("--seed=1",)),
    "pool": Server(server_flags=("--sampling=pool",)),
}
for workers, threads in ((1, 2), (2, 1)):
    setting = f"{workers}x{threads}"
    MODES[f"aio {setting}"] = Aio(workers, threads)
    for name, environment in OPEN_INFERENCE_PEERS.items():
        MODES[f"{name} {setting}"] = OpenInferencePeer(
            name, environment, workers, threads
        )


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
        [
            BIN / "hypergan-trainer",
            "train",
            f"--data={data}",
            "--target=mnist",
            f"--model_repository={folder}/models",
            "--model=mnist",
            "--version=1",
            "--seed=1",
            "--epochs=1",
            "--networks=2",
            "--batch_size=100",
            *rows,
        ],
        check=True,
        stdout=subprocess.DEVNULL,
    )


@contextlib.contextmanager
def serving(folder, mode):
    """Runs a mode's server; the value is its address and its process id."""
    log = folder / "server.log"
    with open(log, "wb") as out:
        process = subprocess.Popen(
            MODES[mode].start(folder / "models"), stdout=out, stderr=subprocess.STDOUT
        )
    try:
        yield wait_for(process, log, MODES[mode]), process.pid
    finally:
        process.terminate()
        process.wait()


def wait_for(process, log, mode):
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        found = re.search(r"^listening on ([^ ,\n]+)", log.read_text(), re.M)
        if found and mode.is_ready(found[1]):
            return found[1]
        time.sleep(0.01)
    raise SystemExit(f"the server did not come up:\n{log.read_text()}")


def first_answer_seconds(folder, mode):
    """From a server's start to the answer for one image with 10 networks."""
    started = time.monotonic()
    with serving(folder, mode) as (address, _):
        subprocess.run(MODES[mode].ask(address), check=True, stdout=subprocess.DEVNULL)
        return time.monotonic() - started


def peak_megabytes(pid):
    """The most memory that the process and those below it have held, each at once."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    own = int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii")
    return own + sum(peak_megabytes(int(child)) for child in children.split())


def measure(address, mode, networks, rows, concurrency):
    run = subprocess.run(
        MODES[mode].load(address, networks, rows, concurrency),
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
    head = f"{mode:10} {networks:8} {rows:5} {concurrency:11}"
    result = cell["result"]
    if "failed" in result:
        print(f"{head}  {result['failed']}", flush=True)
        return
    latency, rate = result["latency_seconds"], result["per_second"]
    print(
        f"{head} {rate['requests']:10.1f} {rate['requests'] * networks * rows:14.0f}"
        f" {latency['p50'] * 1e3:8.2f} {latency['p99'] * 1e3:8.2f}"
        f" {result['requests']['failed']:7}",
        flush=True,
    )


def drive(folder, mode, report):
    """Every cell of a mode, against a server of its own."""
    with serving(folder, mode) as (address, pid):
        for shape in CELLS:
            result = measure(address, mode, *shape)
            report["cells"].append({"cell": (mode, *shape), "result": result})
            show(report["cells"][-1])
        report["peak_megabytes"][mode] = peak_megabytes(pid)


def names_to_measure():
    """Of the command line; none: all."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    known = sorted({name.split()[0] for name in MODES})
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(known))
    names = parser.parse_args().names
    if unknown := set(names) - set(known):
        parser.error(f"expected names of {', '.join(known)}, got {sorted(unknown)}")
    return names


def main():
    chosen = names_to_measure()
    modes = [
        name
        for name, mode in MODES.items()
        if mode.is_installed() and (not chosen or name.split()[0] in chosen)
    ]
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
        print(
            "mode       networks  rows concurrency requests/s  evaluations/s"
            "   p50 ms   p99 ms  failed"
        )
        for mode in modes:
            drive(folder, mode, report)
    for mode in modes:
        print(
            f"{mode}: {report['peak_megabytes'][mode]:.0f} MB at its peak, first "
            f"answer after {report['first_answer_seconds'][mode]:.2f} s "
            f"(median of {STARTS})"
        )
    if chosen:
        return
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

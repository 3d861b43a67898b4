"""Mixed load on one server for a long time, with models that are swapped meanwhile.

    python tests/soak/soak.py MINUTES REPORT.json

Every answer is compared with the one that its seed had before the load. The report has
the slope of the resident memory, open descriptors, and the 99th percentile of Predict
at start and end. The exit status is 1 for a wrong answer, a call that failed, or growth
beyond the bounds below.
"""

import collections
import json
import os
import pathlib
import random
import shutil
import signal
import sys
import tempfile
import threading
import time

import numpy as np
from tritonclient.grpc import service_pb2, service_pb2_grpc

sys.path.insert(
    0, str(pathlib.Path(__file__).resolve().parent.parent / "end_to_end" / "harness")
)
import scripted
from ensemble_stubs import ensemble_pb2, ensemble_pb2_grpc
from running_server import RunningServer, to_tensor

MIB = 1 << 20
SEEDS = range(1, 17)
CONTENTS = 2  # that the swapped model has in turn
SWAP_EVERY_S = 5
SAMPLE_EVERY_S = 1
TIMEOUT_S = 120
WARM_UP = 0.2  # of the samples: no part of the slope
MOST_GROWTH = 64 * MIB  # of memory, from the end of the warm-up to the end
MOST_MORE_FILES = 16  # connections come and go


class Soak:
    """Threads that ask, each until `stop`; what they saw."""

    def __init__(self, server, expected):
        self.server = server
        self.expected = expected  # answers by model, then by seed
        self.stop = threading.Event()
        self._lock = threading.Lock()
        self.answers = collections.Counter()  # by kind of call
        self.faults = []
        self.latencies = []  # (when it ended, seconds) of Predict

    def run(self, kind, ask):
        random_ = random.Random(kind)
        with self.server.channel() as channel:
            while not self.stop.is_set():
                try:
                    ask(channel, random_)
                except Exception as error:  # any is a fault
                    self.note_fault(f"{kind}: {error!r}")
                with self._lock:
                    self.answers[kind] += 1

    def note_fault(self, text):
        with self._lock:
            self.faults.append(text)

    def check(self, kind, model, seed, mean):
        wanted = self.expected[model][seed]
        if not any(np.allclose(mean, one, rtol=1e-5, atol=1e-6) for one in wanted):
            self.note_fault(f"{kind}: another answer than before for seed {seed}")

    def predict(self, channel, random_):
        model, seed = random_.choice(["steady", "swapped"]), random_.choice(SEEDS)
        stub = ensemble_pb2_grpc.EnsembleServiceStub(channel)
        started = time.monotonic()
        answer = stub.Predict(request(model, seed), timeout=TIMEOUT_S)
        ended = time.monotonic()
        with self._lock:
            self.latencies.append((ended, ended - started))
        self.check("Predict", model, seed, mean_of(answer))

    def stream(self, channel, random_):
        seed = random_.choice(SEEDS)
        stub = ensemble_pb2_grpc.EnsembleServiceStub(channel)
        answers = list(stub.PredictStream(request("steady", seed), timeout=TIMEOUT_S))
        self.check("PredictStream", "steady", seed, mean_of(answers[-1]))

    def infer(self, channel, random_):
        model, seed = random_.choice(["steady", "swapped"]), random_.choice(SEEDS)
        call = service_pb2.ModelInferRequest(model_name=model)
        call.parameters["seed"].int64_param = seed
        call.inputs.add(name="input", datatype="FP32", shape=ROWS.shape)
        call.raw_input_contents.append(ROWS.tobytes())
        stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
        answer = stub.ModelInfer(call, timeout=TIMEOUT_S)
        names = [output.name for output in answer.outputs]
        raw = answer.raw_output_contents[names.index("mean")]
        self.check("ModelInfer", model, seed, np.frombuffer(raw, "<f4"))

    def cancel(self, channel, random_):
        stub = ensemble_pb2_grpc.EnsembleServiceStub(channel)
        call = request("steady", None, num_networks=1000)
        calls = [stub.Predict.future(call, timeout=TIMEOUT_S) for _ in range(4)]
        self.stop.wait(random_.uniform(0, 0.05))
        for call in calls:
            call.cancel()
        self.stop.wait(0.2)

    def connect(self, _, random_):
        """A connection of its own, and away."""
        with self.server.channel() as channel:
            self.predict(channel, random_)
        self.stop.wait(0.2)

    def scrape(self, *_):
        if "hypergan_requests_total" not in self.server.metrics():
            self.note_fault("scrape: no hypergan_requests_total")
        self.stop.wait(1)


ROWS = np.full((4, *scripted.INPUT_SHAPE), 0.25, np.float32)


def request(model, seed, **fields):
    call = ensemble_pb2.PredictRequest(model_name=model, seed=seed, **fields)
    call.inputs.CopyFrom(to_tensor(ROWS))
    return call


def mean_of(answer):
    return np.frombuffer(answer.mean.raw, "<f4")


def put(source, served):
    served.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, served.with_name("copy"))
    os.replace(served.with_name("copy"), served)


def answers_of(repository, model):
    with RunningServer(repository) as server:
        return {
            seed: mean_of(server.stub.Predict(request(model, seed), timeout=TIMEOUT_S))
            for seed in SEEDS
        }


def percentile(latencies, start, end):
    """In milliseconds, of what ended between these; None if nothing did."""
    some = [seconds for when, seconds in latencies if start <= when < end]
    return round(float(np.percentile(some, 99)) * 1000, 1) if some else None


def report_of(soak, samples, swaps):
    """`samples`: (time, bytes in memory, open descriptors)."""
    times, memory, files = (np.array(column) for column in zip(*samples, strict=True))
    steady = slice(int(len(times) * WARM_UP), None)
    slope = np.polyfit(times[steady], memory[steady], 1)[0] * 3600 / MIB
    begin, end = times[0], times[-1]
    tenth = (end - begin) / 10
    # Of some samples each, for one of them may be a moment's.
    parts = np.array_split(memory[steady], min(5, len(memory[steady])))
    levels = [float(np.median(part)) for part in parts]
    return {
        "seconds": round(float(end - begin)),
        "calls": dict(sorted(soak.answers.items())),
        "swaps": swaps,
        "faults": len(soak.faults),
        "memory_mib_start": round(levels[0] / MIB, 1),
        "memory_mib_end": round(levels[-1] / MIB, 1),
        "memory_slope_mib_per_hour": round(float(slope), 2),
        "open_files_start": int(files[steady][0]),
        "open_files_end": int(files[-1]),
        "predict_p99_ms_start": percentile(soak.latencies, begin, begin + tenth),
        "predict_p99_ms_end": percentile(soak.latencies, end - tenth, end),
    }


def is_good(report):
    growth = (report["memory_mib_end"] - report["memory_mib_start"]) * MIB
    more_files = report["open_files_end"] - report["open_files_start"]
    return (
        not report["faults"] and growth <= MOST_GROWTH and more_files <= MOST_MORE_FILES
    )


def soak_for(seconds, folder):
    sources = [
        scripted.write_checkpoint(
            folder / f"{seed}.pt", module=scripted.ScriptedHyperGan(seed)
        )
        for seed in range(CONTENTS)
    ]
    repository = folder / "models"
    swapped = repository / "swapped" / "1" / "model.pt"
    put(sources[0], repository / "steady" / "1" / "model.pt")
    answers = []
    for source in sources:
        put(source, swapped)
        answers.append(answers_of(repository, "swapped"))
    expected = {
        "steady": {seed: [answers[0][seed]] for seed in SEEDS},
        "swapped": {seed: [each[seed] for each in answers] for seed in SEEDS},
    }
    with RunningServer(repository, "--log_requests=false") as server:
        soak = Soak(server, expected)
        kinds = ["predict", "predict", "stream", "infer", "cancel", "connect", "scrape"]
        threads = [
            threading.Thread(target=soak.run, args=(kind, getattr(soak, kind)))
            for kind in kinds
        ]
        for thread in threads:
            thread.start()
        begin = time.monotonic()
        samples, swaps = [], 0
        try:
            while time.monotonic() - begin < seconds and not soak.faults:
                now = time.monotonic()
                samples.append((now, server.memory(), server.open_files()))
                if now - begin > (swaps + 1) * SWAP_EVERY_S:
                    swaps += 1
                    put(sources[swaps % CONTENTS], swapped)
                    server.send(signal.SIGHUP)
                soak.stop.wait(SAMPLE_EVERY_S)
        finally:
            soak.stop.set()
            for thread in threads:
                thread.join()
        for model in expected:
            for seed in SEEDS:
                answer = server.stub.Predict(request(model, seed), timeout=TIMEOUT_S)
                soak.check("afterwards", model, seed, mean_of(answer))
        if server.terminate() != 0:
            soak.note_fault("the server did not end well: " + server.output[-2000:])
    for fault in soak.faults[:10]:
        print(fault, file=sys.stderr)
    return report_of(soak, samples, swaps)


def main():
    minutes, path = float(sys.argv[1]), pathlib.Path(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        report = soak_for(60 * minutes, pathlib.Path(folder))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, indent=2) + "\n")
    print(path.read_text(), end="")
    return 0 if is_good(report) else 1


if __name__ == "__main__":
    sys.exit(main())

"""Replicas behind the front, under load, while they are restarted and updated.

Requests leave at a fixed rate, whether or not earlier ones have been answered (an open
loop). Meanwhile each replica in turn is stopped and started again, and then all get a
new version of the model. Ends with 1 if any request failed.

    python bench/scale.py --replicas=4

With --cores each replica has a small machine of its own (machines.py), as root. Then
what all of them answer can be compared with what one does.
"""

import argparse
import collections
import concurrent.futures
import contextlib
import pathlib
import signal
import statistics
import sys
import tempfile
import threading
import time

import grpc

REPOSITORY = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "tests/end_to_end/harness"))
sys.path.insert(0, str(REPOSITORY / "tests/deploy"))
sys.path.insert(0, str(REPOSITORY / "deploy/envoy"))

import machines  # noqa: E402
import scripted  # noqa: E402
from callers import BEHIND, ROWS, Caller  # noqa: E402
from ensemble_stubs import ensemble_pb2  # noqa: E402
from running_front import RunningFront  # noqa: E402
from running_server import RunningServer, to_tensor  # noqa: E402

# The front's bound on one client, which all requests here come from.
ONE_CLIENT = (
    "max_tokens: 400, tokens_per_fill: 200, fill_interval: 1s",
    "max_tokens: 100000, tokens_per_fill: 100000, fill_interval: 1s",
)
# At once, for each replica: a server answers several requests together.
CALLERS = 16
TIMEOUT_S = 30
SHARE = 0.4
# Ten times what a server needs that nothing disturbs.
STOP_S = 300


def question(networks):
    return ensemble_pb2.PredictRequest(
        model_name="model", inputs=to_tensor(ROWS), num_networks=networks
    )


class Phase:
    """What became of the requests that were sent in it."""

    def __init__(self, name):
        self.name = name
        self.milliseconds = []
        self.versions = collections.Counter()
        self.failures = collections.Counter()

    def __str__(self):
        count = len(self.milliseconds) + self.failures.total()
        line = f"{self.name:24}{count:8} sent{self.failures.total():6} failed"
        if len(self.milliseconds) > 1:
            cuts = statistics.quantiles(self.milliseconds, n=100)
            line += f"{cuts[49]:9.1f} ms p50{cuts[98]:9.1f} ms p99"
        versions = ", ".join(f"{v}: {n}" for v, n in sorted(self.versions.items()))
        return f"{line}   by version {versions}"


class OpenLoop:
    """Sends `rate` requests a second until it is left."""

    def __init__(self, address, request, rate):
        self._address, self._request, self._rate = address, request, rate
        self._changed = threading.Condition()
        self._open = 0
        self._stopped = threading.Event()
        self.phases = []

    def begin(self, name):
        with self._changed:
            self.phases.append(Phase(name))

    def _send(self):
        with Caller(self._address) as client:
            due = time.monotonic()
            while not self._stopped.wait(max(0, due - time.monotonic())):
                due += 1 / self._rate
                with self._changed:
                    phase = self.phases[-1]
                    self._open += 1
                started = time.monotonic()
                call = client.stub.Predict.future(self._request, timeout=TIMEOUT_S)
                call.add_done_callback(
                    lambda call, phase=phase, started=started: self._done(
                        call, phase, started
                    )
                )
            with self._changed:
                self._changed.wait_for(lambda: self._open == 0, TIMEOUT_S + 10)

    def _done(self, call, phase, started):
        error = call.exception()
        with self._changed:
            self._open -= 1
            if error is None:
                phase.milliseconds.append((time.monotonic() - started) * 1000)
                phase.versions[call.result().model_version] += 1
            elif isinstance(error, grpc.RpcError):
                phase.failures[f"{error.code().name}: {error.details()}"] += 1
            else:
                phase.failures[repr(error)] += 1
            self._changed.notify_all()

    def __enter__(self):
        self._thread = threading.Thread(target=self._send)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stopped.set()
        self._thread.join()


def throughput(address, request, seconds, callers):
    """Answers a second to `callers`, each of which asks again when it is answered."""
    end = time.monotonic() + seconds

    def ask(_):
        answers = 0
        with Caller(address) as client:
            while time.monotonic() < end:
                client.stub.Predict(request, timeout=TIMEOUT_S)
                answers += 1
        return answers

    with concurrent.futures.ThreadPoolExecutor(callers) as pool:
        return sum(pool.map(ask, range(callers))) / seconds


class Replicas:
    """On machines of their own where these have `cores`; else on this one."""

    def __init__(self, repository, count, cores, stack):
        self._repository, self._stack = repository, stack
        self._machines = [
            stack.enter_context(machines.Machine(number, cores)) if cores else None
            for number in range(1, count + 1)
        ]
        self.servers = [self._start(machine) for machine in self._machines]

    def _start(self, machine, *flags):
        flags = (*BEHIND, "--threads=1", *flags)
        if machine is None:
            server = RunningServer(self._repository, *flags)
        else:
            listen = (f"--listen={machine.address}:8001",)
            server = RunningServer(
                self._repository, *flags, *listen, prefix=machine.prefix
            )
        return self._stack.enter_context(server)

    @property
    def addresses(self):
        return [server.address for server in self.servers]

    def restart(self, number):
        stopped = self.servers[number]
        status = stopped.terminate(STOP_S)
        if status != 0:
            raise RuntimeError(
                f"replica {number} ended with {status}:\n{stopped.output}"
            )
        self.servers[number] = self._start(
            self._machines[number], f"--listen={stopped.address}"
        )

    def look_for_versions(self):
        for server in self.servers:
            server.send(signal.SIGHUP)
            server.wait_for("model version 2")


def measure(given, folder, stack):
    repository = folder / "models"
    scripted.write_checkpoint(repository / "model/1/model.pt")
    replicas = Replicas(repository, given.replicas, given.cores, stack)
    request = question(given.networks)
    rates = []
    for count in (1, given.replicas):
        place = folder / f"front-{count}"
        place.mkdir()
        with RunningFront(
            place, *replicas.addresses[:count], changes=[ONE_CLIENT]
        ) as front:
            rate = throughput(front.address, request, given.seconds, count * CALLERS)
            print(f"{count} behind the front: {rate:.0f} answers a second", flush=True)
        rates.append(rate)
    print(f"ratio: {rates[1] / rates[0]:.2f}", flush=True)
    place = folder / "front"
    place.mkdir()
    front = stack.enter_context(
        RunningFront(place, *replicas.addresses, changes=[ONE_CLIENT])
    )
    sent = given.rate or SHARE * rate
    print(f"sent: {sent:.1f} a second", flush=True)
    load = OpenLoop(front.address, request, sent)
    load.begin("all replicas")
    with load:
        time.sleep(given.seconds)
        for number in range(given.replicas):
            load.begin(f"restart of replica {number + 1}")
            replicas.restart(number)
            front.wait_until_healthy(given.replicas, timeout=STOP_S)
        load.begin("a new version")
        scripted.write_checkpoint(
            repository / "model/2/model.pt", scripted.ScriptedHyperGan(seed=1)
        )
        replicas.look_for_versions()
        load.begin("with the new version")
        time.sleep(given.seconds)
    return load.phases


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--replicas", type=int, default=4)
    arguments.add_argument(
        "--rate",
        type=float,
        help="requests a second, for a machine that others use, too; "
        f"by default {100 * SHARE:.0f} %% of what all replicas have answered",
    )
    arguments.add_argument("--networks", type=int, default=100)
    arguments.add_argument(
        "--seconds", type=float, default=10, help="of a steady phase"
    )
    arguments.add_argument(
        "--cores",
        type=float,
        help="of CPU time a second for each replica, on a machine of its own",
    )
    given = arguments.parse_args()
    if given.cores:
        machines.in_a_network_of_its_own()
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        phases = measure(given, pathlib.Path(folder), stack)
    for phase in phases:
        print(phase)
        for failure, count in phase.failures.most_common(5):
            print(f"  {count} x {failure}")
    last = phases[-1]
    if set(last.versions) != {"2"}:
        sys.exit(
            f"expected answers of version 2 alone at the end, got {dict(last.versions)}"
        )
    sys.exit(1 if any(phase.failures for phase in phases) else 0)


if __name__ == "__main__":
    main()

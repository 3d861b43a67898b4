"""The front spreads calls over replicas, asks healthy ones alone, and ends TLS."""

import signal
import ssl
import subprocess
import threading
import time
import urllib.error
import urllib.request

import grpc
import numpy as np
import pytest
import scripted
from callers import BEHIND, ROWS, Caller
from running_front import RunningFront
from running_server import RunningServer

CALLS = 20


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    scripted.write_checkpoint(folder / "good" / "1" / "model.pt")
    return folder


@pytest.fixture(scope="module")
def lasting(repository):
    with RunningServer(repository, *BEHIND) as running:
        yield running


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A folder with the certificate of a server "localhost", signed by itself."""
    folder = tmp_path_factory.mktemp("certificate")
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-nodes", "-days", "1"),
            *("-pkeyopt", "ec_paramgen_curve:prime256v1", "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"),
            *("-keyout", "tls.key", "-out", "tls.crt"),
        ],
        cwd=folder,
        check=True,
        capture_output=True,
        timeout=60,
    )
    return folder


class Load:
    """Threads that ask the front over and over, each answer checked by its seed."""

    WORKERS = 8
    SEEDS = 4

    def __init__(self, address, server):
        self._address = address
        self._expected = [self._ask(server, seed) for seed in range(self.SEEDS)]
        self._changed = threading.Condition()
        self._stopped = False
        self.answers = 0
        self.failures = []

    @staticmethod
    def _ask(server, seed):
        answer = server.predict("good", ROWS, num_networks=100, seed=seed)
        return np.frombuffer(answer.mean.raw, "<f4")

    def _run(self, seed):
        with Caller(self._address) as client:
            while not self._stopped:
                failure = self._failure(client, seed)
                with self._changed:
                    self.answers += 1
                    if failure:
                        self.failures.append(failure)
                    self._changed.notify_all()

    def _failure(self, client, seed):
        try:
            answer = client.predict(num_networks=100, seed=seed, timeout=30)
        except grpc.RpcError as error:
            return f"{error.code()}: {error.details()}"
        mean = np.frombuffer(answer.mean.raw, "<f4")
        if np.allclose(mean, self._expected[seed], rtol=1e-5, atol=1e-5):
            return None
        return f"seed {seed}: another answer"

    def wait_for_more(self, count=100, timeout=60):
        with self._changed:
            before = self.answers
            assert self._changed.wait_for(
                lambda: self.answers >= before + count, timeout
            )

    def wait_until(self, reached, timeout=60):
        deadline = time.monotonic() + timeout
        while not reached():
            assert time.monotonic() < deadline
            self.wait_for_more(1)

    def __enter__(self):
        self._threads = [
            threading.Thread(target=self._run, args=(number % self.SEEDS,))
            for number in range(self.WORKERS)
        ]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stopped = True
        for thread in self._threads:
            thread.join(60)


def test_killed_restarted_and_draining_replicas_fail_no_request(
    repository, lasting, tmp_path
):
    fast = (
        "max_tokens: 400, tokens_per_fill: 200, fill_interval: 1s",
        "max_tokens: 100000, tokens_per_fill: 100000, fill_interval: 1s",
    )
    with RunningServer(repository, *BEHIND) as killed:
        servers = (lasting.address, killed.address)
        with (
            RunningFront(tmp_path, *servers, changes=[fast]) as front,
            Load(front.address, lasting) as load,
        ):
            load.wait_for_more()
            killed.send(signal.SIGKILL)
            load.wait_for_more()
            front.wait_until_healthy(1)
            again = f"--listen={killed.address}"
            with RunningServer(repository, *BEHIND, again) as restarted:
                front.wait_until_healthy(2)
                load.wait_until(lambda: answered(restarted) >= 100)
                assert restarted.terminate() == 0
                load.wait_for_more()
    assert load.failures == []


def answered(server):
    line = 'hypergan_requests_total{code="OK",model="good",version="1"}'
    for found in server.metrics().splitlines():
        if found.startswith(line):
            return float(found.split()[-1])
    return 0


def test_replicas_take_turns_and_one_that_drains_is_left_out(
    repository, lasting, tmp_path
):
    with RunningServer(repository, *BEHIND) as passing:
        servers = (lasting.address, passing.address)
        with RunningFront(tmp_path, *servers) as front, Caller(front.address) as client:
            before = answered(lasting)
            for _ in range(CALLS):
                client.predict()
            assert answered(passing) == CALLS / 2
            assert answered(lasting) - before == CALLS / 2
            assert passing.terminate() == 0
            # From the first call on: the front asks the other one again.
            for _ in range(CALLS):
                client.predict()
            front.wait_until_healthy(1)


def with_absent(server, count):
    """The addresses of the server and of `count` others that are not there."""
    port = server.address.rsplit(":", 1)[1]
    return [server.address, *(f"127.0.0.{2 + i}:{port}" for i in range(count))]


def test_one_replica_of_five_gets_all_calls(lasting, tmp_path):
    with (
        RunningFront(tmp_path, *with_absent(lasting, 4), healthy=1) as front,
        Caller(front.address) as client,
    ):
        for _ in range(CALLS):
            client.predict()
        assert front.statistic("cluster.server.lb_healthy_panic") == 0
        assert front.statistic("cluster.server.upstream_rq_retry") == 0


def test_no_call_of_a_client_takes_the_last_replica_away(lasting, tmp_path):
    with (
        RunningFront(tmp_path, *with_absent(lasting, 1), healthy=1) as front,
        Caller(front.address) as client,
    ):
        for _ in range(CALLS):
            with pytest.raises(grpc.RpcError) as error:
                client.predict(compression=grpc.Compression.Gzip)
            assert error.value.code() == grpc.StatusCode.UNIMPLEMENTED
        client.predict()
        name = "cluster.server.outlier_detection.ejections_active"
        assert front.statistic(name) == 0


def test_no_healthy_replica_is_unavailable(lasting, repository, tmp_path):
    with RunningServer(repository, *BEHIND) as passing:
        with RunningFront(tmp_path, passing.address) as front:
            passing.terminate()
            front.wait_until_healthy(0)
            with Caller(front.address) as client, pytest.raises(grpc.RpcError) as error:
                client.predict()
            assert error.value.code() == grpc.StatusCode.UNAVAILABLE


def test_tls_is_for_grpc_and_json(lasting, certificate, tmp_path):
    (tmp_path / "tls").symlink_to(certificate)
    with RunningFront(tmp_path, lasting.address) as front:
        port = front.addresses["tls"].rsplit(":", 1)[1]
        trusted = (certificate / "tls.crt").read_bytes()
        credentials = grpc.ssl_channel_credentials(trusted)
        with Caller(f"localhost:{port}", credentials) as client:
            assert len(client.predict().scores) == 2
        context = ssl.create_default_context(cafile=certificate / "tls.crt")
        url = f"https://localhost:{port}/v1/models"
        with urllib.request.urlopen(url, timeout=10, context=context) as answer:
            assert answer.status == 200
        old = ssl.create_default_context(cafile=certificate / "tls.crt")
        with pytest.warns(DeprecationWarning, match="TLSv1_1"):
            old.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises(urllib.error.URLError, match=r"(?i)ssl|tls"):
            urllib.request.urlopen(url, timeout=10, context=old)


def test_without_a_certificate_the_port_for_tls_closes_and_the_rest_works(
    lasting, tmp_path
):
    with RunningFront(tmp_path, lasting.address) as front:
        host, port = front.addresses["tls"].rsplit(":", 1)
        with pytest.raises((ConnectionError, ssl.SSLError)):
            ssl.get_server_certificate((host, int(port)), timeout=10)
        with Caller(front.address) as client:
            client.predict()

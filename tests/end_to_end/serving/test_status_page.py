"""The status page of the real server, and the flagged rows that it keeps."""

import http.client
import json
import socket
import subprocess
import time
import urllib.parse

import grpc
import numpy as np
import pytest
import scripted
from programs import program
from running_server import RunningServer, ensemble_pb2, to_tensor

HOSTILE = "<img src=x onerror=alert(1)>"
PAGES = ("/", "/status.js", "/status.css", "/status.json", "/metrics", "/healthz")
# Two classes that are always the same: every row has an entropy of nearly log 2, which
# no calibration row had.
CALIBRATION = {
    "primary_score": "predictive_entropy",
    "rows": 99,
    "threshold": 0.95,
    "quantiles": [i / 1e6 for i in range(1, 100)],
}


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    return tmp_path_factory.mktemp("kept") / "flagged"


@pytest.fixture(scope="module")
def server(tmp_path_factory, kept):
    folder = tmp_path_factory.mktemp("models")
    fields = scripted.manifest(
        calibration=CALIBRATION, class_names=[HOSTILE, "</script>", "c", "d"]
    )
    scripted.write_checkpoint(folder / "unsure" / "1" / "model.pt", fields=fields)
    (folder / "unsure" / "2").mkdir()
    (folder / "unsure" / "2" / "model.pt").write_bytes(b"no checkpoint")
    flags = (f"--capture_flagged={kept}", "--allow_partial_start")
    with RunningServer(folder, *flags) as running:
        yield running


def address(server):
    return urllib.parse.urlparse(server.metrics_url).netloc


def get(server, path, method="GET"):
    connection = http.client.HTTPConnection(address(server), timeout=30)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def status(server):
    return json.loads(get(server, "/status.json")[2])


def ask(server, rows, request_id, **fields):
    request = ensemble_pb2.PredictRequest(model_name="unsure", **fields)
    inputs = np.random.default_rng(rows).normal(size=(rows, *scripted.INPUT_SHAPE))
    request.inputs.CopyFrom(to_tensor(inputs.astype(np.float32)))
    metadata = [("x-request-id", request_id)]
    return inputs, server.stub.Predict(request, timeout=60, metadata=metadata)


@pytest.mark.parametrize("path", PAGES)
def test_nothing_but_its_own_files_may_run(server, path):
    code, headers, body = get(server, path)
    assert code == 200
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    code, headers, nothing = get(server, path, "HEAD")
    assert (code, nothing) == (200, b"")
    if path in PAGES[:3]:
        assert int(headers["Content-Length"]) == len(body)


def test_figures_are_those_of_the_requests(server):
    before = status(server)["models"][0]
    _, answer = ask(server, 3, HOSTILE, seed=5)
    flagged = sum(row.is_ood for row in answer.scores)
    assert flagged > 0
    with pytest.raises(grpc.RpcError):
        server.predict("unsure", np.zeros((2, 5), np.float32))
    now = status(server)
    (model,) = now["models"]
    assert model["version"] == 1
    assert len(model["digest"]) == 64
    assert model["rows"] - before["rows"] == 3
    assert model["flagged_rows"] - before["flagged_rows"] == flagged
    assert model["requests"]["INVALID_ARGUMENT"] >= 1
    assert model["refusals"]["shape"] >= 1
    assert [each["name"] for each in model["classes"]][:2] == [HOSTILE, "</script>"]
    assert now["other_versions"] == [
        {"name": "unsure", "version": "2", "state": "failed"}
    ]
    newest = now["flagged"][0]
    assert newest["id"] == HOSTILE
    assert (newest["rows"], newest["flagged_rows"]) == (3, flagged)
    assert set(newest) == {
        *("time", "model", "version", "id", "rows", "flagged_rows"),
        "highest_ood_score",
    }


def test_the_last_flagged_requests_are_few(server):
    for number in range(40):
        ask(server, 1, f"request-{number}")
    ids = [each["id"] for each in status(server)["flagged"]]
    assert ids == [f"request-{number}" for number in range(39, 7, -1)]


def wait_for_file(folder, request_id, timeout=60):
    deadline = time.monotonic() + timeout
    while True:
        for path in sorted(folder.glob("flagged-*.npz")):
            with np.load(path, allow_pickle=False) as arrays:
                if arrays["request_id"] == request_id:
                    return path, {name: arrays[name] for name in arrays}
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_flagged_rows_are_kept_and_can_be_asked_again(server, kept):
    inputs, answer = ask(server, 4, "keep-me", seed=7, num_networks=30)
    path, arrays = wait_for_file(kept, "keep-me")
    rows = arrays["row"]
    assert list(rows) == [i for i, row in enumerate(answer.scores) if row.is_ood]
    assert np.array_equal(arrays["x_test"], inputs.astype(np.float32)[rows])
    for score in ("predictive_entropy", "mutual_information", "ood_score"):
        told = [getattr(answer.scores[row], score) for row in rows]
        assert arrays[score] == pytest.approx(told)
    assert (arrays["seed"], arrays["num_networks"], arrays["version"]) == (7, 30, 1)
    again = server.predict("unsure", arrays["x_test"], seed=7, num_networks=30)
    assert [row.ood_score for row in again.scores] == pytest.approx(
        list(arrays["ood_score"])
    )
    result = subprocess.run(
        [
            *(program("hypergan-client"), "predict", f"--server={server.address}"),
            *("--model=unsure", f"--inputs={path}", f"--rows={len(rows)}"),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr


RUBBISH = [
    b"",
    b"\0" * 4096,
    b"\xff\xfe\r\n\r\n",
    b"GET\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET /status.json HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 5000 + b"\r\n",
    b"GET /../../etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /%2e%2e/status.json%00 HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET //status.json HTTP/1.1\r\nHost: a\r\n\r\n",
    b"POST /status.json HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    b"DELETE / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
]


# What follows such headers is not read as a further request.
BODIES = [
    b"GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
]


def test_a_body_is_no_further_request(server):
    host, port = address(server).split(":")
    for head in BODIES:
        with socket.create_connection((host, int(port)), timeout=30) as connection:
            connection.sendall(head + b"GET /status.json HTTP/1.1\r\n\r\n")
            connection.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda: connection.recv(4096), b""))
        assert answer.count(b"HTTP/1.1") == 1
        assert answer.endswith(b"ok\n")


def test_rubbish_is_refused_and_the_next_reader_is_served(server):
    host, port = address(server).split(":")
    for rubbish in RUBBISH:
        with socket.create_connection((host, int(port)), timeout=30) as connection:
            try:
                connection.sendall(rubbish)
                connection.shutdown(socket.SHUT_WR)
                first = connection.recv(4096)
            except ConnectionError:
                first = b""
            assert not first.startswith(b"HTTP/1.1 200"), rubbish[:80]
            assert b"passwd" not in first
    assert get(server, "/readyz")[0] == 200
    assert status(server)["server"]["ready"]

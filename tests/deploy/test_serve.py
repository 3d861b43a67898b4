"""`./run serve` starts both programs, prints what to paste, and ends at Ctrl-C."""

import json
import os
import pathlib
import re
import signal
import subprocess
import urllib.request

import pytest
import scripted
from localize import free_port
from programs import REPOSITORY, program
from running_process import RunningProcess

ENVIRONMENT = {
    **os.environ,
    "HYPERGAN_BUILD": str(pathlib.Path(program(".")).resolve().parent),
}


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """A stand-in for the demo's regression: its name and the shape of its rows."""
    folder = tmp_path_factory.mktemp("models")
    fields = scripted.manifest(task="regression", input_shape=[1], num_outputs=6)
    fields["noise_size"] = 6
    path = folder / "regression-1d" / "1" / "model.pt"
    scripted.write_checkpoint(path, scripted.NoiseEcho(), fields)
    return folder


class Serving(RunningProcess):
    """Ends what it has started, whatever the test has found."""

    def __init__(self, port, repository):
        super().__init__(
            [REPOSITORY / "run", "serve", f"--port={port}"],
            env={**ENVIRONMENT, "MODELS": str(repository)},
        )

    def __exit__(self, *exception):
        self.send(signal.SIGTERM)
        self.wait()
        super().__exit__(*exception)


def pasted(lines, start):
    """The first command among printed lines that starts so, with its continuations."""
    text = "\n".join(line.strip() for line in lines)
    return re.search(rf"^{start}(.*\\\n)*.*", text, re.M)[0]


def test_it_serves_until_ctrl_c(repository):
    with Serving(free_port(), repository) as running:
        running.wait_for("Ctrl-C ends both", timeout=100)
        asked = subprocess.run(
            pasted(running.lines, "curl"),
            shell=True,
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
        answer = json.loads(asked.stdout)
        assert answer["num_networks"] == "100"
        assert len(answer["mean"]["values"]) == 2 * 6
        listed = subprocess.run(
            pasted(running.lines, r"\S+hypergan-client"),
            shell=True,
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
        assert "regression-1d" in listed.stdout
        page = re.search(r"status page is at (http://\S+/),", running.output)[1]
        with urllib.request.urlopen(page, timeout=10) as answer:
            assert b"HyperGAN Serving" in answer.read()
        running.send(signal.SIGINT)
        assert running.wait() == 130
    home = pathlib.Path(ENVIRONMENT["HYPERGAN_BUILD"]) / "serve"
    assert "stopping" in (home / "server.log").read_text()
    assert "SIGTERM" in (home / "front.log").read_text()


@pytest.mark.parametrize(
    ("arguments", "models", "expected"),
    [
        (["--port=0"], None, "got '--port=0'"),
        (["8080"], None, "got '8080'"),
        ([], "nowhere", "found no nowhere; ./run demo trains one"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(arguments, models, expected):
    environment = {**ENVIRONMENT, **({"MODELS": models} if models else {})}
    result = subprocess.run(
        [REPOSITORY / "run", "serve", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode > 0
    (line,) = result.stderr.strip().splitlines()
    assert expected in line

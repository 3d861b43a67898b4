"""The README's Python works as it stands."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from programs import REPOSITORY, TIMEOUT_S, program
from running_server import RunningServer

README = (REPOSITORY / "README.md").read_text()


def block(language, having):
    """The one fenced block of that language with `having` in it."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", README, re.M | re.S)
    (found,) = [text for text in blocks if having in text]
    return found


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    repository = tmp_path_factory.mktemp("models")
    subprocess.run(
        [
            program("hypergan-trainer"),
            "train",
            "--data=generated:cubic:1",
            "--target=regression",
            f"--model_repository={repository}",
            "--model=regression-1d",
            "--device=cpu",
            "--threads=1",
            "--epochs=20",
            "--evaluate_every=20",
            "--evaluation_networks=10",
        ],
        check=True,
        timeout=TIMEOUT_S,
    )
    with RunningServer(repository) as running:
        yield running


def test_the_python_snippet_runs_as_it_stands(server, tmp_path):
    for folder in ("python", "proto"):
        shutil.copytree(REPOSITORY / folder, tmp_path / folder)
    environment = dict(
        os.environ,
        SERVER=server.address,
        PATH=f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}",
        # Here, of what is installed already.
        PIP_TARGET=str(tmp_path / "site"),
        PYTHONPATH=str(tmp_path / "site"),
        PIP_NO_BUILD_ISOLATION="0",
        PIP_NO_DEPS="1",
        PIP_NO_INDEX="1",
    )

    def execute(*command):
        return subprocess.run(
            command,
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=True,
        ).stdout

    execute("sh", "-ec", block("sh", "pip install ./python"))
    said = execute("python3", "-c", block("python", "hypergan_client"))
    number = r"-?\d+\.\d+"
    assert re.fullmatch(
        rf"f\(0\.5\) = {number} \+- {number}, ood_score [01]\.\d+\n"
        rf"f\(6\.0\) = {number} \+- {number}, ood_score [01]\.\d+\n"
        r"the same 100 networks again: seed=\d+\n",
        said,
    ), said


def test_the_example_in_python_is_the_snippet():
    example = (REPOSITORY / "examples/python/ask.py").read_text()
    assert example.endswith(block("python", "hypergan_client"))


def test_the_example_in_cpp_asks_about_both_numbers(server):
    answer = subprocess.run(
        [program("ask")],
        env=dict(os.environ, SERVER=server.address),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=True,
    ).stdout
    number = r"-?\d+(\.\d+)?"
    assert re.fullmatch(rf"({number} variance {number}\n){{2}}", answer), answer


def test_every_linked_file_is_there():
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", README)
    assert targets
    for target in targets:
        assert (REPOSITORY / target).is_file(), target

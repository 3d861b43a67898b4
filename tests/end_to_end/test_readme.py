"""The Python in the README and in the pages that it names works as it stands."""

import os
import re
import subprocess
import sys

import pytest

from programs import REPOSITORY, TIMEOUT_S, program
from running_server import RunningServer

README = (REPOSITORY / "README.md").read_text()


def block(language, having, text=README):
    """The one fenced block of that language with `having` in it."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", text, re.M | re.S)
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
    (tmp_path / "proto").symlink_to(REPOSITORY / "proto")
    environment = dict(
        os.environ,
        SERVER=server.address,
        PATH=f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}",
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

    execute("sh", "-ec", block("sh", "grpc_tools.protoc"))
    said = execute("python3", "-c", block("python", "import grpc"))
    number = r"-?\d+\.\d+"
    assert re.fullmatch(
        rf"f\(0\.5\) = {number} \+- {number}, ood_score [01]\.\d+\n"
        rf"f\(6\.0\) = {number} \+- {number}, ood_score [01]\.\d+\n"
        r"the same 100 networks again: seed=\d+\n",
        said,
    ), said


def test_the_open_inference_snippet_runs_as_it_stands(server):
    page = (REPOSITORY / "docs/open-inference.md").read_text()
    said = subprocess.run(
        [sys.executable, "-c", block("python", "import tritonclient", page)],
        env=dict(os.environ, SERVER=server.address),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=True,
    ).stdout
    number = r"-?\d+\.\d+"
    assert re.fullmatch(
        rf"f\(0\.5\) = {number} \+- {number}, ood_score [01]\.\d+\n"
        rf"f\(6\.0\) = {number} \+- {number}, ood_score [01]\.\d+\n"
        r"the same networks again: seed=\d+\n",
        said,
    ), said


def test_the_example_in_python_is_the_snippet():
    example = (REPOSITORY / "examples/python/ask.py").read_text()
    assert example.endswith(block("python", "import grpc"))


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

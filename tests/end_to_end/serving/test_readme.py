"""The README's commands and snippets work as they stand."""

import os
import re
import shutil
import subprocess
import sys

import pytest
from programs import REPOSITORY, TIMEOUT_S, program
from running_server import RunningServer

README = (REPOSITORY / "README.md").read_text()


def block(language, having, text=README):
    """The one fenced block of that language with `having` in it."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", text, re.M | re.S)
    (found,) = [found for found in blocks if having in found]
    return found


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    repository = tmp_path_factory.mktemp("models")
    subprocess.run(
        [
            program("hypergan-trainer"),
            "train",
            "--data=generated:cubic:1",
            "--calibration_data=generated:cubic:3",
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
    answered = rf"{number} \+- {number}, ood_score [01]\.\d+\n"
    expected = rf"  95 %: {number} to {number}, is_ood (True|False)\n"
    assert re.fullmatch(
        rf"f\(0\.5\) = {answered}{expected}f\(6\.0\) = {answered}{expected}"
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
    two = rf"({number} variance {number}(, is_ood)?\n){{2}}"
    many = r"1000 rows, networks from seed \d+\n"
    assert re.fullmatch(two + many, answer), answer


def test_the_call_in_cpp_is_that_of_the_example():
    call = re.search(r"client->Predict\(.*", block("cpp", "Predict"), re.S)[0]
    example = (REPOSITORY / "examples/cpp/ask.cc").read_text()
    assert " ".join(call.split()) in " ".join(example.split())


def with_programs():
    folder = os.path.dirname(program("hypergan-client"))
    return dict(os.environ, PATH=f"{folder}:{os.environ['PATH']}")


def shell(commands, folder):
    """What the commands print, in a folder that has the programs in its PATH."""
    return subprocess.run(
        ["sh", "-ec", commands],
        cwd=folder,
        env=with_programs(),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=True,
    ).stdout


def test_the_shell_asks_the_served_regression(server):
    (command,) = [
        line
        for line in block("sh", "hypergan-client predict").splitlines()
        if "--model=regression-1d" in line
    ]
    said = shell(f"{command} --server={server.address}", REPOSITORY)
    assert said.startswith("regression-1d version 1, 100 networks from seed ")
    assert re.search(r"^ *row +x +mean +deviation +interval +truth", said, re.M), said
    assert re.search(r"^ *4 +-5\.8 ", said, re.M), said


def test_ones_own_table_is_trained_on_and_drawn(tmp_path):
    """With a hundredth of the epochs, which changes what is learned alone."""
    commands, replaced = re.subn(
        r"--model=curve\n(?=hypergan-trainer plot)",
        "--model=curve --epochs=4\n",
        block("sh", "curve.csv"),
    )
    assert replaced == 1
    said = shell(commands, tmp_path)
    assert len((tmp_path / "curve.csv").read_text().splitlines()) == 300
    assert "wrote models/curve/1/model.pt" in said
    assert "o training rows" in said
    assert (tmp_path / "curve.svg").read_text().startswith("<svg ")


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

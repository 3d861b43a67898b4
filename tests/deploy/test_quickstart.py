"""The three paths of docs/quickstart.md, as they stand there."""

import json
import os
import pathlib
import re
import subprocess
import sys
import sysconfig

import pytest
import scripted
from callers import BEHIND
from programs import REPOSITORY, program
from running_front import RunningFront
from running_server import RunningServer

PAGE = (REPOSITORY / "docs/quickstart.md").read_text()
BUILD = pathlib.Path(program(".")).resolve().parent


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Of a front before a stand-in for the demo's regression."""
    folder = tmp_path_factory.mktemp("served")
    fields = scripted.manifest(
        task="regression",
        input_shape=[1],
        num_outputs=1,
        noise_size=1,
        noise_deviation=[3.0],
        calibration={
            "primary_score": "total_variance",
            "rows": 20,
            "quantiles": [i / 10 for i in range(20)],
        },
    )
    path = folder / "models/regression-1d/1/model.pt"
    scripted.write_checkpoint(path, scripted.NoiseEcho(), fields)
    with RunningServer(folder / "models", *BEHIND) as server:
        with RunningFront(folder, server.address) as front:
            yield front.address


@pytest.fixture
def execute(address, tmp_path):
    """Runs the page's block number `place` under a heading, where a clone is, with
    what pip installs from an index installed already."""
    for name in ("python", "proto", "examples"):
        (tmp_path / name).symlink_to(REPOSITORY / name)

    def run(heading, place=0):
        section = re.search(rf"^## {heading}\n(.*?)^## ", PAGE, re.M | re.S)[1]
        block = re.findall(r"^```sh\n(.*?)^```$", section, re.M | re.S)[place]
        for written, here in (
            ("127.0.0.1:8080", address),
            ("$PWD/build/release", str(BUILD)),
            ("build/release", str(BUILD)),
        ):
            block = block.replace(written, here)
        return subprocess.run(
            ["bash", "-ec", block],
            cwd=tmp_path,
            env={
                **os.environ,
                "PATH": f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}",
                "PYTHONPATH": sysconfig.get_paths()["purelib"],
                "PIP_NO_BUILD_ISOLATION": "0",
                "PIP_NO_DEPS": "1",
                "PIP_NO_INDEX": "1",
            },
            stdout=subprocess.PIPE,
            text=True,
            timeout=170,
            check=True,
        ).stdout

    return run


def test_python(execute):
    number = r"-?\d+\.\d\d"
    said = execute("Python")
    assert re.search(rf"^f\(0\.5\) = {number} \+- {number}$", said, re.M), said
    assert re.search(r"^from \[ *-?\d.*\] to \[ *-?\d.*\]$", said, re.M), said
    assert re.search(r"^ood_score \[0\.\d+ 0\.\d+\] is_ood \[", said, re.M), said


def test_curl(execute):
    answer = json.loads(execute("A shell"))
    assert answer["num_networks"] == "100"
    assert answer["mean"]["shape"] == ["2", "1"]


def test_the_projects_own_program(execute):
    said = execute("A shell", 1)
    assert re.search(r"\d+ networks", said)
    assert "total_variance" in said


def test_cpp_outside_of_the_tree(execute):
    said = execute("C\\+\\+").splitlines()[-3:]
    assert [line.split()[1] for line in said] == ["variance", "variance", "rows,"]
    assert said[-1].startswith("1000 rows, networks from seed ")

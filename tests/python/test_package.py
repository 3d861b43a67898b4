"""What `python -m build` and `pip install ./python` make."""

import pathlib
import re
import shutil
import subprocess
import sys
import zipfile

import ensemble_stubs
import pytest
from installed import REPOSITORY, copy_sources

import hypergan_client
from hypergan_client.protocol import ensemble_pb2

PYTHON = REPOSITORY / "python"


@pytest.fixture(scope="module")
def distributions(tmp_path_factory):
    """A source distribution, and the wheel that is made of it alone."""
    folder = tmp_path_factory.mktemp("built")
    sources = copy_sources(folder)
    command = [sys.executable, "-m", "build", "--no-isolation"]
    command += [f"--outdir={folder}/dist", sources]
    subprocess.run(command, check=True, capture_output=True, timeout=100)
    return folder / "dist"


def test_the_wheel_of_a_source_distribution_is_whole(distributions):
    (wheel,) = distributions.glob("hypergan_client-*-py3-none-any.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    sources = {
        str(path.relative_to(PYTHON / "src"))
        for path in (PYTHON / "src").rglob("*.py*")
        if path.name != "py.typed" and path.suffix in (".py", ".pyi")
    }
    messages = "hypergan_client/protocol/ensemble_pb2.py"
    assert {*sources, messages, messages + "i", "hypergan_client/py.typed"} <= names


def test_the_messages_are_those_of_the_protocol():
    of_protocol = ensemble_stubs.ensemble_pb2.DESCRIPTOR.serialized_pb
    assert ensemble_pb2.DESCRIPTOR.serialized_pb == of_protocol


def test_the_bound_of_protobuf_is_that_of_the_messages(distributions):
    made = re.search(
        r"Protobuf Python Version: (\S+)",
        zipfile.ZipFile(next(distributions.glob("*.whl")))
        .read("hypergan_client/protocol/ensemble_pb2.py")
        .decode(),
    )
    assert f'"protobuf>={made.group(1)}"' in (PYTHON / "pyproject.toml").read_text()


def test_the_version_is_the_projects():
    project = re.search(
        r"project\(hypergan_serving VERSION (\S+)",
        (REPOSITORY / "CMakeLists.txt").read_text(),
    )
    toml = (PYTHON / "pyproject.toml").read_text()
    assert f'\nversion = "{project.group(1)}"\n' in toml


def test_all_that_is_promised_is_there():
    for name in hypergan_client.__all__:
        assert getattr(hypergan_client, name).__doc__, name


def found_by(*command, cwd):
    """What a checker says that is not content; else nothing."""
    result = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    return result.stdout + result.stderr if result.returncode else ""


def test_types_hold(tmp_path):
    sources = copy_sources(tmp_path)
    messages = pathlib.Path(ensemble_pb2.__file__)
    for made in (messages, messages.with_suffix(".pyi")):
        shutil.copy(made, sources / "src/hypergan_client/protocol")
    assert found_by("mypy", "--cache-dir=/dev/null", cwd=sources) == ""


@pytest.mark.parametrize("verb", ["check", "format --check"])
def test_ruff_finds_nothing(verb):
    config = f"--config={PYTHON / 'pyproject.toml'}"
    command = ["ruff", *verb.split(), config, "--no-cache", "."]
    assert found_by(*command, cwd=REPOSITORY) == ""

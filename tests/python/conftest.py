"""The package as pip installs it, and a server to ask."""

import sys
import tempfile

import numpy as np
import pytest
from installed import REPOSITORY, install

sys.path.insert(0, str(REPOSITORY / "tests/end_to_end/harness"))
_folder = tempfile.TemporaryDirectory()
sys.path.insert(0, install(_folder.name))

import served  # noqa: E402


@pytest.fixture(scope="session")
def repository(tmp_path_factory):
    """A classification `kinds` and a regression `values`."""
    return served.write_models(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="session")
def server(repository):
    from running_server import RunningServer

    with RunningServer(repository) as running:
        yield running


@pytest.fixture
def client(server):
    from hypergan_client import Client

    with Client(server.address) as connected:
        yield connected


@pytest.fixture(scope="session")
def rows():
    """float32 [7, 2, 3]."""
    draws = np.random.default_rng(5)
    return draws.uniform(-1, 1, (7, *served.INPUT_SHAPE)).astype(np.float32)

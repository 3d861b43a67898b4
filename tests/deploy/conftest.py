"""The front before a module's `server`, and a client of the front."""

import pytest
from callers import Caller
from running_front import RunningFront


@pytest.fixture(scope="module")
def front(server, tmp_path_factory):
    with RunningFront(tmp_path_factory.mktemp("front"), server.address) as running:
        yield running


@pytest.fixture
def client(front):
    with Caller(front.address) as caller:
        yield caller

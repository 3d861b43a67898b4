"""The server's image, started as a container would be."""

import re
import time

from callers import Caller
from conftest import READY_LINE, metrics
from programs import REPOSITORY

MOST_MEGABYTES = 480


def test_it_is_ready_answers_counts_and_stops(image, models):
    started = time.monotonic()
    with image.start(folder=models, place="/models") as server:
        server.wait_for(READY_LINE)
        image.wait_until_healthy()
        print(f"ready after {time.monotonic() - started:.1f} s")
        with open(f"/proc/{server.pid}/status") as status:
            assert re.search(r"^Uid:\t65532\t65532\t", status.read(), re.M)
        with Caller("127.0.0.1:8001") as client:
            assert len(client.predict(num_networks=10).scores) == 2
        listing = image.run("hypergan-client", "models", "--server=127.0.0.1:8001")
        assert "good" in listing.stdout, listing.stderr
        counted = 'hypergan_requests_total{code="OK",model="good",version="1"} 1'
        assert counted in metrics()
        assert server.terminate() == 0, server.output


def test_it_is_unhealthy_without_a_server(image):
    result = image.check_health()
    assert result.returncode == 1
    assert "127.0.0.1:8001" in result.stderr


def test_it_is_small(image):
    assert image.megabytes() < MOST_MEGABYTES


def test_it_has_no_shell_and_no_cuda_beyond_what_libtorch_links(image):
    names = {path.name for path in image.root.rglob("*") if path.is_file()}
    assert names.isdisjoint({"sh", "bash", "dash", "busybox", "dpkg", "apt-get"})
    cuda = {name for name in names if re.match(r"lib(torch_)?(cu|nv|nccl)", name)}
    assert {re.split(r"[-.]", name)[0] for name in cuda} <= {"libcudart", "libcupti"}


def test_its_labels_say_what_it_is(image):
    labels = image.config["Labels"]
    version = re.search(
        r"^project\(\w+ VERSION ([\d.]+)",
        (REPOSITORY / "CMakeLists.txt").read_text(),
        re.M,
    )[1]
    assert labels["org.opencontainers.image.version"] == version
    assert labels["org.opencontainers.image.licenses"] == "MIT"
    assert image.config["User"] == "65532:65532"
    assert image.config["StopSignal"] in ("SIGTERM", "15")

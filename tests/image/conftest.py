"""An image that `./run image` has built: its root file system, run as its user."""

import json
import os
import pathlib
import subprocess
import time
import urllib.request

import pytest
import scripted
from running_process import RunningProcess

READY_LINE = "listening on"

# As a container is run with a read-only root, in a mount namespace that ends with it;
# with the devices that every container has.
# Arguments: root, user, folder of the host, its place in the image, command.
RUN = """
root=$1 user=$2 folder=$3 place=$4
shift 4
mount --make-rprivate /
mount --bind "$root" "$root"
if [ -n "$place" ]; then
  mkdir -p "$root$place" && mount --bind "$folder" "$root$place"
fi
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/dev"
for device in null zero random urandom; do
  touch "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mount -o remount,bind,ro "$root"
exec env -i "PATH=$IMAGE_PATH" /usr/sbin/chroot --userspec="$user" "$root" "$@"
"""


class Image:
    def __init__(self, root, description):
        self.root = pathlib.Path(root)
        self.config = description["Docker"]["config"]

    def command(self, arguments, user=None, folder=None, place=None):
        user = user or self.config["User"]
        assert len(user.split(":")) == 2
        return [
            *("unshare", "--mount", "sh", "-euc", RUN, "_"),
            *(str(self.root), user, str(folder or ""), place or ""),
            *map(str, arguments),
        ]

    @property
    def environment(self):
        given = dict(line.split("=", 1) for line in self.config["Env"])
        return {**os.environ, "IMAGE_PATH": given["PATH"]}

    def run(self, *arguments, **options):
        return subprocess.run(
            self.command(arguments, **options),
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def start(self, **options):
        """The entry point."""
        return RunningProcess(
            self.command(self.config["Entrypoint"], **options), env=self.environment
        )

    def check_health(self):
        """The image's own check, as it ended."""
        kind, *check = self.config["Healthcheck"]["Test"]
        assert kind == "CMD"
        return self.run(*check)

    def wait_until_healthy(self, timeout=120):
        deadline = time.monotonic() + timeout
        while (result := self.check_health()).returncode != 0:
            assert time.monotonic() < deadline, result
            time.sleep(0.05)

    def megabytes(self):
        files = (path for path in self.root.rglob("*") if not path.is_symlink())
        return sum(path.stat().st_size for path in files if path.is_file()) / 1e6


def metrics():
    with urllib.request.urlopen("http://127.0.0.1:8002/metrics", timeout=10) as answer:
        return answer.read().decode()


@pytest.fixture(scope="session")
def image():
    with open(os.environ["HYPERGAN_IMAGE"]) as file:
        return Image(os.environ["HYPERGAN_IMAGE_ROOT"], json.load(file))


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    """A model repository."""
    folder = tmp_path_factory.mktemp("models")
    scripted.write_checkpoint(folder / "good" / "1" / "model.pt")
    # Another user reads it.
    for path in (folder, *folder.parents):
        if path.is_relative_to("/tmp") and path.name:
            path.chmod(path.stat().st_mode | 0o055)
    return folder

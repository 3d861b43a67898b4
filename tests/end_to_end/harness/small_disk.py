"""A file system of the test's own that becomes full."""

import contextlib
import errno
import subprocess

import pytest


@contextlib.contextmanager
def small_disk(folder, size):
    """`folder` on a file system of `size` (as "32m"); skips where it may not."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting a small file system is not permitted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def fill(path):
    """A file that takes all the room there is."""
    with path.open("wb", buffering=0) as file:
        try:
            while file.write(b"\0" * 4096):
                pass
        except OSError as error:
            assert error.errno == errno.ENOSPC

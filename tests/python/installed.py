"""Installs the package from a copy of its sources, so that the tree stays as it is."""

import pathlib
import shutil
import subprocess
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
GENERATED = shutil.ignore_patterns("ensemble_pb2*", "build", "dist", "*.egg-info")


def copy_sources(folder):
    """`python/` and `proto/` as in a fresh clone; the folder of the first."""
    for name in ("python", "proto"):
        target = pathlib.Path(folder) / name
        shutil.copytree(REPOSITORY / name, target, ignore=GENERATED)
    return pathlib.Path(folder) / "python"


def install(folder):
    """`pip install ./python`, without an index; the folder to import from."""
    site = pathlib.Path(folder) / "site"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    command += ["--no-index", "--no-build-isolation", f"--target={site}"]
    subprocess.run([*command, copy_sources(folder)], check=True, timeout=100)
    return str(site)

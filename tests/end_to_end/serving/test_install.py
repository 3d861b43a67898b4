"""`cmake --install`: programs that start from their prefix."""

import os
import pathlib
import re
import subprocess

import pytest
import scripted
from programs import REPOSITORY, program, run
from running_server import RunningServer

BUILD = pathlib.Path(program("hypergan-server")).parents[1]
PRIVATE = pathlib.Path("lib") / "hypergan-serving"


def install(prefix, component, **environment):
    subprocess.run(
        ["cmake", "--install", BUILD, "--prefix", prefix, "--component", component],
        check=True,
        capture_output=True,
        env={**os.environ, **environment},
    )


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    """A prefix with what a plain install gives. LibTorch is linked to, not copied:
    it is 450 MB."""
    folder = tmp_path_factory.mktemp("prefix")
    install(folder, "programs")
    install(folder, "libtorch", CMAKE_INSTALL_MODE="ABS_SYMLINK")
    return folder


@pytest.fixture(autouse=True)
def installed_programs(prefix, monkeypatch):
    monkeypatch.setenv("HYPERGAN_BIN", str(prefix / "bin"))
    monkeypatch.delenv("LD_LIBRARY_PATH", raising=False)


def loaded(path):
    """The shared objects of a program, by name: where the loader finds each."""
    listing = subprocess.run(["ldd", path], check=True, capture_output=True, text=True)
    return dict(
        re.findall(r"(\S+) => (\S.*?)(?: \(0x|$)", listing.stdout, re.MULTILINE)
    )


@pytest.mark.parametrize(
    "name", ["hypergan-server", "hypergan-trainer", "hypergan-client"]
)
def test_every_shared_object_is_found(prefix, name):
    objects = loaded(program(name))
    assert "not found" not in objects.values()
    # Nothing from where it was built: all of it is the system's or lies beside.
    for path in objects.values():
        assert path.startswith((str(prefix), "/lib", "/usr/lib")), path
    if name != "hypergan-client":
        assert pathlib.Path(objects["libtorch_cpu.so"]).parent.samefile(
            prefix / PRIVATE
        )


def test_what_is_installed_for_libtorch_is_for_the_cpu_alone(prefix):
    names = {path.name for path in (prefix / PRIVATE).iterdir()}
    assert {"libtorch_cpu.so", "libc10.so"} <= names
    assert not {name for name in names if "torch_cuda" in name or "cudnn" in name}


def test_installed_programs_start(prefix):
    for name in ("hypergan-server", "hypergan-client"):
        result = run(name, "--version")
        assert result.returncode == 0, result.stderr
        assert name in result.stdout
    assert "--checkpoint is missing" in run("hypergan-trainer", "evaluate").stderr


def test_an_installed_server_answers_an_installed_client(prefix, tmp_path):
    scripted.write_checkpoint(tmp_path / "foreign" / "1" / "model.pt")
    with RunningServer(tmp_path) as server:
        health = run("hypergan-client", "health", f"--server={server.address}")
        assert health.stdout.strip() == "SERVING", health
        listing = run("hypergan-client", "models", f"--server={server.address}")
        assert "foreign" in listing.stdout


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """A prefix with the client library alone."""
    folder = tmp_path_factory.mktemp("client")
    install(folder, "client")
    return folder


def example(folder, *command, **environment):
    """Runs a command that builds examples/cpp/ask.cc in a folder of its own."""
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )


def ask(path):
    """What the program says where no server is."""
    done = subprocess.run(
        [path],
        env={**os.environ, "SERVER": "127.0.0.1:1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1, done
    return done.stderr


# By CMake: tests/deploy/test_quickstart.py.
def test_a_program_outside_the_tree_finds_the_client_by_pkg_config(client, tmp_path):
    flags = example(
        tmp_path,
        "pkg-config",
        "--cflags",
        "--libs",
        "hypergan-serving",
        PKG_CONFIG_PATH=str(client / "lib/pkgconfig"),
    ).stdout.split()
    source = REPOSITORY / "examples/cpp/ask.cc"
    example(tmp_path, "c++", "-std=c++20", source, "-o", "ask", *flags)
    assert "127.0.0.1:1" in ask(tmp_path / "ask")


def test_an_archive_unpacks_anywhere_and_runs(tmp_path, monkeypatch):
    subprocess.run(
        [
            *("cpack", "--config", BUILD / "CPackConfig.cmake", "-B", tmp_path / "out"),
            *("-D", "CPACK_COMPONENTS_ALL=programs;client"),
        ],
        check=True,
        capture_output=True,
    )
    archives = sorted((tmp_path / "out").glob("*.tar.gz"))
    assert [path.name.rsplit("-", 1)[1] for path in archives] == [
        "client.tar.gz",
        "programs.tar.gz",
    ]
    place = tmp_path / "another place"
    place.mkdir()
    for archive in archives:
        subprocess.run(["tar", "xf", archive, "-C", place], check=True)
    (unpacked,) = place.iterdir()
    install(unpacked, "libtorch", CMAKE_INSTALL_MODE="ABS_SYMLINK")
    monkeypatch.setenv("HYPERGAN_BIN", str(unpacked / "bin"))
    for name in ("hypergan-server", "hypergan-client", "hypergan-trainer"):
        objects = loaded(program(name)).values()
        assert "not found" not in objects
        assert all(
            path.startswith((str(place), "/lib", "/usr/lib")) for path in objects
        )
        version = run(name, "--version")
        assert version.stdout.startswith(name), version
    assert (unpacked / "lib/cmake").is_dir()

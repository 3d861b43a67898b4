"""What image and wheel ship beside the programs: shared objects, licences, a list."""

import base64
import hashlib
import importlib.metadata
import json
import lzma
import os
import pathlib
import re
import shutil
import subprocess
import sys
import zipfile

import pytest
from programs import REPOSITORY, program

sys.path.append(str(REPOSITORY / "deploy/shipping"))

import parts
import root
import sbom
import updates
import wheel

VERSION = "0.1.0"
TORCH = re.search(
    r"^torch=torch==(\S+)$", (REPOSITORY / "scripts/setup.sh").read_text(), re.M
)[1]
NAMES = ["hypergan-server", "hypergan-trainer", "hypergan-client"]


@pytest.fixture(scope="module")
def built_wheel(tmp_path_factory):
    """With small programs in place of ours, whose symbols would be megabytes."""
    folder = tmp_path_factory.mktemp("wheel")
    (folder / "installed").mkdir()
    for name in NAMES:
        shutil.copy("/bin/echo", folder / "installed" / name)
    built = pathlib.Path(program("hypergan-server")).parent
    installed = folder / "installed"
    return wheel.write_wheel(folder, VERSION, TORCH, built, installed, level=1)


@pytest.fixture(scope="module")
def site(built_wheel, tmp_path_factory):
    """A folder that pip has installed the wheel in, without torch."""
    folder = tmp_path_factory.mktemp("site")
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps")
    subprocess.run([*pip, "--target", folder, built_wheel], check=True, timeout=120)
    return folder


@pytest.fixture(scope="module")
def metadata(site):
    (found,) = importlib.metadata.distributions(path=[str(site)])
    return found


def command(site, name, *arguments, **environment):
    """Runs a command as pip has installed it; Python sees no packages but those."""
    return subprocess.run(
        [sys.executable, "-S", site / "bin" / name, *arguments],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(site), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def add_torch(folder, version):
    """What a command looks at of torch."""
    (folder / "torch/lib").mkdir(parents=True)
    (folder / "torch/__init__.py").touch()
    about = folder / f"torch-{version}.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: torch\nVersion: {version}\n"
    )
    return folder


def test_the_wheel_depends_on_the_torch_that_the_programs_are_built_with(metadata):
    assert metadata.metadata["Name"] == "hypergan-serving"
    assert metadata.requires == [f"torch=={TORCH}"]
    assert {entry.name for entry in metadata.entry_points} == set(NAMES)


def test_the_platform_tag_asks_for_the_c_library_of_the_build(built_wheel):
    symbols = set()
    with zipfile.ZipFile(built_wheel) as archive:
        for name in archive.namelist():
            symbols |= set(re.findall(rb"GLIBC_2\.(\d+)", archive.read(name)))
    (minor,) = re.findall(r"-py3-none-manylinux_2_(\d+)_", built_wheel.name)
    assert symbols
    assert max(map(int, symbols)) <= int(minor)


def test_the_record_has_every_file_with_its_hash(built_wheel):
    with zipfile.ZipFile(built_wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith("/RECORD")]
        lines = archive.read(name).decode().splitlines()
        recorded = {
            path: digest for path, digest, _ in (line.split(",") for line in lines)
        }
        assert recorded.keys() == set(archive.namelist())
        for path, digest in recorded.items():
            if path != name:
                found = hashlib.sha256(archive.read(path)).digest()
                text = base64.urlsafe_b64encode(found).decode().rstrip("=")
                assert digest == f"sha256={text}", path


def test_shared_objects_of_the_wheel_find_each_other(site):
    folder = site / "hypergan_serving/lib"
    names = {path.name for path in folder.iterdir()}
    assert len(names) > 40
    listing = parts.output("ldd", *folder.iterdir())
    found = re.findall(r"^\s+(\S+) => (not found|\S+)", listing, re.M)
    assert len(found) > len(names)
    for name, where in found:
        if not wheel.OF_THE_SYSTEM.fullmatch(name):
            assert pathlib.Path(where).resolve().parent == folder.resolve(), name


@pytest.mark.parametrize("name", NAMES)
def test_the_wheel_has_all_that_a_program_loads_but_libtorch(site, name):
    carried = {path.name for path in (site / "hypergan_serving/lib").iterdir()}
    needed = parts.loaded(program(name))
    of_torch = {soname for soname, path in needed.items() if parts.is_of_a_wheel(path)}
    assert of_torch.isdisjoint(carried)
    left = needed.keys() - carried - of_torch
    assert [
        soname for soname in left if not wheel.OF_THE_SYSTEM.fullmatch(soname)
    ] == []


def test_each_package_in_the_wheel_is_listed_with_its_licence(metadata):
    listed = json.loads(metadata.read_text("sboms/hypergan-serving.cdx.json"))
    licences = metadata.metadata.get_all("License-File")
    assert "LICENSE" in licences
    assert len(listed["components"]) > 10
    for component in listed["components"]:
        assert f"{component['name']}/copyright" in licences
    for name in licences:
        assert metadata.read_text(f"licenses/{name}"), name


def test_a_command_becomes_its_program(site, tmp_path):
    torch = add_torch(tmp_path, f"{TORCH}+cpu")
    result = command(site, NAMES[0], "a  b", "c", PYTHONPATH=f"{site}:{torch}")
    assert result.stdout == "a  b c\n", result.stderr


def test_a_program_finds_a_torch_that_is_elsewhere(site, tmp_path):
    torch = add_torch(tmp_path, TORCH)
    shown = (
        "import hypergan_serving as h; print(h.environment().get('LD_LIBRARY_PATH'))"
    )
    result = subprocess.run(
        [sys.executable, "-S", "-c", shown],
        env={"PYTHONPATH": f"{site}:{torch}", "LD_LIBRARY_PATH": "/before"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert result.stdout == f"{torch}/torch/lib:/before\n"


def test_a_command_without_torch_says_what_to_install(site):
    result = command(site, NAMES[1])
    assert result.returncode == 1
    assert result.stderr == (
        f"hypergan-trainer: torch {TORCH} is needed, none is installed: "
        f"pip install torch=={TORCH}\n"
    )


def test_a_command_with_another_torch_says_which_is_needed(site, tmp_path):
    torch = add_torch(tmp_path, "2.5.1")
    result = command(site, NAMES[2], PYTHONPATH=f"{site}:{torch}")
    assert result.returncode == 1
    assert f"torch {TORCH} is needed, 2.5.1 is installed" in result.stderr


def test_an_object_of_no_package_is_said(tmp_path):
    (tmp_path / "libx.so").touch()
    with pytest.raises(LookupError, match=r"libx\.so is of no package"):
        parts.packages_of([tmp_path / "libx.so"])


@pytest.fixture(scope="module")
def image_root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("image") / "root"
    root.write_root(folder, "hypergan-server", VERSION, [program("hypergan-server")])
    return folder


def test_the_loader_finds_all_of_debian_in_the_image(image_root):
    for name, path in parts.loaded(program("hypergan-server")).items():
        if not parts.is_of_a_wheel(path):
            place = name if name.startswith("/") else f"{path.parent}/{name}"
            inside = image_root / place.lstrip("/")
            assert inside.is_file(), name


def test_the_image_has_no_shell(image_root):
    programs = [
        path.name
        for path in image_root.rglob("*")
        if path.is_file() and os.access(path, os.X_OK) and ".so" not in path.name
    ]
    assert programs == []
    assert not (image_root / "bin").exists()


def test_each_package_in_the_image_is_listed_with_its_licence(image_root):
    document = json.loads(
        (image_root / "usr/share/sbom/hypergan-server.cdx.json").read_text()
    )
    names = {component["name"] for component in document["components"]}
    assert {"torch", "libc6", "libgrpc29"} <= names
    for name in names:
        assert list((image_root / "usr/share/doc" / name).iterdir()), name
    status = {path.name for path in (image_root / "var/lib/dpkg/status.d").iterdir()}
    assert status < names
    assert "torch" not in status


def test_a_list_is_the_same_for_the_same_packages():
    packages = [
        parts.Package("deb", "libre2-9", "20220601+dfsg-1+b1", ()),
        parts.Package("pypi", "torch", "2.11.0", ()),
    ]
    first = sbom.bill_of_materials("x", "1", packages)
    assert first == sbom.bill_of_materials("x", "1", reversed(packages))
    purls = [component["purl"] for component in json.loads(first)["components"]]
    assert purls[0].startswith("pkg:deb/debian/libre2-9@20220601%2Bdfsg-1%2Bb1?distro=")
    assert purls[1] == "pkg:pypi/torch@2.11.0"


INDEX = """\
Package: libssl3
Version: 3.0.15-1~deb12u1

Package: libssl3
Version: 3.0.19-1~deb12u2
Depends: libc6

Package: libpng16-16
Version: 1.6.39-2+deb12u1
"""


@pytest.fixture
def bill(tmp_path):
    """Of a system with one package that lacks an update."""
    packages = [
        parts.Package("deb", "libssl3", "3.0.17-1~deb12u2", ()),
        parts.Package("deb", "libpng16-16", "1.6.39-2+deb12u1", ()),
        parts.Package("deb", "libzip4", "1.7.3-1+b1", ()),
        parts.Package("pypi", "torch", "2.11.0", ()),
    ]
    text = sbom.bill_of_materials("x", "1", packages)
    written = tmp_path / "x.cdx.json"
    written.write_text(re.sub(r"distro=debian-\w+", "distro=debian-12", text))
    return written


def test_a_package_that_lacks_a_security_update_is_named(bill):
    packages = updates.packages_of(bill.read_text())
    assert [package.name for package in packages] == [
        "libpng16-16",
        "libssl3",
        "libzip4",
    ]
    index = updates.versions_of(INDEX)
    (found,) = updates.updates(packages, index=lambda _: index)
    assert found.package.name == "libssl3"
    assert found.version == "3.0.19-1~deb12u2"


def test_the_index_is_read_as_debian_writes_it(bill, tmp_path):
    architecture = updates.ARCHITECTURES[os.uname().machine]
    folder = tmp_path / "dists/bookworm-security/main" / f"binary-{architecture}"
    folder.mkdir(parents=True)
    (folder / "Packages.xz").write_bytes(lzma.compress(INDEX.encode()))
    archive = {"HYPERGAN_SECURITY_ARCHIVE": tmp_path.as_uri()}
    ended = subprocess.run(
        [sys.executable, updates.__file__, bill],
        capture_output=True,
        text=True,
        env={**os.environ, **archive},
        timeout=60,
    )
    assert ended.returncode == 1
    assert ended.stdout == (
        "libssl3 3.0.17-1~deb12u2: the security archive has 3.0.19-1~deb12u2\n"
        "3 packages, 1 with a security update\n"
    )


def test_what_is_not_found_is_said(tmp_path):
    lonely = tmp_path / "lonely"
    shutil.copy(program("hypergan-server"), lonely)
    subprocess.run(["patchelf", "--remove-rpath", lonely], check=True, timeout=60)
    with pytest.raises(LookupError, match=r"lonely needs .*libtorch_cpu\.so"):
        parts.loaded(lonely)


def test_the_trials_of_images_find_all_that_they_import():
    """They run where images are built, once a week."""
    collected = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "tests/image"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert collected.returncode == 0, collected.stdout
    assert "test_server_cpu.py" in collected.stdout

#!/usr/bin/env python3
"""Writes the wheel hypergan-serving: the programs, and what they load of Debian.

LibTorch comes from the package torch, which the wheel depends on. The shared objects
are found by paths relative to their own, so no variable needs to be set.
"""

import argparse
import base64
import hashlib
import pathlib
import platform
import re
import shutil
import stat
import subprocess
import tempfile
import zipfile

import parts
import sbom

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
SOURCES = REPOSITORY / "deploy/wheel"
PROGRAMS = ("server", "trainer", "client")
# Every Linux that this wheel runs on has them, at least as new as the build's: the C
# library, and the run time of C++ and of the compiler, which torch needs, too.
OF_THE_SYSTEM = re.compile(
    r"/.*|lib(c|m|dl|rt|pthread|util|resolv|gcc_s|stdc\+\+)\.so\.\d+|linux-vdso\.so\.1"
)
# Python's zip files know no earlier time: the same input gives the same bytes.
EPOCH = (1980, 1, 1, 0, 0, 0)


def carried(programs):
    """The shared objects that go into the wheel, by soname."""
    return {
        soname: path
        for soname, path in parts.shared_objects(programs).items()
        if not OF_THE_SYSTEM.fullmatch(soname) and not parts.is_of_a_wheel(path)
    }


def tag():
    """For the C library that it was built with, and later ones."""
    library, version = platform.libc_ver()
    if library != "glibc":
        raise LookupError(f"a wheel is built on a Linux with glibc, found {library!r}")
    return f"py3-none-manylinux_{version.replace('.', '_')}_{platform.machine()}"


def set_library_path(path, value):
    subprocess.run(["patchelf", "--set-rpath", value, path], check=True)


def copy_package(folder, installed, objects):
    """hypergan_serving/: bin/ with the programs, lib/ with the shared objects."""
    shutil.copytree(
        SOURCES / "hypergan_serving",
        folder,
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    (folder / "bin").mkdir()
    (folder / "lib").mkdir()
    for name in PROGRAMS:
        program = folder / "bin" / f"hypergan-{name}"
        shutil.copy(installed / program.name, program)
        set_library_path(program, "$ORIGIN/../lib:$ORIGIN/../../torch/lib")
    for soname, path in objects.items():
        shutil.copy(path.resolve(), folder / "lib" / soname)
        (folder / "lib" / soname).chmod(0o755)
        set_library_path(folder / "lib" / soname, "$ORIGIN")


def write_metadata(folder, version, torch, packages):
    licences = {"LICENSE": REPOSITORY / "LICENSE"}
    for package in packages:
        for path in package.licences:
            licences[f"{package.name}/{path.name}"] = path
    lines = [
        "Metadata-Version: 2.4",
        "Name: hypergan-serving",
        f"Version: {version}",
        "Summary: Generated neural networks, served with their uncertainty",
        "Requires-Python: >=3.10",
        f"Requires-Dist: torch=={torch}",
        *(f"License-File: {name}" for name in sorted(licences)),
        "Classifier: Operating System :: POSIX :: Linux",
        "Classifier: Programming Language :: C++",
        "Description-Content-Type: text/markdown",
        "",
        (SOURCES / "README.md").read_text(),
    ]
    folder.mkdir()
    (folder / "METADATA").write_text("\n".join(lines))
    (folder / "WHEEL").write_text(
        "Wheel-Version: 1.0\nGenerator: hypergan-serving\n"
        f"Root-Is-Purelib: false\nTag: {tag()}\n"
    )
    commands = "".join(
        f"hypergan-{name} = hypergan_serving:{name}\n" for name in PROGRAMS
    )
    (folder / "entry_points.txt").write_text(f"[console_scripts]\n{commands}")
    for name, path in licences.items():
        (folder / "licenses" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, folder / "licenses" / name)
    (folder / "sboms").mkdir()
    (folder / "sboms/hypergan-serving.cdx.json").write_text(
        sbom.bill_of_materials("hypergan-serving", version, packages)
    )


def pack(folder, wheel, metadata, level):
    """Zips `folder`, with the hash of each file in RECORD."""
    record = []
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:

        def add(name, content, mode):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (stat.S_IFREG | mode) << 16
            archive.writestr(entry, content, compresslevel=level)

        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            name, content = path.relative_to(folder).as_posix(), path.read_bytes()
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest())
            record.append(
                f"{name},sha256={digest.decode().rstrip('=')},{len(content)}\n"
            )
            add(name, content, 0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644)
        record.append(f"{metadata}/RECORD,,\n")
        add(f"{metadata}/RECORD", "".join(record), 0o644)


def write_wheel(output, version, torch, built, installed, level=9):
    """`built` has the programs with their libraries, `installed` as shipped."""
    objects = carried([built / f"hypergan-{name}" for name in PROGRAMS])
    packages = set(parts.packages_of(objects.values()).values())
    metadata = f"hypergan_serving-{version}.dist-info"
    output.mkdir(parents=True, exist_ok=True)
    wheel = output / f"hypergan_serving-{version}-{tag()}.whl"
    with tempfile.TemporaryDirectory(dir=output) as temporary:
        folder = pathlib.Path(temporary)
        folder.chmod(0o755)
        copy_package(folder / "hypergan_serving", installed, objects)
        write_metadata(folder / metadata, version, torch, packages)
        pack(folder, wheel, metadata, level)
    return wheel


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("output", type=pathlib.Path)
    arguments.add_argument("--version", required=True)
    arguments.add_argument("--torch", required=True, help="the version to depend on")
    arguments.add_argument("--built", type=pathlib.Path, required=True)
    arguments.add_argument("--installed", type=pathlib.Path, required=True)
    given = arguments.parse_args()
    print(write_wheel(**vars(given)))


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Writes the root file system that an image of some programs needs beside them.

It has Debian's shared objects that the programs load, the licences of all that is
shipped, a list of it, and the few files of /etc that the C library and TLS read. There
is no shell. Scanners find the packages in var/lib/dpkg/status.d.
"""

import argparse
import pathlib
import shutil

import parts
import sbom

PASSWD = """\
root:x:0:0:root:/:/nonexistent
hypergan:x:65532:65532:hypergan:/:/nonexistent
"""
GROUP = """\
root:x:0:
hypergan:x:65532:
"""
# Names of /etc/hosts first.
NSSWITCH = "hosts: files dns\n"
CERTIFICATES = pathlib.Path("/etc/ssl/certs/ca-certificates.crt")


def write_skeleton(root):
    for name in (
        "etc/ssl/certs",
        "usr/lib64",
        "var/lib/dpkg/status.d",
        "proc",
        "dev",
        "sys",
    ):
        (root / name).mkdir(parents=True)
    for name in ("lib", "lib64"):
        (root / name).symlink_to(f"usr/{name}")
    (root / "tmp").mkdir()
    (root / "tmp").chmod(0o1777)
    (root / "etc/passwd").write_text(PASSWD)
    (root / "etc/group").write_text(GROUP)
    (root / "etc/nsswitch.conf").write_text(NSSWITCH)
    shutil.copy("/etc/os-release", root / "etc/os-release")
    shutil.copy(CERTIFICATES, root / "etc/ssl/certs")


def copy_object(root, name, path):
    """To where the loader looks for it without a cache."""
    if name.startswith("/"):
        target = root / "usr" / name.removeprefix("/usr").lstrip("/")
    else:
        target = root / "usr" / str(path).removeprefix("/usr").lstrip("/")
        target = target.parent / name
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(path.resolve(), target)


def copy_licences(root, package):
    folder = root / "usr/share/doc" / package.name
    folder.mkdir(parents=True, exist_ok=True)
    for licence in package.licences:
        shutil.copy(licence, folder / licence.name)


def write_status(root, packages):
    names = sorted(package.name for package in packages if package.kind == "deb")
    entries = parts.output("dpkg-query", "--status", *names).strip().split("\n\n")
    for name, entry in zip(names, entries, strict=True):
        (root / "var/lib/dpkg/status.d" / name).write_text(f"{entry}\n")


def write_root(root, name, version, programs):
    write_skeleton(root)
    objects = parts.shared_objects(programs)
    packages = set(parts.packages_of(objects.values()).values())
    packages.update(parts.debian_packages(["ca-certificates"]))
    for soname, path in objects.items():
        # LibTorch has a place of its own, see the Dockerfile.
        if not parts.is_of_a_wheel(path):
            copy_object(root, soname, path)
    for package in packages:
        copy_licences(root, package)
    write_status(root, packages)
    folder = root / "usr/share/sbom"
    folder.mkdir()
    (folder / f"{name}.cdx.json").write_text(
        sbom.bill_of_materials(name, version, packages)
    )


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("root", type=pathlib.Path)
    arguments.add_argument("--name", required=True)
    arguments.add_argument("--version", required=True)
    arguments.add_argument(
        "programs",
        nargs="+",
        help="programs, and shared objects that they open themselves",
    )
    given = arguments.parse_args()
    write_root(given.root, given.name, given.version, given.programs)


if __name__ == "__main__":
    main()

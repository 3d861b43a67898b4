#!/usr/bin/env python3
"""Debian's packages of bills of materials for which there is a security update.

    updates.py FILE...

Reads the index of Debian's security archive, whose address may stand in
HYPERGAN_SECURITY_ARCHIVE, and ends with 1 if a package is older than what the index
has. It says nothing about advisories that Debian has not mended.
"""

import functools
import json
import lzma
import os
import pathlib
import re
import subprocess
import sys
import typing
import urllib.request

ARCHIVE = "http://deb.debian.org/debian-security"
CODENAMES = {"12": "bookworm", "13": "trixie"}
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
MOST_BYTES = 64 << 20


class Package(typing.NamedTuple):
    name: str
    version: str
    release: str  # "12"


class Update(typing.NamedTuple):
    package: Package
    version: str


def packages_of(bill):
    """Those of Debian, from the text of a bill of materials."""
    found = []
    for component in json.loads(bill)["components"]:
        release = re.search(r"^pkg:deb/.*\?distro=debian-(\w+)$", component["purl"])
        if release:
            found.append(Package(component["name"], component["version"], release[1]))
    return found


@functools.lru_cache
def index_of(release):
    """The newest version by package's name."""
    archive = os.environ.get("HYPERGAN_SECURITY_ARCHIVE", ARCHIVE)
    suite = f"{CODENAMES[release]}-security"
    place = f"main/binary-{ARCHITECTURES[os.uname().machine]}/Packages.xz"
    with urllib.request.urlopen(f"{archive}/dists/{suite}/{place}", timeout=60) as file:
        read = lzma.LZMADecompressor().decompress(file.read(MOST_BYTES), MOST_BYTES)
    return versions_of(read.decode())


def versions_of(index):
    newest = {}
    for entry in index.split("\n\n"):
        fields = dict(re.findall(r"^(Package|Version): (.+)$", entry, re.M))
        name, version = fields.get("Package"), fields.get("Version")
        if name and version and (name not in newest or older(newest[name], version)):
            newest[name] = version
    return newest


def older(one, other):
    comparison = ["dpkg", "--compare-versions", one, "lt", other]
    return subprocess.run(comparison, check=False).returncode == 0


def updates(packages, index=index_of):
    """For each package that is older than its release's index has it."""
    found = []
    for package in packages:
        newest = index(package.release).get(package.name)
        if newest and older(package.version, newest):
            found.append(Update(package, newest))
    return found


def main():
    if len(sys.argv) < 2:
        sys.exit("usage: updates.py FILE...")
    packages = [
        package
        for file in sys.argv[1:]
        for package in packages_of(pathlib.Path(file).read_text())
    ]
    found = updates(packages)
    for update in found:
        name, version = update.package.name, update.package.version
        print(f"{name} {version}: the security archive has {update.version}")
    print(f"{len(packages)} packages, {len(found)} with a security update")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()

"""The shared objects that programs load, and the packages that they come from."""

import dataclasses
import functools
import importlib.metadata
import pathlib
import re
import subprocess


@dataclasses.dataclass(frozen=True, order=True)
class Package:
    """One of Debian's (`kind` is "deb") or one of Python's ("pypi")."""

    kind: str
    name: str
    version: str
    licences: tuple[pathlib.Path, ...] = dataclasses.field(compare=False)


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def loaded(path):
    """What the loader finds for a program or shared object: paths by soname."""
    listing = output("ldd", path)
    missing = re.findall(r"(\S+) => not found", listing)
    if missing:
        raise LookupError(f"{path} needs {', '.join(missing)}, which ldd does not find")
    found = dict(re.findall(r"(\S+) => (/\S+)", listing))
    # The loader itself is named by its path.
    found.update((path, path) for path in re.findall(r"^\s*(/\S+) \(0x", listing, re.M))
    return {name: pathlib.Path(where) for name, where in found.items()}


def shared_objects(paths):
    """What all of `paths` load, by soname."""
    found = {}
    for path in paths:
        found.update(loaded(path))
    return found


def is_of_a_wheel(path):
    return "site-packages" in path.parts


def package_of(path):
    return wheel_of(path) if is_of_a_wheel(path) else debian_package_of(path)


def debian_package_of(path):
    real = path.resolve()
    # Debian 12 has moved /lib to /usr/lib, but not in what packages list.
    for name in (real, real.relative_to("/usr") if real.is_relative_to("/usr") else real):
        listing = subprocess.run(
            ["dpkg-query", "--search", f"/{str(name).lstrip('/')}"],
            capture_output=True,
            text=True,
            check=False,
        )
        if listing.returncode == 0:
            return debian_package(listing.stdout.split(":")[0])
    raise LookupError(f"{path} is of no package of Debian's")


@functools.cache
def debian_package(name):
    version = output("dpkg-query", "--show", "--showformat=${Version}\n", name).split()[0]
    licence = pathlib.Path("/usr/share/doc", name, "copyright")
    if not licence.is_file():
        raise LookupError(f"{licence} is missing, and with it the licence of {name}")
    return Package("deb", name, version, (licence,))


def wheel_of(path):
    parts = path.resolve().parts
    site = pathlib.Path(*parts[: parts.index("site-packages") + 1])
    return wheels_of(site)[path.resolve()]


@functools.cache
def wheels_of(site):
    """The distribution of each shared object under a folder site-packages."""
    found = {}
    for distribution in importlib.metadata.distributions(path=[str(site)]):
        files = [pathlib.Path(distribution.locate_file(name)) for name in distribution.files]
        package = Package(
            "pypi",
            distribution.metadata["Name"],
            distribution.version,
            tuple(
                path
                for path in files
                if re.match(r"(?i)licen[cs]e|notice", path.name) and ".dist-info" in str(path)
            ),
        )
        found.update((path.resolve(), package) for path in files if ".so" in path.name)
    return found

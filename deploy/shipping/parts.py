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


def packages_of(paths):
    """The package of each path: Debian's or Python's."""
    of_wheels = {path: wheel_of(path) for path in paths if is_of_a_wheel(path)}
    return {
        **of_wheels,
        **debian_packages_of([path for path in paths if path not in of_wheels]),
    }


def debian_packages_of(paths):
    # Debian 12 has moved /lib to /usr/lib, but not in what packages list.
    names = {str(path.resolve()): path for path in paths}
    names.update({name.removeprefix("/usr"): path for name, path in names.items()})
    # Asked once for all: each time it reads every package's list. It ends with 1 when
    # one of the names is not found.
    listing = subprocess.run(
        ["dpkg-query", "--search", *names], capture_output=True, text=True, check=False
    ).stdout
    owners = {
        names[name]: owner
        for owner, name in re.findall(r"^([^\s:,]+)(?::\w+)?: (/.+)$", listing, re.M)
        if name in names
    }
    for path in paths:
        if path not in owners:
            raise LookupError(f"{path} is of no package of Debian's")
    packages = {
        package.name: package for package in debian_packages(set(owners.values()))
    }
    return {path: packages[owner] for path, owner in owners.items()}


def debian_packages(names):
    listing = output(
        *("dpkg-query", "--show", "--showformat=${Package} ${Version}\n"),
        *sorted(names),
    )
    for line in listing.splitlines():
        name, version = line.split()
        licence = pathlib.Path("/usr/share/doc", name, "copyright")
        if not licence.is_file():
            raise LookupError(
                f"{licence} is missing, and with it the licence of {name}"
            )
        yield Package("deb", name, version, (licence,))


def wheel_of(path):
    parts = path.resolve().parts
    site = pathlib.Path(*parts[: parts.index("site-packages") + 1])
    return wheels_of(site)[path.resolve()]


@functools.cache
def wheels_of(site):
    """The distribution of each shared object under a folder site-packages."""
    found = {}
    for distribution in importlib.metadata.distributions(path=[str(site)]):
        # `files` would make a path of each of torch's thirteen thousand.
        record = (distribution.read_text("RECORD") or "").splitlines()
        names = [line.split(",")[0] for line in record]
        package = Package(
            "pypi",
            distribution.metadata["Name"],
            distribution.version,
            tuple(
                site / name
                for name in names
                if re.search(r"\.dist-info/(.*/)?(?i:licen[cs]e|notice)[^/]*$", name)
            ),
        )
        found.update(
            ((site / name).resolve(), package) for name in names if ".so" in name
        )
    return found

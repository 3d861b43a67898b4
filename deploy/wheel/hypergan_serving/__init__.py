"""The programs hypergan-server, hypergan-trainer and hypergan-client, as commands.

They load LibTorch from the package torch, which this one depends on.
"""

import importlib.metadata
import importlib.util
import os
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent


def required_torch():
    """The version of torch that the programs were compiled with."""
    for requirement in importlib.metadata.requires("hypergan-serving"):
        match = re.fullmatch(r"torch==(\S+)", requirement)
        if match:
            return match[1]
    raise LookupError("hypergan-serving does not say which torch it needs")


def environment():
    """The programs' environment; raises LookupError without the right torch."""
    wanted = required_torch()
    # Importing torch would take seconds.
    found = importlib.util.find_spec("torch")
    if found is None:
        raise LookupError(
            f"torch {wanted} is needed, none is installed: pip install torch=={wanted}"
        )
    version = importlib.metadata.version("torch")
    # A local version names a build: 2.11.0+cpu is 2.11.0.
    if version.split("+")[0] != wanted:
        raise LookupError(
            f"torch {wanted} is needed, {version} is installed: "
            f"pip install torch=={wanted}"
        )
    changed = dict(os.environ)
    folder = pathlib.Path(found.origin).resolve().parent
    if folder != HERE.parent / "torch":
        # Not beside this package, where the programs look by themselves.
        paths = [str(folder / "lib"), changed.get("LD_LIBRARY_PATH", "")]
        changed["LD_LIBRARY_PATH"] = ":".join(filter(None, paths))
    return changed


def become(name):
    """Replaces this process by a program, which gets its signals and arguments."""
    try:
        variables = environment()
    except LookupError as error:
        sys.exit(f"{name}: {error}")
    os.execve(HERE / "bin" / name, [name, *sys.argv[1:]], variables)


def server():
    become("hypergan-server")


def trainer():
    become("hypergan-trainer")


def client():
    become("hypergan-client")

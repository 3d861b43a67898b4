"""The programs under test, as child processes."""

import os
import pathlib
import subprocess

REPOSITORY = pathlib.Path(__file__).resolve().parents[3]
TIMEOUT_S = 100


def program(name):
    """The path of a program that the build has made."""
    folder = os.environ.get("HYPERGAN_BIN", REPOSITORY / "build/dev/bin")
    return str(pathlib.Path(folder) / name)


def run(name, *arguments, timeout=TIMEOUT_S, capture_output=True, **options):
    """Runs a program to its end; its output is text."""
    return subprocess.run(
        [program(name), *map(str, arguments)],
        capture_output=capture_output,
        text=True,
        timeout=timeout,
        check=False,
        **options,
    )


def assert_one_line_error(result, *expected):
    """The manners of every program: a line that says what is wrong, no more."""
    assert result.returncode > 0, result
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1, result.stderr
    for text in expected:
        assert text in lines[0]

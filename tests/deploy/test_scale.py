"""The load on replicas in bench/ starts; test_replicas.py has what it shows."""

import subprocess
import sys

from programs import REPOSITORY


def test_the_benchmark_of_replicas_finds_all_that_it_imports():
    script = REPOSITORY / "bench/scale.py"
    asked = subprocess.run(
        [sys.executable, script, "--help"], capture_output=True, text=True, timeout=60
    )
    assert asked.returncode == 0, asked.stderr
    assert "--replicas" in asked.stdout

"""The units are valid and hardened, and their flags are those of the programs."""

import re
import subprocess

import pytest
from programs import REPOSITORY, program, run

UNITS = ("hypergan-server.service", "hypergan-front.service")


@pytest.fixture(params=UNITS)
def unit(request, tmp_path):
    """A copy whose program is there."""
    text = (REPOSITORY / "deploy/systemd" / request.param).read_text()
    text, found = re.subn(
        r"^ExecStart=\S+", f"ExecStart={program('hypergan-server')}", text, flags=re.M
    )
    assert found == 1
    copy = tmp_path / request.param
    copy.write_text(text)
    return copy


def analyze(*arguments):
    return subprocess.run(
        ["systemd-analyze", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_unit_is_valid(unit):
    result = analyze("verify", "--recursive-errors=no", unit)
    assert (result.returncode, result.stdout + result.stderr) == (0, "")


def test_the_analysis_would_tell(unit):
    unit.write_text(unit.read_text().replace("ProtectSystem=", "ProtectSistem="))
    assert "ProtectSistem" in analyze("verify", "--recursive-errors=no", unit).stderr


def test_a_unit_exposes_little(unit):
    """From 0 to 10; a unit that hardens nothing has 9.6."""
    result = analyze("security", "--offline=true", unit)
    assert float(re.search(r"exposure level for \S+: ([\d.]+)", result.stdout)[1]) < 2


def test_the_flags_of_the_server_are_flags_that_it_has():
    text = (REPOSITORY / "deploy/systemd" / UNITS[0]).read_text()
    command = re.search(r"^ExecStart=((?:.*\\\n)*.*)", text, re.M)[1]
    known = set(
        re.findall(r"^  --(\w+)", run("hypergan-server", "--helpfull").stdout, re.M)
    )
    flags = re.findall(r" --(\w+)=", command)
    assert len(flags) >= 4
    assert set(flags) <= known


def test_the_server_has_the_time_to_stop():
    text = (REPOSITORY / "deploy/systemd" / UNITS[0]).read_text()
    assert int(re.search(r"^TimeoutStopSec=(\d+)$", text, re.M)[1]) > 41

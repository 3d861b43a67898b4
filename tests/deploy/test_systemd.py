"""The units are valid and hardened, and their flags are those of the programs."""

import re
import subprocess

import pytest
import scripted
from certificates import Authority
from localize import replaced
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


def server_unit():
    return (REPOSITORY / "deploy/systemd" / UNITS[0]).read_text()


def shipped_flags():
    return (REPOSITORY / "deploy/hypergan-server.flags").read_text()


def test_the_server_listens_where_the_group_of_the_front_reaches_it():
    front = (REPOSITORY / "deploy/systemd" / UNITS[1]).read_text()
    address = re.search(r"^--listen=(\S+)$", shipped_flags(), re.M)[1]
    assert f"--server={address} " in front
    assert address.startswith("unix:/run/hypergan/")
    for unit in (server_unit(), front):
        assert "\nGroup=hypergan\n" in unit
    assert "\nRuntimeDirectory=hypergan\n" in server_unit()


def test_the_file_of_flags_is_good_with_and_without_its_comments(tmp_path):
    shipped = shipped_flags()
    models = tmp_path / "models"
    scripted.write_checkpoint(models / "good" / "1" / "model.pt")
    (tmp_path / "tokens").write_text("ana token-of-ana-0123456789 good\n")
    authority = Authority(tmp_path / "authority")
    certificate, key = authority.sign("server")
    for old, new in (
        ("/var/lib/hypergan/models", models),
        ("/etc/hypergan/tokens", tmp_path / "tokens"),
        ("/etc/hypergan/tls/tls.crt", certificate),
        ("/etc/hypergan/tls/tls.key", key),
        ("/etc/hypergan/tls/ca.crt", authority.certificate),
        ("/var/lib/hypergan-flagged", tmp_path / "flagged"),
    ):
        shipped = replaced(shipped, old, str(new))
    for text in (shipped, shipped.replace("#--", "--")):
        file = tmp_path / "flags"
        file.write_text(text)
        result = run("hypergan-server", f"--flagfile={file}", "--check_config")
        assert result.returncode == 0, result.stderr


def test_the_server_reads_the_file_of_flags_that_the_page_installs():
    command = re.search(r"^ExecStart=(.*)$", server_unit(), re.M)[1]
    (file,) = re.findall(r" --flagfile=(\S+)$", command)
    page = (REPOSITORY / "docs/deployment.md").read_text()
    assert f"deploy/hypergan-server.flags {file}\n" in page


def test_flagged_rows_are_kept_in_the_folder_that_the_server_may_write_to():
    (folder,) = re.findall(r"^#--capture_flagged=(\S+)$", shipped_flags(), re.M)
    (name,) = re.findall(r"^StateDirectory=(\S+)$", server_unit(), re.M)
    assert folder == f"/var/lib/{name}"


def test_the_server_has_the_time_to_stop():
    text = server_unit()
    assert int(re.search(r"^TimeoutStopSec=(\d+)$", text, re.M)[1]) > 45

"""--check_config: everything that is wrong, at once, and nothing started."""

import pytest
import scripted
from certificates import Authority
from programs import run


@pytest.fixture
def repository(tmp_path):
    folder = tmp_path / "models"
    scripted.write_checkpoint(folder / "good" / "1" / "model.pt")
    return folder


def check(*flags):
    return run("hypergan-server", "--check_config", "--device=cpu", *flags)


def problems_of(result):
    lines = result.stderr.splitlines()
    return [line for line in lines if line.startswith("hypergan-server: ")]


def test_what_is_good_is_said_to_be(repository, tmp_path):
    authority = Authority(tmp_path / "authority")
    certificate, key = authority.sign("server")
    tokens = tmp_path / "tokens"
    tokens.write_text("ana token-of-ana-0123456789 good,later\n")
    file = tmp_path / "flags"
    file.write_text(
        f"--model_repository={repository}\n--tls_certificate={certificate}\n"
        f"--tls_key={key}\n--token_file={tokens}\n"
    )
    result = check(f"--flagfile={file}")
    assert (result.returncode, result.stdout) == (0, "the configuration is good\n")
    assert "no model 'later' is there" in result.stderr
    assert problems_of(result) == []


def test_every_problem_is_listed(repository, tmp_path):
    broken = repository / "broken" / "3"
    broken.mkdir(parents=True)
    (broken / "model.pt").write_bytes(b"no archive")
    tokens = tmp_path / "tokens"
    tokens.write_text("ana\n")
    result = check(
        f"--model_repository={repository}",
        f"--token_file={tokens}",
        "--tls_certificate=none",
        "--max_rows=0",
        "--max_models=0",
        "--input_range=shout",
        "--listen_mode=9",
        "--log_format=xml",
    )
    assert result.returncode == 1
    assert result.stdout == ""
    found = problems_of(result)
    for expected in (
        "--max_rows: ",
        "--max_models: ",
        "--input_range: ",
        "--listen_mode: ",
        "--log_format: ",
        "--tls_certificate: expected --tls_key",
        "--tls_certificate: reading none: ",
    ):
        assert sum(expected in line for line in found) == 1, (expected, found)


def test_models_and_tokens_are_read(repository, tmp_path):
    broken = repository / "broken" / "3"
    broken.mkdir(parents=True)
    (broken / "model.pt").write_bytes(b"no archive")
    tokens = tmp_path / "tokens"
    tokens.write_text("ana\n")
    result = check(f"--model_repository={repository}", f"--token_file={tokens}")
    assert result.returncode == 1
    found = problems_of(result)
    assert len(found) == 2
    assert any("line 1: expected three columns" in line for line in found)
    assert any("model broken version 3: " in line for line in found)


def test_the_folder_of_flagged_rows_is_tried(repository, tmp_path):
    folder = tmp_path / "flagged"
    flags = (f"--model_repository={repository}", f"--capture_flagged={folder}")
    assert check(*flags).returncode == 0
    assert not folder.exists()
    folder.write_text("a file")
    (problem,) = problems_of(check(*flags))
    assert f"--capture_flagged: {folder}: Not a directory" in problem


def test_a_repository_without_models_is_a_problem(tmp_path):
    result = check(f"--model_repository={tmp_path}")
    assert result.returncode == 1
    (problem,) = problems_of(result)
    assert "has no <model>/<version>/model.pt" in problem

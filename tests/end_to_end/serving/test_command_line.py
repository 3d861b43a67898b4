"""What all three programs do alike with their flags."""

import contextlib
import os
import pty
import termios

import pytest
from programs import assert_one_line_error, program, run

PROGRAMS = ["hypergan-trainer", "hypergan-server", "hypergan-client"]
HELP = [
    ["--help"],
    ["-h"],
    ["-help"],
    ["help"],
    ["--helpfull"],
    ["--helpshort"],
    ["--help=true"],
    ["--no_such_flag", "--help"],
    ["--threads=many", "-h"],
    ["--flagfile=/nowhere", "--help"],
    ["--version", "--help"],
]


@pytest.mark.parametrize("name", PROGRAMS)
def test_help_is_an_answer_in_every_form(name):
    expected = run(name, "--help").stdout
    assert expected.startswith(name)
    assert "\nFlags:\n" in expected
    for arguments in HELP:
        result = run(name, *arguments)
        assert (result.returncode, result.stderr) == (0, ""), arguments
        assert result.stdout == expected, arguments


@pytest.mark.parametrize("name", PROGRAMS)
def test_help_about_a_word_shows_its_flags(name):
    for word in ("metrics", "seed", "nothing of that kind"):
        result = run(name, f"--help={word}")
        assert (result.returncode, result.stderr) == (0, "")
        assert f"about '{word}'" in result.stdout
        assert ".cc" not in result.stdout


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_version_is_an_answer(name):
    for form in ("--version", "-version"):
        result = run(name, form)
        assert (result.returncode, result.stderr) == (0, "")
        words = result.stdout.split()
        assert words[0] == name
        assert words[1][0].isdigit()
        assert len(words) == 2


@pytest.mark.parametrize("name", PROGRAMS)
def test_an_answer_that_cannot_be_written_is_an_error(name):
    with open("/dev/full", "w") as full:
        result = run(name, "--help", capture_output=False, stdout=full)
    assert result.returncode == 1


@pytest.mark.parametrize("name", PROGRAMS)
def test_files_of_flags_are_bounded(name, tmp_path):
    pipe, cycle, large = tmp_path / "pipe", tmp_path / "cycle", tmp_path / "large"
    os.mkfifo(pipe)
    cycle.write_text(f"--flagfile={cycle}\n")
    large.write_text("# a remark\n" * 100_000)
    for path in ("/dev/zero", "/dev/urandom", pipe, cycle, large, tmp_path, "/nowhere"):
        result = run(name, f"--flagfile={path}")
        assert_one_line_error(result, str(path))


@pytest.mark.parametrize("name", PROGRAMS)
def test_what_is_wrong_is_one_line(name):
    for arguments in (
        ["--one_wrong", "--two_wrong"],
        ["--no_such_flag"],
        ["--threads=many", "--networks=many", "--no_such_flag=\n\x1b[31m"],
        ["--flagfile"],
    ):
        assert_one_line_error(run(name, *arguments))


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1:99999", "127.0.0.1:65536", "[::1]:70000", "::1:8001", "localhost"],
)
def test_a_port_that_is_none_is_refused(address, tmp_path):
    assert_one_line_error(
        run("hypergan-client", "health", f"--server={address}"), address
    )
    server = run(
        "hypergan-server", f"--model_repository={tmp_path}", f"--listen={address}"
    )
    assert_one_line_error(server, address, "--listen")


def test_a_shell_completes_the_client(tmp_path):
    """In a bash that people type into, without any file of its own."""
    (tmp_path / "rows.npy").write_bytes(b"no array")
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(tmp_path)
        # On a narrow one it would show a part of the line.
        termios.tcsetwinsize(0, (40, 300))
        os.environ.update(
            PATH=f"{os.path.dirname(program('hypergan-client'))}:{os.environ['PATH']}",
            TERM="dumb",
            PS1="> ",
        )
        os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])
    try:
        os.write(terminal, b"source <(hypergan-client completion bash)\n")
        # Each tab completes what is the only choice.
        os.write(terminal, b"hypergan-client pred\t--inp\trow\t--serv\t")
        os.write(terminal, b"127.0.0.1:1 --dead\t1s; exit\n")
        said = b""
        with contextlib.suppress(OSError):  # the end of a terminal
            while more := os.read(terminal, 4096):
                said += more
    finally:
        os.close(terminal)
        os.waitpid(child, 0)
    line = (
        "hypergan-client predict --inputs=rows.npy --server=127.0.0.1:1 --deadline=1s"
    )
    assert line in said.decode().replace("\a", ""), said
    assert b"hypergan-client: UNAVAILABLE" in said or b"DEADLINE" in said, said

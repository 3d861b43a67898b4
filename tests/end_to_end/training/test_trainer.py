"""Runs that are interrupted, wrongly asked for, or out of room on the disk."""

import errno
import json
import os
import resource
import signal
import subprocess

import pytest
import small_training
import torch
from programs import TIMEOUT_S, assert_one_line_error, run
from running_process import RunningProcess
from small_disk import fill, small_disk

EPOCHS = "--epochs=30"


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return small_training.write_pictures(tmp_path_factory.mktemp("pictures"))


def train(data, repository, *flags, **options):
    return subprocess.run(
        small_training.train_command(data, repository, EPOCHS, *flags),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
        **options,
    )


def train_until(data, repository, pattern, *flags):
    """Ctrl-C once a line with `pattern` has come, long before the run's own end."""
    command = small_training.train_command(data, repository, EPOCHS, *flags)
    with RunningProcess(command) as running:
        running.wait_for(pattern)
        running.send(signal.SIGINT)
        assert running.wait() == 0, running.output
        assert "interrupted" in running.output


def folder(repository):
    return repository / "small" / "1"


def weights(repository):
    return torch.jit.load(str(folder(repository) / "model.pt")).state_dict()


def losses(repository):
    """Of every epoch, as the metrics beside the checkpoint tell it."""
    lines = (folder(repository) / "metrics.jsonl").read_text().splitlines()
    epochs = [json.loads(line) for line in lines]
    return [(row["epoch"], row["loss"]) for row in epochs if "loss" in row]


def test_an_interrupted_run_ends_with_the_same_weights(data, tmp_path):
    straight, interrupted = tmp_path / "straight", tmp_path / "interrupted"
    assert train(data, straight).returncode == 0
    train_until(data, interrupted, "epoch 3/")
    train_until(data, interrupted, "epoch 11/", "--resume")
    resumed = train(data, interrupted, "--resume")
    assert resumed.returncode == 0, resumed.stderr
    expected, got = weights(straight), weights(interrupted)
    assert expected.keys() == got.keys()
    for name, tensor in expected.items():
        assert torch.equal(tensor, got[name]), name
    assert losses(interrupted) == losses(straight)


def test_another_seed_gives_other_weights(data, tmp_path):
    short = "--epochs=2"
    for name, seed in (("one", 1), ("two", 2)):
        result = train(data, tmp_path / name, short, f"--seed={seed}")
        assert result.returncode == 0, result.stderr
    one, two = weights(tmp_path / "one"), weights(tmp_path / "two")
    assert any(not torch.equal(one[name], two[name]) for name in one)


@pytest.fixture
def begun(data, tmp_path):
    """A repository whose run was interrupted after some epochs."""
    repository = tmp_path / "models"
    train_until(data, repository, "epoch 2/")
    return repository


def assert_left_as_it_was(repository, checkpoint, result):
    assert_one_line_error(result)
    assert (folder(repository) / "model.pt").read_bytes() == checkpoint
    weights(repository)
    names = {path.name for path in folder(repository).iterdir()}
    assert names <= {"model.pt", "model.pt.sha256", "metrics.jsonl"}


def test_a_full_disk_leaves_the_former_checkpoint(data, tmp_path):
    with small_disk(tmp_path / "disk", "32m") as disk:
        train_until(data, disk, "epoch 2/")
        checkpoint = (folder(disk) / "model.pt").read_bytes()
        fill(disk / "filler")
        result = train(data, disk, "--resume")
        assert_left_as_it_was(disk, checkpoint, result)
        assert os.strerror(errno.ENOSPC) in result.stderr
        (disk / "filler").unlink()
        assert train(data, disk, "--resume").returncode == 0


def test_a_file_that_may_not_grow_leaves_the_former_checkpoint(data, begun):
    checkpoint = (folder(begun) / "model.pt").read_bytes()
    result = train(
        data,
        begun,
        "--resume",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000)),
    )
    assert_left_as_it_was(begun, checkpoint, result)
    assert os.strerror(errno.EFBIG) in result.stderr


def write_line(path, scale):
    """A table of y = scale * x."""
    rows = [f"{x},{scale * x}" for x in range(-50, 51)]
    path.write_text("\n".join(rows) + "\n")


def test_a_loss_that_is_no_number_keeps_the_last_good_checkpoint(data, tmp_path):
    table, repository = tmp_path / "line.csv", tmp_path / "models"
    flags = [
        f"--data={table}",
        "--target=regression",
        "--target_deviation=1e-6",
        "--epochs=3000",  # of some milliseconds each
    ]
    write_line(table, scale=1e-3)
    train_until(data, repository, "epoch 2/", *flags)
    checkpoint = (folder(repository) / "model.pt").read_bytes()
    write_line(table, scale=1e20)  # its square over 1e-12 is past float32
    result = train(data, repository, "--resume", *flags)
    assert_left_as_it_was(repository, checkpoint, result)
    assert "loss" in result.stderr


def test_a_run_is_resumed_with_its_own_options_only(data, begun):
    assert_one_line_error(train(data, begun, "--resume", "--networks=5"))


def test_a_version_that_is_there_is_not_overwritten(data, begun):
    checkpoint = (folder(begun) / "model.pt").read_bytes()
    assert_one_line_error(train(data, begun, "--version=1"), "1")
    assert (folder(begun) / "model.pt").read_bytes() == checkpoint


WRONG = {
    "an unknown flag": (["--colour=red"], "colour"),
    "no number": (["--epochs=many"], "epochs"),
    "a number out of bounds": (["--networks=0"], "networks"),
    "a missing folder": (["--data=/nowhere/at/all"], "/nowhere/at/all"),
    "a missing target": (["--target=/nowhere/target.json"], "/nowhere/target.json"),
    "an unknown target": (["--target=brain"], "brain"),
    "an unknown device": (["--device=abacus"], "abacus"),
    "a model's name with a path": (["--model=../small"], "../small"),
    "a run to resume that is none": (["--resume"], "small"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_one_line_and_nothing_is_written(data, tmp_path, name):
    flags, reason = WRONG[name]
    repository = tmp_path / "models"
    assert_one_line_error(train(data, repository, *flags), reason)
    assert not repository.exists() or not list(repository.rglob("*"))


def test_a_damaged_training_state_is_refused(data, begun):
    state = folder(begun).parent / ".training" / "1" / "training_state.pt"
    content = bytearray(state.read_bytes())
    content[len(content) // 2] ^= 1
    state.write_bytes(content)
    assert_one_line_error(train(data, begun, "--resume"), "training_state.pt")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (
            ["evaluate", "--checkpoint=/nowhere.pt", "--data=generated:sine"],
            "/nowhere.pt",
        ),
        (["plot", "--checkpoint=/nowhere.pt", "--data=generated:sine"], ""),
        (["dance"], "dance"),
        ([], "expected one verb"),
    ],
)
def test_other_verbs_have_the_same_manners(arguments, reason):
    assert_one_line_error(run("hypergan-trainer", *arguments, "--device=cpu"), reason)

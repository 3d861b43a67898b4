"""The trainer as a process: signals, its cores, and others of its kind beside it."""

import os
import resource
import signal
import subprocess

import pytest
import small_training
from programs import TIMEOUT_S, assert_one_line_error, program
from running_process import RunningProcess

LONG = "--epochs=100000"


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return small_training.write_pictures(tmp_path_factory.mktemp("pictures"))


def folder(repository, version=1):
    return repository / "small" / str(version)


def names(repository, version=1):
    return {path.name for path in folder(repository, version).iterdir()}


FILES = {"model.pt", "model.pt.sha256", "metrics.jsonl"}
STATE = ".training/1/training_state.pt"


def train(data, repository, *flags, **options):
    return subprocess.run(
        small_training.train_command(data, repository, *flags),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
        **options,
    )


def assert_goes_on(data, repository):
    """Resumed for one step more, as far as the options let it: they are the same."""
    command = small_training.train_command(data, repository, LONG, "--resume")
    with RunningProcess(command) as resumed:
        resumed.wait_for("epoch ")
        assert resumed.terminate() == 0
    assert names(repository) == FILES


@pytest.mark.parametrize(
    "number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGXCPU]
)
def test_a_signal_to_end_saves_first(data, tmp_path, number):
    command = small_training.train_command(data, tmp_path, LONG)
    with RunningProcess(command) as running:
        running.wait_for("epoch 2/")
        running.send(number)
        assert running.wait() == 0
        assert "interrupted and saved" in running.output
    assert_goes_on(data, tmp_path)


def test_a_hangup_may_come_twice(data, tmp_path):
    """From the system and from the shell."""
    command = small_training.train_command(data, tmp_path, LONG)
    with RunningProcess(command) as running:
        running.wait_for("epoch 2/")
        for _ in range(20):
            running.send(signal.SIGHUP)
        assert running.wait() == 0
    assert_goes_on(data, tmp_path)


def test_a_hangup_that_is_ignored_stays_so(data, tmp_path):
    command = ["nohup", *small_training.train_command(data, tmp_path, LONG)]
    with RunningProcess(command) as running:
        running.wait_for("epoch 2/")
        running.send(signal.SIGHUP)
        running.wait_for("epoch 4/")
        running.wait_for("epoch 6/")
        assert running.terminate() == 0


def test_a_limit_on_cpu_time_saves_first(data, tmp_path):
    result = train(
        data,
        tmp_path,
        LONG,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (4, 60)),
    )
    assert result.returncode == 0, result.stderr
    assert "interrupted and saved" in result.stdout
    assert_goes_on(data, tmp_path)


def test_a_training_goes_on_when_nobody_reads_its_lines(data, tmp_path):
    command = small_training.train_command(data, tmp_path)
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.readline()
    process.stdout.close()
    _, errors = process.communicate(timeout=TIMEOUT_S)
    assert (process.returncode, errors) == (0, b"")
    assert names(tmp_path) == FILES
    assert len((folder(tmp_path) / "metrics.jsonl").read_text().splitlines()) == 5


def test_figures_that_nobody_can_read_are_an_error(data, tmp_path):
    assert train(data, tmp_path, "--epochs=1").returncode == 0
    command = [
        program("hypergan-trainer"),
        "evaluate",
        f"--checkpoint={folder(tmp_path) / 'model.pt'}",
        f"--data={data}",
        "--device=cpu",
    ]
    with open("/dev/full", "w") as full:
        result = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=TIMEOUT_S
        )
    assert_one_line_error(result, "standard output")


@pytest.mark.parametrize("limit", [9000, 30])
def test_a_limit_on_file_sizes_is_an_error_that_leaves_nothing_behind(
    data, tmp_path, limit
):
    result = train(
        data,
        tmp_path,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    assert_one_line_error(result, "File too large", str(folder(tmp_path)))
    assert names(tmp_path) == {"metrics.jsonl"}
    # The version is free.
    assert train(data, tmp_path, "--version=1", "--epochs=1").returncode == 0


def test_a_torn_line_of_metrics_is_cut(data, tmp_path):
    result = train(data, tmp_path)
    assert result.returncode == 0, result.stderr
    log = folder(tmp_path) / "metrics.jsonl"
    before = log.read_text()
    with log.open("a") as file:
        file.write('{"epoch": 5, "lo')
    assert train(data, tmp_path, "--resume").returncode == 0
    after = log.read_text()
    assert after.startswith(before)
    assert '"lo{' not in after
    assert after.endswith("}\n")


def test_a_killed_training_leaves_no_temporary_file_for_good(data, tmp_path):
    command = small_training.train_command(data, tmp_path, LONG)
    with RunningProcess(command) as running:
        running.wait_for("epoch 2/")
        running.send(signal.SIGKILL)
        running.wait()
    (tmp_path / "small" / f"{STATE}.4000000.tmp").write_text("half")
    (folder(tmp_path) / "model.pt.4000000.tmp").write_text("half")
    assert_goes_on(data, tmp_path)
    assert [path.name for path in (tmp_path / "small/.training/1").iterdir()] == [
        "training_state.pt"
    ]


def test_two_trainings_of_a_model_are_two_versions(data, tmp_path):
    command = small_training.train_command(data, tmp_path, LONG)
    with RunningProcess(command) as one, RunningProcess(command) as two:
        one.wait_for("epoch 2/")
        two.wait_for("epoch 2/")
        for busy in ("--version=1", "--version=2"):
            assert_one_line_error(train(data, tmp_path, LONG, busy), "version")
            assert_one_line_error(
                train(data, tmp_path, LONG, busy, "--resume"),
                "another process trains this version",
            )
        assert one.terminate() == 0
        assert two.terminate() == 0
    assert names(tmp_path, 1) == names(tmp_path, 2) == FILES


def test_an_experiment_runs_once_at_a_time_in_a_folder(tmp_path):
    command = [
        program("hypergan-trainer"),
        "experiment",
        "regression-1d",
        f"--output={tmp_path}",
        "--device=cpu",
        "--threads=1",
    ]
    with RunningProcess(command) as running:
        running.wait_for("rows to train on")
        second = subprocess.run(
            command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
        )
        assert_one_line_error(second, "another process")
        running.terminate()


def test_no_more_threads_than_the_cores_it_may_use(data, tmp_path):
    one = min(os.sched_getaffinity(0))
    result = train(
        data,
        tmp_path,
        "--epochs=1",
        "--threads=0",
        preexec_fn=lambda: os.sched_setaffinity(0, {one}),
    )
    assert ", 1 threads" in result.stdout
    result = train(
        data,
        tmp_path,
        "--epochs=1",
        "--threads=64",
        preexec_fn=lambda: os.sched_setaffinity(0, {one}),
    )
    assert result.returncode == 0
    assert ", 1 threads" in result.stdout
    assert "--threads=64: this process may use 1 core" in result.stderr

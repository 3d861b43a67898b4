"""Models come, go and fail while the server answers; checkpoints without code."""

import hashlib
import os
import shutil
import subprocess
import threading

import crafted
import killers
import numpy as np
import pytest
import scripted
import small_training
from ensemble_stubs import ensemble_pb2
from programs import TIMEOUT_S, assert_one_line_error, run
from running_server import RunningServer

ROWS = np.zeros((1, *scripted.INPUT_SHAPE), np.float32)
POLL = ("--model_control=poll", "--poll_interval=100ms", "--check_in_child=true")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A repository with `small`, of one epoch."""
    data = small_training.write_pictures(tmp_path_factory.mktemp("pictures"))
    folder = tmp_path_factory.mktemp("models")
    subprocess.run(
        small_training.train_command(data, folder, "--epochs=1"),
        check=True,
        timeout=TIMEOUT_S,
    )
    return folder


def convert(source, target):
    return run(
        "hypergan-trainer", "convert", f"--checkpoint={source}", f"--output={target}"
    )


def wait_until(condition, server):
    """Each look takes a message to the server, so that it is no idle loop."""
    for _ in range(100_000):
        answer = condition(server)
        if answer:
            return answer
    raise AssertionError("it did not come to that: " + server.output)


def listed(server):
    return server.stub.ListModels(ensemble_pb2.ListModelsRequest(), timeout=60)


def versions(server):
    return [model.version for model in listed(server).models]


def put(folder, version, source):
    """As the trainer does: whole, by a name of its own first."""
    path = folder / str(version) / "model.pt"
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, path.with_name("copy"))
    os.replace(path.with_name("copy"), path)
    return path


def test_a_checkpoint_without_code_answers_as_the_one_with_it(trained, tmp_path):
    source = trained / "small/1/model.pt"
    target = tmp_path / "described/1/model.safetensors"
    result = convert(source, target)
    assert result.returncode == 0, result.stderr
    back = tmp_path / "back/1/model.pt"
    assert convert(target, back).returncode == 0
    shutil.copytree(trained / "small", tmp_path / "small")
    rows = np.random.default_rng(3).uniform(0, 1, (5, 1, 8, 8)).astype(np.float32)
    with RunningServer(tmp_path, "--check_in_child=true") as server:
        said = [
            server.predict(name, rows, seed=9, num_networks=20)
            for name in ("small", "described", "back")
        ]
    means = [np.frombuffer(answer.mean.raw, "<f4") for answer in said]
    np.testing.assert_allclose(means[1], means[0], atol=1e-6)
    np.testing.assert_allclose(means[2], means[0], atol=1e-6)


def test_what_the_trainer_writes_has_its_digest(trained):
    path = trained / "small/1/model.pt"
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert (path.parent / "model.pt.sha256").read_text() == f"{digest}  model.pt\n"
    assert {entry.name for entry in path.parent.iterdir()} == {
        "model.pt",
        "model.pt.sha256",
        "metrics.jsonl",
    }


def test_what_cannot_be_converted_is_one_line(trained, tmp_path):
    path = scripted.write_checkpoint(tmp_path / "other/1/model.pt")
    to = tmp_path / "model.safetensors"
    assert_one_line_error(convert(path, to), "only a HyperGAN can be kept without code")
    assert not to.exists()
    source = trained / "small/1/model.pt"
    assert_one_line_error(convert(source, tmp_path / "model.pt"), "the other format")
    to.write_text("mine")
    assert_one_line_error(convert(source, to), "is there already")
    assert to.read_text() == "mine"


def start_on_data_alone(repository, *flags):
    return run(
        "hypergan-server",
        f"--model_repository={repository}",
        "--listen=127.0.0.1:0",
        "--metrics_listen=127.0.0.1:0",
        "--allow_torchscript=false",
        *flags,
    )


@pytest.mark.parametrize("flags", [(), ("--model_control=poll",)])
def test_code_is_refused_where_only_data_is_allowed(trained, tmp_path, flags):
    shutil.copytree(trained / "small", tmp_path / "small")
    result = start_on_data_alone(tmp_path, *flags)
    assert result.returncode > 0
    assert "got a TorchScript archive" in result.stderr
    # Code under the name of data is none the less refused.
    shutil.copy(trained / "small/1/model.pt", tmp_path / "small/1/model.safetensors")
    result = start_on_data_alone(tmp_path)
    assert result.returncode > 0
    assert "not a safetensors file" in result.stderr


def test_the_server_survives_each_checkpoint_that_ends_a_process(tmp_path):
    good = scripted.write_checkpoint(tmp_path / "good/1/model.pt")
    for name, (module, _) in killers.MODULES.items():
        scripted.write_checkpoint(tmp_path / name / "1/model.pt", module=module())
    # test_bad_checkpoints.py has them all, without a child.
    some = list(crafted.ARCHIVES)[::8]
    for index, name in enumerate(some):
        path = tmp_path / f"crafted-{index}" / "1/model.pt"
        crafted.rewritten(good, path, crafted.ARCHIVES[name])
    with RunningServer(
        tmp_path,
        "--check_in_child=true",
        "--allow_partial_start",
        "--max_check_time=3s",
        "--max_check_bytes=1073741824",
    ) as server:
        assert len(server.predict("good", ROWS).scores) == 1
        failures = {failure.name: failure.reason for failure in listed(server).failures}
        for name, (_, reason) in killers.MODULES.items():
            assert reason in failures[name], failures
        assert len(failures) == len(killers.MODULES) + len(some)
        assert str(tmp_path) not in str(failures)
        assert [model.name for model in listed(server).models] == ["good"]


def test_good_and_bad_versions_are_swapped_under_load(tmp_path):
    """Each answer is the one that its version gives for its seed."""
    elsewhere = tmp_path / "elsewhere"
    sources = [
        scripted.write_checkpoint(
            elsewhere / f"{seed}.pt", module=scripted.ScriptedHyperGan(seed)
        )
        for seed in range(3)
    ]
    repository = tmp_path / "models"
    for version, source in enumerate(sources, 1):
        put(repository / "m", version, source)
    with RunningServer(repository) as server:
        expected = {
            str(version): server.predict(
                "m", ROWS, seed=1, model_version=str(version)
            ).mean
            for version in (1, 2, 3)
        }
    for version in (2, 3):
        shutil.rmtree(repository / "m" / str(version))
    with RunningServer(repository, *POLL, "--model_versions=greatest") as server:
        stop = threading.Event()
        wrong, answers = [], []

        def ask():
            while not stop.is_set():
                answer = server.predict("m", ROWS, seed=1)
                answers.append(answer.model_version)
                if answer.mean != expected[answer.model_version]:
                    wrong.append(answer.model_version)

        threads = [threading.Thread(target=ask) for _ in range(2)]
        for thread in threads:
            thread.start()
        try:
            put(repository / "m", 2, sources[1])
            wait_until(lambda server: versions(server) == ["2"], server)
            # A worse one leaves it serving: cut, then overwritten in place.
            path = put(repository / "m", 3, sources[2])
            whole = path.read_bytes()
            path.write_bytes(whole[: len(whole) // 2])
            wait_until(
                lambda server: (
                    [f.version for f in listed(server).failures] == ["3"]
                    or versions(server) == ["3"]
                ),
                server,
            )
            path.write_bytes(whole)
            wait_until(lambda server: versions(server) == ["3"], server)
            wait_until(
                lambda server: 'model="m",version="2"' not in server.metrics(),
                server,
            )
            # What is served is in memory: its file may become anything.
            path.write_bytes(b"rubbish")
            wait_until(lambda server: listed(server).failures, server)
            assert versions(server) == ["3"]
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        assert wrong == []
        assert set(answers) >= {"3"}
        server.wait_for("released model m version 1")


def test_a_digest_that_does_not_fit_leaves_the_old_version_serving(tmp_path):
    path = scripted.write_checkpoint(tmp_path / "m/1/model.pt")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    (path.parent / "model.pt.sha256").write_text(f"{digest}  model.pt\n")
    with RunningServer(tmp_path, *POLL) as server:
        new = tmp_path / "new"
        shutil.copytree(path.parent, new)
        (new / "model.pt.sha256").write_text(f"{'0' * 64}  model.pt\n")
        new.rename(tmp_path / "m/2")
        wait_until(lambda server: listed(server).failures, server)
        assert versions(server) == ["1"]
        server.wait_for("expected the digest of")

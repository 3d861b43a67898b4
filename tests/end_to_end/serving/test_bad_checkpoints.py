"""Files that break the contract are refused with the reason; their neighbour serves."""

import random
import warnings

import crafted
import numpy as np
import pytest
import scripted
import torch
from programs import assert_one_line_error, run
from running_server import RunningServer

INPUTS = np.zeros((1, *scripted.INPUT_SHAPE), np.float32)
FLIPS = 40


class NoPredict(torch.nn.Module):
    @torch.jit.export
    def generate(self, noise: torch.Tensor) -> list[torch.Tensor]:
        return [noise]

    def forward(self, inputs: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        return inputs


class TiedNetworks(scripted.ScriptedHyperGan):
    """Normalises over the networks of the batch: none may do that."""

    @torch.jit.export
    def generate(self, noise: torch.Tensor) -> list[torch.Tensor]:
        noise = noise - noise.mean(0, keepdim=True)
        count = noise.size(0)
        return [
            noise.matmul(self.first).view(count, 5, 6),
            noise.matmul(self.last).view(count, 4, 5),
        ]


class DrawsItsOwn(scripted.ScriptedHyperGan):
    """Draws random numbers of its own: no seed would give them again."""

    @torch.jit.export
    def generate(self, noise: torch.Tensor) -> list[torch.Tensor]:
        noise = noise + torch.rand_like(noise)
        count = noise.size(0)
        return [
            noise.matmul(self.first).view(count, 5, 6),
            noise.matmul(self.last).view(count, 4, 5),
        ]


class NotFinite(scripted.ScriptedHyperGan):
    @torch.jit.export
    def predict(
        self, inputs: torch.Tensor, weights: list[torch.Tensor]
    ) -> torch.Tensor:
        rows = inputs.flatten(1).t()
        hidden = torch.tanh(weights[0].matmul(rows))
        return weights[1].matmul(hidden).transpose(1, 2) / 0.0


class Prints(scripted.ScriptedHyperGan):
    @torch.jit.export
    def predict(
        self, inputs: torch.Tensor, weights: list[torch.Tensor]
    ) -> torch.Tensor:
        print("serving 7 models\n\x1b[2J")
        warnings.warn("a model's own warning")  # noqa: B028 (TorchScript)
        rows = inputs.flatten(1).t()
        hidden = torch.tanh(weights[0].matmul(rows))
        return weights[1].matmul(hidden).transpose(1, 2).contiguous()


class Raises(scripted.ScriptedHyperGan):
    @torch.jit.export
    def predict(
        self, inputs: torch.Tensor, weights: list[torch.Tensor]
    ) -> torch.Tensor:
        assert inputs.dim() == 0, "somebody's own assertion"
        return inputs


BAD_MODULES = {
    "lacks a method": (NoPredict, "no method 'predict'"),
    "ties its networks": (TiedNetworks, "depends on the others"),
    "draws random numbers": (DrawsItsOwn, "random"),
    "answers with infinity": (NotFinite, "not finite"),
    "raises": (Raises, "AssertionError: somebody's own assertion (File"),
}

BAD_MANIFESTS = {
    "another noise size": ({"noise_size": 7}, ""),
    "another input shape": ({"input_shape": [5]}, ""),
    "another number of outputs": ({"num_outputs": 3}, "expected float32 [3, 2, 3]"),
    "names of too few classes": ({"class_names": ["one"]}, "class_names"),
    "an unknown task": ({"task": "poetry"}, "poetry"),
    "a later format": ({"format_version": 2}, "expected 1, got 2"),
    "a task that forges a line": (
        {"task": "a\n2026-01-01T00:00:00.000Z stopped\x1b[2J"},
        r"got 'a\n2026-01-01T00:00:00.000Z stopped\x1b[2J'",
    ),
    "a task that is long": ({"task": "a" * 500_000}, "got 'aaaa"),
    "a shape of halves": ({"input_shape": [2.5, 3]}, "input_shape"),
    "a shape of booleans": ({"input_shape": [True, 6]}, "input_shape"),
    "no noise size": ({"noise_size": None}, "noise_size"),
    "an unknown primary score": (
        {
            "calibration": {
                "primary_score": "mood",
                "rows": 2,
                "threshold": 0.95,
                "quantiles": [0.1, 0.2],
            }
        },
        "mood",
    ),
}


@pytest.fixture
def repository(tmp_path):
    scripted.write_checkpoint(tmp_path / "good" / "1" / "model.pt")
    return tmp_path


def assert_only_the_good_one_serves(repository, *reasons):
    with RunningServer(repository, "--allow_partial_start") as server:
        assert len(server.predict("good", INPUTS).scores) == 1
        for reason in reasons:
            assert reason in server.output
        return server.metrics()


@pytest.mark.parametrize("name", BAD_MODULES)
def test_a_module_that_breaks_the_contract_is_refused(repository, name):
    module, reason = BAD_MODULES[name]
    path = repository / "bad" / "1" / "model.pt"
    scripted.write_checkpoint(path, module=module())
    metrics = assert_only_the_good_one_serves(repository, str(path), reason)
    assert "hypergan_load_failures_total 1" in metrics


@pytest.mark.parametrize("name", BAD_MANIFESTS)
def test_a_manifest_that_does_not_fit_is_refused(repository, name):
    changes, reason = BAD_MANIFESTS[name]
    path = repository / "bad" / "1" / "model.pt"
    scripted.write_checkpoint(path, fields=scripted.manifest(**changes))
    assert_only_the_good_one_serves(repository, str(path), reason)


def test_a_checkpoint_without_a_manifest_is_refused(repository):
    path = repository / "bad" / "1" / "model.pt"
    path.parent.mkdir(parents=True)
    torch.jit.save(torch.jit.script(scripted.ScriptedHyperGan()), str(path))
    assert_only_the_good_one_serves(repository, "manifest.json")


def damaged(repository, name, content):
    path = repository / name / "1" / "model.pt"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    return str(path)


def test_truncated_files_are_refused(repository):
    whole = (repository / "good" / "1" / "model.pt").read_bytes()
    lengths = [0, 1, 100, len(whole) // 2, len(whole) - 100, len(whole) - 1]
    paths = [damaged(repository, f"cut-{length}", whole[:length]) for length in lengths]
    assert_only_the_good_one_serves(repository, *paths)


def test_a_file_with_one_flipped_bit_anywhere_is_refused(repository):
    """Or, where the bit says nothing (padding, a date), served as it was."""
    whole = (repository / "good" / "1" / "model.pt").read_bytes()
    draws = random.Random(1)
    for index in range(FLIPS):
        content = bytearray(whole)
        content[draws.randrange(len(whole))] ^= 1 << draws.randrange(8)
        damaged(repository, f"flip-{index}", content)
    with RunningServer(repository, "--allow_partial_start") as server:
        good = server.predict("good", INPUTS, seed=1, num_networks=5)
        refused = 0
        for index in range(FLIPS):
            name = f"flip-{index}"
            if f"/{name}/1/model.pt" in server.output:
                refused += 1
                continue
            same = server.predict(name, INPUTS, seed=1, num_networks=5)
            assert (same.mean, same.variance) == (good.mean, good.variance)
    assert refused >= 1


@pytest.mark.parametrize("name", crafted.ARCHIVES)
def test_an_archive_that_states_what_is_not_so_is_refused(repository, name):
    path = repository / "bad" / "1" / "model.pt"
    good = repository / "good" / "1" / "model.pt"
    crafted.rewritten(good, path, crafted.ARCHIVES[name])
    metrics = assert_only_the_good_one_serves(
        repository, f"load model bad version 1: {path}"
    )
    assert "hypergan_load_failures_total 1" in metrics


def test_what_a_model_prints_is_quoted_in_the_log(repository):
    scripted.write_checkpoint(repository / "prints" / "1" / "model.pt", module=Prints())
    with RunningServer(repository) as server:
        for _ in range(20):
            assert len(server.predict("prints", INPUTS).scores) == 1
        assert server.terminate() == 0
        prints = [line for line in server.lines if "serving 7" in line]
        assert len(prints) == 10
        assert prints[0].endswith(r"a model prints 'serving 7 models\n\x1b[2J'")
        assert prints[9].endswith("no more of that is logged")
        assert "own warning" not in server.output


def test_what_cannot_be_read_is_logged_and_counted(repository):
    (repository / "good" / "2").mkdir()
    (repository / "good" / "2" / "model.pt").symlink_to(repository / "nowhere")
    metrics = assert_only_the_good_one_serves(
        repository, "could not load model good version 2", "No such file"
    )
    assert "hypergan_load_failures_total 1" in metrics


def test_a_half_written_file_is_passed_over(repository):
    folder = repository / "good" / "2"
    folder.mkdir()
    (folder / "model.pt.tmp").write_bytes(b"half of a checkpoint")
    with RunningServer(repository) as server:
        assert server.predict("good", INPUTS).model_version == "1"


def test_what_is_no_file_is_refused(repository):
    (repository / "folder" / "1" / "model.pt").mkdir(parents=True)
    damaged(repository, "text", b"import this\n" * 1000)
    assert_only_the_good_one_serves(repository, "text")


def serve(repository):
    """Of a repository that cannot be served."""
    return run(
        "hypergan-server",
        f"--model_repository={repository}",
        "--listen=127.0.0.1:0",
        "--metrics_listen=127.0.0.1:0",
        "--device=cpu",
    )


def test_nothing_but_bad_checkpoints_is_a_failure(tmp_path):
    damaged(tmp_path, "bad", b"rubbish")
    result = serve(tmp_path)
    assert result.returncode > 0
    assert "bad/1/model.pt" in result.stderr


def test_an_empty_repository_is_a_failure(tmp_path):
    assert_one_line_error(serve(tmp_path))


def test_a_repository_that_is_not_there_is_a_failure(tmp_path):
    assert_one_line_error(serve(tmp_path / "nowhere"), "nowhere")

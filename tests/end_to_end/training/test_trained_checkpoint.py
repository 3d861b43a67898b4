"""What the trainer writes and the server answers, held to plain Python's account."""

import json
import subprocess

import expected
import numpy as np
import pytest
import small_training
import torch
from ensemble_stubs import ensemble_pb2
from noise import draw_noise
from programs import TIMEOUT_S, program, run
from running_server import RunningServer

SEED = 12345
ROWS = 20


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return small_training.write_pictures(tmp_path_factory.mktemp("pictures"))


@pytest.fixture(scope="module")
def repository(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    subprocess.run(
        small_training.train_command(data, folder), check=True, timeout=TIMEOUT_S
    )
    subprocess.run(
        [
            program("hypergan-trainer"),
            "train",
            "--data=generated:sine",
            "--target=regression",
            f"--model_repository={folder}",
            "--model=curve",
            "--device=cpu",
            "--threads=1",
            "--epochs=20",
            "--evaluate_every=10",
            "--evaluation_networks=10",
        ],
        check=True,
        timeout=TIMEOUT_S,
    )
    return folder


@pytest.fixture(scope="module")
def checkpoint(repository):
    """The module and its manifest, by torch.jit.load alone."""
    return load(repository, "small")


def load(repository, model):
    files = {"manifest.json": ""}
    module = torch.jit.load(
        str(repository / model / "1" / "model.pt"), _extra_files=files
    )
    return module, json.loads(files["manifest.json"])


@pytest.fixture(scope="module")
def server(repository):
    with RunningServer(repository) as running:
        yield running


@pytest.fixture(scope="module")
def inputs():
    images, _ = small_training.pictures(ROWS - 1, seed=3)
    strange = np.random.default_rng(4).uniform(0, 255, (1, 8, 8))
    rows = np.concatenate([images, strange]).astype(np.float32) / 255
    return rows[:, np.newaxis]


def outputs(module, manifest, inputs, networks):
    """[N, B, K] by plain Python."""
    noise = draw_noise(
        SEED, 0, networks, manifest["noise_size"], manifest.get("members", 1)
    )
    with torch.no_grad():
        return module(torch.from_numpy(inputs), torch.from_numpy(noise)).numpy()


@pytest.mark.parametrize("networks", [2, 10, 333])
def test_the_server_answers_as_plain_python(server, checkpoint, inputs, networks):
    response = server.predict("small", inputs, num_networks=networks, seed=SEED)
    figures = expected.classification(outputs(*checkpoint, inputs, networks))
    expected.assert_answers(response, figures)


def test_total_is_expected_entropy_and_mutual_information(server, inputs):
    response = server.predict("small", inputs)
    total = expected.scores(response, "predictive_entropy")
    aleatoric = expected.scores(response, "expected_entropy")
    epistemic = expected.scores(response, "mutual_information")
    assert (epistemic >= 0).all()
    np.testing.assert_allclose(total, aleatoric + epistemic, rtol=0, atol=1e-12)
    assert (total <= np.log(small_training.CLASSES) + 1e-12).all()


def test_one_network_has_no_variance(server, inputs):
    response = server.predict("small", inputs, num_networks=1)
    assert not expected.array(response.variance).any()
    for row in response.scores:
        assert row.HasField("predictive_entropy")
        assert not row.HasField("total_variance")
        assert not row.HasField("mutual_information")
        assert not row.HasField("ood_score")
        assert not row.HasField("is_ood")


def test_ten_thousand_networks_are_answered(server, checkpoint, inputs):
    response = server.predict("small", inputs[:3], num_networks=10_000, seed=SEED)
    assert response.num_networks == 10_000
    figures = expected.classification(outputs(*checkpoint, inputs[:3], 10_000))
    expected.assert_answers(response, figures)


def ood_scores(calibration, primary, networks):
    """By the formula of docs/uncertainty.md, for at most 200 calibration rows."""
    by_networks = {calibration["networks"]: calibration["quantiles"]}
    for other in calibration["other_networks"]:
        by_networks[other["networks"]] = other["quantiles"]
    fewer = max(n for n in by_networks if n <= networks)
    more = min((n for n in by_networks if n >= networks), default=fewer)
    shares = [
        (np.array(by_networks[n])[:, np.newaxis] < primary).sum(axis=0)
        / (calibration["rows"] + 1)
        for n in (fewer, more)
    ]
    return np.minimum(*shares)


@pytest.mark.parametrize("networks", [2, 3, 4, 10, 30, 100, 200])
def test_ood_score_is_the_share_of_the_calibration_rows(
    server, checkpoint, inputs, networks
):
    calibration = checkpoint[1]["calibration"]
    assert calibration["primary_score"] == "predictive_entropy"
    assert calibration["rows"] == 100
    response = server.predict("small", inputs, num_networks=networks)
    primary = expected.scores(response, "predictive_entropy")
    shares = ood_scores(calibration, primary, networks)
    np.testing.assert_allclose(
        expected.scores(response, "ood_score"), shares, rtol=0, atol=1e-9
    )
    assert [row.is_ood for row in response.scores] == list(
        shares >= calibration["threshold"]
    )


def test_networks_do_not_depend_on_each_other(checkpoint):
    module, manifest = checkpoint
    noise = torch.from_numpy(
        draw_noise(SEED, 0, 100, manifest["noise_size"], manifest.get("members", 1))
    )
    with torch.no_grad():
        together = module.generate(noise)
        alone = module.generate(noise[41:42])
    for many, one in zip(together, alone, strict=True):
        scale = float(many.abs().max())
        np.testing.assert_allclose(
            one[0].numpy(), many[41].numpy(), rtol=0, atol=1e-5 * scale
        )


def test_a_regression_is_answered_in_the_units_of_the_data(
    server, repository, checkpoint
):
    del checkpoint
    module, manifest = load(repository, "curve")
    rows = np.linspace(-5, 5, 21, dtype=np.float32)[:, np.newaxis]
    values = outputs(module, manifest, rows, 50).astype(np.float64)
    response = server.predict("curve", rows, num_networks=50, seed=SEED)
    near = {"rtol": 1e-5, "atol": 1e-5}
    np.testing.assert_allclose(
        expected.array(response.mean), values.mean(axis=0), **near
    )
    np.testing.assert_allclose(
        expected.array(response.variance), values.var(axis=0, ddof=1), **near
    )


def test_models_are_told_with_the_manifest_in_the_archive(server, checkpoint):
    models = server.stub.ListModels(ensemble_pb2.ListModelsRequest()).models
    assert [(model.name, model.version) for model in models] == [
        ("curve", "1"),
        ("small", "1"),
    ]
    manifest = checkpoint[1]
    small = models[1]
    assert json.loads(small.manifest_json) == manifest
    assert small.manifest.noise_size == manifest["noise_size"] == 16
    assert list(small.manifest.input_shape) == [1, 8, 8]
    assert small.manifest.num_outputs == small_training.CLASSES
    assert dict(small.manifest.provenance) == manifest["provenance"]
    assert manifest["provenance"]["seed"] == "7"


def test_the_trainer_evaluates_it_by_its_test_rows(data, repository):
    result = run(
        "hypergan-trainer",
        "evaluate",
        f"--checkpoint={repository / 'small' / '1' / 'model.pt'}",
        f"--data={data}",
        "--json",
        "--device=cpu",
    )
    assert result.returncode == 0, result.stderr
    figures = json.loads(result.stdout)
    assert 0.9 <= figures["figures"]["accuracy_100"] <= 1


def test_the_client_shows_it(server, data):
    result = run(
        "hypergan-client",
        "compare",
        f"--server={server.address}",
        "--model=small",
        f"--inputs={data / 't10k-images-idx3-ubyte.gz'}",
        f"--outside={data / 'train-images-idx3-ubyte.gz'}",
        "--rows=50",
        "--json",
    )
    assert result.returncode == 0, result.stderr
    assert "predictive_entropy" in result.stdout
    json.loads(result.stdout)

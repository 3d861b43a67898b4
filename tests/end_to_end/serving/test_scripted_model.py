"""A checkpoint that another program wrote is served, by the contract alone."""

import expected
import grpc
import numpy as np
import pytest
import scripted
import torch
from noise import draw_noise
from running_server import RunningServer

SEED = 2**63 + 11
ROWS = 7


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    repository = tmp_path_factory.mktemp("models")
    scripted.write_checkpoint(repository / "foreign" / "3" / "model.pt")
    with RunningServer(repository) as running:
        yield running


@pytest.fixture(scope="module")
def inputs():
    draws = np.random.default_rng(5)
    return draws.uniform(-1, 1, (ROWS, *scripted.INPUT_SHAPE)).astype(np.float32)


def logits(inputs, networks, seed=SEED):
    """[N, B, K] by plain Python."""
    noise = torch.from_numpy(draw_noise(seed, 0, networks, scripted.NOISE_SIZE))
    with torch.no_grad():
        return scripted.ScriptedHyperGan()(torch.from_numpy(inputs), noise).numpy()


@pytest.mark.parametrize("networks", [1, 2, 100, 1000])
def test_answers_are_those_of_plain_python(server, inputs, networks):
    response = server.predict("foreign", inputs, num_networks=networks, seed=SEED)
    assert response.model_version == "3"
    assert response.num_networks == networks
    figures = expected.classification(logits(inputs, networks))
    expected.assert_answers(response, figures)
    assert [row.index for row in response.classes] == list(
        figures["mean"].argmax(axis=-1)
    )


def test_every_network_is_told_when_asked_for(server, inputs):
    response = server.predict(
        "foreign", inputs, num_networks=10, seed=1, include_network_outputs=True
    )
    members = expected.classification(logits(inputs, 10, seed=1))["members"]
    told = expected.array(response.network_outputs)
    np.testing.assert_allclose(told, members, rtol=0, atol=1e-5)


def test_a_row_alone_is_answered_as_among_others(server, inputs):
    together = server.predict("foreign", inputs, num_networks=50, seed=4)
    alone = server.predict("foreign", inputs[3:4], num_networks=50, seed=4)
    np.testing.assert_allclose(
        expected.array(alone.mean)[0],
        expected.array(together.mean)[3],
        rtol=0,
        atol=1e-5,
    )


def test_the_told_seed_gives_the_same_networks_again(server, inputs):
    fresh = server.predict("foreign", inputs)
    assert fresh.num_networks == scripted.manifest()["default_num_networks"]
    again = server.predict("foreign", inputs, seed=fresh.seed)
    np.testing.assert_allclose(
        expected.array(again.mean), expected.array(fresh.mean), rtol=0, atol=1e-5
    )
    other = server.predict("foreign", inputs)
    assert other.seed != fresh.seed
    assert np.abs(expected.array(other.mean) - expected.array(fresh.mean)).max() > 1e-4


def test_what_the_manifest_lacks_is_absent(server, inputs):
    response = server.predict("foreign", inputs)
    assert not response.scores[0].HasField("ood_score")
    assert not response.scores[0].HasField("is_ood")
    assert response.classes[0].name == ""


def test_the_noise_is_bit_for_bit_the_documented_one(tmp_path):
    size = 257
    scripted.write_checkpoint(
        tmp_path / "echo" / "1" / "model.pt",
        module=scripted.NoiseEcho(),
        fields=scripted.manifest(
            task="regression", noise_size=size, num_outputs=size, input_shape=[1]
        ),
    )
    with RunningServer(tmp_path) as running:
        for seed in (0, 1, SEED, 2**64 - 1):
            response = running.predict(
                "echo",
                np.zeros((1, 1), np.float32),
                num_networks=500,
                seed=seed,
                include_network_outputs=True,
            )
            told = expected.array(response.network_outputs)[:, 0, :]
            documented = draw_noise(seed, 0, 500, size)
            np.testing.assert_array_equal(
                told.view(np.uint32), documented.view(np.uint32)
            )


def test_a_module_for_regression_is_served(tmp_path, inputs):
    scripted.write_checkpoint(
        tmp_path / "values" / "1" / "model.pt",
        fields=scripted.manifest(task="regression"),
    )
    with RunningServer(tmp_path) as running:
        response = running.predict("values", inputs, num_networks=30, seed=SEED)
    values = logits(inputs, 30).astype(np.float64)
    near = {"rtol": 1e-5, "atol": 1e-5}
    np.testing.assert_allclose(
        expected.array(response.mean), values.mean(axis=0), **near
    )
    variance = values.var(axis=0, ddof=1)
    np.testing.assert_allclose(expected.array(response.variance), variance, **near)
    np.testing.assert_allclose(
        expected.scores(response, "total_variance"), variance.sum(axis=-1), **near
    )
    assert not response.scores[0].HasField("predictive_entropy")
    assert len(response.classes) == 0


def test_the_greatest_version_is_served_unless_one_is_named(tmp_path, inputs):
    for version, seed in ((2, 0), (10, 1)):
        scripted.write_checkpoint(
            tmp_path / "foreign" / str(version) / "model.pt",
            module=scripted.ScriptedHyperGan(seed),
        )
    with RunningServer(tmp_path) as running:
        greatest = running.predict("foreign", inputs, num_networks=5, seed=SEED)
        named = running.predict(
            "foreign", inputs, num_networks=5, seed=SEED, model_version="2"
        )
        with pytest.raises(grpc.RpcError) as refused:
            running.predict("foreign", inputs, model_version="3")
    assert (greatest.model_version, named.model_version) == ("10", "2")
    expected.assert_answers(named, expected.classification(logits(inputs, 5)))
    assert refused.value.code() == grpc.StatusCode.NOT_FOUND

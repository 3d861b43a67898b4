"""Where networks come from, as a client sees it, over real engines."""

import re

import expected
import numpy as np
import pytest
import scripted
import torch
from ensemble_stubs import ensemble_pb2
from noise import draw_noise
from running_server import RunningServer, to_tensor

ROWS = 3
MODES = {
    "fresh": ["--sampling=fresh"],
    "pool": ["--sampling=pool", "--pool_networks=512", "--pool_refresh=1s"],
}


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    scripted.write_checkpoint(folder / "foreign" / "1" / "model.pt")
    return folder


@pytest.fixture(scope="module")
def inputs():
    draws = np.random.default_rng(5)
    return draws.uniform(-1, 1, (ROWS, *scripted.INPUT_SHAPE)).astype(np.float32)


def members_of(server, inputs, requests, seeded=False):
    """Member outputs [N, B, K] of as many answers of 50 networks."""
    answers = []
    for request in range(requests):
        fields = {"seed": request} if seeded else {}
        response = server.predict(
            "foreign",
            inputs,
            num_networks=50,
            include_network_outputs=True,
            **fields,
        )
        answers.append(expected.array(response.network_outputs))
    return np.concatenate(answers)


def true_moments(inputs):
    """Mean and variance over 200,000 networks by plain Python."""
    noise = torch.from_numpy(draw_noise(99, 0, 200_000, scripted.NOISE_SIZE))
    with torch.no_grad():
        logits = scripted.ScriptedHyperGan()(torch.from_numpy(inputs), noise)
    members = expected.softmax(logits.numpy().astype(np.float64))
    return members.mean(axis=0), members.var(axis=0)


@pytest.mark.parametrize("mode", ["fresh", "pool", "seeded"])
def test_every_mode_has_networks_of_the_same_distribution(repository, inputs, mode):
    flags = MODES.get(mode, [])
    with RunningServer(repository, *flags) as server:
        members = members_of(server, inputs, 60, seeded=mode == "seeded")
    mean, variance = true_moments(inputs)
    # A pool's answers share networks: what counts is the different ones.
    different = len(np.unique(members.reshape(len(members), -1), axis=0))
    assert different >= (256 if mode == "pool" else 3000)
    error = np.sqrt(variance / different)
    assert (np.abs(members.mean(axis=0) - mean) < 6 * error).all()
    ratio = members.var(axis=0) / variance
    assert (np.abs(ratio - 1) < 12 / np.sqrt(different)).all()


def test_networks_drawn_ahead_are_those_of_the_told_seed(repository, inputs):
    with RunningServer(repository) as server:
        seeds = set()
        for _ in range(20):
            fresh = server.predict("foreign", inputs, num_networks=10)
            again = server.predict("foreign", inputs, num_networks=10, seed=fresh.seed)
            np.testing.assert_allclose(
                expected.array(again.mean), expected.array(fresh.mean), atol=1e-6
            )
            seeds.add(fresh.seed)
        assert len(seeds) == 20
        metrics = server.metrics()
    hits = re.search(r"^hypergan_reservoir_hits_total (\d+)", metrics, re.M)
    assert int(hits.group(1)) > 0


def test_a_target_is_reached_with_the_networks_that_it_takes(repository, inputs):
    with RunningServer(repository) as server:
        response = server.predict("foreign", inputs, target_standard_error=0.01, seed=4)
        same = server.predict(
            "foreign", inputs, num_networks=response.num_networks, seed=4
        )
    assert response.stop_reason == 2  # STOP_REASON_TARGET_REACHED
    assert response.largest_standard_error <= 0.01
    variance = expected.array(same.variance)
    error = np.sqrt(variance.max() / response.num_networks)
    assert response.largest_standard_error == pytest.approx(error, rel=1e-4)
    np.testing.assert_allclose(
        expected.array(response.mean), expected.array(same.mean), atol=1e-6
    )


def test_a_stream_settles_on_the_answer(repository, inputs):
    request = ensemble_pb2.PredictRequest(
        model_name="foreign", inputs=to_tensor(inputs), num_networks=500, seed=4
    )
    with RunningServer(repository) as server:
        answers = list(server.stub.PredictStream(request, timeout=30))
        whole = server.predict("foreign", inputs, num_networks=500, seed=4)
    networks = [answer.num_networks for answer in answers]
    assert networks == sorted(set(networks))
    assert networks[-1] == 500
    np.testing.assert_allclose(
        expected.array(answers[-1].mean), expected.array(whole.mean), atol=1e-6
    )


def test_memory_is_flat_in_networks_and_rows(repository):
    """10,000 networks about 64 rows cost little more than 100 about one."""
    rows = np.zeros((64, *scripted.INPUT_SHAPE), dtype=np.float32)
    with RunningServer(repository) as server:
        server.predict("foreign", rows[:1], num_networks=100)
        before = server.peak_memory()
        server.predict("foreign", rows, num_networks=10_000)
        assert server.peak_memory() - before < 64 << 20

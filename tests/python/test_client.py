"""Answers of a real server through the package."""

from concurrent.futures import ThreadPoolExecutor

import expected
import numpy as np
import pytest
import served
from running_server import RunningServer

from hypergan_client import Client

SEED = 2**63 + 11
NEAR = {"rtol": 0, "atol": 1e-5}


def assert_same(one, other):
    """Two answers of the same networks about the same rows."""
    assert (one.num_networks, one.seed) == (other.num_networks, other.seed)
    for name in ("mean", "variance", "std", "classes", "is_ood", "network_outputs"):
        before, now = getattr(one, name), getattr(other, name)
        assert (before is None) == (now is None), name
        if before is not None:
            np.testing.assert_allclose(now, before, 1e-5, 1e-5, err_msg=name)
    for name in vars(one.scores):
        before, now = getattr(one.scores, name), getattr(other.scores, name)
        np.testing.assert_allclose(now, before, 1e-5, 1e-5, err_msg=name)


def test_an_answer_has_every_figure_in_its_shape(client, rows):
    answer = client.predict(
        rows, model="kinds", networks=50, seed=SEED, include_network_outputs=True
    )
    figures = expected.classification(served.said(rows, 50, SEED))
    np.testing.assert_allclose(answer.mean, figures["mean"], **NEAR)
    np.testing.assert_allclose(answer.variance, figures["variance"], **NEAR)
    np.testing.assert_allclose(answer.std, np.sqrt(answer.variance))
    np.testing.assert_allclose(answer.network_outputs, figures["members"], **NEAR)
    for name in expected.SCORES:
        score = getattr(answer.scores, name)
        np.testing.assert_allclose(score, figures[name], err_msg=name, **NEAR)
    assert answer.mean.shape == (7, 4)
    assert answer.network_outputs.shape == (50, 7, 4)
    assert answer.scores.ood_score.shape == answer.is_ood.shape == (7,)
    assert answer.is_ood.dtype == bool
    np.testing.assert_array_equal(answer.is_ood, answer.scores.ood_score >= 0.95)
    assert list(answer.classes) == list(figures["mean"].argmax(axis=-1))
    assert list(answer.class_names) == [served.CLASS_NAMES[i] for i in answer.classes]
    assert answer.output_names == served.CLASS_NAMES
    assert (answer.model, answer.version) == ("kinds", "3")
    assert (answer.seed, answer.num_networks) == (SEED, 50)
    assert (answer.sampling, answer.stop_reason) == ("seeded", "all_networks")
    assert answer.largest_standard_error == pytest.approx(
        np.sqrt(figures["variance"].max() / 50), rel=1e-3
    )
    assert answer.timing.sampling + answer.timing.prediction > 0


def test_a_regression_has_values_and_no_classes(client, rows):
    answer = client.predict(rows, model="values", networks=30, seed=4)
    members = served.said(rows, 30, 4)
    np.testing.assert_allclose(answer.mean, members.mean(axis=0), **NEAR)
    np.testing.assert_allclose(answer.variance, members.var(axis=0, ddof=1), **NEAR)
    assert answer.classes is answer.class_names is answer.is_ood is None
    assert np.isnan(answer.scores.predictive_entropy).all()
    assert np.isnan(answer.scores.ood_score).all()
    assert answer.output_names == ("0", "1", "2", "3")


def test_a_fresh_seed_gives_its_networks_again(client, rows):
    fresh = client.predict(rows, model="kinds", networks=10)
    assert fresh.sampling == "fresh"
    assert 0 <= fresh.seed < 2**53
    again = client.predict(rows, model="kinds", networks=10, seed=fresh.seed)
    assert_same(again, fresh)
    assert client.predict(rows, model="kinds", networks=10).seed != fresh.seed


@pytest.mark.parametrize(
    "given",
    [
        lambda row: row,
        lambda row: row.astype(np.float64),
        lambda row: row.tolist(),
        lambda row: np.asfortranarray(row),
        lambda row: row[np.newaxis],
    ],
)
def test_one_row_may_come_in_any_array(client, rows, given):
    many = client.predict(rows[:1], model="kinds", networks=5, seed=1)
    assert_same(client.predict(given(rows[0]), model="kinds", networks=5, seed=1), many)


def test_threads_may_share_a_client(client, rows):
    def ask(seed):
        return client.predict(rows, model="kinds", networks=20, seed=seed)

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(ask, range(40)))
    for seed in (0, 39):
        assert_same(answers[seed], ask(seed))


def test_one_network_disagrees_with_nobody(client, rows):
    answer = client.predict(rows, model="kinds", networks=1, seed=1)
    assert (answer.variance == 0).all()
    assert np.isnan(answer.scores.mutual_information).all()
    assert np.isnan(answer.scores.ood_score).all()
    assert answer.is_ood is answer.largest_standard_error is None


def test_only_the_outputs_that_are_asked_for_come(client, rows):
    answer = client.predict(rows, model="kinds", seed=1, outputs=["mean"])
    assert answer.mean.shape == (7, 4)
    assert answer.classes is answer.is_ood is None
    with pytest.raises(ValueError, match="variance was not asked for"):
        _ = answer.std
    with pytest.raises(ValueError, match="'median'"):
        client.predict(rows, model="kinds", outputs=["median"])


def test_rows_of_many_requests_meet_the_same_networks(server):
    """More than the server's 4,096 rows a request."""
    rows = np.random.default_rng(1).normal(size=(9000, *served.INPUT_SHAPE))
    told = []
    with Client(server.address) as client:
        answer = client.predict(
            rows, model="kinds", networks=4, progress=lambda *at: told.append(at)
        )
        end = client.predict(rows[8995:], model="kinds", networks=4, seed=answer.seed)
    assert told == [(4096, 9000), (8192, 9000), (9000, 9000)]
    assert answer.mean.shape == (9000, 4)
    assert answer.seed < 2**53
    np.testing.assert_allclose(answer.mean[8995:], end.mean, **NEAR)
    np.testing.assert_array_equal(answer.class_names[8995:], end.class_names)


def test_requests_keep_the_limits_that_the_server_tells(repository, rows):
    many = np.concatenate([rows] * 9)
    with RunningServer(repository, "--max_row_networks=100") as small:
        with Client(small.address) as client:
            client.predict(many, model="kinds", networks=20)
        refused = [line for line in small.metrics().splitlines() if "EXHAUSTED" in line]
    assert {line.split()[-1] for line in refused} <= {"0"}


@pytest.mark.parametrize(
    "flag",
    ["--max_row_networks=100", "--max_request_bytes=400", "--max_response_bytes=5000"],
)
def test_requests_become_as_small_as_a_server_wants(repository, rows, flag):
    many = np.concatenate([rows] * 9)
    with RunningServer(repository, flag) as small, Client(small.address) as client:
        cut = client.predict(
            many, model="kinds", networks=20, include_network_outputs=True
        )
    figures = expected.classification(served.said(many, 20, cut.seed))
    np.testing.assert_allclose(cut.mean, figures["mean"], **NEAR)
    np.testing.assert_allclose(cut.network_outputs, figures["members"], **NEAR)


def test_a_bar_of_tqdm_counts_the_rows(client, capsys):
    rows = np.zeros((5000, *served.INPUT_SHAPE))
    client.predict(rows, model="kinds", networks=1, progress=True)
    assert "5000/5000" in capsys.readouterr().err
    client.predict(rows[:5], model="kinds", networks=1, progress=True)
    assert capsys.readouterr().err == ""


def test_a_target_says_how_many_networks_it_took(client, rows):
    answer = client.predict(rows, model="kinds", seed=4, target_standard_error=0.01)
    assert answer.stop_reason == "target_reached"
    assert answer.largest_standard_error <= 0.01
    few = client.predict(
        rows, model="kinds", seed=4, target_standard_error=1e-6, max_networks=64
    )
    assert (few.stop_reason, few.num_networks) == ("max_networks", 64)


def test_a_stream_settles_on_the_answer(client, rows):
    answers = list(client.predict_stream(rows, model="kinds", networks=500, seed=4))
    networks = [answer.num_networks for answer in answers]
    assert networks == sorted(set(networks))
    assert networks[-1] == 500
    assert [answer.stop_reason for answer in answers[:-1]] == [None] * len(answers[1:])
    whole = client.predict(rows, model="kinds", networks=500, seed=4)
    assert_same(answers[-1], whole)


def test_a_table_of_pandas_has_a_row_for_each(client, rows):
    answer = client.predict(rows, model="kinds", seed=1)
    table = answer.to_pandas()
    assert len(table) == 7
    np.testing.assert_array_equal(table["mean_birch"], answer.mean[:, 1])
    np.testing.assert_array_equal(table["std_date"], answer.std[:, 3])
    np.testing.assert_array_equal(table["is_ood"], answer.is_ood)
    assert list(table["class_name"]) == list(answer.class_names)
    regression = client.predict(rows, model="values", seed=1).to_pandas()
    expected_columns = {f"{figure}_{i}" for figure in ("mean", "std") for i in range(4)}
    assert set(regression.columns) == {*expected_columns, "total_variance"}


def test_models_say_what_they_are(client):
    kinds, pooled, values = client.models()
    names = (kinds.name, kinds.version, pooled.name, values.name)
    assert names == ("kinds", "3", "pooled", "values")
    assert client.model("kinds") == client.model("kinds", "3") == kinds
    manifest = kinds.manifest
    assert manifest.is_classification
    assert not values.manifest.is_classification
    assert manifest.input_shape == served.INPUT_SHAPE
    assert (manifest.class_names, manifest.num_outputs) == (served.CLASS_NAMES, 4)
    assert manifest.calibration.rows == 40
    assert sorted(manifest.calibration.quantiles) == [5, 20, 100]
    assert (kinds.max_networks, kinds.max_rows) == (10_000, 4096)
    assert kinds.max_row_networks == 640_000
    assert (kinds.max_request_bytes, kinds.max_response_bytes) == (16 << 20, 64 << 20)
    assert type(manifest).from_json(kinds.manifest_json) == manifest


def test_health_is_told_of_the_server_and_of_its_services(client):
    assert client.health() == "SERVING"
    assert client.health("hypergan.v1.EnsembleService") == "SERVING"
    assert client.health("nobody") == "SERVICE_UNKNOWN"


def test_the_only_model_needs_no_name(repository, client, rows, tmp_path):
    (tmp_path / "kinds").symlink_to(repository / "kinds")
    with RunningServer(tmp_path) as single, Client(single.address) as other:
        assert other.predict(rows).model == "kinds"
    with pytest.raises(ValueError, match=r"one of \['kinds', 'pooled', 'values'\]"):
        client.predict(rows)


def test_replicas_are_asked_in_turn(repository, rows):
    with RunningServer(repository) as one, RunningServer(repository) as two:
        with Client(f"ipv4:{one.address},{two.address}") as client:
            wait_for_both(client, (one, two), rows)
        answered = [requests(server) for server in (one, two)]
    assert min(answered) >= 10


def wait_for_both(client, servers, rows):
    """Asks until either has answered ten times: connections take their time."""
    for _ in range(1000):
        client.predict(rows, model="kinds", networks=1)
        if min(map(requests, servers)) >= 10:
            return
    raise AssertionError("one server is not asked")


def requests(server):
    name = 'hypergan_requests_total{code="OK",model="kinds",version="3"} '
    (line,) = [line for line in server.metrics().splitlines() if line.startswith(name)]
    return int(line.removeprefix(name))

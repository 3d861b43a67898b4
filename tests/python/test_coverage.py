"""Noise, intervals, sets and warnings, from a server and from a checkpoint."""

import asyncio
import json
import math
import subprocess
import warnings

import numpy as np
import pytest
import served
from fake_server import FakeServer, changed
from programs import program
from running_server import RunningServer, to_tensor
from test_client import assert_same

import hypergan_client
from hypergan_client import AsyncClient, Client, InputRangeWarning, Manifest, local
from hypergan_client.input_range import MAX_WARNING_LENGTH, MAX_WARNINGS, joined
from hypergan_client.protocol import ensemble_pb2 as pb
from hypergan_client.wire import to_prediction

NEAR = {"rtol": 0, "atol": 1e-5}
TRUTH = ("noise_variance", "predictive_variance", "predictive_std")
ROW = np.zeros((1, 2))


def noisy_line(rows, seed):
    """x [B, 1] in -2..2, and y = 2 x with a noise of deviation 0.5."""
    draws = np.random.default_rng(seed)
    x = draws.uniform(-2, 2, (rows, 1))
    return x, 2 * x + draws.normal(0, 0.5, x.shape)


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """`trained`: a regression that the trainer has trained for some seconds."""
    folder = served.write_models_of_truth(tmp_path_factory.mktemp("truth"))
    table = tmp_path_factory.mktemp("data") / "line.csv"
    pairs = np.column_stack(noisy_line(2000, seed=7)).tolist()
    table.write_text("x,y\n" + "".join(f"{x},{y}\n" for x, y in pairs))
    command = [program("hypergan-trainer"), "train", f"--data={table}"]
    command += ["--target=regression", f"--model_repository={folder}"]
    command += ["--model=trained", "--device=cpu", "--threads=1", "--seed=3"]
    command += ["--recipe=table", "--epochs=30", "--evaluate_every=30"]
    command += ["--evaluation_networks=20", "--calibration_rows=400"]
    subprocess.run(command, check=True, capture_output=True, timeout=100)
    return folder


@pytest.fixture(scope="module")
def server(models):
    with RunningServer(models) as running:
        yield running


@pytest.fixture(params=["served", "local"])
def ask(request, client, models):
    """ask(rows, model=...), of a server or of a checkpoint."""

    if request.param == "served":
        return client.predict
    names = ("noisy", "labelled", "trained")
    loaded = {name: local.load(models / name / "1") for name in names}
    return lambda rows, model, **options: loaded[model].predict(rows, **options)


def assert_same_truth(one, other):
    assert_same(one, other)
    for name in TRUTH:
        before, now = getattr(one, name), getattr(other, name)
        assert (before is None) == (now is None), name
        if before is not None:
            np.testing.assert_allclose(now, before, err_msg=name, rtol=1e-5, atol=1e-5)
    assert (one.interval is None) == (other.interval is None)
    if one.interval is not None:
        np.testing.assert_allclose(other.interval, one.interval, rtol=1e-5, atol=1e-5)
    assert (one.prediction_sets is None) == (other.prediction_sets is None)
    for before, now in zip(one.prediction_sets or (), other.prediction_sets or ()):
        np.testing.assert_array_equal(now, before)
    assert one.warnings == other.warnings


def test_a_regression_tells_the_three_uncertainties_apart(ask, rows):
    answer = ask(rows, model="noisy", networks=50, seed=1, coverage=0.95)
    variance = served.said(rows, 50, 1).astype(np.float64).var(axis=0, ddof=1)
    noise = np.tile(np.square(served.NOISE), (7, 1))
    np.testing.assert_allclose(answer.variance, variance, **NEAR)
    np.testing.assert_allclose(answer.noise_variance, noise, **NEAR)
    np.testing.assert_allclose(answer.predictive_variance, variance + noise, **NEAR)
    np.testing.assert_allclose(answer.predictive_std, np.sqrt(variance + noise), **NEAR)
    reach = 1.959964 * np.sqrt(variance + noise)
    np.testing.assert_allclose(answer.interval.low, answer.mean - reach, **NEAR)
    np.testing.assert_allclose(answer.interval.high, answer.mean + reach, **NEAR)
    assert answer.prediction_sets is None
    assert answer.warnings == ()
    assert answer.output_names == ("a", "b", "c", "d")


@pytest.mark.parametrize("coverage", [0.05, 0.5, 0.8, 0.9, 0.97])
def test_a_set_has_the_classes_that_are_probable_enough(ask, rows, coverage):
    answer = ask(rows, model="labelled", networks=50, seed=1, coverage=coverage)
    # As many quantiles as rows: the one of that rank itself.
    rank = math.ceil(41 * coverage)
    least = 1 - served.LABELS["quantiles"][rank - 1]
    assert len(answer.prediction_sets) == 7
    for probabilities, got in zip(answer.mean.tolist(), answer.prediction_sets):
        order = sorted(range(4), key=lambda k: -probabilities[k])
        enough = [k for k in order if probabilities[k] >= least]
        assert list(got) == (enough or order[:1])
    assert answer.interval is answer.noise_variance is answer.predictive_std is None


def test_sets_grow_with_the_coverage(ask, rows):
    sizes = [
        sum(map(len, ask(rows, model="labelled", seed=1, coverage=c).prediction_sets))
        for c in (0.05, 0.6, 0.97)
    ]
    assert 7 <= sizes[0] < sizes[1] < sizes[2]


@pytest.mark.parametrize("model", ["noisy", "labelled", "trained"])
@pytest.mark.parametrize("coverage", [None, 1e-9, 0.5, 0.9])
def test_the_answer_of_a_checkpoint_is_the_servers(
    models, client, rows, model, coverage
):
    if model == "trained":
        rows = np.linspace(-5, 5, 40)[:, np.newaxis]
    asked = {"networks": 60, "seed": 2**63 + 1, "coverage": coverage}
    ours = local.load(models / model / "1").predict(rows, **asked)
    theirs = client.predict(rows, model=model, **asked)
    assert_same_truth(ours, theirs)
    assert (ours.interval is None) == (coverage is None or model == "labelled")
    assert ours.to_pandas().columns.equals(theirs.to_pandas().columns)


def test_an_interval_holds_about_as_many_truths_as_asked(client):
    """Of new rows like the training rows."""
    x, truth = noisy_line(2000, seed=11)
    answer = client.predict(x, model="trained", networks=100, seed=1, coverage=0.9)
    held = (answer.interval.low < truth) & (truth < answer.interval.high)
    # The deviation of the noise comes from about 200 rows: one standard error is 5 %.
    # An interval of 0.9 then holds 0.9 +- 0.02; the bounds are three of those away.
    assert 0.84 < held.mean() < 0.96
    np.testing.assert_allclose(np.sqrt(answer.noise_variance), 0.5, atol=0.08)
    # What it would be by the networks' disagreement alone.
    epistemic = np.abs(truth - answer.mean) < 1.645 * answer.std
    assert epistemic.mean() < 0.6


def test_an_interval_needs_no_other_output(ask, rows):
    whole = ask(rows, model="noisy", seed=1, coverage=0.9)
    answer = ask(rows, model="noisy", seed=1, coverage=0.9, outputs=["mean"])
    np.testing.assert_allclose(answer.interval, whole.interval, **NEAR)
    assert answer.noise_variance is answer.predictive_variance is None
    sets = ask(rows, model="labelled", seed=1, coverage=0.9, outputs=["scores"])
    assert len(sets.prediction_sets) == 7


@pytest.mark.parametrize(
    ("model", "coverage", "kind", "text"),
    [
        (model, coverage, "InvalidArgumentError", f"as 0.95, got {coverage:g}")
        for model in ("noisy", "labelled")
        for coverage in (0, 1, -0.5, 1.5, 95, math.nan, math.inf)
    ]
    + [
        ("plain-values", 0.9, "FailedPreconditionError", "noise of its targets"),
        ("plain-kinds", 0.9, "FailedPreconditionError", "no calibration of labels"),
        (
            "labelled",
            0.99,
            "FailedPreconditionError",
            "coverage: 0.99 takes 99 calibration rows or more, this checkpoint has 40",
        ),
    ],
)
def test_a_coverage_that_cannot_be_given_is_refused_alike(
    models, client, rows, model, coverage, kind, text
):
    with pytest.raises(getattr(hypergan_client, kind)) as theirs:
        client.predict(rows, model=model, coverage=coverage)
    with pytest.raises(getattr(hypergan_client, kind)) as ours:
        local.load(models / model / "1").predict(rows, coverage=coverage)
    assert text in theirs.value.details
    assert ours.value.details == theirs.value.details
    assert ours.value.code == theirs.value.code


def far(rows):
    """The second channel of the rows 2 and 5, just beyond and far beyond."""
    rows = rows.copy()
    rows[2, 1, 2] = 6.5
    rows[5, 0, 0] = -1e6
    return rows


@pytest.mark.parametrize("model", ["noisy", "labelled"])
def test_rows_far_out_are_warned_of(ask, rows, model):
    text = (
        "2 of 7 rows are far outside the range of the training rows; row 2 has 6.5 "
        "where those have -2 to 2 (channel 1)"
    )
    with pytest.warns(InputRangeWarning) as caught:
        answer = ask(far(rows), model=model, seed=1)
    assert answer.warnings == (text,)
    assert [str(warning.message) for warning in caught] == [text]
    edge = np.full((1, *served.INPUT_SHAPE), 4.5, np.float32)
    assert ask(edge, model=model, seed=1).warnings == ()
    with pytest.warns(InputRangeWarning, match="row 0 has -6.01 "):
        ask(np.float32([[[0, 0, 0], [0, 0, -6.01]]]), model=model, seed=1)


def test_columns_of_a_table_are_told_by_their_number(ask):
    with pytest.warns(InputRangeWarning, match=r"row 1 has 1e\+06 .*\(column 0\)$"):
        ask([[0.5], [1e6]], model="trained", seed=1)


def test_a_warning_points_at_the_line_that_asked(client, models, rows):
    model = local.load(models / "noisy" / "1")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        client.predict(far(rows), model="noisy")
        model.predict(far(rows))
        list(client.predict_stream(far(rows), model="noisy"))
    where = [(warning.category, warning.filename) for warning in caught]
    assert where == [(InputRangeWarning, __file__)] * 3


def test_a_server_may_refuse_such_rows(models, rows):
    with RunningServer(models, "--input_range=refuse") as strict:
        with Client(strict.address) as client:
            with pytest.raises(hypergan_client.InvalidArgumentError, match="like the"):
                client.predict(far(rows), model="noisy")


@pytest.mark.parametrize("model", ["noisy", "labelled"])
def test_answers_of_many_requests_are_joined(models, client, rows, model):
    asked = {"model": model, "networks": 20, "seed": 3, "coverage": 0.9}
    with pytest.warns(InputRangeWarning):
        whole = client.predict(far(rows), **asked)
    with RunningServer(models, "--max_row_networks=80") as small:
        with Client(small.address) as cutting:
            with pytest.warns(InputRangeWarning) as caught:
                cut = cutting.predict(far(rows), **asked)
    assert tuple(str(warning.message) for warning in caught) == cut.warnings
    assert_same_truth(whole, cut)  # the warnings too: rows of the whole input
    assert cut.warnings[0].startswith("2 of 7 rows are far outside the range")


def test_warnings_of_another_kind_say_which_rows_they_are_about():
    far = "1 of 4 rows are far outside the range; row 2 has 6.5"
    parts = [(4, ["a"]), (3, ["b", far]), (4, [far])]
    rows = "1 of 11 rows are far outside the range; row 9 has 6.5"
    others = ("rows 0 to 3: a", "rows 4 to 6: b", f"rows 4 to 6: {far}")
    assert joined(parts) == (rows, *others)
    assert joined([(4, ["a", far])]) == ("a", far)
    many = joined([(1, ["x" * 2000])] * 40)
    assert len(many) == MAX_WARNINGS == 8
    assert max(map(len, many)) == 1000


def test_many_rows_of_a_checkpoint_are_warned_of_once(models):
    rows = np.zeros((5000, *served.INPUT_SHAPE))
    rows[4500] = 99
    model = local.load(models / "noisy" / "1")
    with pytest.warns(InputRangeWarning, match="1 of 5000 rows .* row 4500 has 99 "):
        answer = model.predict(rows, networks=3, seed=1, coverage=0.9)
    assert answer.interval.low.shape == answer.noise_variance.shape == (5000, 4)
    end = model.predict(rows[4900:], networks=3, seed=1, coverage=0.9)
    np.testing.assert_allclose(answer.interval.high[4900:], end.interval.high, **NEAR)


def test_a_stream_has_them_on_the_way_and_warns_once(client, rows):
    asked = {"model": "noisy", "networks": 500, "seed": 4, "coverage": 0.9}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        answers = list(client.predict_stream(far(rows), **asked))
        whole = client.predict(far(rows), **asked)
    assert len(caught) == 2
    assert len(answers) > 1
    assert {answer.interval.low.shape for answer in answers} == {(7, 4)}
    assert_same_truth(answers[-1], whole)


def test_the_client_for_asyncio_gives_the_same(server, client, rows):
    asked = {"model": "noisy", "networks": 500, "seed": 4, "coverage": 0.9}

    async def question():
        async with AsyncClient(server.address) as other:
            answer = await other.predict(far(rows), **asked)
            stream = [a async for a in other.predict_stream(far(rows), **asked)]
        return answer, stream

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        answer, stream = asyncio.run(question())
    assert [warning.category for warning in caught] == [InputRangeWarning] * 2
    assert {warning.filename for warning in caught} == {__file__}
    with pytest.warns(InputRangeWarning):
        expected = client.predict(far(rows), **asked)
    assert_same_truth(answer, expected)
    assert_same_truth(stream[-1], expected)


def test_a_table_of_pandas_has_a_column_for_each(client, rows):
    answer = client.predict(rows, model="noisy", seed=1, coverage=0.9)
    table = answer.to_pandas()
    figures = ("mean", "std", "noise_std", "predictive_std", "low", "high")
    expected = [f"{figure}_{name}" for figure in figures for name in "abcd"]
    assert list(table.columns) == [*expected, "total_variance"]
    np.testing.assert_array_equal(table["low_b"], answer.interval.low[:, 1])
    np.testing.assert_allclose(table["noise_std_d"], 1.5)
    np.testing.assert_array_equal(table["predictive_std_c"], table["std_c"])
    answer = client.predict(rows, model="labelled", seed=1, coverage=0.9)
    assert list(answer.to_pandas()["prediction_set"]) == [
        tuple(served.CLASS_NAMES[i] for i in row) for row in answer.prediction_sets
    ]
    plain = client.predict(rows, model="plain-values", seed=1).to_pandas()
    assert "noise_std_0" not in plain.columns


def test_models_say_what_they_know(client):
    noisy = client.model("noisy")
    assert noisy.manifest.noise_deviation == served.NOISE
    assert noisy.manifest.input_range.least == (-1.5, -2.0)
    assert noisy.manifest.input_range.greatest == (1.5, 2.0)
    assert noisy.manifest.input_names[5] == "in 5"
    assert noisy.manifest.output_names == ("a", "b", "c", "d")
    assert Manifest.from_json(noisy.manifest_json) == noisy.manifest
    labelled = client.model("labelled")
    assert labelled.manifest.label_calibration.rows == 40
    own = Manifest.from_json(labelled.manifest_json).label_calibration
    assert (own.rows, len(own.quantiles)) == (40, 40)
    plain = client.model("plain-values").manifest
    assert plain.noise_deviation == plain.input_names == plain.output_names == ()
    assert plain.label_calibration is plain.input_range is None


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"task": "classification", "noise_deviation": [1, 1]}, "noise_deviation"),
        ({"noise_deviation": [1]}, "noise_deviation"),
        ({"noise_deviation": [1, -1]}, "noise_deviation"),
        ({"noise_deviation": [1, math.nan]}, "finite"),
        ({"label_calibration": {"rows": 1, "quantiles": [0.5]}}, "label_calibration"),
        ({"input_range": {"least": [0], "greatest": [1]}}, "input_range"),
        ({"input_range": {"least": [0, 2], "greatest": [1, 1]}}, "input_range"),
        ({"input_range": {"least": [0, 0]}}, "greatest"),
    ]
    + [
        ({"task": "classification", "label_calibration": labels}, "label_calibration")
        for labels in (
            {"rows": 1, "quantiles": []},
            {"rows": 1, "quantiles": [0.1, 0.2]},
            {"rows": 2, "quantiles": [0.2, 0.1]},
            {"rows": 2, "quantiles": [0.2, 1.1]},
        )
    ],
)
def test_a_manifest_that_does_not_hold_together_is_refused(fields, text):
    least = {"format_version": 1, "task": "regression", "noise_size": 1}
    least = {**least, "input_shape": [2], "num_outputs": 2}
    Manifest.from_json(json.dumps(least))
    with pytest.raises(ValueError, match=text):
        Manifest.from_json(json.dumps({**least, **fields}))


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({}, "interval_low: expected the shape"),
        (
            {
                "interval_low": to_tensor(np.zeros((1, 1), np.float32)),
                "interval_high": to_tensor(np.zeros((2, 1), np.float32)),
            },
            "interval_high: expected the shape",
        ),
        (
            {"noise_variance": to_tensor(np.zeros((1, 3), np.float32))},
            "noise_variance: expected the shape",
        ),
    ],
)
def test_an_answer_without_what_was_asked_for_is_an_internal_error(fields, text):
    with FakeServer(changed(**fields)) as server, Client(server.address) as client:
        with pytest.raises(hypergan_client.InternalError, match=text):
            client.predict(ROW, model="fake", coverage=0.9)


@pytest.mark.parametrize("sets", [[], [[]], [[0], [1]], [[3]], [[-1]], [[0, 1, 2, 0]]])
def test_sets_that_do_not_fit_are_an_internal_error(sets):
    response = pb.PredictResponse(
        prediction_sets=[pb.PredictionSet(classes=row) for row in sets]
    )
    manifest = Manifest("classification", 1, (2,), 3)
    with pytest.raises(hypergan_client.InternalError, match=r"prediction.set"):
        to_prediction(response, manifest, 1, ("mean",), has_coverage=True)


def test_long_and_many_warnings_are_cut():
    texts = [f"{i}" * 5000 for i in range(9)]
    with (
        FakeServer(changed(warnings=texts)) as server,
        Client(server.address) as client,
    ):
        with pytest.warns(InputRangeWarning) as caught:
            answer = client.predict(ROW, model="fake")
    assert answer.warnings == tuple(f"{i}" * MAX_WARNING_LENGTH for i in range(8))
    assert len(caught) == MAX_WARNINGS

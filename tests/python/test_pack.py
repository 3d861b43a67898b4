"""Other people's ensembles, packed, give what they gave, from a real server too."""

import inspect
import json

import numpy as np
import pytest
import torch
from running_server import RunningServer

from hypergan_client import Client, InputRange, local, pack
from hypergan_client.pack.calibration import quantiles
from hypergan_client.pack.checkpoint import MAX_RANGES

ABOUT = {"task": "classification", "input_shape": [1, 6, 6]}
DRAWS = np.random.default_rng(3)
PICTURES = DRAWS.uniform(0, 1, (60, 1, 6, 6)).astype(np.float32)


class Convolutions(torch.nn.Module):
    """With layers that differ in training and evaluation; its Python is for tracing."""

    def __init__(self, seed=0, dropout=0.25):
        super().__init__()
        torch.manual_seed(seed)
        self.convolution = torch.nn.Conv2d(1, 4, 3)
        self.norm = torch.nn.BatchNorm2d(4)
        self.channels = torch.nn.Dropout2d(dropout)
        self.units = torch.nn.Dropout(dropout)
        self.hidden = torch.nn.Linear(64, 8)
        self.last = torch.nn.Linear(8, 3)
        self.last.weight.data.mul_(10)

    def forward(self, x, **unused):
        x = self.channels(torch.relu(self.norm(self.convolution(x))))
        x = torch.relu(self.hidden(self.units(x.flatten(1))))
        return self.last(x)


def trained(seed, **options):
    """Its normalisation has seen rows."""
    module = Convolutions(seed, **options)
    module(torch.from_numpy(PICTURES))
    return module


def outputs(module, rows):
    with torch.no_grad():
        return module.eval()(torch.from_numpy(rows)).softmax(-1).numpy()


def assert_served_as_loaded(folder, rows, **asked):
    """`folder` is that of a repository with the one model `packed`."""
    ours = local.load(folder / "packed" / "1").predict(rows, seed=7, **asked)
    with RunningServer(folder) as server, Client(server.address) as client:
        theirs = client.predict(rows, model="packed", seed=7, **asked)
    np.testing.assert_allclose(ours.mean, theirs.mean, atol=1e-5)
    np.testing.assert_allclose(ours.variance, theirs.variance, atol=1e-5)
    # By rounding, one rank apart among thousands of calibration rows.
    np.testing.assert_allclose(
        ours.scores.ood_score, theirs.scores.ood_score, rtol=0, atol=2e-3
    )
    if ours.interval is not None:
        np.testing.assert_allclose(ours.interval, theirs.interval, atol=1e-5)
    for one, other in zip(ours.prediction_sets or (), theirs.prediction_sets or ()):
        np.testing.assert_array_equal(one, other)
    return theirs


@pytest.mark.parametrize("count", [1, 2, 7])
def test_networks_of_an_ensemble_are_its_members(tmp_path, count):
    members = [trained(seed) for seed in range(count)]
    path = pack.ensemble(
        members[0],
        [member.state_dict() for member in members],
        tmp_path / "packed" / "1",
        calibration_inputs=PICTURES[20:],
        **ABOUT,
    )
    assert path == tmp_path / "packed" / "1" / "model.pt"
    assert list(path.parent.iterdir()) == [path]
    answer = assert_served_as_loaded(
        tmp_path, PICTURES[:5], networks=200, include_network_outputs=True
    )
    own = np.stack([outputs(member, PICTURES[:5]) for member in members])
    away = np.abs(answer.network_outputs[:, np.newaxis] - own).max(axis=(2, 3))
    assert (away.min(axis=1) < 1e-5).all()
    # Each block of networks has each member once.
    picked = np.bincount(away.argmin(axis=1), minlength=count)
    assert picked.max() - picked.min() <= 1


def test_networks_of_mc_dropout_have_its_mean_and_variance(tmp_path):
    module = trained(1)
    pack.mc_dropout(
        module, tmp_path / "packed" / "1", calibration_inputs=PICTURES[20:], **ABOUT
    )
    rows = PICTURES[:4]
    answer = assert_served_as_loaded(tmp_path, rows, networks=4000)
    module.eval()
    module.channels.train()
    module.units.train()
    torch.manual_seed(0)
    many = torch.from_numpy(np.repeat(rows[np.newaxis], 4000, axis=0)).flatten(0, 1)
    with torch.no_grad():
        drawn = module(many).softmax(-1).view(4000, 4, 3).numpy()
    error = np.sqrt(drawn.var(axis=0) / 4000)
    assert (drawn.var(axis=0) > 1e-4).all()
    assert (np.abs(answer.mean - drawn.mean(axis=0)) < 6 * np.sqrt(2) * error).all()
    np.testing.assert_allclose(answer.variance, drawn.var(axis=0), rtol=0.25)


def test_a_mask_is_that_of_its_noise(tmp_path):
    """By hand: one layer of dropout before one of weights."""
    module = torch.nn.Sequential(torch.nn.Dropout(0.4), torch.nn.Linear(3, 2))
    about = {"task": "regression", "input_shape": [3]}
    pack.mc_dropout(module, tmp_path / "1", **about)
    model = local.load(tmp_path / "1")
    row = np.array([[1.0, 2.0, 3.0]], np.float32)
    answer = model.predict(row, networks=500, seed=1, include_network_outputs=True)
    kept = model.noise(1, 500) < 0.2533471  # the quantile of 0.6
    assert 0.55 < kept.mean() < 0.65
    weight, bias = (p.detach().numpy() for p in module[1].parameters())
    expected = (kept * row / 0.6) @ weight.T + bias
    np.testing.assert_allclose(answer.network_outputs[:, 0], expected, atol=1e-5)


def test_laplace_of_a_linear_regression_is_its_posterior(tmp_path):
    """Which Bayes's rule gives in closed form."""
    module = torch.nn.Sequential(torch.nn.Identity(), torch.nn.Linear(2, 1))
    x = DRAWS.normal(size=(50, 2)).astype(np.float32)
    pack.last_layer_laplace(
        module,
        x,
        tmp_path / "packed" / "1",
        task="regression",
        input_shape=[2],
        prior_precision=0.5,
        noise_deviation=0.7,
    )
    rows = np.array([[0.0, 0.0], [1.0, -2.0], [5.0, 5.0]], np.float32)
    answer = local.load(tmp_path / "packed" / "1").predict(rows, networks=5000, seed=1)
    design = np.hstack([x, np.ones((50, 1))]).astype(np.float64)
    covariance = np.linalg.inv(design.T @ design / 0.49 + 0.5 * np.eye(3))
    at = np.hstack([rows, np.ones((3, 1))])
    variance = np.einsum("bi,ij,bj->b", at, covariance, at)
    np.testing.assert_allclose(answer.variance[:, 0], variance, rtol=0.12)
    trained_mean = module(torch.from_numpy(rows)).detach().numpy()
    error = 6 * np.sqrt(variance[:, np.newaxis] / 5000)
    assert (np.abs(answer.mean - trained_mean) < error).all()


def test_laplace_of_a_classifier_has_the_precision_of_its_loss(tmp_path):
    """The Hessian of the loss by automatic differentiation, for the last layer."""
    module = trained(2).eval()
    pack.last_layer_laplace(
        module,
        PICTURES,
        tmp_path / "packed" / "1",
        calibration_inputs=PICTURES[20:],
        **ABOUT,
    )
    answer = assert_served_as_loaded(tmp_path, PICTURES[:5], networks=50)
    assert answer.variance.min() > 0
    module.double()
    features = {}
    module.last.register_forward_pre_hook(lambda _, args: features.update(x=args[0]))
    with torch.no_grad():
        module(torch.from_numpy(PICTURES).double())
    found = torch.cat([features["x"], torch.ones(60, 1, dtype=torch.float64)], dim=1)
    layer = torch.cat([module.last.weight, module.last.bias.unsqueeze(1)], dim=1)
    labels = torch.zeros(60, dtype=torch.int64)  # the Hessian knows no labels

    def loss(flat):
        logits = found @ flat.view(3, 9).T
        return torch.nn.functional.cross_entropy(logits, labels, reduction="sum")

    hessian = torch.autograd.functional.hessian(loss, layer.detach().flatten())
    covariance = torch.linalg.inv(hessian + torch.eye(27, dtype=torch.float64))
    packed = torch.jit.load(tmp_path / "packed" / "1" / "model.pt")
    root = packed.root.double()
    torch.testing.assert_close(root @ root.T, covariance, rtol=1e-3, atol=1e-5)


def test_the_manifest_says_what_was_packed(tmp_path):
    member = trained(1)
    path = pack.ensemble(
        member,
        [member.state_dict()] * 2,
        tmp_path / "digits" / "4",
        class_names=["a", "b", "c"],
        default_num_networks=30,
        calibration_inputs=PICTURES[20:],
        provenance={"data": "noise"},
        **ABOUT,
    )
    extra = {"manifest.json": ""}
    torch.jit.load(path, _extra_files=extra)
    manifest = json.loads(extra["manifest.json"])
    calibration = manifest.pop("calibration")
    known = manifest.pop("input_range")
    assert known == {"least": [PICTURES[20:].min()], "greatest": [PICTURES[20:].max()]}
    assert manifest == {
        "format_version": 1,
        "task": "classification",
        "noise_size": 1,
        "members": 2,
        "input_shape": [1, 6, 6],
        "num_outputs": 3,
        "class_names": ["a", "b", "c"],
        "default_num_networks": 30,
        "target_network": "Convolutions",
        "provenance": {"method": "deep ensemble", "members": "2", "data": "noise"},
    }
    assert (calibration["rows"], calibration["networks"]) == (40, 30)
    others = [other["networks"] for other in calibration["other_networks"]]
    assert others == [2, 3, 5, 10, 20, 50, 100]
    assert calibration["quantiles"] == sorted(calibration["quantiles"])
    assert len(calibration["quantiles"]) == 40
    others = calibration["other_scores"]
    assert others.keys() == {"mutual_information", "total_variance"}
    for scores in others.values():
        assert scores == sorted(scores)
        assert len(scores) == 40
        assert 0 <= scores[0] < scores[-1]
    model = local.load(path)
    assert (model.name, model.version) == ("digits", "4")


@pytest.mark.parametrize("networks", [2, 5, 30, 100, 400])
def test_few_ordinary_rows_are_out_of_distribution(tmp_path, networks):
    """At most one in twenty on average: over rows, requests and calibrations."""
    members = [trained(seed) for seed in range(5)]
    draws = np.random.default_rng(4)
    rows = draws.uniform(0, 1, (1400, 1, 6, 6)).astype(np.float32)
    path = pack.ensemble(
        members[0],
        [member.state_dict() for member in members],
        tmp_path / "1",
        calibration_inputs=rows[:400],
        **ABOUT,
    )
    model = local.load(path)
    flagged = [
        model.predict(group, networks=networks, seed=100 + seed).is_ood
        for seed, group in enumerate(np.array_split(rows[400:], 40))
    ]
    share = np.concatenate(flagged).mean()
    deviation = np.sqrt(0.05 * 0.95 * (1 / 400 + 1 / 1000))
    assert share < 0.05 + 4 * deviation
    ordinary = model.predict(rows[400:], networks=100, seed=1)
    assert ordinary.scores.ood_score.mean() == pytest.approx(0.5, abs=0.1)


def test_quantiles_are_order_statistics():
    scores = np.array([5.0, 1.0, 4.0, 2.0, 3.0])
    assert quantiles(scores, 5) == quantiles(scores, 9) == [1, 2, 3, 4, 5]
    assert quantiles(scores, 2) == [3, 5]


def lines(slopes, folder, **options):
    """Packs networks that say two values about x, `slopes` times x and its negative."""
    module = torch.nn.Linear(1, 2, bias=False)
    return pack.ensemble(
        module,
        [{"weight": torch.tensor([[slope], [-slope]])} for slope in slopes],
        folder,
        task="regression",
        input_shape=[1],
        **options,
    )


def noisy_pairs(rows):
    """x, and 2 x and -2 x with noise of the deviations 0.5 and 0.1."""
    x = DRAWS.uniform(-1, 1, (rows, 1))
    return x, x * [[2, -2]] + DRAWS.normal(size=(rows, 2)) * [[0.5, 0.1]]


def test_the_noise_of_a_regression_is_that_of_its_calibration_rows(tmp_path):
    x, truth = noisy_pairs(2000)
    lines(
        [1.98, 2.02],
        tmp_path / "packed" / "1",
        calibration_inputs=x,
        calibration_targets=truth,
    )
    noise = local.load(tmp_path / "packed" / "1").manifest.noise_deviation
    np.testing.assert_allclose(noise, [0.5, 0.1], rtol=0.1)
    x, truth = noisy_pairs(2000)
    answer = assert_served_as_loaded(tmp_path, x, networks=100, coverage=0.8)
    held = (answer.interval.low < truth) & (truth < answer.interval.high)
    np.testing.assert_allclose(held.mean(axis=0), 0.8, atol=0.06)


def test_noise_is_never_nothing(tmp_path):
    """Not where the networks disagree more than they err: a hundredth of the error."""
    x = np.ones((19, 1))
    path = lines(
        [1.0, 3.0],
        tmp_path / "1",
        calibration_inputs=x,
        calibration_targets=x * [[2.1, -2.1]],
    )
    noise = np.array(local.load(path).manifest.noise_deviation)
    assert ((noise > 0) & (noise < 0.01)).all()


def test_sets_hold_the_labels_as_often_as_asked(tmp_path):
    members = [trained(seed) for seed in range(3)]
    rows = DRAWS.uniform(0, 1, (1400, 1, 6, 6)).astype(np.float32)
    mean = np.mean([outputs(member, rows) for member in members], axis=0)
    uniform = DRAWS.uniform(size=(len(rows), 1))
    labels = np.minimum((mean.cumsum(axis=1) < uniform).sum(axis=1), 2)
    pack.ensemble(
        members[0],
        [member.state_dict() for member in members],
        tmp_path / "packed" / "1",
        calibration_inputs=rows[:400],
        calibration_targets=labels[:400],
        **ABOUT,
    )
    known = local.load(tmp_path / "packed" / "1").manifest.label_calibration
    assert (known.rows, len(known.quantiles)) == (400, 400)
    answer = assert_served_as_loaded(tmp_path, rows[400:], networks=200, coverage=0.8)
    held = [label in some for label, some in zip(labels[400:], answer.prediction_sets)]
    deviation = np.sqrt(0.8 * 0.2 * (1 / 400 + 1 / 1000))
    assert np.mean(held) == pytest.approx(0.8, abs=4 * deviation)


def test_the_range_is_that_of_all_rows_that_are_given(tmp_path):
    train = np.array([[-1.0], [0.5]])
    calibration = np.linspace(0, 3, 19)[:, np.newaxis]

    def known(name, **given):
        return local.load(lines([1.0], tmp_path / name, **given)).manifest.input_range

    assert known("neither") is None
    assert known("train", train_inputs=train) == InputRange((-1,), (0.5,))
    both = known("both", train_inputs=train, calibration_inputs=calibration)
    assert both == InputRange((-1,), (3,))


def test_a_manifest_has_no_range_of_very_many_columns(tmp_path):
    for columns in (MAX_RANGES, MAX_RANGES + 1):
        module = torch.nn.Linear(columns, 1)
        path = pack.ensemble(
            module,
            [module.state_dict()],
            tmp_path / str(columns) / "1",
            task="regression",
            input_shape=[columns],
            train_inputs=DRAWS.normal(size=(3, columns)),
        )
        known = local.load(path).manifest.input_range
        assert (known is not None) == (columns == MAX_RANGES)
    with RunningServer(tmp_path) as server, Client(server.address) as client:
        assert len(client.models()) == 2


def test_the_noise_that_a_laplace_approximation_is_told_makes_its_intervals(tmp_path):
    x, truth = noisy_pairs(50)
    module = torch.nn.Sequential(torch.nn.Identity(), torch.nn.Linear(1, 2))
    about = {"task": "regression", "input_shape": [1]}
    for name, given, expected in (
        ("none", {}, ()),
        ("told", {"noise_deviation": 0.7}, (0.7, 0.7)),
        ("truth", {"calibration_inputs": x, "calibration_targets": truth}, None),
    ):
        path = pack.last_layer_laplace(module, x, tmp_path / name, **given, **about)
        noise = local.load(path).manifest.noise_deviation
        assert noise == expected if expected is not None else len(noise) == 2


class Undetermined(torch.nn.Module):
    def forward(self, x):
        return x + torch.rand(1)


class Shared(torch.nn.Module):
    """What it says about a row depends on the others."""

    def forward(self, x):
        return x - x.mean(dim=0)


@pytest.mark.parametrize(
    ("module", "text"),
    [
        (Undetermined(), "differ by"),
        (Shared(), "asked alone"),
        (torch.nn.Flatten(0), r"\[B, K\]"),
        (torch.nn.Hardtanh(float("nan"), float("nan")), "finite|differ|max_val"),
    ],
)
def test_a_module_that_breaks_the_contract_is_refused(tmp_path, module, text):
    with pytest.raises((ValueError, AssertionError), match=text):
        pack.ensemble(module, [{}], tmp_path / "1", task="regression", input_shape=[2])
    assert not (tmp_path / "1").exists()


def test_what_makes_no_sense_is_refused(tmp_path):
    module = torch.nn.Linear(2, 3)
    about = {"task": "classification", "input_shape": [2]}

    def ensemble(states=None, **changes):
        states = [module.state_dict()] if states is None else states
        pack.ensemble(module, states, tmp_path / "1", **{**about, **changes})

    with pytest.raises(ValueError, match="at least one"):
        ensemble(states=[])
    with pytest.raises(ValueError, match="guessing"):
        ensemble(task="guessing")
    with pytest.raises(ValueError, match="class_names: expected 3"):
        ensemble(class_names=["a"])
    with pytest.raises(ValueError, match="at least 19 rows"):
        ensemble(calibration_inputs=np.zeros((18, 2)))
    with pytest.raises(ValueError, match="got none"):
        pack.mc_dropout(module, tmp_path / "1", **about)
    with pytest.raises(ValueError, match="below 1"):
        pack.mc_dropout(
            torch.nn.Sequential(torch.nn.Dropout(1.0)), tmp_path / "1", **about
        )
    wide = torch.nn.Sequential(torch.nn.Linear(2, 65_537), torch.nn.Dropout())
    with pytest.raises(ValueError, match="at most 65536"):
        pack.mc_dropout(wide, tmp_path / "1", **about)
    with pytest.raises(ValueError, match="layers before"):
        pack.last_layer_laplace(module, [[0, 0]], tmp_path / "1", **about)
    deep = torch.nn.Sequential(torch.nn.Linear(2, 2000), torch.nn.Linear(2000, 3))
    with pytest.raises(ValueError, match="at most 4096 weights"):
        pack.last_layer_laplace(deep, [[0, 0]], tmp_path / "1", **about)
    ends = torch.nn.Sequential(
        torch.nn.Tanh(), torch.nn.Linear(2, 3), torch.nn.Softmax(-1)
    )
    with pytest.raises(ValueError, match=r"its answers|the layer 1"):
        pack.last_layer_laplace(ends, [[0, 0]], tmp_path / "1", **about)
    with pytest.raises(ValueError, match="prior_precision"):
        pack.last_layer_laplace(
            deep, [[0, 0]], tmp_path / "1", prior_precision=0, **about
        )
    rows, labels = np.zeros((20, 2)), np.zeros(20, np.int64)
    with pytest.raises(ValueError, match="together with calibration_inputs"):
        ensemble(calibration_targets=labels)
    for wrong in (labels[1:], labels + 3, labels - 1, labels + 0.5, rows):
        with pytest.raises(ValueError, match=r"20 whole numbers in 0\.\.2"):
            ensemble(calibration_inputs=rows, calibration_targets=wrong)
    for wrong in (labels, rows, np.full((20, 3), np.nan)):
        with pytest.raises(ValueError, match=r"finite numbers \[20, 3\]"):
            ensemble(
                task="regression", calibration_inputs=rows, calibration_targets=wrong
            )
    assert not (tmp_path / "1").exists()
    ensemble()
    with pytest.raises(FileExistsError, match="a new version"):
        ensemble()


def test_the_calls_take_their_common_arguments_alike():
    signatures = [
        inspect.signature(call).parameters
        for call in (pack.ensemble, pack.mc_dropout, pack.last_layer_laplace)
    ]
    common = set.intersection(*map(set, signatures))
    assert {"task", "input_shape", "calibration_inputs", "provenance"} < common
    for name in common - {"train_inputs"}:  # which Laplace cannot do without
        assert len({str(parameters[name]) for parameters in signatures}) == 1, name

"""Each of the paper's experiments by its one command, in a form that takes seconds."""

import json
import math
import signal

import paper_data
import pytest
import torch
from programs import assert_one_line_error, program, run
from running_process import RunningProcess

EXPERIMENTS = (
    "mnist",
    "mnist-5000",
    "fashion-mnist",
    "cifar-5",
    "cifar-10",
    "cifar-10-short",
    "cifar-10-large",
    "regression-1d",
    "ood-mnist",
    "ood-mnist-5000",
    "ood-cifar",
    "ood-mnist-6-4",
    "ood-cifar-6-4",
    "shift-mnist-5000",
    "shift-cifar-10",
    "adversarial",
    "adversarial-mnist-5000",
    "diversity",
)
METHODS = ("deep-ensemble", "mc-dropout", "mean-field", "mnf", "sgld", "apd")
VARIANTS = (
    "improved",
    "without-discriminator",
    "without-mixer",
    "improved-without-discriminator",
    "improved-without-mixer",
    "improved-without-outliers",
    "improved-forked",
    "improved-forked-apart",
)
SCORES = {
    "predictive_entropy",
    "expected_entropy",
    "mutual_information",
    "max_probability",
    "total_variance",
}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return paper_data.write(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    return tmp_path_factory.mktemp("experiments")


def command(name, data, output, method="hypergan", variant="paper", seed=1):
    return [
        "experiment",
        name,
        f"--data_root={data}",
        f"--output={output}",
        f"--method={method}",
        f"--variant={variant}",
        f"--seed={seed}",
        "--device=cpu",
        "--short_form",
    ]


def experiment(name, data, output, method="hypergan", variant="paper", seed=1):
    """Runs one, and returns what its result.json holds."""
    done = run("hypergan-trainer", *command(name, data, output, method, variant, seed))
    assert done.returncode == 0, done.stderr
    path = output / name / f"{method}-{variant}" / str(seed) / "result.json"
    assert str(path) in done.stdout
    return json.loads(path.read_text())


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_each_runs_by_its_one_command(name, data, output):
    result = experiment(name, data, output)
    assert result["experiment"] == name
    assert result["command"].startswith(f"hypergan-trainer experiment {name} ")
    assert str(data) not in result["command"]
    assert result["networks"] == 10
    assert result["training_seconds"] > 0
    epochs = [epoch["epoch"] for epoch in result["epochs"]]
    assert epochs == sorted(set(epochs))
    assert result["epochs"][-1]["figures"]["diversity"] > 0
    if name == "regression-1d":
        assert [band["networks"] for band in result["bands"]] == [10]
        assert len(result["observations_x"]) == 20
    else:
        assert 0 <= result["figures"]["accuracy_10"] <= 1
        assert result["figures"]["nll"] <= result["figures"]["nll_1"]
        assert len(result["most_uncertain"]) == 12


@pytest.mark.parametrize("method", METHODS)
def test_each_baseline_leaves_a_checkpoint_that_plain_torch_reads(method, data, output):
    result = experiment("mnist", data, output, method=method)
    assert result["method"] == method
    checkpoint = output / "mnist" / f"{method}-paper" / "1" / "model.pt"
    extra = {"manifest.json": ""}
    module = torch.jit.load(str(checkpoint), _extra_files=extra)
    noise_size = json.loads(extra["manifest.json"])["noise_size"]
    torch.manual_seed(1)
    outputs = module(torch.rand(2, 1, 28, 28), torch.randn(12, noise_size))
    assert outputs.shape == (12, 2, 10)
    assert outputs.std(0).min() > 0


@pytest.mark.parametrize("variant", VARIANTS)
def test_each_variant_trains_other_weights(variant, data, output):
    plain = experiment("mnist", data, output)
    other = experiment("mnist", data, output, variant=variant)
    assert other["variant"] == variant
    assert other["figures"]["nll"] != plain["figures"]["nll"]
    if variant == "improved":
        assert other["epochs"][0]["figures"]["disagreement"] > 0


def test_a_laplace_has_the_networks_of_its_variant(data, output):
    base = experiment("mnist", data, output, method="deep-ensemble")
    made = experiment(
        "mnist", data, output, method="deep-ensemble", variant="paper-laplace"
    )
    assert made["variant"] == "paper-laplace"
    assert made["epochs"] == base["epochs"]
    assert made["networks"] == 10  # drawn, of the short form
    assert made["core_seconds"] > base["core_seconds"]
    assert made["row_losses"] != base["row_losses"]


def test_shifts_have_a_curve_for_each_corruption(data, output):
    shifts = experiment("shift-mnist-5000", data, output)["shifts"]
    points = {shift["kind"]: len(shift["points"]) for shift in shifts}
    assert points == {
        **dict.fromkeys(("noise", "blur", "contrast", "brightness", "jpeg"), 6),
        "rotation": 13,
    }


def test_improved_has_two_networks_learn_as_one_on_cifar(data, output):
    improved = experiment("cifar-5", data, output, variant="improved")
    assert improved["epochs"][0]["figures"]["ambiguity"] > 0
    plain = experiment("cifar-5", data, output)
    assert plain["epochs"][0]["figures"]["ambiguity"] == 0


def test_outside_rows_are_told_apart_by_every_score(data, output):
    result = experiment("ood-mnist", data, output)
    (outside,) = result["outside"]
    assert outside["outside"] == "notmnist"
    assert set(outside["scores"]) == SCORES
    for separation in outside["scores"].values():
        assert 0 <= separation["auroc"] <= 1
        assert 0 <= separation["fpr95"] <= 1


def test_other_classes_of_the_same_set_are_outside(data, output):
    (outside,) = experiment("ood-cifar", data, output)["outside"]
    assert (outside["inside_rows"], outside["outside_rows"]) == (60, 60)


def test_attacks_have_a_curve_each(data, output):
    attacks = experiment("adversarial", data, output)["attacks"]
    kinds = {(attack["attack"], attack["attacked"]) for attack in attacks}
    assert len(kinds) == 4
    for attack in attacks:
        epsilons = [point["epsilon"] for point in attack["points"]]
        assert epsilons == sorted(epsilons)
        assert epsilons[0] == 0
        assert len(epsilons) == 8


def test_longer_attacks_are_asked_of_networks_drawn_after_them(data, output):
    attacks = experiment("adversarial-mnist-5000", data, output)["attacks"]
    (pgd,) = [
        attack
        for attack in attacks
        if (attack["attack"], attack["attacked"]) == ("pgd", "ensemble")
    ]
    assert (pgd["steps"], pgd["restarts"]) == (40, 3)
    assert pgd["rows"] == 20
    clean, attacked = pgd["points"]
    assert (clean["epsilon"], attacked["epsilon"]) == (0, 0.1)
    for point in pgd["points"]:
        assert 0 <= point["accuracy_fresh"] <= 1
    assert attacked["accuracy_ensemble"] <= clean["accuracy_ensemble"]


def test_hamiltonian_monte_carlo_is_of_whole_data_alone(data, output):
    result = experiment("regression-1d", data, output, method="hmc")
    assert result["bands"][-1]["networks"] == 10
    done = run("hypergan-trainer", *command("mnist", data, output, "hmc", "paper", 1))
    assert_one_line_error(done, "--batch_size: expected all 200 training rows")


def test_experiments_on_the_same_networks_train_them_once(data, output):
    experiment("mnist", data, output)
    checkpoint = output / "mnist" / "hypergan-paper" / "1" / "model.pt"
    before = checkpoint.stat().st_mtime_ns
    experiment("ood-mnist", data, output)
    experiment("adversarial", data, output)
    assert checkpoint.stat().st_mtime_ns == before


def test_another_seed_trains_other_networks(data, output):
    one = experiment("mnist", data, output)
    two = experiment("mnist", data, output, seed=2)
    assert one["figures"]["nll"] != two["figures"]["nll"]


def test_an_interrupted_one_goes_on_by_the_same_command(data, tmp_path):
    arguments = command("regression-1d", data, tmp_path)
    # Long enough to be caught in the middle.
    arguments.remove("--short_form")
    with RunningProcess([program("hypergan-trainer"), *arguments]) as running:
        running.wait_for("epoch 500/")
        running.send(signal.SIGINT)
        assert running.wait() == 1
        assert "the same command goes on with it" in running.output
    with RunningProcess([program("hypergan-trainer"), *arguments]) as running:
        running.wait_for("epoch 1000/")
        assert "epoch 500/" not in running.output
        running.send(signal.SIGINT)
        running.wait()


def test_what_came_out_makes_a_report(data, output):
    experiment("mnist", data, output)
    page = output / "report.html"
    done = run("hypergan-trainer", "report", f"--output={page}", output)
    assert done.returncode == 0, done.stderr
    assert "HyperGAN" in page.read_text()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["experiment", "mnost", "--output=x"], "no experiment 'mnost'; there are"),
        (["experiment", "mnist"], "--output is missing"),
        (["experiment", "mnist", "--output=x", "--method=magic"], "--method"),
        (
            [
                "experiment",
                "mnist",
                "--output=x",
                "--method=mc-dropout",
                "--variant=without-mixer",
            ],
            "expected one of paper, improved, improved-with-outliers",
        ),
        (["experiment", "mnist", "--output=x", "--data_root=/none"], "/none/mnist"),
    ],
)
def test_bad_flags_are_one_line(arguments, expected, tmp_path):
    done = run("hypergan-trainer", *arguments, "--device=cpu", cwd=tmp_path)
    assert_one_line_error(done, expected)
    assert not (tmp_path / "x").exists()


def test_the_deep_ensemble_is_evaluated_with_each_member_once(data, output):
    result = experiment("mnist", data, output, method="deep-ensemble")
    # Four members in the short form.
    assert result["networks"] == 4
    assert math.isfinite(result["figures"]["ece"])

"""A checkpoint without a server gives what the server gives."""

import re
import subprocess
import sys

import noise as reference
import numpy as np
import pytest
import scripted
import served
import torch
from installed import REPOSITORY
from test_client import assert_same

from hypergan_client import Calibration, Manifest, local
from hypergan_client.moments import is_ood, ood_scores
from hypergan_client.noise import draw_noise

KINDS = "kinds/3/model.pt"


@pytest.fixture(scope="module")
def kinds(repository):
    return local.load(repository / KINDS)


def test_noise_has_the_bits_of_its_definition():
    noise = draw_noise(1, 0, 2, 6)
    bits = noise.view(np.uint32)
    assert [hex(word) for word in bits[0, :2]] == ["0x3ec2c3e3", "0xbe97b1bc"]
    assert hex(bits[1, 2]) == "0xbfc7a949"
    assert noise.dtype == np.float32


@pytest.mark.parametrize("seed", [0, 7, 2**32 + 5, 2**53 - 1, 2**64 - 1])
@pytest.mark.parametrize(("first", "size"), [(0, 1), (3, 10), (2**32 - 2, 4)])
def test_noise_is_that_of_the_reference(seed, first, size):
    ours = draw_noise(seed, first, 50, size).view(np.uint32)
    theirs = reference.draw_noise(seed, first, 50, size)
    np.testing.assert_array_equal(ours, np.float32(theirs).view(np.uint32))


@pytest.mark.parametrize("members", [2, 10, 37])
@pytest.mark.parametrize("first", [0, 5, 2**32 - 3])
def test_members_are_those_of_the_reference(members, first):
    ours = draw_noise(2**60 + 3, first, 50, 3, members)
    theirs = reference.draw_noise(2**60 + 3, first, 50, 3, members)
    np.testing.assert_array_equal(ours, np.float32(theirs))
    if first == 0:
        assert len(set(ours[:members, 0])) == members
    plain = draw_noise(2**60 + 3, first, 50, 3)
    np.testing.assert_array_equal(ours[:, 1:], plain[:, 1:])


def test_a_seed_of_more_than_64_bits_is_refused():
    for wrong in (-1, 2**64):
        with pytest.raises(ValueError, match="seed"):
            draw_noise(wrong, 0, 1, 1)


@pytest.mark.parametrize("networks", [1, 2, 5, 20, 60, 100, 300])
@pytest.mark.parametrize("name", ["kinds/3", "pooled/1", "values/1"])
def test_the_answer_is_the_servers(repository, client, rows, name, networks):
    asked = {"networks": networks, "seed": 2**63 + 1, "include_network_outputs": True}
    model = local.load(repository / name)
    ours = model.predict(rows, **asked)
    theirs = client.predict(rows, model=name.split("/")[0], **asked)
    assert_same(ours, theirs)
    for field in ("model", "version", "sampling", "stop_reason", "output_names"):
        assert getattr(ours, field) == getattr(theirs, field)
    errors = [ours.largest_standard_error, theirs.largest_standard_error]
    if networks == 1:
        assert errors == [None, None]
    else:
        assert errors[0] == pytest.approx(errors[1], rel=1e-4)
    assert ours.to_pandas().columns.equals(theirs.to_pandas().columns)


def test_the_temperature_of_the_pool_is_of_the_mean_alone(repository, client, rows):
    asked = {"networks": 14, "seed": 3, "include_network_outputs": True}
    answer = client.predict(rows, model="pooled", **asked)
    mean = answer.network_outputs.mean(axis=0, dtype=np.float64)
    powers = mean ** (1 / 0.6)
    expected = powers / powers.sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(answer.mean, expected, atol=1e-6)
    entropy = -(mean * np.log(mean)).sum(axis=-1)
    np.testing.assert_allclose(
        answer.scores.mutual_information,
        entropy - answer.scores.expected_entropy,
        atol=1e-6,
    )
    told = client.model("pooled").manifest
    assert (told.members, told.pool_temperature) == (7, 0.6)


def test_a_fresh_seed_gives_its_networks_again(kinds, rows):
    fresh = kinds.predict(rows)
    assert (fresh.sampling, fresh.num_networks) == ("fresh", 20)
    assert fresh.seed < 2**53
    assert_same(kinds.predict(rows, seed=fresh.seed), fresh)


def test_many_rows_are_answered_as_a_few(kinds):
    rows = np.random.default_rng(1).normal(size=(5000, *served.INPUT_SHAPE))
    many = kinds.predict(rows, networks=150, seed=1)
    few = kinds.predict(rows[4990:], networks=150, seed=1)
    np.testing.assert_allclose(many.mean[4990:], few.mean, atol=1e-6)
    assert many.scores.ood_score.shape == (5000,)


def test_weight_sets_are_those_of_the_noise(kinds):
    first, last = kinds.sample(seed=9, networks=3, first=2)
    noise = torch.from_numpy(kinds.noise(9, 5)[2:])
    expected = scripted.ScriptedHyperGan().generate(noise)
    torch.testing.assert_close([first, last], expected)


@pytest.fixture(scope="module")
def described_model(tmp_path_factory):
    """A HyperGAN of the trainer's in both formats: a folder of a version."""
    import small_training
    from programs import TIMEOUT_S, run

    data = small_training.write_pictures(tmp_path_factory.mktemp("pictures"))
    models = tmp_path_factory.mktemp("trained")
    command = small_training.train_command(
        data, models, "--epochs=1", "--starts=2", "--standard_codes"
    )
    subprocess.run(command, check=True, timeout=TIMEOUT_S)
    script = models / "small/1/model.pt"
    folder = models / "data/1"
    folder.mkdir(parents=True)
    result = run(
        "hypergan-trainer",
        "convert",
        f"--checkpoint={script}",
        f"--output={folder / 'model.safetensors'}",
    )
    assert result.returncode == 0, result.stderr
    return script, folder / "model.safetensors"


def test_a_checkpoint_without_code_takes_numpy_alone(described_model):
    script, path = described_model
    rows = np.random.default_rng(2).uniform(0, 1, (5, 1, 8, 8)).astype(np.float32)
    theirs = local.load(script).predict(rows, networks=9, seed=3)
    ours = local.load(path.parent).predict(rows, networks=9, seed=3)
    np.testing.assert_allclose(ours.mean, theirs.mean, atol=1e-5)
    np.testing.assert_allclose(ours.variance, theirs.variance, atol=1e-5)
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from hypergan_client import local\n"
        f"model = local.load({str(path)!r})\n"
        "print(model.predict([[[[0.5] * 8] * 8]], networks=3, seed=1).mean.shape)"
    )
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:] = {sys.path!r}\n{code}"],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.strip() == "(1, 3)"


def test_the_documented_recipe_reads_it(described_model, tmp_path):
    _, path = described_model
    page = (REPOSITORY / "docs/checkpoint.md").read_text()
    recipe = next(
        block
        for block in re.findall(r"```python\n(.*?)```", page, re.S)
        if "safe_open" in block
    )
    (tmp_path / "recipe.py").write_text(recipe)
    (tmp_path / "model.safetensors").write_bytes(path.read_bytes())
    done = subprocess.run(
        [sys.executable, "recipe.py"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "'kind': 'conv2d'" in done.stdout
    assert done.stdout.strip().endswith(", 32)")


@pytest.mark.parametrize("cut", [0, 7, 8, 200, -1])
def test_a_damaged_checkpoint_without_code_is_refused(described_model, tmp_path, cut):
    _, path = described_model
    (tmp_path / "model.safetensors").write_bytes(path.read_bytes()[:cut])
    with pytest.raises(ValueError, match="expected"):
        local.load(tmp_path)


def test_what_makes_no_sense_is_refused(kinds, rows, tmp_path):
    with pytest.raises(ValueError, match="networks: expected at least 1, got 0"):
        kinds.predict(rows, networks=0)
    with pytest.raises(ValueError, match="finite"):
        kinds.predict(rows * np.inf)
    with pytest.raises(ValueError, match="one row"):
        kinds.predict(rows[0, 0])
    with pytest.raises(ValueError, match="'median'"):
        kinds.predict(rows, outputs=["median"])
    with pytest.raises(FileNotFoundError, match="no file"):
        local.load(tmp_path)
    torch.jit.save(torch.jit.script(scripted.ScriptedHyperGan()), tmp_path / "model.pt")
    with pytest.raises(ValueError, match=r"manifest\.json"):
        local.load(tmp_path)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('{"format_version": 2}', "format_version: expected 1, got 2"),
        ('{"format_version": 1}', "'task'"),
        ('{"format_version": 1, "task": "guessing"}', "guessing"),
        ("[]", "manifest"),
        ("{", "manifest"),
    ],
)
def test_a_manifest_that_says_something_else_is_refused(text, what):
    with pytest.raises(ValueError, match=what):
        Manifest.from_json(text)


def test_few_calibration_rows_raise_no_alarm():
    few = Calibration("total_variance", 18, 0.95, {10: tuple(range(18))})
    enough = Calibration("total_variance", 19, 0.95, {10: tuple(range(19))})
    unusual = ood_scores(enough, 10, np.array([-1.0, 0.0, 5.5, 99.0]))
    np.testing.assert_allclose(unusual, [0, 0, 6 / 20, 19 / 20])
    assert list(is_ood(enough, unusual)) == [False, False, False, True]
    assert is_ood(few, ood_scores(few, 10, np.array([99.0]))) is None
    assert np.isnan(ood_scores(enough, 9, np.array([1.0]))).all()


def test_the_package_asks_servers_without_torch():
    code = "import sys, hypergan_client; assert 'torch' not in sys.modules"
    subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:] = {sys.path!r}; {code}"],
        check=True,
        timeout=60,
    )

"""A Laplace approximation of a trained checkpoint's last layer, made and served."""

import json
import re
import subprocess

import numpy as np
import pytest
import small_training
from programs import program
from running_server import RunningServer

TARGET = {
    **small_training.TARGET,
    "layers": [
        *small_training.TARGET["layers"][:-1],
        {"kind": "linear", "outputs": 12, "activation": "relu"},
        {"kind": "linear", "outputs": small_training.CLASSES},
    ],
}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = small_training.write_pictures(tmp_path_factory.mktemp("data"))
    (folder / "target.json").write_text(json.dumps(TARGET))
    return folder


@pytest.fixture(scope="module")
def models(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    command = small_training.train_command(
        data, folder, "--method=deep-ensemble", "--epochs=2", model="base"
    )
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    (folder / "laplace" / "1").mkdir(parents=True)
    return folder


def laplace(data, models, *flags):
    return subprocess.run(
        [
            *(program("hypergan-trainer"), "laplace", f"--data={data}"),
            f"--checkpoint={models}/base/1/model.pt",
            f"--output={models}/laplace/1/model.pt",
            *("--networks=4", "--threads=1", "--evaluation_networks=10"),
            *flags,
        ],
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_it_is_made_served_and_varies(data, models):
    made = laplace(data, models)
    assert made.returncode == 0, made.stderr
    assert re.search(r"^prior precision (0\.01|0\.1|1|10+)$", made.stdout, re.M)
    assert float(re.search(r"^  accuracy_1 +(\S+)$", made.stdout, re.M)[1]) > 0.5
    inputs = small_training.pictures(5, seed=3)[0].astype("<f4") / 255
    inputs = inputs.reshape(5, 1, 8, 8)
    with RunningServer(models) as server:
        answer = server.predict("laplace", inputs, num_networks=50, seed=1)
        base = server.predict("base", inputs, num_networks=50, seed=1)
    for each in (answer, base):
        mean = np.frombuffer(each.mean.raw, "<f4").reshape(5, 3)
        assert np.allclose(mean.sum(1), 1, atol=1e-5)
    # Around four networks there is more than the four.
    assert answer.scores[0].ood_score >= 0
    variance = np.frombuffer(answer.variance.raw, "<f4")
    assert (variance > 0).all()
    # It is not made twice.
    again = laplace(data, models)
    assert again.returncode == 1
    assert "is there already" in again.stderr


def test_it_holds_its_data_to_those_of_the_training(data, models, tmp_path):
    def error(*flags):
        made = laplace(data, models, f"--output={models}/z.pt", *flags)
        assert made.returncode == 1
        return made.stderr

    assert "--split_seed: expected 7" in error("--split_seed=5")
    assert "--calibration_rows: expected" in error("--calibration_rows=50")
    other = small_training.write_pictures(tmp_path, first_seed=3)
    assert "rows that the checkpoint was trained on" in error(f"--data={other}")
    assert "expected rows [1, 8, 8]" in error(f"--data={data}", "--resize=9x9")
    assert "expected data for the checkpoint's task" in error(
        "--data=generated:cubic", "--validation_rows=1", "--calibration_rows=1"
    )


def test_it_says_what_is_missing(data, models):
    assert (
        "--output: expected a file whose name ends with .pt"
        in laplace(data, models, f"--output={models}/x.safetensors").stderr
    )
    assert "--checkpoint is missing" in laplace(data, models, "--checkpoint=").stderr
    assert (
        "networks: expected 1..20, got 21"
        in laplace(data, models, f"--output={models}/y.pt", "--networks=21").stderr
    )

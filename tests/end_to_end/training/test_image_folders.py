"""Class folders of grey and coloured files, trained on and evaluated."""

import io
import json
import re
import shutil
import subprocess

import numpy as np
import pytest
import small_training
from PIL import Image
from programs import TIMEOUT_S, run
from running_server import RunningServer


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """8 x 8 pictures of which the first of each split is grey, the others RGB."""
    folder = tmp_path_factory.mktemp("folders")
    for split, rows, seed in (("train", 300, 1), ("test", 60, 2)):
        pictures, labels = small_training.pictures(rows, seed)
        order = np.argsort(labels, kind="stable")
        for number, row in enumerate(order):
            path = folder / split / f"class{labels[row]}" / f"{number:04}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            image = Image.fromarray(pictures[row])
            (image if number == 0 else image.convert("RGB")).save(path)
    (folder / "target.json").write_text(json.dumps(small_training.TARGET))
    colour = {**small_training.TARGET, "input_shape": [3, 8, 8]}
    (folder / "colour.json").write_text(json.dumps(colour))
    return folder


def train(data, repository, *flags):
    return subprocess.run(
        small_training.train_command(data, repository, "--epochs=1", *flags),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


@pytest.mark.parametrize("target", ["target.json", "colour.json"])
def test_images_are_decoded_as_the_target_takes_them(data, tmp_path, target):
    result = train(data, tmp_path, f"--target={data / target}")
    assert result.returncode == 0, result.stderr
    assert "note:" not in result.stderr
    evaluated = run(
        "hypergan-trainer",
        "evaluate",
        f"--data={data}",
        f"--checkpoint={tmp_path / 'small/1/model.pt'}",
        f"--ood_data={data}",
        "--num_networks=5",
        "--device=cpu",
    )
    assert evaluated.returncode == 0, evaluated.stderr
    assert "60 rows" in evaluated.stdout


def test_a_folder_without_one_of_the_classes_keeps_the_others_labels(data, tmp_path):
    result = train(data, tmp_path / "models", "--epochs=8")
    assert result.returncode == 0, result.stderr
    two = tmp_path / "two"
    for split in ("train", "test"):
        for name in ("class0", "class2"):
            shutil.copytree(data / split / name, two / split / name)
    evaluated = run(
        "hypergan-trainer",
        "evaluate",
        f"--data={two}",
        f"--checkpoint={tmp_path / 'models/small/1/model.pt'}",
        "--num_networks=5",
        "--json",
    )
    assert evaluated.returncode == 0, evaluated.stderr
    # By its place in the folder, class2 would be class1.
    assert json.loads(evaluated.stdout)["figures"]["accuracy_5"] > 0.8
    with RunningServer(tmp_path / "models") as server:

        def predict(folder):
            return run(
                "hypergan-client",
                "predict",
                f"--server={server.address}",
                "--model=small",
                f"--inputs={folder}",
                "--rows=40",
            )

        said = predict(two)
        assert float(re.search(r"accuracy ([\d.]+) %", said.stdout)[1]) > 80
        # Classes that the model does not know have no labels.
        for split in ("train", "test"):
            (two / split / "class2").rename(two / split / "other")
        said = predict(two)
        assert said.returncode == 0, said.stderr
        assert "labels are left out" in said.stderr
        assert "accuracy" not in said.stdout


def test_files_with_faults_are_counted_and_the_first_is_named(data, tmp_path):
    buffer = io.BytesIO()
    Image.fromarray(small_training.pictures(1, 3)[0][0]).save(buffer, "JPEG")
    whole = buffer.getvalue()
    odd = data / "train/class0/odd.jpg"
    odd.write_bytes(whole[:-2] + b"stray bytes of some camera" + whole[-2:])
    try:
        result = train(data, tmp_path)
    finally:
        odd.unlink()
    assert result.returncode == 0, result.stderr
    notes = [line for line in result.stderr.splitlines() if "note:" in line]
    assert len(notes) == 1, result.stderr
    assert "1 of 301 images have faults" in notes[0]
    assert "train/class0/odd.jpg: Corrupt JPEG data" in notes[0]


def test_a_bad_file_among_many_is_named(data, tmp_path):
    bad = data / "train/class1/bad.png"
    bad.write_bytes((data / "train/class0/0000.png").read_bytes()[:-30])
    try:
        result = train(data, tmp_path)
    finally:
        bad.unlink()
    assert result.returncode == 1
    assert "train/class1/bad.png: damaged PNG" in result.stderr

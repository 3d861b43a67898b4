"""Arrays that NumPy writes, trained on, evaluated and asked about."""

import json
import subprocess

import numpy as np
import pytest
import small_training
from programs import TIMEOUT_S, assert_one_line_error, run
from running_server import RunningServer

TYPES = ["bool", "u1", "u2", "u4", "i1", "i2", "i4", "i8", "f4", "f8"]


def train(data, repository, *flags):
    return subprocess.run(
        small_training.train_command(data, repository, "--epochs=1", *flags),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


def evaluate(spec, checkpoint, *flags):
    return run(
        "hypergan-trainer",
        "evaluate",
        f"--data={spec}",
        f"--checkpoint={checkpoint}",
        "--device=cpu",
        "--num_networks=5",
        "--json",
        *flags,
    )


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Pictures as IDX files and as an archive, and a model of either."""
    folder = small_training.write_pictures(tmp_path_factory.mktemp("arrays"))
    x_train, y_train = small_training.pictures(600, 1)
    x_test, y_test = small_training.pictures(200, 2)
    np.savez_compressed(
        folder / "pictures.npz",
        x_train=x_train,
        y_train=y_train,
        x_test=x_test[..., None],
        y_test=y_test.astype(np.int64),
    )
    np.save(folder / "x_test.npy", x_test)
    for name, spec in (("idx", folder), ("npz", folder / "pictures.npz")):
        result = train(folder, folder / "models", f"--data={spec}", f"--model={name}")
        assert result.returncode == 0, result.stderr
        if name == "npz":
            assert (
                "x_train: uint8 [600, 8, 8] is read as 600 grey pictures of 8 x 8"
                in result.stderr
            )
    return folder


def test_an_archive_is_the_data_set_that_its_arrays_are(trained):
    figures = []
    for name, spec in (("idx", trained), ("npz", trained / "pictures.npz")):
        result = evaluate(spec, trained / "models" / name / "1" / "model.pt")
        assert result.returncode == 0, result.stderr
        evaluated = json.loads(result.stdout)
        assert (evaluated["rows"], evaluated["which_rows"]) == (200, "test split")
        figures.append(evaluated["figures"])
    assert figures[0] == figures[1]


def test_a_client_asks_about_an_array(trained):
    answers = []
    with RunningServer(trained / "models") as server:
        for inputs in ("x_test.npy", "pictures.npz", "t10k-images-idx3-ubyte.gz"):
            result = run(
                "hypergan-client",
                "predict",
                f"--server={server.address}",
                "--model=npz",
                f"--inputs={trained / inputs}",
                "--rows=5",
                "--seed=1",
                "--json",
            )
            assert result.returncode == 0, result.stderr
            answers.append([row["mean"] for row in json.loads(result.stdout)["rows"]])
    assert len(answers[0]) == 5
    assert answers[0] == answers[1] == answers[2]


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_every_type_and_format_is_read(tmp_path, kind, version):
    """A table whose target is its first column."""
    rows = (np.arange(80).reshape(40, 2) * 7 % 41).astype(kind)
    path = tmp_path / "x.npy"
    with open(path, "wb") as file:
        np.lib.format.write_array(file, rows, version=version)
    result = run(
        "hypergan-trainer",
        "train",
        f"--data={path}",
        f"--model_repository={tmp_path}",
        "--model=m",
        "--device=cpu",
    )
    # Read, and then found to be inputs alone.
    assert_one_line_error(result, "x.npy", "no target values")


@pytest.mark.parametrize(
    ("array", "error"),
    [
        (np.array([{}], dtype=object), "got objects, which are a pickle"),
        (np.zeros((2, 2), ">f4"), "save x.astype('float32')"),
        (np.zeros((2, 2), "f2"), "got '<f2'"),
        (np.array(["text"]), "got '<U4'"),
        (np.asfortranarray(np.zeros((2, 2))), "numpy.ascontiguousarray"),
        (np.zeros((2, 3, 4, 3), "u1"), "may be either"),
        (np.array([[0, 1], [2, np.nan]]), "row 1 (counted from 0)"),
        (np.array(5.0), "a single number"),
        (np.zeros(2, [("a", "f4"), ("b", "i4")]), "records of several fields"),
    ],
)
def test_what_cannot_be_read_is_told(tmp_path, array, error):
    np.save(tmp_path / "x.npy", array, allow_pickle=True)
    result = run(
        "hypergan-trainer",
        "train",
        f"--data={tmp_path / 'x.npy'}",
        f"--model_repository={tmp_path}",
        "--model=m",
        "--device=cpu",
    )
    assert_one_line_error(result, "x.npy: ", error)

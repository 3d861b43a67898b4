"""The commands of docs/own-data.md, and what wrong data and flags end in."""

import os
import pathlib
import re
import subprocess
import sys

import pytest
from programs import program

REPOSITORY = pathlib.Path(__file__).parents[3]
PAGE = (REPOSITORY / "docs/own-data.md").read_text()
TIMEOUT_S = 120


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Holds data/, as the page's first command writes it."""
    place = tmp_path_factory.mktemp("own")
    subprocess.run(
        [sys.executable, REPOSITORY / "examples/own-data/write.py", "data"],
        cwd=place,
        check=True,
        timeout=TIMEOUT_S,
    )
    return place


def trainer(folder, *arguments):
    return subprocess.run(
        [program("hypergan-trainer"), *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )


def commands():
    """The page's calls of the trainer, as lists of arguments."""
    lines = re.findall(r"^hypergan-trainer (.*)$", PAGE, re.M)
    return [line.split() for line in lines if "DATA" not in line]


def test_the_page_trains_on_values_classes_and_pictures(folder):
    """In two epochs each, which changes what is learned alone."""
    said = {}
    for arguments in commands():
        short = ["--epochs=2"] if arguments[0] == "train" else []
        done = trainer(folder, *arguments, *short)
        assert done.returncode == 0, done.stderr
        said[" ".join(arguments)] = done.stdout
    assert len(said) == 4
    (values,) = [s for c, s in said.items() if "diabetes" in c]
    assert "recipe table: --epochs=2 " in values
    assert re.search(r"^  coverage_95 +0\.\d+$", values, re.M), values
    assert " --inputs=data/diabetes.csv --target_columns=1\n" in values
    (classes,) = [s for c, s in said.items() if "wine" in c]
    assert re.search(r"^  accuracy_100 +\d\.\d+$", classes, re.M), classes
    (pictures,) = [
        s for c, s in said.items() if c.startswith("train --data=data/digits")
    ]
    assert "recipe images: --epochs=2 " in pictures
    assert "target network 'small-images'" in pictures
    for text in (values, classes, pictures):
        assert re.search(r"^kept epoch [12] of 2, the best on ", text, re.M)
        assert "serve it:    hypergan-server --model_repository=models" in text
    (risk,) = [s for c, s in said.items() if c.startswith("evaluate")]
    assert re.search(r"^  100 % of the rows +0\.\d+$", risk, re.M), risk
    assert re.search(r"^  where not is_ood +0\.\d+$", risk, re.M), risk


def test_the_printed_next_steps_read_the_data_as_the_training_did(folder):
    rows = ["a,kind,b,c"]
    for i in range(60):
        rows.append(f"{i},{'odd' if i % 2 else 'even'},{i % 7},{i % 3}")
    (folder / "my table.csv").write_text("\n".join(rows) + "\n")
    done = trainer(
        *(folder, "train", "--data=my table.csv", "--model=spaced", "--epochs=1"),
        *("--csv_labels", "--target_column=kind", "--drop_columns=c"),
    )
    assert done.returncode == 0, done.stderr
    flags = "--csv_labels --target_column=kind --drop_columns=c"
    assert f"--model=spaced '--inputs=my table.csv' {flags}\n" in done.stdout
    (evaluate,) = re.findall(r"^evaluate it: (.*)$", done.stdout, re.M)
    where = pathlib.Path(program("hypergan-trainer")).parent
    asked = subprocess.run(
        evaluate,
        shell=True,
        cwd=folder,
        env={**os.environ, "PATH": f"{where}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )
    assert asked.returncode == 0, asked.stderr
    assert "100 networks, 6 rows of my table.csv" in asked.stdout
    for flag, error in (
        ("--ood_data=data/digits", "expected rows [2]"),
        ("--rows=-1", "--rows: expected a number of rows"),
        ("--num_networks=-1", "expected 0..100000, got -1"),
    ):
        wrong = trainer(
            *(folder, "evaluate", "--checkpoint=models/spaced/1/model.pt"),
            *("--data=my table.csv", *flags.split(), flag),
        )
        assert wrong.returncode == 1
        assert error in wrong.stderr


@pytest.mark.parametrize("flag", ["--networks=3", "--starts=3"])
def test_pictures_have_a_network_for_each_start_however_many_are_given(folder, flag):
    model = f"--model={flag[2:8]}"
    done = trainer(folder, "train", "--data=data/digits", model, flag, "--epochs=1")
    assert done.returncode == 0, done.stderr
    assert "--networks=3 --starts=3 " in done.stdout


def test_a_time_budget_sets_the_epochs_and_a_resumed_run_keeps_them(folder):
    flags = ["--data=data/wine.csv", "--csv_labels", "--model=budget"]
    done = trainer(folder, "train", *flags, "--minutes=0.05")
    assert done.returncode == 0, done.stderr
    said = re.search(r"^0\.05 minutes: (\d+) epochs of ", done.stdout, re.M)
    assert said, done.stdout
    assert f"of {said[1]}, the best" in done.stdout
    again = trainer(folder, "train", *flags, "--minutes=9", "--resume")
    assert again.returncode == 0, again.stderr
    assert f"of {said[1]}, the best" in again.stdout


def test_a_time_budget_keeps_how_often_to_evaluate(folder):
    flags = ["--data=data/wine.csv", "--csv_labels", "--model=seldom"]
    done = trainer(
        folder, "train", *flags, "--minutes=0.05", "--evaluate_every=1000000"
    )
    assert done.returncode == 0, done.stderr
    lines = (folder / "models/seldom/1/metrics.jsonl").read_text().splitlines()
    assert sum('"epoch"' in line for line in lines) == 1


def test_resuming_with_another_option_names_that_alone(folder):
    flags = ["--data=data/wine.csv", "--csv_labels", "--model=resumed"]
    assert trainer(folder, "train", *flags, "--epochs=1").returncode == 0
    done = trainer(folder, "train", *flags, "--epochs=2", "--resume")
    assert done.returncode == 1
    assert "epochs: 1 then, 2 now" in done.stderr
    assert "batch_size" not in done.stderr


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ([], "missing: --data=FILE_OR_FOLDER --model=NAME"),
        (["--data=data/wine.csv"], "missing: --model=NAME"),
        (
            ["--data=data/wine.csv", "--model=m", "--recipe=best"],
            "--recipe: expected auto, images, table, curve or paper, got 'best'",
        ),
        (
            ["--data=data/digits", "--model=m", "--hidden=9"],
            "--hidden: expected rows of a table, got images",
        ),
        (
            ["--data=data/digits", "--model=m", "--target=mnist"],
            "expected rows [1, 28, 28]",
        ),
        (
            ["--data=data/wine.csv", "--model=m", "--hidden=9", "--target=mnist"],
            "--hidden: expected no --target",
        ),
        (
            [
                "--data=data/wine.csv",
                "--csv_labels",
                "--model=m",
                "--classes=10",
                "--class_names=a,b,c",
            ],
            "expected a target network with an output for each of the 3 named classes",
        ),
    ],
)
def test_wrong_flags_end_in_one_line_that_says_what_to_do(folder, flags, message):
    done = trainer(folder, "train", *flags)
    assert done.returncode == 1
    assert message in done.stderr
    errors = [line for line in done.stderr.splitlines() if "hypergan-trainer:" in line]
    assert len(errors) == 1, done.stderr


def test_the_help_of_a_verb_has_its_flags_alone(folder):
    done = trainer(folder, "evaluate", "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(
        "Flags of hypergan-trainer evaluate:\n  --checkpoint="
    )
    assert "--ood_data=" in done.stdout
    assert "--epochs=" not in done.stdout

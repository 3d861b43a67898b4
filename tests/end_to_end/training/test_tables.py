"""Tables to train on: which rows are for what, and what is said of columns."""

import json
import random
import re

import pytest
from programs import assert_one_line_error, run
from running_server import RunningServer

SMALL = [
    "--device=cpu",
    "--threads=1",
    "--epochs=3",
    "--networks=4",
    "--batch_size=20",
    "--evaluation_networks=10",
    "--default_num_networks=10",
    "--noise_size=8",
    "--mixer_hidden=16",
    "--code_size=4",
    "--generator_hidden=16",
]


def target(folder, inputs, outputs=1):
    """A description of a network for rows of `inputs` columns."""
    path = folder / f"target-{inputs}-{outputs}.json"
    path.write_text(
        json.dumps(
            {
                "name": "small",
                "input_shape": [inputs],
                "layers": [
                    {"kind": "linear", "outputs": 8, "activation": "relu"},
                    {"kind": "linear", "outputs": outputs},
                ],
            }
        )
    )
    return path


def train(folder, data, *flags, inputs=1, outputs=1, model="small"):
    return run(
        "hypergan-trainer",
        "train",
        f"--data={data}",
        f"--target={target(folder, inputs, outputs)}",
        f"--model_repository={folder / 'models'}",
        f"--model={model}",
        *SMALL,
        *flags,
    )


def evaluate(folder, data, *flags, model="small"):
    return run(
        "hypergan-trainer",
        "evaluate",
        f"--data={data}",
        f"--checkpoint={folder / 'models' / model / '1' / 'model.pt'}",
        "--device=cpu",
        "--json",
        *flags,
    )


def write(path, rows, header=""):
    lines = [",".join(repr(cell) for cell in row) for row in rows]
    path.write_text(header + "\n".join(lines) + "\n")
    return path


def noise(rows, columns, seed=1):
    draws = random.Random(seed)
    return [[draws.gauss(0, 1) for _ in range(columns)] for _ in range(rows)]


def test_a_table_is_tested_on_rows_that_training_never_saw(tmp_path):
    table = write(tmp_path / "t.csv", noise(60, 3))
    trained = train(tmp_path, table, inputs=2)
    assert trained.returncode == 0, trained.stderr
    assert "6 of its 60 rows are set aside" in trained.stderr
    assert "6 of the 60 rows" in trained.stdout
    rmse = float(re.search(r"rmse  +([0-9.]+)", trained.stdout).group(1))

    shuffled = noise(60, 3)
    random.Random(2).shuffle(shuffled)
    for same in (table, write(tmp_path / "other.csv", shuffled)):
        evaluated = json.loads(evaluate(tmp_path, same).stdout)
        assert evaluated["rows"] == 6
        assert evaluated["which_rows"] == "set aside"
        assert evaluated["figures"]["rmse"] == pytest.approx(rmse, abs=2e-4)
    fresh = write(tmp_path / "fresh.csv", noise(50, 3, seed=3))
    evaluated = json.loads(evaluate(tmp_path, fresh).stdout)
    assert (evaluated["rows"], evaluated["which_rows"]) == (50, "whole")


def test_a_table_may_have_splits_beside_it(tmp_path):
    write(tmp_path / "t.train.csv", noise(60, 2))
    write(tmp_path / "t.test.csv", noise(20, 2, seed=2))
    trained = train(tmp_path, tmp_path / "t.csv")
    assert trained.returncode == 0, trained.stderr
    assert "20 rows, the test split of" in trained.stdout
    evaluated = json.loads(evaluate(tmp_path, tmp_path / "t.csv").stdout)
    assert (evaluated["rows"], evaluated["which_rows"]) == (20, "test split")
    evaluated = json.loads(evaluate(tmp_path, tmp_path / "t.train.csv").stdout)
    assert evaluated["which_rows"] == "training rows"


def test_few_rows_have_no_test_figures(tmp_path):
    trained = train(tmp_path, write(tmp_path / "t.csv", noise(8, 2)))
    assert trained.returncode == 0, trained.stderr
    assert "no test figures" in trained.stdout
    assert "epochs are evaluated on the training rows" in trained.stdout
    assert "on the training rows: loss" in trained.stdout


def test_training_rows_validate_nothing(tmp_path):
    table = write(tmp_path / "t.csv", noise(60, 2))
    copy = write(tmp_path / "copy.csv", noise(60, 2), header="a,b\n")
    for flag in ("validation_data", "calibration_data"):
        refused = train(tmp_path, table, f"--{flag}={copy}")
        assert refused.returncode == 1
        assert "rows that training does not see" in refused.stderr
    assert not (tmp_path / "models").exists()


def test_a_constant_column_is_named_and_harmless(tmp_path):
    rows = [[x, 5000.1, y] for x, y in noise(200, 2)]
    trained = train(tmp_path, write(tmp_path / "t.csv", rows), inputs=2)
    assert trained.returncode == 0, trained.stderr
    assert "column 2 is 5000.1: constant" in trained.stderr
    without = write(tmp_path / "u.csv", [[x, y] for x, _, y in rows])
    evaluated = [
        json.loads(evaluate(tmp_path, tmp_path / "t.csv").stdout),
    ]
    assert train(tmp_path, without, model="without").returncode == 0
    evaluated.append(json.loads(evaluate(tmp_path, without, model="without").stdout))
    assert evaluated[0]["figures"]["rmse"] < 2 * evaluated[1]["figures"]["rmse"]


def test_unix_seconds_are_refused_with_what_to_do(tmp_path):
    rows = [[1_700_000_000 + i, y] for i, (y,) in enumerate(noise(400, 1))]
    refused = train(tmp_path, write(tmp_path / "t.csv", rows, header="time,y\n"))
    assert refused.returncode == 1
    assert "column 1 ('time')" in refused.stderr
    assert "subtract a start" in refused.stderr


def test_classes_are_trained_where_they_are_asked_for(tmp_path):
    rows = [[x, int(x > 0)] for (x,) in noise(100, 1)]
    table = write(tmp_path / "t.csv", rows)
    values = train(tmp_path, table)
    assert values.returncode == 0, values.stderr
    assert "--csv_labels" in values.stderr
    classes = train(tmp_path, table, "--csv_labels", outputs=2, model="classes")
    assert classes.returncode == 0, classes.stderr
    assert "accuracy" in classes.stdout
    evaluated = evaluate(tmp_path, table, "--csv_labels", model="classes")
    assert "accuracy_1" in json.loads(evaluated.stdout)["figures"]


def test_a_wrong_label_is_found_before_the_training(tmp_path):
    table = write(tmp_path / "t.csv", [[x, 0] for (x,) in noise(100, 1)])
    other = write(tmp_path / "v.csv", [[0.5, 0], [0.25, 9]])
    flags = ["--csv_labels", f"--validation_data={other}"]
    refused = train(tmp_path, table, *flags, outputs=2)
    assert_one_line_error(refused, "v.csv: expected labels 0 to 1")
    assert not (tmp_path / "models").exists()


def test_a_header_is_said_and_a_mark_taken_off(tmp_path):
    table = write(tmp_path / "t.csv", noise(60, 2), header="\ufeffx,y\n")
    trained = train(tmp_path, table)
    assert trained.returncode == 0, trained.stderr
    assert trained.stderr.count("line 1 names the columns") == 1
    assert "6 of its 60 rows" in trained.stderr
    table.write_text("1.5,NaN\n2.5,20\n3.5,30\n")
    refused = train(tmp_path, table)
    assert_one_line_error(refused, "t.csv:1: expected a finite number in column 2")


def test_bytes_of_a_file_reach_no_terminal(tmp_path):
    table = tmp_path / "t.csv"
    table.write_bytes(b"1,2\n3,\x1b[31m\xff\n")
    refused = train(tmp_path, table)
    assert_one_line_error(refused, r"\x1b[31m\xff")
    assert "\x1b" not in refused.stderr


def test_columns_and_classes_are_known_by_their_names(tmp_path):
    """Whatever their order in a file that is asked about."""
    draws = random.Random(4)
    lines = ["id;kind;b;a"]
    for i in range(200):
        kind = draws.choice(["dog", "ape", "cow"])
        b = {"ape": -2, "cow": 0, "dog": 2}[kind] + draws.gauss(0, 0.1)
        lines.append(f"row {i};{kind};{b!r};{draws.gauss(0, 1)!r}")
    table = tmp_path / "t.csv"
    table.write_text("\n".join(lines) + "\n")
    columns = ["--csv_labels", "--target_column=kind"]
    trained = train(tmp_path, table, *columns, "--drop_columns=id", inputs=2, outputs=3)
    assert trained.returncode == 0, trained.stderr
    assert "cells are separated by semicolons" in trained.stderr
    assert "labels are text: 3 classes, 'ape', 'cow', 'dog'" in trained.stderr
    # No ape: the class of a dog is still the checkpoint's.
    asked = tmp_path / "asked.csv"
    rows = ["a,b,kind"] + [f"{i / 10},2.0{i},dog" for i in range(9)]
    asked.write_text("\n".join(rows) + "\n")
    swapped = tmp_path / "swapped.csv"
    rows = ["kind,b,a"] + [f"dog,2.0{i},{i / 10}" for i in range(9)]
    swapped.write_text("\n".join(rows) + "\n")
    figures = []
    for path in (asked, swapped):
        evaluated = evaluate(tmp_path, path, *columns)
        assert evaluated.returncode == 0, evaluated.stderr
        figures.append(json.loads(evaluated.stdout)["figures"])
    assert figures[0] == figures[1]
    assert (
        "in the networks' order: 'b', 'a'" in evaluate(tmp_path, asked, *columns).stderr
    )
    answers = []
    with RunningServer(tmp_path / "models") as server:
        ask = [
            "hypergan-client",
            "predict",
            f"--server={server.address}",
            "--seed=1",
            "--json",
            *columns,
        ]
        for path in (asked, swapped):
            answer = run(*ask, f"--inputs={path}")
            assert answer.returncode == 0, answer.stderr
            answers.append(json.loads(answer.stdout)["rows"])
        extra = run(*ask[:-2], f"--inputs={asked}")
    assert [row["mean"] for row in answers[0]] == [row["mean"] for row in answers[1]]
    assert extra.returncode == 1
    assert "got 'kind' as well: say --target_column" in extra.stderr
    for text, error in (
        ("a,b,kind\n1,2,cat\n", ":2: expected a label of the classes 'ape'"),
        ("a,c,kind\n1,2,dog\n", ":1: expected the columns that the networks"),
        ("a,b,kind\n1,,dog\n", ":2: expected a finite number in column 2 ('b')"),
    ):
        asked.write_text(text)
        refused = evaluate(tmp_path, asked, *columns)
        assert refused.returncode == 1
        assert error in refused.stderr

"""The Python in the documents runs as it stands."""

import json
import os
import re
import subprocess
import sys
import warnings

import numpy as np
import pytest
import scripted
from installed import REPOSITORY
from running_server import RunningServer

from hypergan_client import Client, InputRangeWarning


def blocks(document):
    text = (REPOSITORY / document).read_text()
    return re.findall(r"^```python\n(.*?)^```$", text, re.M | re.S)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """Models of the names and shapes of the demo's."""
    folder = tmp_path_factory.mktemp("demo")
    for name, fields in {
        "fashion-mnist": {
            "input_shape": [1, 28, 28],
            "noise_size": 10,
            "num_outputs": 10,
            "class_names": [f"kind {i}" for i in range(10)],
            "calibration": {
                "primary_score": "predictive_entropy",
                "rows": 20,
                "threshold": 0.95,
                "quantiles": [2.2 + i / 1000 for i in range(20)],
                "networks": 100,
            },
        },
        "regression-1d": {
            "task": "regression",
            "input_shape": [1],
            "noise_size": 1,
            "num_outputs": 1,
            "noise_deviation": [3.0],
        },
    }.items():
        scripted.write_checkpoint(
            folder / "models" / name / "1" / "model.pt",
            module=scripted.NoiseEcho(),
            fields=scripted.manifest(**fields),
        )
    # Where the demo has them in a checkout.
    (folder / "build").mkdir()
    (folder / "build/demo").symlink_to(folder)
    return folder


@pytest.mark.parametrize("document", ["docs/python.md", "python/README.md"])
def test_the_documents_on_clients(demo, document, monkeypatch, capsys):
    monkeypatch.chdir(demo)
    names = {}
    with warnings.catch_warnings(), RunningServer(demo / "models") as server:
        for block in blocks(document):
            exec(block.replace("127.0.0.1:8001", server.address), names)
    answer = names["answer"]
    assert np.isfinite(answer.mean).all()
    assert "kind" in capsys.readouterr().out or document == "python/README.md"


def test_the_example_plots_the_same_of_a_server_and_of_a_checkpoint(demo, tmp_path):
    def said(*flags):
        command = [sys.executable, REPOSITORY / "examples/python/uncertainty.py"]
        command += ["--rows=30", f"--data={REPOSITORY / 'examples/mnist'}"]
        return subprocess.run(
            [*command, f"--output={tmp_path}", *flags],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            stdout=subprocess.PIPE,
            text=True,
            timeout=100,
            check=True,
        ).stdout

    with RunningServer(demo / "models") as server:
        from_server = said(f"--server={server.address}")
    plots = sorted(tmp_path.iterdir())
    names = ["interval.png", "mean.png", "risk_coverage.png"]
    assert [plot.name for plot in plots] == names
    assert all(plot.stat().st_size > 5000 for plot in plots)
    counts = r"of 30 rows are rejected|accuracy: [01]\.\d{4}|f\(-?\d\) = .* aleatoric"
    assert len(re.findall(counts, from_server)) == 3 + 7
    assert "aleatoric +- 3.00, the truth within -" in from_server
    from_checkpoint = said(
        f"--checkpoint={demo}/models/fashion-mnist/1",
        f"--regression-checkpoint={demo}/models/regression-1d/1",
    )
    assert re.findall(f".*(?:{counts})", from_checkpoint) == re.findall(
        f".*(?:{counts})", from_server
    )


NOTEBOOK = REPOSITORY / "examples/python/uncertainty.ipynb"


def code_cells():
    cells = json.loads(NOTEBOOK.read_text())["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def test_the_notebook_runs_from_top_to_bottom(demo, monkeypatch, capsys):
    import matplotlib

    matplotlib.use("Agg")
    monkeypatch.chdir(NOTEBOOK.parent)
    monkeypatch.setenv("CHECKPOINT", str(demo / "models/fashion-mnist/1"))
    monkeypatch.setenv("DATA", str(REPOSITORY / "examples/mnist"))
    names = {}
    with RunningServer(demo / "models") as server:
        monkeypatch.setenv("SERVER", server.address)
        for cell in code_cells():
            exec("".join(cell["source"]), names)
    said = capsys.readouterr().out
    assert "100 networks, seed 1" in said
    assert len(re.findall(r"[\d.]+% of the rows are rejected", said)) == 2
    assert "largest difference of the means" in said


def test_the_notebook_keeps_what_it_has_shown():
    assert NOTEBOOK.stat().st_size < 1_000_000
    cells = code_cells()
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell["outputs"]]
    kinds = {output["output_type"] for output in outputs}
    assert kinds == {"stream", "display_data"}
    assert sum("image/png" in output.get("data", ()) for output in outputs) == 3


def test_the_document_on_other_peoples_models(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names = {}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for block in blocks("docs/bring-your-own-model.md"):
            exec(block, names)
    told = [str(one.message) for one in caught if one.category is InputRangeWarning]
    assert len(told) == 3
    assert all("row 2 has -20 " in text for text in told)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["ensemble", "dropout", "laplace"]
    with RunningServer(tmp_path / "models") as server, Client(server.address) as client:
        for method in ("ensemble", "dropout", "laplace"):
            answer = client.predict(
                [[2, 0], [2, 3], [-2, 0]], model=f"clouds-{method}", seed=1
            )
            assert list(answer.class_names[[0, 2]]) == ["east", "west"]
            assert answer.scores.ood_score[1] > answer.scores.ood_score[0]

"""The service as JSON over HTTP, through the front."""

import base64
import http.client
import importlib.util
import json

import jsonschema
import numpy as np
import pytest
import scripted
from callers import BEHIND, ROWS
from programs import REPOSITORY
from running_server import RunningServer

OPENAPI = json.loads((REPOSITORY / "docs/openapi.json").read_text())
NAMES = ["cat", "dog", "bird", "fish"]
INPUTS = {"shape": list(ROWS.shape), "values": ROWS.flatten().tolist()}
PREDICT = "/v1/models/good:predict"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    fields = scripted.manifest(class_names=NAMES)
    scripted.write_checkpoint(folder / "good" / "1" / "model.pt", fields=fields)
    scripted.write_checkpoint(folder / "good" / "3" / "model.pt", fields=fields)
    with RunningServer(folder, *BEHIND) as running:
        yield running


@pytest.fixture
def ask(front):
    host, port = front.address.rsplit(":", 1)
    connection = http.client.HTTPConnection(host, int(port), timeout=30)

    def ask_front(method, path, body=None):
        text = body if isinstance(body, (str, type(None))) else json.dumps(body)
        headers = {"content-type": "application/json"}
        connection.request(method, path, text, headers)
        answer = connection.getresponse()
        assert answer.getheader("content-type") == "application/json"
        return answer.status, json.loads(answer.read())

    yield ask_front
    connection.close()


def matches(value, schema):
    """Has no field but those of the description, and each of its type."""
    closed = json.loads(json.dumps(OPENAPI["components"]))
    for part in closed["schemas"].values():
        if part["type"] == "object":
            part["additionalProperties"] = False
    root = {"$ref": f"#/components/schemas/{schema}", "components": closed}
    jsonschema.Draft202012Validator(root).validate(value)
    return True


def test_a_prediction_is_the_one_of_grpc(server, ask):
    status, answer = ask(
        "POST", PREDICT, {"inputs": INPUTS, "num_networks": 7, "seed": 5}
    )
    assert status == 200
    assert matches(answer, "PredictResponse")
    expected = server.predict("good", ROWS, num_networks=7, seed=5)
    mean = np.frombuffer(expected.mean.raw, "<f4")
    assert answer["mean"]["shape"] == ["2", "4"]
    np.testing.assert_allclose(answer["mean"]["values"], mean, rtol=1e-6)
    assert answer["mean"]["raw"] == ""
    assert answer["seed"] == "5"
    assert answer["scores"][1]["predictive_entropy"] == pytest.approx(
        expected.scores[1].predictive_entropy
    )
    (first, _) = answer["classes"]
    assert first == {
        "index": expected.classes[0].index,
        "name": NAMES[expected.classes[0].index],
    }


def test_the_first_class_has_its_index(ask):
    """0, which JSON of protocol buffers leaves out by default."""
    indices = set()
    for seed in range(40):
        body = {"inputs": INPUTS, "num_networks": 1, "seed": str(seed)}
        _, answer = ask("POST", PREDICT, body)
        indices |= {row["index"] for row in answer["classes"]}
    assert 0 in indices


def test_a_version_is_asked_by_its_path(ask):
    _, greatest = ask("POST", PREDICT, {"inputs": INPUTS})
    _, first = ask("POST", "/v1/models/good/versions/1:predict", {"inputs": INPUTS})
    assert (greatest["model_version"], first["model_version"]) == ("3", "1")


def test_raw_bytes_are_answered_with_raw_bytes_in_base64(ask):
    raw = base64.b64encode(ROWS.tobytes()).decode()
    inputs = {"shape": list(ROWS.shape), "raw": raw}
    _, answer = ask("POST", PREDICT, {"inputs": inputs, "seed": 5})
    assert len(base64.b64decode(answer["mean"]["raw"])) == 2 * 4 * 4
    assert answer["mean"]["values"] == []


def test_models_are_described(ask):
    status, models = ask("GET", "/v1/models")
    assert status == 200
    assert matches(models, "ListModelsResponse")
    assert [model["version"] for model in models["models"]] == ["1", "3"]
    status, model = ask("GET", "/v1/models/good?model_version=1")
    assert (status, model["version"]) == (200, "1")
    assert matches(model, "Model")
    assert model["manifest"]["class_names"] == NAMES


WRONG = {
    "no such model": (
        "POST",
        "/v1/models/none:predict",
        {"inputs": INPUTS},
        404,
        5,
        "no model 'none'",
    ),
    "no such version": (
        "POST",
        "/v1/models/good/versions/9:predict",
        {"inputs": INPUTS},
        404,
        5,
        "no version '9'",
    ),
    "another shape": (
        "POST",
        PREDICT,
        {"inputs": {"shape": [2, 2], "values": [1] * 4}},
        400,
        3,
        "expected [B, 2, 3]",
    ),
    "not finite": (
        "POST",
        PREDICT,
        {"inputs": {"shape": [1, 2, 3], "values": ["NaN"] * 6}},
        400,
        3,
        "finite",
    ),
    "too many rows": (
        "POST",
        PREDICT,
        {"inputs": {"shape": [5000, 2, 3], "values": [1]}},
        429,
        8,
        "at most 4096",
    ),
    "half of a message": ("POST", PREDICT, '{"inputs": {', 400, 3, "nexpected"),
    "a number that is a word": (
        "POST",
        PREDICT,
        {"num_networks": "many"},
        400,
        3,
        "many",
    ),
    "a parameter of nobody's": (
        "GET",
        "/v1/models/good?colour=red",
        None,
        400,
        3,
        "colour",
    ),
    "no such path": ("GET", "/v2/models", None, 404, 5, "no such method or path"),
    "no such method": (
        "DELETE",
        "/v1/models/good",
        None,
        404,
        5,
        "no such method or path",
    ),
}


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code", "text"), WRONG.values(), ids=WRONG
)
def test_errors_are_json_with_the_status_of_their_code(
    ask, method, path, body, status, code, text
):
    got, answer = ask(method, path, body)
    assert got == status
    assert matches(answer, "Status")
    assert answer["code"] == code
    assert text in answer["message"]


def test_a_body_beyond_the_fronts_bound_is_refused(ask):
    status, answer = ask(
        "POST", PREDICT, '{"model_version": "' + "1" * (33 << 20) + '"}'
    )
    assert (status, answer["code"]) == (413, 8)


def test_a_message_beyond_the_servers_bound_is_refused_by_the_server(ask):
    status, answer = ask(
        "POST", PREDICT, '{"model_version": "' + "1" * (17 << 20) + '"}'
    )
    assert (status, answer["code"]) == (429, 8)


def test_requests_and_answers_of_megabytes_come_through(ask):
    inputs = {"shape": [4096, 2, 3], "values": [0.5] * 4096 * 6}
    body = {"inputs": inputs, "num_networks": 20, "include_network_outputs": True}
    status, answer = ask("POST", PREDICT, json.dumps(body) + " " * (3 << 20))
    assert status == 200
    assert len(answer["network_outputs"]["values"]) == 20 * 4096 * 4


def test_the_description_is_the_one_that_the_protocol_gives():
    """Else: .venv/bin/python proto/http/openapi.py docs/openapi.json"""
    place = REPOSITORY / "proto/http/openapi.py"
    spec = importlib.util.spec_from_file_location("openapi", place)
    openapi = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(openapi)
    assert openapi.make() == OPENAPI


def test_the_built_descriptors_have_a_rule_for_each_path():
    rules = json.loads((REPOSITORY / "proto/http/rules.json").read_text())
    paths = set()
    for rule in rules["http"]["rules"]:
        for binding in (rule, *rule.get("additional_bindings", ())):
            paths.add(binding.get("get") or binding["post"])
    assert set(OPENAPI["paths"]) == paths

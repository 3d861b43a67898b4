"""The Open Inference Protocol, spoken by clients that nobody made for this server."""

import pathlib
import subprocess
import uuid

import expected
import grpc
import numpy as np
import pytest
import scripted
import tritonclient.grpc as triton
from google.protobuf import descriptor_pb2
from grpc_tools import protoc
from programs import REPOSITORY, program
from running_process import RunningProcess
from running_server import RunningServer
from tritonclient.grpc import model_config_pb2, service_pb2, service_pb2_grpc
from tritonclient.utils import InferenceServerException, triton_to_np_dtype

NAMES = ["cat", "dog", "Käfer", "bird"]
ROWS = np.linspace(-1, 1, 5 * 6, dtype=np.float32).reshape(5, *scripted.INPUT_SHAPE)
CALIBRATION = {
    "primary_score": "predictive_entropy",
    "rows": 100,
    "threshold": 0.95,
    "quantiles": [i / 100 for i in range(100)],
}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    repository = tmp_path_factory.mktemp("models")
    fields = scripted.manifest(class_names=NAMES, calibration=CALIBRATION)
    for version in ("1", "2"):
        scripted.write_checkpoint(
            repository / "animals" / version / "model.pt", fields=fields
        )
    scripted.write_checkpoint(
        repository / "curve" / "1" / "model.pt",
        fields=scripted.manifest(task="regression"),
    )
    with RunningServer(
        repository, "--max_request_bytes=262144", "--log_requests"
    ) as it:
        yield it


@pytest.fixture(scope="module")
def client(server):
    with triton.InferenceServerClient(server.address) as it:
        yield it


@pytest.fixture(autouse=True)
def still_serves(client):
    yield
    assert infer(client).as_numpy("mean").shape == (5, 4)


def infer(client, rows=ROWS, model="animals", outputs=None, name="input", **options):
    tensor = triton.InferInput(name, rows.shape, datatype_of(rows))
    tensor.set_data_from_numpy(rows)
    wanted = outputs and [triton.InferRequestedOutput(name) for name in outputs]
    return client.infer(model, [tensor], outputs=wanted, client_timeout=60, **options)


def datatype_of(array):
    return {"float32": "FP32", "float64": "FP64", "int32": "INT32"}[array.dtype.name]


def test_readiness(client):
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("animals")
    assert client.is_model_ready("animals", "1")
    assert not client.is_model_ready("animals", "3")
    assert not client.is_model_ready("stranger")


def test_server_metadata(client):
    metadata = client.get_server_metadata()
    assert metadata.name == "hypergan-server"
    said = subprocess.run(
        [program("hypergan-server"), "--version"], capture_output=True, text=True
    )
    assert said.stdout.split() == ["hypergan-server", metadata.version]
    assert list(metadata.extensions) == ["model_configuration", "statistics"]


def test_metadata_describes_each_answer(client):
    for model in ("animals", "curve"):
        metadata = client.get_model_metadata(model)
        (tensor,) = metadata.inputs
        assert (tensor.name, tensor.datatype) == ("input", "FP32")
        assert list(tensor.shape) == [-1, *scripted.INPUT_SHAPE]
        answer = infer(client, model=model)
        response = answer.get_response()
        assert [o.name for o in response.outputs] == [o.name for o in metadata.outputs]
        for output in metadata.outputs:
            array = answer.as_numpy(output.name)
            shape = [len(ROWS) if size == -1 else size for size in output.shape]
            assert list(array.shape) == shape, output.name
            assert array.dtype == triton_to_np_dtype(output.datatype), output.name


def test_metadata_lists_versions_and_what_has_a_meaning(client):
    animals = client.get_model_metadata("animals", as_json=True)
    assert animals["versions"] == ["1", "2"]
    assert {output["name"] for output in animals["outputs"]} == {
        *("mean", "variance", *expected.SCORES),
        *("ood_score", "is_ood", "class", "class_name"),
    }
    curve = client.get_model_metadata("curve", as_json=True)
    assert {output["name"] for output in curve["outputs"]} == {
        *("mean", "variance", "total_variance")
    }


@pytest.mark.parametrize("model", ["animals", "curve"])
@pytest.mark.parametrize("networks", [1, 2, 50])
def test_answers_are_those_of_predict_to_the_bit(server, client, model, networks):
    theirs = server.predict(model, ROWS, num_networks=networks, seed=7)
    ours = infer(client, model=model, parameters={"num_networks": networks, "seed": 7})
    response = ours.get_response()
    assert response.model_name == model
    assert response.model_version == theirs.model_version
    for name in ("mean", "variance"):
        np.testing.assert_array_equal(
            ours.as_numpy(name), expected.array(getattr(theirs, name))
        )
    for output in response.outputs:
        if output.datatype != "FP64":
            continue
        # What has no meaning is absent there, and not a number here.
        scores = [
            getattr(row, output.name) if row.HasField(output.name) else np.nan
            for row in theirs.scores
        ]
        np.testing.assert_array_equal(ours.as_numpy(output.name), scores)
    if model == "animals":
        classes = list(theirs.classes)
        assert list(ours.as_numpy("class")) == [row.index for row in classes]
        names = [name.decode() for name in ours.as_numpy("class_name")]
        assert names == [row.name for row in classes]
        assert all(row.name in NAMES for row in classes)
    is_ood = ours.as_numpy("is_ood")
    known = [row.HasField("is_ood") for row in theirs.scores]
    assert (is_ood is not None) == all(known)
    if is_ood is not None:
        assert list(is_ood) == [row.is_ood for row in theirs.scores]


def test_parameters_are_numbers_or_strings(client):
    first = infer(client, parameters={"num_networks": 30, "seed": 2**40})
    again = infer(client, parameters={"num_networks": "30", "seed": str(2**40)})
    np.testing.assert_array_equal(first.as_numpy("mean"), again.as_numpy("mean"))
    parameters = first.get_response().parameters
    assert parameters["num_networks"].int64_param == 30
    assert parameters["seed"].int64_param == 2**40
    assert parameters["sampling"].string_param == "SEEDED"
    assert parameters["stop_reason"].string_param == "ALL_NETWORKS"


def test_a_fresh_seed_gives_the_answer_again(client):
    fresh = infer(client)
    parameters = fresh.get_response().parameters
    assert parameters["sampling"].string_param == "FRESH"
    again = infer(client, parameters={"seed": parameters["seed"].int64_param})
    np.testing.assert_array_equal(fresh.as_numpy("mean"), again.as_numpy("mean"))


def test_a_target_adds_networks_until_it_is_reached(client):
    answer = infer(
        client,
        outputs=["variance"],
        parameters={"target_standard_error": 0.01, "max_networks": 5000, "seed": 1},
    )
    parameters = answer.get_response().parameters
    networks = parameters["num_networks"].int64_param
    assert parameters["stop_reason"].string_param == "TARGET_REACHED"
    assert np.sqrt(answer.as_numpy("variance").max() / networks) <= 0.01 + 1e-6
    few = infer(
        client,
        parameters={"target_standard_error": "1e-9", "max_networks": 40},
    )
    parameters = few.get_response().parameters
    assert parameters["stop_reason"].string_param == "MAX_NETWORKS"
    assert parameters["num_networks"].int64_param == 40


def test_only_the_wanted_outputs_are_answered_in_their_order(client):
    answer = infer(client, outputs=["class_name", "mean"])
    assert [o.name for o in answer.get_response().outputs] == ["class_name", "mean"]


def test_a_version_can_be_named(client):
    answer = infer(client, model_version="1").get_response()
    assert answer.model_version == "1"
    assert infer(client).get_response().model_version == "2"


def test_the_id_comes_back(client):
    assert infer(client, request_id="order 66").get_response().id == "order 66"
    assert infer(client).get_response().id == ""


def test_typed_contents_are_as_good_as_raw_ones(server, client):
    request = service_pb2.ModelInferRequest(model_name="animals")
    tensor = request.inputs.add(name="input", datatype="FP32", shape=ROWS.shape)
    tensor.contents.fp32_contents.extend(ROWS.flatten())
    request.parameters["seed"].int64_param = 3
    with grpc.insecure_channel(server.address) as channel:
        stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
        typed = stub.ModelInfer(request, timeout=60)
    raw = infer(client, parameters={"seed": 3}).get_response()
    assert list(typed.raw_output_contents) == list(raw.raw_output_contents)
    assert not any(output.HasField("contents") for output in typed.outputs)


WRONG_ROWS = np.zeros((5, 3, 2), np.float32)
NOT_A_NUMBER = ROWS.copy()
NOT_A_NUMBER[1, 1, 2] = np.nan
INFINITE = ROWS.copy()
INFINITE[0, 0, 0] = -np.inf

REFUSED = {
    "an unknown model": ({"model": "stranger"}, "NOT_FOUND", "served are"),
    "an unknown version": ({"model_version": "9"}, "NOT_FOUND", "served are 1, 2"),
    "an unknown input": ({"name": "INPUT__0"}, "INVALID_ARGUMENT", "got 'INPUT__0'"),
    "an unknown output": ({"outputs": ["logits"]}, "INVALID_ARGUMENT", "got 'logits'"),
    "an output twice": ({"outputs": ["mean", "mean"]}, "INVALID_ARGUMENT", "twice"),
    "an output of classifiers": (
        {"model": "curve", "outputs": ["class"]},
        "INVALID_ARGUMENT",
        "got 'class'",
    ),
    "float64": ({"rows": ROWS.astype(np.float64)}, "INVALID_ARGUMENT", "expected FP32"),
    "integers": ({"rows": ROWS.astype(np.int32)}, "INVALID_ARGUMENT", "got 'INT32'"),
    "another shape": ({"rows": WRONG_ROWS}, "INVALID_ARGUMENT", "got [5, 3, 2]"),
    "no rows": ({"rows": ROWS[:0]}, "INVALID_ARGUMENT", "B >= 1"),
    "not a number": ({"rows": NOT_A_NUMBER}, "INVALID_ARGUMENT", "position 11"),
    "infinity": ({"rows": INFINITE}, "INVALID_ARGUMENT", "position 0"),
    "no networks": (
        {"parameters": {"num_networks": 0}},
        "INVALID_ARGUMENT",
        "expected an integer of 1 or more",
    ),
    "a thousand million networks": (
        {"parameters": {"num_networks": 10**9}},
        "INVALID_ARGUMENT",
        "1..10000",
    ),
    "networks that are no number": (
        {"parameters": {"num_networks": "many"}},
        "INVALID_ARGUMENT",
        "got 'many'",
    ),
    "half a network": (
        {"parameters": {"num_networks": 0.5}},
        "INVALID_ARGUMENT",
        "got 0.5",
    ),
    "a negative seed": ({"parameters": {"seed": -1}}, "INVALID_ARGUMENT", "got -1"),
    "a target of 0": (
        {"parameters": {"target_standard_error": 0}},
        "INVALID_ARGUMENT",
        "above 0",
    ),
    "an unknown parameter": (
        {"parameters": {"temperature": 1.5}},
        "INVALID_ARGUMENT",
        "got 'temperature'",
    ),
    "a sequence": (
        {"sequence_id": 5, "sequence_start": True},
        "INVALID_ARGUMENT",
        "expected some of",
    ),
    "an endless id": ({"request_id": "x" * 1000}, "INVALID_ARGUMENT", "at most 128"),
    "work over the limit": (
        {"rows": np.repeat(ROWS, 20, axis=0), "parameters": {"num_networks": 10000}},
        "RESOURCE_EXHAUSTED",
        "640000",
    ),
    "a message over the limit": (
        {"rows": np.zeros((20000, *scripted.INPUT_SHAPE), np.float32)},
        "RESOURCE_EXHAUSTED",
        "",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_is_refused_with_the_reason(client, name):
    changes, code, reason = REFUSED[name]
    with pytest.raises(InferenceServerException) as refused:
        infer(client, **changes)
    assert refused.value.status() == f"StatusCode.{code}", refused.value
    assert reason in refused.value.message()


@pytest.mark.parametrize("contents", [b"", b"123", bytes(4 * 29), bytes(4 * 31)])
def test_contents_of_another_length_are_refused(server, contents):
    request = service_pb2.ModelInferRequest(
        model_name="animals", raw_input_contents=[contents]
    )
    request.inputs.add(name="input", datatype="FP32", shape=ROWS.shape)
    with grpc.insecure_channel(server.address) as channel:
        stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
        with pytest.raises(grpc.RpcError) as refused:
            stub.ModelInfer(request, timeout=60)
    assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert (
        f"expected 120 for this shape, got {len(contents)}" in refused.value.details()
    )


def test_shared_memory_is_refused(client):
    tensor = triton.InferInput("input", ROWS.shape, "FP32")
    tensor.set_shared_memory("region", ROWS.nbytes)
    with pytest.raises(
        InferenceServerException, match="expected none, got 'shared_memory"
    ):
        client.infer("animals", [tensor], client_timeout=60)


def test_a_method_that_is_not_served_is_unimplemented(client):
    with pytest.raises(InferenceServerException) as refused:
        client.get_model_repository_index(client_timeout=60)
    assert refused.value.status() == "StatusCode.UNIMPLEMENTED"


def test_one_network_has_no_verdict(client):
    answer = infer(client, parameters={"num_networks": 1})
    assert answer.as_numpy("is_ood") is None
    assert np.isnan(answer.as_numpy("mutual_information")).all()
    with pytest.raises(InferenceServerException, match="is_ood is not known of 1"):
        infer(client, outputs=["is_ood"], parameters={"num_networks": 1})


def test_the_configuration_is_one_of_tritons(client):
    config = client.get_model_config("animals").config
    assert config.max_batch_size == 4096
    assert config.HasField("dynamic_batching")
    assert [t.name for t in config.input] == ["input"]
    assert list(config.input[0].dims) == list(scripted.INPUT_SHAPE)
    metadata = client.get_model_metadata("animals")
    types = model_config_pb2.DataType
    for told, configured in zip(metadata.outputs, config.output, strict=True):
        assert told.name == configured.name
        assert list(told.shape[1:]) == list(configured.dims)
        word = "STRING" if told.datatype == "BYTES" else told.datatype
        assert types.Name(configured.data_type) == f"TYPE_{word}"


def test_statistics_count_requests(client):
    def stats():
        (model,) = client.get_inference_statistics("animals", "2").model_stats
        return model

    before = stats()
    infer(client)
    with pytest.raises(InferenceServerException):
        infer(client, outputs=["logits"])
    after = stats()
    assert after.inference_count == before.inference_count + len(ROWS)
    assert after.execution_count == before.execution_count + 1
    for name in (
        *("success", "fail", "queue"),
        *("compute_input", "compute_infer", "compute_output"),
    ):
        old = getattr(before.inference_stats, name)
        new = getattr(after.inference_stats, name)
        assert new.count == old.count + 1, name
        # Networks that were drawn ahead took the request no time.
        assert new.ns >= old.ns
    assert after.inference_stats.success.ns > before.inference_stats.success.ns
    assert len(client.get_inference_statistics().model_stats) == 3


TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_ids_and_trace_context_come_back_and_are_logged(server):
    own = str(uuid.uuid4())
    sent = (("x-request-id", own), ("traceparent", TRACEPARENT))
    # A good one: lines of failures that are alike are limited.
    asked = service_pb2.ModelInferRequest(
        model_name="animals", raw_input_contents=[ROWS.tobytes()]
    )
    asked.inputs.add(name="input", datatype="FP32", shape=ROWS.shape)
    with grpc.insecure_channel(server.address) as channel:
        stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
        for name, message in (
            ("ServerLive", service_pb2.ServerLiveRequest()),
            ("ModelMetadata", service_pb2.ModelMetadataRequest(name="animals")),
            ("ModelInfer", asked),
        ):
            call = getattr(stub, name).future(message, metadata=sent, timeout=60)
            told = dict(call.initial_metadata())
            assert told["x-request-id"] == own, name
            assert told["traceparent"] == TRACEPARENT, name
            server.wait_for(f"{name} .*id={own} (.* )?traceparent={TRACEPARENT}")
        call = stub.ServerLive.future(service_pb2.ServerLiveRequest(), timeout=60)
        made = dict(call.initial_metadata())["x-request-id"]
        server.wait_for(f"ServerLive .*id={made}")


def descriptors(proto):
    """The messages and methods of a .proto file under proto/."""
    out = pathlib.Path(proto.parent / "descriptors")
    assert (
        protoc.main(
            [
                "protoc",
                f"--proto_path={proto.parent}",
                f"--descriptor_set_out={out}",
                str(proto),
            ]
        )
        == 0
    )
    descriptor_set = descriptor_pb2.FileDescriptorSet()
    descriptor_set.ParseFromString(out.read_bytes())
    return descriptor_set.file[0]


def fields(message):
    """Of a message and of those in it: name, number, type and label."""
    own = {
        f.name: (f.number, f.type, f.label, f.type_name.rpartition(".")[2])
        for f in message.field
    }
    return {"": own} | {
        f"{inner.name}{name}": more
        for inner in message.nested_type
        for name, more in fields(inner).items()
    }


def test_the_protocol_is_the_public_one(tmp_path):
    """Each message of ours is a part of the one that Triton's client has."""
    proto = tmp_path / "grpc_service.proto"
    proto.write_bytes((REPOSITORY / "proto/inference/grpc_service.proto").read_bytes())
    ours = descriptors(proto)
    theirs = {}
    for module in (service_pb2, model_config_pb2):
        file = descriptor_pb2.FileDescriptorProto()
        module.DESCRIPTOR.CopyToProto(file)
        theirs |= {message.name: fields(message) for message in file.message_type}
        if file.service:
            (service,) = file.service
    assert ours.package == "inference"
    for message in ours.message_type:
        for part, own in fields(message).items():
            public = theirs[message.name][part]
            for name, field in own.items():
                assert public[name] == field, f"{message.name}{part}.{name}"
    methods = {m.name: (m.input_type, m.output_type) for m in service.method}
    assert ours.service[0].name == service.name
    for method in ours.service[0].method:
        assert methods[method.name] == (method.input_type, method.output_type)


def test_one_model_without_a_repository(tmp_path):
    """As a runtime of KServe's starts a server: a name, and where the model is."""
    scripted.write_checkpoint(tmp_path / "model.pt")
    arguments = [
        *(program("hypergan-server"), "--model_name=mine", f"--model_path={tmp_path}"),
        *("--listen=127.0.0.1:0", "--metrics_listen=", "--device=cpu"),
    ]
    with RunningProcess(arguments) as process:
        address = process.wait_for(r"listening on (\S+)")[1]
        process.wait_for("^serving 1 model")
        with triton.InferenceServerClient(address) as client:
            assert client.is_model_ready("mine")
            assert infer(client, model="mine").as_numpy("mean").shape == (5, 4)
        assert process.terminate() == 0

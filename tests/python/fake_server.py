"""A server of the protocol that answers as a test tells it to."""

import threading
from concurrent import futures

import grpc
import numpy as np
from ensemble_stubs import ensemble_pb2 as pb
from ensemble_stubs import ensemble_pb2_grpc
from running_server import to_tensor


def model(version="1", input_shape=(2,)):
    return pb.Model(
        name="fake",
        version=version,
        manifest=pb.Manifest(
            format_version=1,
            task=pb.TASK_REGRESSION,
            input_shape=input_shape,
            num_outputs=1,
            default_num_networks=3,
        ),
        max_networks=10,
        max_rows=4,
    )


def answer(request):
    """Zeros about every row, of the networks that were asked for."""
    rows = request.inputs.shape[0]
    zeros = to_tensor(np.zeros((rows, 1), np.float32))
    return pb.PredictResponse(
        model_name="fake",
        model_version="1",
        seed=request.seed,
        num_networks=request.num_networks or 3,
        mean=zeros,
        variance=zeros,
        scores=[pb.Scores(total_variance=0)] * rows,
        sampling=pb.SAMPLING_SEEDED,
        stop_reason=pb.STOP_REASON_ALL_NETWORKS,
    )


class FakeServer(ensemble_pb2_grpc.EnsembleServiceServicer):
    """`on_predict(request, context)` answers, once for each entry of `script`; what
    comes after is answered with zeros."""

    def __init__(self, *script, credentials=None, health=None):
        self.requests = []
        self.metadata = []
        self.cancelled = threading.Event()
        self.arrived = threading.Event()
        self.described = model()
        self._script = list(script)
        self._server = grpc.server(
            futures.ThreadPoolExecutor(8),
            options=[("grpc.max_receive_message_length", -1)],
        )
        if health is not None:
            self._server.add_generic_rpc_handlers((health_service(health),))
        ensemble_pb2_grpc.add_EnsembleServiceServicer_to_server(self, self._server)
        address = "127.0.0.1:0"
        if credentials is None:
            port = self._server.add_insecure_port(address)
        else:
            port = self._server.add_secure_port(address, credentials)
        self.address = f"127.0.0.1:{port}"

    def __enter__(self):
        self._server.start()
        return self

    def __exit__(self, *_):
        self._server.stop(None).wait()

    def Predict(self, request, context):  # noqa: N802
        self.requests.append(request)
        self.metadata.append(dict(context.invocation_metadata()))
        step = self._script.pop(0) if self._script else None
        return answer(request) if step is None else step(self, request, context)

    def PredictStream(self, request, context):  # noqa: N802
        step = self._script.pop(0)
        yield from step(self, request, context)

    def GetModel(self, request, context):  # noqa: N802
        self.metadata.append(dict(context.invocation_metadata()))
        return self.described


def health_service(status):
    """Of gRPC's health protocol, with one status (1: SERVING) for every service."""
    answer = bytes([0x08, status])

    def watch(request, context):
        gone = threading.Event()
        context.add_callback(gone.set)
        yield answer
        gone.wait()

    return grpc.method_handlers_generic_handler(
        "grpc.health.v1.Health",
        {
            "Check": grpc.unary_unary_rpc_method_handler(lambda *_: answer),
            "Watch": grpc.unary_stream_rpc_method_handler(watch),
        },
    )


def fail(code, text="", pushback=None):
    """A step that ends with the code."""

    def step(server, request, context):
        if pushback is not None:
            context.set_trailing_metadata((("grpc-retry-pushback-ms", pushback),))
        context.abort(code, text)

    return step


def wait_for_cancellation(server, request, context):
    """A step that answers nothing until the client has gone."""
    context.add_callback(server.cancelled.set)
    server.arrived.set()
    server.cancelled.wait(30)
    return answer(request)


def fail_first_rows(code, text):
    """A step of two calls that wait for each other: that of the earlier rows fails, the
    other is left under way. (Clients take answers in the order of the rows.)"""
    both = threading.Barrier(2)

    def first_number(request):
        return np.frombuffer(request.inputs.raw, "<f4")[0]

    def step(server, request, context):
        both.wait(30)
        earliest = min(first_number(other) for other in server.requests[1:])
        if first_number(request) == earliest:
            context.abort(code, text)
        return wait_for_cancellation(server, request, context)

    return step


def changed(**fields):
    """A step whose answer has other fields."""

    def step(server, request, context):
        response = answer(request)
        for name, value in fields.items():
            response.ClearField(name)
            if value is None:
                continue
            if isinstance(value, (int, str)):
                setattr(response, name, value)
            else:
                getattr(response, name).MergeFrom(value)
        return response

    return step

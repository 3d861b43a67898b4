"""A peer for bench/serving.py: the same checkpoint behind Python's grpc.aio.

What a PyTorch user writes when no server does it: TorchScript's `generate` and
`predict` on threads beside the event loop, fresh networks for every request, mean,
variance and scores in a few tensor operations. It speaks the server's protocol as far
as `hypergan-client bench` needs it. Needs the full form of LibTorch and
tests/requirements.txt (`./run setup test`).

    python bench/baselines/aio_server.py CHECKPOINT [--workers=1] [--threads=2]

`--workers` requests run at once, each with `--threads` threads of LibTorch's.
"""

import asyncio
import concurrent.futures
import pathlib
import sys

import grpc
import numpy
import peer
import torch

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/end_to_end/harness"))
from ensemble_stubs import ensemble_pb2, ensemble_pb2_grpc  # noqa: E402
from expected import SCORES  # noqa: E402
from scripted_ensemble import ScriptedEnsemble  # noqa: E402

SERVING = b"\x08\x01"  # grpc.health.v1.HealthCheckResponse of status SERVING
MAX_ROWS, MAX_NETWORKS = 4096, 10_000
MAX_MESSAGE_BYTES = 16 << 20


def tensor(values):
    return ensemble_pb2.Tensor(
        shape=list(values.shape), raw=values.contiguous().numpy().tobytes()
    )


class Service(ensemble_pb2_grpc.EnsembleServiceServicer):
    """Answers each request by itself, on one of `workers` threads."""

    def __init__(self, checkpoint, workers):
        self._ensemble = ScriptedEnsemble(checkpoint)
        self._threads = concurrent.futures.ThreadPoolExecutor(workers)

    def _answer(self, request):
        pixels = numpy.frombuffer(request.inputs.raw, numpy.float32).copy()
        inputs = torch.from_numpy(pixels).view(list(request.inputs.shape))
        networks = request.num_networks or self._ensemble.manifest.get(
            "default_num_networks", 100
        )
        mean, variance, scores = self._ensemble.predict(inputs, networks)
        return ensemble_pb2.PredictResponse(
            model_name="peer",
            model_version="1",
            num_networks=networks,
            mean=tensor(mean),
            variance=tensor(variance),
            scores=[
                ensemble_pb2.Scores(**dict(zip(SCORES, row))) for row in scores.tolist()
            ],
            classes=[
                ensemble_pb2.PredictedClass(index=i) for i in mean.argmax(-1).tolist()
            ],
            sampling=ensemble_pb2.SAMPLING_FRESH,
            stop_reason=ensemble_pb2.STOP_REASON_ALL_NETWORKS,
        )

    async def Predict(self, request, context):  # noqa: N802
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._answer, request)

    def _model(self):
        manifest = self._ensemble.manifest
        return ensemble_pb2.Model(
            name="peer",
            version="1",
            max_networks=MAX_NETWORKS,
            max_rows=MAX_ROWS,
            manifest=ensemble_pb2.Manifest(
                format_version=1,
                task=ensemble_pb2.TASK_CLASSIFICATION,
                noise_size=manifest["noise_size"],
                input_shape=manifest["input_shape"],
                num_outputs=manifest["num_outputs"],
                default_num_networks=manifest.get("default_num_networks", 100),
            ),
        )

    async def ListModels(self, request, context):  # noqa: N802
        return ensemble_pb2.ListModelsResponse(models=[self._model()])

    async def GetModel(self, request, context):  # noqa: N802
        return self._model()


async def serve(options):
    torch.set_num_threads(options.threads)
    server = grpc.aio.server(
        options=[("grpc.max_receive_message_length", MAX_MESSAGE_BYTES)]
    )
    ensemble_pb2_grpc.add_EnsembleServiceServicer_to_server(
        Service(options.checkpoint, options.workers), server
    )

    async def check(request, context):
        return SERVING

    health = grpc.method_handlers_generic_handler(
        "grpc.health.v1.Health",
        {"Check": grpc.unary_unary_rpc_method_handler(check)},
    )
    server.add_generic_rpc_handlers((health,))
    await peer.serve(server)


if __name__ == "__main__":
    asyncio.run(serve(peer.options(__doc__)))

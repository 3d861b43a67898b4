"""A peer for bench/serving.py: the same checkpoint in KServe's Python server.

A model class as KServe's users write one, whose `predict` leaves the event loop free.
Only the gRPC half of the server is started, with its own servicer and interceptors:
its port is on all interfaces otherwise. KServe's server merges no requests.

    build/peers/kserve/bin/python bench/baselines/kserve_server.py CHECKPOINT
        [--workers=1] [--threads=2]
"""

import asyncio
import concurrent.futures

import grpc
import kserve
import numpy
import peer
import torch
from kserve.model_repository import ModelRepository
from kserve.protocol.dataplane import DataPlane
from kserve.protocol.grpc import grpc_predict_v2_pb2_grpc
from kserve.protocol.grpc.interceptors import (
    ExceptionToStatusInterceptor,
    LoggingInterceptor,
)
from kserve.protocol.grpc.servicer import InferenceServicer
from kserve.protocol.model_repository_extension import ModelRepositoryExtension
from scripted_ensemble import OUTPUTS, ScriptedEnsemble


class EnsembleModel(kserve.Model):
    """Fresh networks for every request."""

    def __init__(self, ensemble, networks, threads):
        super().__init__(f"networks-{networks}")
        self._ensemble, self._networks, self._threads = ensemble, networks, threads
        self.ready = True

    def _answer(self, request):
        inputs = torch.from_numpy(request.inputs[0].as_numpy().copy())
        outputs = []
        results = self._ensemble.predict(inputs, self._networks)
        for name, values in zip(OUTPUTS, results):
            output = kserve.InferOutput(name, list(values.shape), "FP32")
            output.set_data_from_numpy(
                numpy.ascontiguousarray(values.numpy()), binary_data=True
            )
            outputs.append(output)
        return kserve.InferResponse(request.id, self.name, outputs)

    async def predict(self, payload, headers=None, response_headers=None):
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._answer, payload)


async def serve(options):
    torch.set_num_threads(options.threads)
    ensemble = ScriptedEnsemble(options.checkpoint)
    threads = concurrent.futures.ThreadPoolExecutor(options.workers)
    repository = ModelRepository()
    for networks in options.networks:
        repository.update(EnsembleModel(ensemble, networks, threads))
    server = grpc.aio.server(
        interceptors=(LoggingInterceptor(), ExceptionToStatusInterceptor())
    )
    grpc_predict_v2_pb2_grpc.add_GRPCInferenceServiceServicer_to_server(
        InferenceServicer(
            DataPlane(model_registry=repository), ModelRepositoryExtension(repository)
        ),
        server,
    )
    await peer.serve(server)


if __name__ == "__main__":
    asyncio.run(serve(peer.options(__doc__)))

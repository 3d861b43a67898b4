"""A peer for bench/serving.py: the same checkpoint in MLServer.

One process for each of `--workers`, and MLServer's adaptive batching, which merges the
requests that come within a millisecond.

    build/peers/mlserver/bin/python bench/baselines/mlserver_server.py CHECKPOINT
        [--workers=1] [--threads=2]
"""

import asyncio
import os
import pathlib
import tempfile

import mlserver
import peer
import torch
from mlserver.codecs import NumpyCodec
from scripted_ensemble import OUTPUTS, ScriptedEnsemble

MAX_BATCH_REQUESTS = 16  # as many as ask at once
MAX_BATCH_SECONDS = 0.001


class EnsembleModel(mlserver.MLModel):
    """Requests that MLServer has merged share one draw of networks."""

    async def load(self):
        extra = self.settings.parameters.extra
        torch.set_num_threads(extra["threads"])
        self._networks = extra["networks"]
        self._ensemble = ScriptedEnsemble(self.settings.parameters.uri)
        return True

    async def predict(self, payload):
        inputs = torch.from_numpy(NumpyCodec.decode_input(payload.inputs[0]).copy())
        results = self._ensemble.predict(inputs, self._networks)
        return mlserver.types.InferenceResponse(
            model_name=self.name,
            outputs=[
                NumpyCodec.encode_output(name, values.contiguous().numpy())
                for name, values in zip(OUTPUTS, results)
            ],
        )


async def serve(options):
    port = peer.free_port()
    server = mlserver.MLServer(
        mlserver.Settings(
            debug=False,
            host="127.0.0.1",
            grpc_port=port,
            http_port=peer.free_port(),
            metrics_endpoint=None,
            parallel_workers=options.workers,
        )
    )
    models = [
        mlserver.ModelSettings(
            name=f"networks-{networks}",
            implementation=EnsembleModel,
            max_batch_size=MAX_BATCH_REQUESTS,
            max_batch_time=MAX_BATCH_SECONDS,
            parameters=mlserver.settings.ModelParameters(
                uri=str(pathlib.Path(options.checkpoint).resolve()),
                extra={"networks": networks, "threads": options.threads},
            ),
        )
        for networks in options.networks
    ]
    peer.announce(port)
    await server.start(models)


if __name__ == "__main__":
    chosen = peer.options(__doc__)
    with tempfile.TemporaryDirectory(prefix="mlserver-") as folder:
        os.chdir(folder)  # where it keeps what it keeps
        asyncio.run(serve(chosen))

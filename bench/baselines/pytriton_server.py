"""A peer for bench/serving.py: the same checkpoint behind PyTriton.

A function for each of `--workers` in this process, bound to a Triton in front of it
whose dynamic batcher merges requests of the same model.

    build/peers/pytriton/bin/python bench/baselines/pytriton_server.py CHECKPOINT
        [--workers=1] [--threads=2]
"""

import signal
import sys

import numpy
import peer
import torch
from pytriton.decorators import batch
from pytriton.model_config import DynamicBatcher, ModelConfig, Tensor
from pytriton.triton import Triton, TritonConfig
from scripted_ensemble import ScriptedEnsemble
from triton_server import MAX_BATCH_ROWS


def answer_with(ensemble, networks):
    @batch
    def answer(inputs):
        mean, variance, scores = ensemble.predict(
            torch.from_numpy(inputs.copy()), networks
        )
        return {
            "mean": mean.contiguous().numpy(),
            "variance": variance.contiguous().numpy(),
            "scores": scores.contiguous().numpy(),
        }

    return answer


def tensor(name, *shape):
    return Tensor(name=name, dtype=numpy.float32, shape=shape)


def main():
    options = peer.options(__doc__)
    torch.set_num_threads(options.threads)
    ensemble = ScriptedEnsemble(options.checkpoint)
    manifest = ensemble.manifest
    port = peer.free_port()
    config = TritonConfig(
        allow_http=False, allow_metrics=False, grpc_address="127.0.0.1", grpc_port=port
    )
    triton = Triton(config=config)
    for networks in options.networks:
        triton.bind(
            model_name=f"networks-{networks}",
            infer_func=[answer_with(ensemble, networks)] * options.workers,
            inputs=[tensor("inputs", *manifest["input_shape"])],
            outputs=[
                tensor("mean", manifest["num_outputs"]),
                tensor("variance", manifest["num_outputs"]),
                tensor("scores", 5),
            ],
            config=ModelConfig(max_batch_size=MAX_BATCH_ROWS, batcher=DynamicBatcher()),
        )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    try:
        triton.run()
        peer.announce(port)
        triton.serve()
    finally:
        triton.stop()


if __name__ == "__main__":
    main()

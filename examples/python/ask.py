"""Asks a served regression about two numbers; the stubs are made of the protocol."""

import os

import grpc
import numpy as np
from hypergan.v1 import ensemble_pb2 as pb
from hypergan.v1 import ensemble_pb2_grpc

channel = grpc.insecure_channel(
    os.environ.get("SERVER", "127.0.0.1:8001"),
    # gRPC's default is 4 MiB, which network outputs and many rows exceed.
    options=[("grpc.max_receive_message_length", 64 << 20)],
)
ensemble = ensemble_pb2_grpc.EnsembleServiceStub(channel)

x = np.array([[0.5], [6.0]], np.float32)  # among the training rows, and far out
response = ensemble.Predict(
    pb.PredictRequest(
        model_name="regression-1d",
        inputs=pb.Tensor(shape=x.shape, raw=x.astype("<f4").tobytes()),
        num_networks=100,
    )
)
mean = np.frombuffer(response.mean.raw, "<f4")
deviation = np.sqrt(np.frombuffer(response.variance.raw, "<f4"))
for row, scores in enumerate(response.scores):
    print(
        f"f({x[row, 0]}) = {mean[row]:.2f} +- {deviation[row]:.2f}, "
        f"ood_score {scores.ood_score:.3f}"
    )
print(f"the same {response.num_networks} networks again: seed={response.seed}")

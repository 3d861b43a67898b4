"""gRPC clients of the front, and what the server behind it is started with."""

import grpc
import numpy as np
import pytest
import scripted
from ensemble_stubs import ensemble_pb2, ensemble_pb2_grpc
from running_server import to_tensor

ROWS = np.full((2, *scripted.INPUT_SHAPE), 0.25, np.float32)
# As the deployments give the server that is behind the front.
BEHIND = ("--max_metadata_bytes=32768", "--max_client_share=1")


class Caller:
    """A gRPC client of the front."""

    def __init__(self, address, credentials=None):
        options = [("grpc.use_local_subchannel_pool", 1)]
        if credentials is None:
            self.channel = grpc.insecure_channel(address, options=options)
        else:
            self.channel = grpc.secure_channel(address, credentials, options=options)
        self.stub = ensemble_pb2_grpc.EnsembleServiceStub(self.channel)

    def predict(
        self, model="good", timeout=10, metadata=None, compression=None, **fields
    ):
        request = ensemble_pb2.PredictRequest(
            model_name=model, inputs=to_tensor(ROWS), **fields
        )
        return self.stub.Predict(
            request, timeout=timeout, metadata=metadata, compression=compression
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.channel.close()


def code_of(call):
    with pytest.raises(grpc.RpcError) as error:
        call()
    return error.value.code(), error.value.details()

"""hypergan-server on free ports of the loopback."""

import urllib.request

import grpc

from ensemble_stubs import ensemble_pb2, ensemble_pb2_grpc
from programs import program
from running_process import RunningProcess


class RunningServer(RunningProcess):
    """Serves `repository`, or what the flags say if it is None; ready when made."""

    def __init__(self, repository, *flags):
        super().__init__(
            [
                program("hypergan-server"),
                *(() if repository is None else [f"--model_repository={repository}"]),
                "--listen=127.0.0.1:0",
                "--metrics_listen=127.0.0.1:0",
                "--device=cpu",
                # Each takes half a second; test_model_life.py has it.
                "--check_in_child=false",
                *flags,
            ]
        )
        try:
            said = self.wait_for(r"listening on (\S+), metrics on (\S+)")
            self.address, self.metrics_url = said.groups()
            self.wait_for(r"^serving \d+ model")
        except BaseException:
            super().__exit__()
            raise
        self._channel = grpc.insecure_channel(
            self.address, options=[("grpc.max_receive_message_length", -1)]
        )
        self.stub = ensemble_pb2_grpc.EnsembleServiceStub(self._channel)

    def __exit__(self, *exception):
        self._channel.close()
        super().__exit__(*exception)

    def predict(self, model, inputs, timeout=60, **fields):
        """Asks about float32 `inputs` [B, ...]; raises grpc.RpcError."""
        request = ensemble_pb2.PredictRequest(model_name=model, **fields)
        request.inputs.CopyFrom(to_tensor(inputs))
        return self.stub.Predict(request, timeout=timeout)

    def metrics(self):
        """What Prometheus would read."""
        with urllib.request.urlopen(self.metrics_url, timeout=10) as answer:
            return answer.read().decode()


def to_tensor(array):
    """A numpy array as the protocol's Tensor."""
    return ensemble_pb2.Tensor(
        shape=array.shape, raw=array.astype("<f4").tobytes()
    )

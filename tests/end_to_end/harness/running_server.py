"""hypergan-server on free ports of the loopback."""

import time
import urllib.request

import grpc
from ensemble_stubs import ensemble_pb2, ensemble_pb2_grpc
from programs import program
from running_process import RunningProcess


class RunningServer(RunningProcess):
    """Serves `repository`, or what the flags say if it is None; ready when made.

    With `credentials` of gRPC's its own client uses TLS. `prefix` is a command that
    starts the program.
    """

    def __init__(self, repository, *flags, credentials=None, prefix=()):
        super().__init__(
            [
                *prefix,
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
        self._channel = self.channel(credentials)
        self.stub = ensemble_pb2_grpc.EnsembleServiceStub(self._channel)

    def channel(self, credentials=None):
        """A connection of its own."""
        options = [
            ("grpc.max_receive_message_length", -1),
            ("grpc.use_local_subchannel_pool", 1),
        ]
        if credentials is None:
            return grpc.insecure_channel(self.address, options=options)
        port = self.address.rsplit(":", 1)[1]
        return grpc.secure_channel(f"localhost:{port}", credentials, options=options)

    def __exit__(self, *exception):
        self._channel.close()
        super().__exit__(*exception)

    def predict(self, model, inputs, timeout=60, **fields):
        """Asks about float32 `inputs` [B, ...]; raises grpc.RpcError."""
        request = ensemble_pb2.PredictRequest(model_name=model, **fields)
        request.inputs.CopyFrom(to_tensor(inputs))
        return self.stub.Predict(request, timeout=timeout)

    def metric(self, name):
        """The value of one time series, by its name with its labels."""
        for line in self.metrics().splitlines():
            if line.startswith(name + " "):
                return float(line.split()[-1])
        raise LookupError(name)

    def wait_for_metric(self, name, least=0, most=float("inf"), timeout=30):
        """Until its value is one of these."""
        deadline = time.monotonic() + timeout
        while not least <= self.metric(name) <= most:
            assert time.monotonic() < deadline, self.metrics()

    def metrics(self):
        """What Prometheus would read."""
        with urllib.request.urlopen(self.metrics_url, timeout=10) as answer:
            return answer.read().decode()


def to_tensor(array):
    """A numpy array as the protocol's Tensor."""
    return ensemble_pb2.Tensor(shape=array.shape, raw=array.astype("<f4").tobytes())

"""The peer's model in Triton's Python backend: requests that Triton has merged share
one draw of networks and one forward pass.

triton_server.py writes model repositories that use it; a model's configuration holds
the checkpoint, the networks of an answer and LibTorch's threads.
"""

import json

import torch
import triton_python_backend_utils as triton
from scripted_ensemble import OUTPUTS, ScriptedEnsemble


class TritonPythonModel:
    """What the backend asks for, by these names."""

    def initialize(self, args):
        parameters = json.loads(args["model_config"])["parameters"]
        self._networks = int(parameters["networks"]["string_value"])
        torch.set_num_threads(int(parameters["threads"]["string_value"]))
        self._ensemble = ScriptedEnsemble(parameters["checkpoint"]["string_value"])

    def execute(self, requests):
        inputs = [
            torch.from_numpy(
                triton.get_input_tensor_by_name(request, "inputs").as_numpy().copy()
            )
            for request in requests
        ]
        rows = [len(batch) for batch in inputs]
        results = self._ensemble.predict(torch.cat(inputs), self._networks)
        answers = zip(*(result.split(rows) for result in results))
        return [
            triton.InferenceResponse(
                [
                    triton.Tensor(name, values.contiguous().numpy())
                    for name, values in zip(OUTPUTS, answer)
                ]
            )
            for answer in answers
        ]

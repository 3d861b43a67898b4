"""A peer for bench/serving.py: the same checkpoint in Triton, with its Python backend.

Starts the server that the package nvidia-pytriton brings along with one model for each
number of networks, `networks-10` and so on, and with its dynamic batcher, which merges
requests of the same model.

    build/peers/pytriton/bin/python bench/baselines/triton_server.py CHECKPOINT
        [--workers=1] [--threads=2]
"""

import importlib.util
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import zipfile

import peer

HERE = pathlib.Path(__file__).resolve().parent
MAX_BATCH_ROWS = 512

CONFIGURATION = """
name: "networks-{networks}"
backend: "python"
max_batch_size: {max_batch_rows}
input [{{ name: "inputs" data_type: TYPE_FP32 dims: {input_shape} }}]
output [
  {{ name: "mean" data_type: TYPE_FP32 dims: [{outputs}] }},
  {{ name: "variance" data_type: TYPE_FP32 dims: [{outputs}] }},
  {{ name: "scores" data_type: TYPE_FP32 dims: [5] }}
]
dynamic_batching {{ }}
instance_group [{{ kind: KIND_CPU count: {workers} }}]
parameters [
  {{ key: "networks" value {{ string_value: "{networks}" }} }},
  {{ key: "threads" value {{ string_value: "{threads}" }} }},
  {{ key: "checkpoint" value {{ string_value: "{checkpoint}" }} }}
]
"""


def manifest_of(checkpoint):
    with zipfile.ZipFile(checkpoint) as archive:
        names = archive.namelist()
        name = next(name for name in names if name.endswith("extra/manifest.json"))
        return json.loads(archive.read(name))


def write_repository(folder, options):
    manifest = manifest_of(options.checkpoint)
    for networks in options.networks:
        version = folder / f"networks-{networks}" / "1"
        version.mkdir(parents=True)
        # The backend's Python does not look at PYTHONPATH.
        paths = [str(HERE), *(path for path in sys.path if "site-packages" in path)]
        (version / "model.py").write_text(
            f"import sys\nsys.path[:0] = {paths}\n"
            "from triton_model import TritonPythonModel  # noqa\n",
            encoding="utf-8",
        )
        (version.parent / "config.pbtxt").write_text(
            CONFIGURATION.format(
                networks=networks,
                max_batch_rows=MAX_BATCH_ROWS,
                input_shape=manifest["input_shape"],
                outputs=manifest["num_outputs"],
                workers=options.workers,
                threads=options.threads,
                checkpoint=pathlib.Path(options.checkpoint).resolve(),
            ),
            encoding="utf-8",
        )


def backends(folder):
    """The backends' folder, and in it the stub for this Python."""
    package = pathlib.Path(importlib.util.find_spec("pytriton").origin).parent
    shutil.copytree(package / "tritonserver/backends", folder)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    shutil.copy(
        package
        / "tritonserver/python_backend_stubs"
        / version
        / "triton_python_backend_stub",
        folder / "python",
    )
    return package


def main():
    options = peer.options(__doc__)
    with tempfile.TemporaryDirectory(prefix="triton-") as name:
        folder = pathlib.Path(name)
        write_repository(folder / "models", options)
        package = backends(folder / "backends")
        port = peer.free_port()
        server = subprocess.Popen(
            [
                package / "tritonserver/bin/tritonserver",
                f"--model-repository={folder}/models",
                f"--backend-directory={folder}/backends",
                "--allow-http=false",
                "--allow-metrics=false",
                "--grpc-address=127.0.0.1",
                f"--grpc-port={port}",
            ],
            env=os.environ
            | {"LD_LIBRARY_PATH": str(package.parent / "nvidia_pytriton.libs")},
        )
        signal.signal(signal.SIGTERM, lambda *_: server.terminate())
        peer.announce(port)
        sys.exit(server.wait())


if __name__ == "__main__":
    main()

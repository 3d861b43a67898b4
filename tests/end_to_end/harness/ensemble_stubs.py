"""The protocol's messages and stubs, made of proto/ when this is imported."""

import pathlib
import sys
import tempfile

import grpc_tools
from grpc_tools import protoc
from programs import REPOSITORY

with tempfile.TemporaryDirectory() as _folder:
    _well_known = pathlib.Path(grpc_tools.__file__).parent / "_proto"
    _status = protoc.main(
        [
            "protoc",
            f"--proto_path={REPOSITORY / 'proto'}",
            f"--proto_path={_well_known}",
            f"--python_out={_folder}",
            f"--grpc_python_out={_folder}",
            "hypergan/v1/ensemble.proto",
        ]
    )
    if _status != 0:
        raise ImportError("protoc could not read ensemble.proto")
    sys.path.insert(0, _folder)
    from hypergan.v1 import ensemble_pb2, ensemble_pb2_grpc

    sys.path.remove(_folder)

__all__ = ["ensemble_pb2", "ensemble_pb2_grpc"]

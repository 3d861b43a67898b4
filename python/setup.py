"""Makes the protocol's messages when the package is built.

Their one source is proto/ of the repository. A source distribution carries a copy.
"""

import shutil
import tempfile
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist

HERE = Path(__file__).resolve().parent
PROTO = Path("hypergan/v1/ensemble.proto")
PACKAGE = Path("hypergan_client/protocol")


def proto_root():
    """The folder of the protocol: our own copy, else the repository's."""
    for root in (HERE / "proto", HERE.parent / "proto"):
        if (root / PROTO).is_file():
            return root
    raise FileNotFoundError(
        f"{PROTO}: expected in proto/ beside setup.py or in the folder above; "
        "build from a clone of the repository or from a source distribution"
    )


def generate_messages(package):
    """Writes ensemble_pb2.py and its types into the folder `package`."""
    import grpc_tools
    from grpc_tools import protoc

    well_known = Path(grpc_tools.__file__).parent / "_proto"
    with tempfile.TemporaryDirectory() as made:
        status = protoc.main(
            [
                "protoc",
                f"--proto_path={proto_root()}",
                f"--proto_path={well_known}",
                f"--python_out={made}",
                f"--pyi_out={made}",
                str(PROTO),
            ]
        )
        if status != 0:
            raise RuntimeError(f"protoc could not read {PROTO}: it ended with {status}")
        package.mkdir(parents=True, exist_ok=True)
        for file in (Path(made) / PROTO.parent).iterdir():
            shutil.copy(file, package)


class BuildWithMessages(build_py):
    def run(self):
        super().run()
        root = HERE / "src" if self.editable_mode else Path(self.build_lib)
        generate_messages(root / PACKAGE)


class SourcesWithProtocol(sdist):
    def make_release_tree(self, base_dir, files):
        super().make_release_tree(base_dir, files)
        copy = Path(base_dir) / "proto" / PROTO
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(proto_root() / PROTO, copy)


setup(cmdclass={"build_py": BuildWithMessages, "sdist": SourcesWithProtocol})

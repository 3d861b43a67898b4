"""The server's image for a GPU, as far as a machine without one can show."""

import re

# From the driver of the machine that runs it.
DRIVER = {"libcuda.so.1", "libnvidia-ml.so.1"}
LOADER = "/lib64/ld-linux-x86-64.so.2"


def test_all_that_libtorch_loads_is_there(image):
    library = "/opt/hypergan/torch/lib/libtorch_cuda.so"
    for loaded in ("/opt/hypergan/bin/hypergan-server", library):
        listed = image.run(LOADER, "--list", loaded)
        missing = set(re.findall(r"^\s*(\S+) => not found$", listed.stdout, re.M))
        assert "libc10.so" in listed.stdout, listed
        assert missing <= DRIVER


def test_without_a_gpu_it_says_so_and_ends(image, models):
    with image.start(folder=models, place="/models") as server:
        server.wait_for("there is no NVIDIA driver here")
        assert server.wait() != 0


def test_it_asks_for_a_driver_that_is_new_enough(image):
    environment = dict(line.split("=", 1) for line in image.config["Env"])
    assert environment["NVIDIA_REQUIRE_CUDA"] == "cuda>=13.0"
    assert environment["NVIDIA_DRIVER_CAPABILITIES"] == "compute,utility"

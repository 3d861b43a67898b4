"""Images as IDX files hold them."""

import gzip

import numpy

HEADER_BYTES = 16


def digits(path):
    """float32 [images, 1, 28, 28] in [0, 1]."""
    with gzip.open(path) as file:
        pixels = numpy.frombuffer(file.read(), "u1", offset=HEADER_BYTES)
    return pixels.reshape(-1, 1, 28, 28).astype(numpy.float32) / 255

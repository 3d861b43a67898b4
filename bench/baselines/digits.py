"""Images as IDX files hold them."""

import gzip

import numpy

HEADER_BYTES = 16


def digits(path):
    """float32 [images, 1, 28, 28] in [0, 1]."""
    pixels = numpy.frombuffer(gzip.open(path).read(), "u1", offset=HEADER_BYTES)
    return pixels.reshape(-1, 1, 28, 28).astype(numpy.float32) / 255

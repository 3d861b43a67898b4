"""HTTP/2 by hand: what no gRPC client would do, such as reading no answer."""

import contextlib
import socket
import struct
import threading

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY = 0, 1, 3, 4, 6, 7
WINDOW_UPDATE, CONTINUATION = 8, 9
ACK = END_STREAM = 1
END_HEADERS = 4
INITIAL_WINDOW_SIZE = 4


def frame(kind, flags=0, stream=0, payload=b""):
    head = struct.pack(">I", len(payload))[1:] + bytes([kind, flags])
    return head + struct.pack(">I", stream) + payload


def literal(name, value):
    """A header that nobody's table learns (RFC 7541, 6.2.2)."""
    return b"\0" + b"".join(
        bytes([len(text)]) + text.encode() for text in (name, value)
    )


def grpc_headers(path):
    return b"".join(
        literal(*header)
        for header in (
            (":method", "POST"),
            (":scheme", "http"),
            (":path", path),
            (":authority", "localhost"),
            ("content-type", "application/grpc"),
            ("te", "trailers"),
        )
    )


def message_bytes(message):
    """A protobuf message as gRPC's length-prefixed bytes."""
    payload = message.SerializeToString()
    return b"\0" + struct.pack(">I", len(payload)) + payload


class RawConnection:
    """A connection with a window of `window` bytes for each answer.

    It acknowledges settings and pings, so the server takes it for alive, sends
    no more than the server's windows allow, and notes which streams are open.
    """

    def __init__(self, address, window=0):
        host, port = address.rsplit(":", 1)
        self._socket = socket.create_connection((host, int(port)), timeout=60)
        self._lock = threading.Lock()
        self._changed = threading.Condition()
        self._next_stream = 1
        self._initial_window = 65535
        self._window = 65535
        self._windows = {}  # of the open streams
        self.closed = False
        settings = struct.pack(">HI", INITIAL_WINDOW_SIZE, window)
        self.send(PREFACE + frame(SETTINGS, payload=settings))
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def open_streams(self):
        with self._changed:
            return len(self._windows)

    def call(self, path, data=b"", end=True, more_headers=b""):
        """Starts a call that sends `data`, and leaves it half sent unless `end`."""
        stream = self._next_stream
        self._next_stream += 2
        with self._changed:
            self._windows[stream] = self._initial_window
        headers = grpc_headers(path) + more_headers
        self.send(frame(HEADERS, END_HEADERS, stream, headers))
        if data:
            self.send_data(stream, data, end)
        return stream

    def send_data(self, stream, data, end=False, timeout=5):
        """Waits for room in the windows; False if the stream ends or none comes."""

        def may_send():
            is_over = self.closed or stream not in self._windows
            room = min(self._window, self._windows.get(stream, 0))
            return is_over or room >= len(data)

        with self._changed:
            if not self._changed.wait_for(may_send, timeout):
                return False
            if self.closed or stream not in self._windows:
                return False
            self._window -= len(data)
            self._windows[stream] -= len(data)
        self.send(frame(DATA, END_STREAM if end else 0, stream, data))
        return True

    def send(self, frames):
        """Sends whatever it is; OSError once the server has closed."""
        with self._lock:
            self._socket.sendall(frames)

    def cancel(self, stream):
        self.send(frame(RST_STREAM, 0, stream, struct.pack(">I", 8)))
        self._forget(stream)

    def wait_until_open(self, most, timeout=60):
        """Waits until at most `most` streams are open; False after `timeout`."""
        with self._changed:
            return self._changed.wait_for(
                lambda: self.closed or len(self._windows) <= most, timeout
            )

    def wait_until_closed(self, timeout=60):
        """Waits for the other side to close; False after `timeout`."""
        with self._changed:
            return self._changed.wait_for(lambda: self.closed, timeout)

    def close(self):
        with contextlib.suppress(OSError):  # the server was first
            self._socket.shutdown(socket.SHUT_RDWR)
        self._reader.join(60)
        self._socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _receive(self, size):
        parts = bytearray()
        while len(parts) < size:
            part = self._socket.recv(size - len(parts))
            if not part:
                raise EOFError
            parts += part
        return bytes(parts)

    def _read(self):
        try:
            while True:
                self._read_frame()
        except (EOFError, OSError):
            with self._changed:
                self.closed = True
                self._changed.notify_all()

    def _read_frame(self):
        head = self._receive(9)
        length, kind, flags = int.from_bytes(head[:3], "big"), head[3], head[4]
        stream = int.from_bytes(head[5:], "big")
        payload = self._receive(length)
        if kind == SETTINGS and not flags & ACK:
            self._learn(payload)
            self.send(frame(SETTINGS, ACK))
        elif kind == PING and not flags & ACK:
            self.send(frame(PING, ACK, payload=payload))
        elif kind == WINDOW_UPDATE:
            self._widen(stream, int.from_bytes(payload, "big"))
        elif kind == RST_STREAM or (kind in (HEADERS, DATA) and flags & END_STREAM):
            self._forget(stream)

    def _learn(self, settings):
        with self._changed:
            for number, value in struct.iter_unpack(">HI", settings):
                if number == INITIAL_WINDOW_SIZE:
                    for stream in self._windows:
                        self._windows[stream] += value - self._initial_window
                    self._initial_window = value
            self._changed.notify_all()

    def _widen(self, stream, by):
        with self._changed:
            if stream == 0:
                self._window += by
            elif stream in self._windows:
                self._windows[stream] += by
            self._changed.notify_all()

    def _forget(self, stream):
        with self._changed:
            self._windows.pop(stream, None)
            self._changed.notify_all()

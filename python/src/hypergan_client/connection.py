"""The channel that calls go over; a new one once its TLS files have changed."""

from __future__ import annotations

import functools
import os
import ssl
import threading
import time
import weakref
from pathlib import Path
from typing import Any

from hypergan_client.calls import Methods
from hypergan_client.channel import Address, Tls

# What tells a file from the one that was there before.
_Stamps = tuple[tuple[int, int, int], ...]


class Connection:
    """The methods of a server, for calls from any thread.

    gRPC reads TLS files once for each channel. So the files are looked at every
    `reload_interval`, and calls that begin after a change go over a new channel. Those
    under way end on the channel that they began on.
    """

    def __init__(self, address: Address, grpc_module: Any) -> None:
        self._address = address
        self._grpc = grpc_module
        self._lock = threading.Lock()  # guards what follows
        self._is_closed = False
        # Each call holds the Methods that it was made by, so that the channels of calls
        # under way are found when all are to be closed, and no others are kept.
        self._in_use: weakref.WeakSet[Methods] = weakref.WeakSet()
        self._stamps = _stamps(address.tls)
        self._looked = time.monotonic()
        self._methods = self._open()

    def methods(self) -> Methods:
        """For one call, which must hold them until it has ended."""
        with self._lock:
            if self._is_due():
                self._renew()
            return self._methods

    @staticmethod
    def hold(methods: Methods, call: Any) -> Any:
        """The call, which holds them from now on."""
        call.add_done_callback(functools.partial(_let_go, methods))
        return call

    def channels(self) -> list[Any]:
        """Of this and of calls under way, to be closed: there are no new ones."""
        with self._lock:
            self._is_closed = True
            return [methods.channel for methods in self._in_use]

    def _open(self) -> Methods:
        methods = Methods(self._address.channel(self._grpc))
        self._in_use.add(methods)
        return methods

    def _is_due(self) -> bool:
        tls = self._address.tls
        if self._is_closed or tls is None or not self._stamps:
            return False
        return time.monotonic() - self._looked >= tls.reload_interval

    def _renew(self) -> None:
        """Files that are half written are left for the next look."""
        self._looked = time.monotonic()
        try:
            stamps = _stamps(self._address.tls)
            if stamps == self._stamps:
                return
            _check(self._address.tls)
            self._methods = self._open()
        except (OSError, ValueError):  # ssl.SSLError is an OSError
            return
        self._stamps = stamps


def _let_go(methods: Methods, call: Any) -> None:
    """What held them is gone with this."""


def _files(tls: Tls | None) -> list[Path]:
    if tls is None:
        return []
    paths = (tls.root_certificates, tls.certificate, tls.private_key)
    return [Path(path) for path in paths if path is not None]


def _stamps(tls: Tls | None) -> _Stamps:
    found = [os.stat(path) for path in _files(tls)]
    return tuple((file.st_mtime_ns, file.st_ino, file.st_size) for file in found)


def _check(tls: Tls | None) -> None:
    """OSError unless the files hold certificates, and a key that belongs to ours."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if tls is not None and tls.root_certificates is not None:
        context.load_verify_locations(cafile=tls.root_certificates)
    if tls is not None and tls.certificate is not None:
        # The password is empty so that nobody is asked for one.
        context.load_cert_chain(tls.certificate, tls.private_key, password="")

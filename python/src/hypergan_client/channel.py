"""How a server is reached: addresses, TLS, tokens, and what gRPC does by itself."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Union

import grpc

SERVICE = "hypergan.v1.EnsembleService"
MESSAGE_BYTES = 64 << 20  # gRPC's own limit is 4 MiB
ATTEMPTS = 5

Token = Union[str, Callable[[], str]]
ChannelOptions = Sequence[tuple[str, Any]]


@dataclass(frozen=True)
class Tls:
    """PEM files: whom to trust (the system's authorities if none is named), who we
    are, and the name in the server's certificate if it is not the address.

    They are looked at every `reload_interval` seconds; calls that begin after a change
    go over a new connection. Files that cannot be used are left until they can."""

    root_certificates: str | Path | None = None
    certificate: str | Path | None = None
    private_key: str | Path | None = None
    server_name: str = ""
    reload_interval: float = 10.0

    def credentials(self) -> grpc.ChannelCredentials:
        if (self.certificate is None) != (self.private_key is None):
            raise ValueError(
                "a client certificate and its private key go together: expected both "
                "or neither, got one"
            )
        return grpc.ssl_channel_credentials(
            _read(self.root_certificates),
            _read(self.private_key),
            _read(self.certificate),
        )


@dataclass(frozen=True)
class Address:
    """A server, or the replicas behind one name, and how to reach them."""

    target: str
    tls: Tls | None
    token: Token | None
    options: ChannelOptions

    def __post_init__(self) -> None:
        if self.token and not self.tls and not is_this_machine(self.target):
            raise ValueError(
                f"token: expected tls for {self.target}, as the token would be sent "
                "for all to read, got none"
            )

    def metadata(self) -> tuple[tuple[str, str], ...]:
        """Of each call. A token that is a function is asked each time."""
        if self.token is None:
            return ()
        token = self.token if isinstance(self.token, str) else self.token()
        return (("authorization", f"Bearer {token}"),)

    def channel(self, grpc_module: Any, health_checks: bool = True) -> Any:
        """A channel of grpc's or of grpc.aio's."""
        options = [*self._options(health_checks), *self.options]
        if self.tls is None:
            return grpc_module.insecure_channel(self.target, options)
        return grpc_module.secure_channel(self.target, self.tls.credentials(), options)

    def _options(self, health_checks: bool) -> list[tuple[str, Any]]:
        options: list[tuple[str, Any]] = [
            ("grpc.max_send_message_length", MESSAGE_BYTES),
            ("grpc.max_receive_message_length", MESSAGE_BYTES),
            ("grpc.service_config", json.dumps(service_config(health_checks))),
            # A larger request is not asked again; gRPC's own limit is 256 KiB.
            ("grpc.per_rpc_retry_buffer_size", MESSAGE_BYTES),
            # A silent server is asked whether it is there while calls wait.
            ("grpc.keepalive_time_ms", 20_000),
            ("grpc.keepalive_timeout_ms", 10_000),
            ("grpc.http2.max_pings_without_data", 0),
            ("grpc.initial_reconnect_backoff_ms", 100),
            ("grpc.max_reconnect_backoff_ms", 1000),
            ("grpc.min_reconnect_backoff_ms", 5000),
        ]
        if is_this_machine(self.target):
            options.append(("grpc.enable_http_proxy", 0))
        if self.tls is not None and self.tls.server_name:
            name = self.tls.server_name
            options.append(("grpc.ssl_target_name_override", name))
        return options


def service_config(health_checks: bool) -> dict[str, Any]:
    """Round robin over all addresses of a name, over those that serve; retries.

    A server that is too busy is asked again by the client itself, for gRPC would also
    repeat a request that is too large.
    """
    config: dict[str, Any] = {
        "loadBalancingConfig": [{"round_robin": {}}],
        "methodConfig": [
            {
                "name": [{"service": SERVICE}],
                "retryPolicy": {
                    "maxAttempts": ATTEMPTS,
                    "initialBackoff": "0.1s",
                    "maxBackoff": "5s",
                    "backoffMultiplier": 2,
                    # Nobody cancels these calls: gRPC makes that of one that
                    # crosses with the end of its connection.
                    "retryableStatusCodes": ["UNAVAILABLE", "CANCELLED"],
                },
            }
        ],
        # A server that fails most calls is not asked several times for each.
        "retryThrottling": {"maxTokens": 100, "tokenRatio": 0.1},
    }
    if health_checks:
        config["healthCheckConfig"] = {"serviceName": SERVICE}
    return config


def to_tls(tls: bool | Tls | None) -> Tls | None:
    """True is TLS with the system's authorities."""
    if isinstance(tls, bool):
        return Tls() if tls else None
    return tls


def is_this_machine(target: str) -> bool:
    """Whether what is sent there stays here."""
    address = re.sub(r"^(dns:(//[^/]*/)?|ipv4:|ipv6:)", "", target)
    if address.startswith("unix:"):
        return True
    return all(
        re.fullmatch(r"(localhost|127(\.\d+){3}|\[::1\])(:\d+)?", host) is not None
        for host in address.split(",")
    )


def _read(path: str | Path | None) -> bytes | None:
    return None if path is None else Path(path).read_bytes()

"""What goes wrong with a call, as exceptions with gRPC's code and the server's text."""

from __future__ import annotations

import grpc

PUSHBACK = "grpc-retry-pushback-ms"


class HyperganError(Exception):
    """A call that failed; the subclasses below are for single codes."""

    def __init__(
        self,
        code: grpc.StatusCode,
        details: str,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(f"{code.name}: {details}")
        self.code = code
        self.details = details
        # Seconds after which the server says that asking again is worth it.
        self.retry_after = retry_after


class InvalidArgumentError(HyperganError, ValueError):
    """The request is wrong: a shape, a number that is not finite, a limit."""


class NotFoundError(HyperganError, LookupError):
    """The server has no such model or version."""


class FailedPreconditionError(HyperganError):
    """The checkpoint cannot give what is asked for, as intervals without its noise."""


class ResourceExhaustedError(HyperganError):
    """The request is too large, or too many requests wait."""


class UnavailableError(HyperganError, ConnectionError):
    """The server cannot be reached, starts, or drains."""


class DeadlineExceededError(HyperganError, TimeoutError):
    """No answer within the deadline."""


class CancelledError(HyperganError):
    """The call was cancelled on its way."""


class UnauthenticatedError(HyperganError):
    """The server does not know who asks: no token, or a wrong one."""


class PermissionDeniedError(HyperganError, PermissionError):
    """The server knows who asks and does not allow it."""


class InternalError(HyperganError):
    """The server failed, or its answer does not hold together."""


_BY_CODE: dict[grpc.StatusCode, type[HyperganError]] = {
    grpc.StatusCode.INVALID_ARGUMENT: InvalidArgumentError,
    grpc.StatusCode.NOT_FOUND: NotFoundError,
    grpc.StatusCode.FAILED_PRECONDITION: FailedPreconditionError,
    grpc.StatusCode.RESOURCE_EXHAUSTED: ResourceExhaustedError,
    grpc.StatusCode.UNAVAILABLE: UnavailableError,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineExceededError,
    grpc.StatusCode.CANCELLED: CancelledError,
    grpc.StatusCode.UNAUTHENTICATED: UnauthenticatedError,
    grpc.StatusCode.PERMISSION_DENIED: PermissionDeniedError,
    grpc.StatusCode.INTERNAL: InternalError,
}


def from_rpc_error(error: grpc.RpcError) -> HyperganError:
    """The exception of a call that gRPC, or grpc.aio, says has failed."""
    code: grpc.StatusCode = error.code()
    kind = _BY_CODE.get(code, HyperganError)
    return kind(code, error.details() or "", _retry_after(error))


def invalid_argument(details: str) -> InvalidArgumentError:
    return InvalidArgumentError(grpc.StatusCode.INVALID_ARGUMENT, details)


def failed_precondition(details: str) -> FailedPreconditionError:
    return FailedPreconditionError(grpc.StatusCode.FAILED_PRECONDITION, details)


def malformed(what: str, expected: object, got: object) -> InternalError:
    """An answer whose parts do not fit together."""
    return InternalError(
        grpc.StatusCode.INTERNAL,
        f"malformed answer: {what}: expected {expected}, got {got}",
    )


def _retry_after(error: grpc.RpcError) -> float | None:
    for name, value in error.trailing_metadata() or ():
        # A pause that is not a whole number, or is negative, means: do not ask again.
        if name == PUSHBACK and str(value).isdecimal():
            return int(value) / 1000
    return None

"""Errors between services.

    ServingError
    ├── ServiceUnavailable    nobody listens, or the connection broke: code "service_unavailable", retryable
    │                         when no connection was made
    ├── ServiceTimeout        no answer in time: code "service_timeout"
    └── ServiceFailure        an error that the service itself has: raise it in a route, catch it at a client

A route raises ServiceFailure (or a ContractError) and `app.create_service` puts it on the wire as WireFailure; the
client raises the same error on the other side.
"""

from __future__ import annotations

from typing import Any

from deskhand_contract.errors import WireError, WireFailure
from starlette.responses import JSONResponse


class ServingError(Exception):
    def __init__(self, error: WireError, status: int = 500) -> None:
        super().__init__(error.message)
        self.error = error
        self.status = status


class ServiceUnavailable(ServingError):
    def __init__(self, service: str, why: str = "", *, retryable: bool = True) -> None:
        message = f"the service {service} does not answer{f' ({why})' if why else ''}; `deskhand status` says more"
        super().__init__(WireError(code="service_unavailable", message=message, retryable=retryable), 503)


class ServiceTimeout(ServingError):
    def __init__(self, service: str, timeout_s: float) -> None:
        message = f"the service {service} did not answer within {timeout_s:g} s"
        super().__init__(WireError(code="service_timeout", message=message), 504)


class ServiceFailure(ServingError):
    """An error with a stable code, a message for people, and a status from 400 to 599."""

    @classmethod
    def of(
        cls, code: str, message: str, status: int = 500, *, retryable: bool = False, **details: Any
    ) -> ServiceFailure:
        return cls(WireError(code=code, message=message, retryable=retryable, details=details or None), status)


def failure(error: WireError, status: int) -> JSONResponse:
    """The answer of a service that has this error."""
    return JSONResponse(WireFailure(error=error).model_dump(exclude_none=True), status)

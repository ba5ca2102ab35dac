"""Errors of the API: OpenAI bodies, statuses that SDKs retry only where a retry is harmless.

    ApiFailure                an error with status, type, param, code; raise it anywhere behind a route
    ├── Conflict              409: a run is not in the state that the request needs
    └── BadRequest            400 and its kin: the request cannot be served as it stands

A service's error becomes an ApiFailure by `from_service`. SDKs retry 408, 409, 429 and 5xx by themselves, unless
`x-should-retry` says no; so a failure after a side effect is a 424 that carries `x-should-retry: false`.
"""

from __future__ import annotations

import logging
import secrets
from typing import Any

from deskhand_contract.openai import ApiError, ApiErrorBody
from deskhand_serving.errors import ServingError
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

logger = logging.getLogger(__name__)

FAILED_AFTER_EFFECT = 424


class ApiFailure(Exception):
    """`retry` sets `x-should-retry`; None leaves it to the client's rules for the status."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        type: str = "server_error",
        code: str | None = None,
        param: str | None = None,
        retry: bool | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.retry = retry
        self.body = ApiError(error=ApiErrorBody(message=message, type=type, param=param, code=code))

    def headers(self) -> dict[str, str]:
        headers = {} if self.retry is None else {"x-should-retry": "true" if self.retry else "false"}
        return headers | ({"WWW-Authenticate": "Bearer"} if self.status == 401 else {})

    def to_data(self) -> dict[str, Any]:
        """As JSON, for keeping."""
        return {"status": self.status, "retry": self.retry, **self.body.error.model_dump()}

    @staticmethod
    def from_data(data: dict[str, Any]) -> ApiFailure:
        return ApiFailure(**data)

    def response(self) -> JSONResponse:
        return JSONResponse(self.body.model_dump(), self.status, self.headers())


class Conflict(ApiFailure):
    """409: what is asked for does not fit how things stand. To send it again would not help: SDKs are told so."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(409, message, type="invalid_request_error", code=code, retry=False)


class BadRequest(ApiFailure):
    def __init__(self, message: str, *, code: str | None = None, param: str | None = None, status: int = 400) -> None:
        super().__init__(status, message, type="invalid_request_error", code=code, param=param)


def from_service(error: ServingError) -> ApiFailure:
    """A failure of an internal service, before any side effect. What it refuses (422) was asked for by the client."""
    wire = error.error
    if error.status in (400, 413, 415, 422):
        return BadRequest(wire.message, code=wire.code)
    status = error.status if error.status in (503, 504) else 500
    return ApiFailure(status, wire.message, code=wire.code, retry=wire.retryable)


def after_effect(error: ServingError, told: str) -> ApiFailure:
    """A failure when effects have happened or may have: nothing may send the request again by itself.

    `told` says what became of the nodes, as an answer does.
    """
    message = f"The plan broke off: {error.error.message}. Until then: {told} Sending this again would repeat it."
    return ApiFailure(FAILED_AFTER_EFFECT, message, code=error.error.code, retry=False)


def internal_error() -> ApiFailure:
    """For a bug: logs the exception being handled under an id, and tells the client the id only."""
    reference = secrets.token_hex(4)
    logger.exception("unhandled error", extra={"reference": reference})
    message = f"Deskhand failed; the gateway's log says why under {reference}."
    return ApiFailure(500, message, code="internal_error", retry=False)


async def _on_api_failure(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ApiFailure)
    return error.response()


async def _on_serving_error(_: Request, error: Exception) -> JSONResponse:
    """Of the gateway's own files, say, where a route does not know better."""
    assert isinstance(error, ServingError)
    return from_service(error).response()


async def _on_invalid_request(_: Request, error: Exception) -> JSONResponse:
    """What FastAPI reads by itself: path and query."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"][1:]) or None
    return BadRequest(f"{where or 'request'}: {first['msg']}.", code="invalid_value", param=where).response()


async def _on_http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        message = f"There is nothing at {request.method} {request.url.path}."
        return BadRequest(message, code="unknown_url", status=404).response()
    if error.status_code == 405:
        message = f"{request.url.path} does not take {request.method}."
        return BadRequest(message, code="method_not_allowed", status=405).response()
    return BadRequest(str(error.detail), status=error.status_code).response()


async def _on_bug(_: Request, error: Exception) -> JSONResponse:
    return internal_error().response()


def install(app: FastAPI) -> None:
    """Every error of the app leaves it as an OpenAI error body."""
    app.add_exception_handler(ApiFailure, _on_api_failure)
    app.add_exception_handler(ServingError, _on_serving_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(Exception, _on_bug)

"""The application factory that all services share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, aclosing
from typing import Any

from deskhand_contract.errors import ContractError, WireError
from deskhand_contract.services import Health
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from .errors import ServingError, failure
from .middleware import InternalGuard, Watch
from .settings import ServiceSettings

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
NDJSON = "application/x-ndjson"
MAX_BODY_BYTES = 64 * 1024 * 1024
"""More than any recording that the gateway takes."""


def create_service(
    settings: ServiceSettings,
    *,
    lifespan: Lifespan,
    health: Callable[[FastAPI], Health] | None = None,
    **options: Any,
) -> FastAPI:
    """An internal service: `settings` in app.state, GET /healthz, the internal token, errors as WireFailure.

    `lifespan` loads what the service needs into `app.state`; nothing is loaded before. With an internal token in the
    settings every route but /healthz asks for it.
    """
    app = FastAPI(
        title=f"Deskhand {settings.service}",
        lifespan=lifespan,
        openapi_url=None,
        **options,
    )
    app.state.settings = settings
    app.add_middleware(InternalGuard, token=settings.internal_token, max_body_bytes=MAX_BODY_BYTES)
    app.add_middleware(Watch)

    @app.get("/healthz")
    async def healthz() -> Health:  # pyright: ignore[reportUnusedFunction]
        return health(app) if health else Health(service=settings.service, ready=True)

    app.add_exception_handler(ServingError, _on_serving_error)
    app.add_exception_handler(ContractError, _on_contract_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(Exception, _on_bug)
    return app


async def _on_serving_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ServingError)
    return failure(error.error, error.status)


async def _on_contract_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ContractError)
    return failure(WireError(code=error.code, message=str(error)), 422)


async def _on_invalid_request(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"] if part != "body")
    return failure(WireError(code="invalid_request", message=f"{where or 'body'}: {first['msg']}"), 422)


async def _on_http_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return failure(WireError(code="http_error", message=str(error.detail)), error.status_code)


async def _on_bug(_: Request, __: Exception) -> JSONResponse:
    # Starlette raises the error again behind this answer, and uvicorn logs it with its traceback: once is enough.
    return failure(WireError(code="internal_error", message="the service failed; its log says why"), 500)


def ndjson(events: AsyncGenerator[BaseModel, None]) -> StreamingResponse:
    """Each event a line, sent when it comes. `events` is closed before the response is over, however it ends: a client
    that goes away in the middle of a line cancels the sending, not the iterator."""
    return _EventStream(events)


class _EventStream(StreamingResponse):
    def __init__(self, events: AsyncGenerator[BaseModel, None]) -> None:
        self._events = events
        super().__init__(self._lines(), media_type=NDJSON)

    async def _lines(self) -> AsyncIterator[bytes]:
        async for event in self._events:
            yield event.model_dump_json(exclude_none=True).encode() + b"\n"
            # When nobody reads any more, sending returns at once: a producer that never waits would go on for ever.
            await asyncio.sleep(0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with aclosing(self._events):
            await super().__call__(scope, receive, send)

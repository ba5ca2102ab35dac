"""ASGI middleware that the services share. All of it is plain ASGI: a stream passes through unbuffered."""

from __future__ import annotations

import hmac
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from deskhand_contract.errors import WireError
from pydantic import SecretStr
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .context import take_context
from .errors import failure

logger = logging.getLogger(__name__)

QUIET_PATHS = frozenset({"/healthz", "/metrics"})
"""Asked for again and again by supervisors and scrapers: logged at DEBUG."""
UNMATCHED = "(unmatched)"
NO_ANSWER = 499


@dataclass(frozen=True)
class Served:
    """A request that is over. `route` is the route's pattern, never what stood in its place; `status` is 499 when the
    client left before there was one."""

    method: str
    route: str
    status: int
    seconds: float


class Watch:
    """Outermost: takes the run and node from the headers, and tells of each request when it is over: a record in the
    log, and `on_served`."""

    def __init__(self, app: ASGIApp, on_served: Callable[[Served], None] | None = None) -> None:
        self._app = app
        self._on_served = on_served

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        take_context(Headers(scope=scope))
        begun_s = time.perf_counter()
        status = NO_ANSWER

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception:
            status = 500
            raise
        finally:
            route = getattr(scope.get("route"), "path", UNMATCHED)
            served = Served(scope["method"], route, status, time.perf_counter() - begun_s)
            level = logging.DEBUG if route in QUIET_PATHS else logging.INFO
            if logger.isEnabledFor(level):
                said = {"method": served.method, "route": route, "status": status}
                logger.log(level, "request", extra={**said, "ms": round(served.seconds * 1000, 1)})
            if self._on_served is not None:
                self._on_served(served)


class InternalGuard:
    """In front of an internal service: the token that the gateway has, before a byte of the body is read, and a bound
    for the body. Without a token in the settings (a service run by hand) everybody on the machine may call."""

    def __init__(self, app: ASGIApp, token: SecretStr | None, max_body_bytes: int) -> None:
        self._app = app
        self._expected = f"Bearer {token.get_secret_value()}".encode() if token else None
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] == "/healthz":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("authorization", "").encode("latin-1")
        if self._expected is not None and not hmac.compare_digest(given, self._expected):
            error = WireError(code="unauthorized", message="this service answers the gateway only")
            await failure(error, 401)(scope, receive, send)
        elif int(headers.get("content-length", "0")) > self._max_body_bytes:
            await failure(self._too_large(), 413)(scope, receive, send)
        else:
            await self._app(scope, self._bounded(receive), send)

    def _bounded(self, receive: Receive) -> Receive:
        received = 0

        async def bounded() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._max_body_bytes:
                raise HTTPException(413, self._too_large().message)
            return message

        return bounded

    def _too_large(self) -> WireError:
        return WireError(code="too_large", message=f"a request may have {self._max_body_bytes:,} bytes")

"""Typed client for the internal services.

On aiohttp, whose parser is in C: with httpx half of the gateway's time for a plan went into reading two answers.
"""

from __future__ import annotations

import io
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Never, Self, TypeVar

import aiohttp
from deskhand_contract.errors import WireError, WireFailure
from deskhand_contract.services import Health
from pydantic import BaseModel, TypeAdapter, ValidationError

from . import context
from .errors import ServiceFailure, ServiceTimeout, ServiceUnavailable, ServingError

Answer = TypeVar("Answer", bound=BaseModel)

CONNECT_TIMEOUT_S = 2.0
KEEPALIVE_EXPIRY_S = 60.0
"""Shorter than the services' own (`http.KEEPALIVE_S`), so that no request goes out on a connection being closed."""


@dataclass(frozen=True)
class Call:
    """A call that is over. `code` is its error's, "ok" when there was none, "cancelled" when nobody waited for it."""

    service: str
    path: str
    code: str
    seconds: float


class ServiceClient:
    """Calls one service over one connection pool; the run and node that the task works for go along.

    To be made where an event loop runs. Raises ServiceUnavailable, ServiceTimeout, or the ServiceFailure that the
    service answered with. Nothing is retried here: only the caller knows what may run twice. `on_call` hears of each
    call that is over.
    """

    def __init__(
        self,
        service: str,
        base_url: str,
        token: str | None = None,
        timeout_s: float = 30.0,
        on_call: Callable[[Call], None] | None = None,
    ) -> None:
        self.service = service
        self._timeout_s = timeout_s
        self._on_call = on_call
        self._base_url = base_url.rstrip("/")
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEPALIVE_EXPIRY_S),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT_S, sock_read=timeout_s),
            trust_env=False,  # a proxy of the user's has no place between two local processes
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.close()

    async def health(self) -> Health:
        return self._read(Health.model_validate_json, await self._send("GET", "/healthz"))

    async def post(self, path: str, body: BaseModel | None, answer: type[Answer]) -> Answer:
        given = {} if body is None else _json(body)
        return self._read(answer.model_validate_json, await self._send("POST", path, **given))

    async def upload(
        self, path: str, *, name: str, content: bytes, fields: dict[str, str], answer: type[Answer]
    ) -> Answer:
        return self._read(answer.model_validate_json, await self._send("POST", path, **_form(name, content, fields)))

    async def _send(self, method: str, path: str, **request: Any) -> bytes:
        async with self._request(method, path, **request) as response:
            return await response.read()

    async def stream(self, path: str, body: BaseModel, event: TypeAdapter[Any]) -> AsyncGenerator[Any, None]:
        """The lines of an NDJSON answer as events, each when it comes. Closing the iterator closes the connection."""
        async with aclosing(self._events(path, event, **_json(body))) as events:
            async for told in events:
                yield told

    async def upload_stream(
        self, path: str, *, name: str, content: bytes, fields: dict[str, str], event: TypeAdapter[Any]
    ) -> AsyncGenerator[Any, None]:
        """`stream` for a file."""
        async with aclosing(self._events(path, event, **_form(name, content, fields))) as events:
            async for told in events:
                yield told

    async def _events(self, path: str, event: TypeAdapter[Any], **request: Any) -> AsyncGenerator[Any, None]:
        async with self._request("POST", path, **request) as response:
            rest = b""
            async for piece in response.content.iter_any():
                *lines, rest = (rest + piece).split(b"\n")
                for line in lines:
                    yield self._read(event.validate_json, line)
            if rest:
                yield self._read(event.validate_json, rest)

    @asynccontextmanager
    async def _request(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, **options: Any
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """A response that is no error. Left before its body has been read, the connection is closed."""
        given = context.headers() | (headers or {})
        with self._call(path):
            async with self._http.request(method, self._base_url + path, headers=given, **options) as response:
                if response.status >= 400:
                    self._raise_for(response.status, await response.read())
                yield response

    @contextmanager
    def _call(self, path: str) -> Iterator[None]:
        """Transport errors as ours, and a word to `on_call`."""
        begun_s, code = time.perf_counter(), "cancelled"
        try:
            try:
                yield
            except aiohttp.SocketTimeoutError as error:
                raise ServiceTimeout(self.service, self._timeout_s) from error
            except aiohttp.ClientError as error:
                # Only without a connection is it certain that the service has done nothing.
                never_connected = isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError)
                raise ServiceUnavailable(self.service, type(error).__name__, retryable=never_connected) from error
            code = "ok"
        except ServingError as error:
            code = error.error.code
            raise
        finally:
            if self._on_call is not None:
                self._on_call(Call(self.service, path, code, time.perf_counter() - begun_s))

    def _read(self, validate: Callable[[bytes | str], Any], content: bytes | str) -> Any:
        try:
            return validate(content)
        except ValidationError as error:
            message = f"the service {self.service} gave an answer that is not in the contract"
            raise ServiceFailure(WireError(code="bad_answer", message=message)) from error

    def _raise_for(self, status: int, content: bytes) -> Never:
        try:
            error = WireFailure.model_validate_json(content).error
        except ValidationError:
            error = WireError(code="bad_answer", message=f"the service {self.service} answered with status {status}")
        raise ServiceFailure(error, status)


def _json(body: BaseModel) -> dict[str, Any]:
    return {
        "data": body.model_dump_json(exclude_none=True).encode(),
        "headers": {"Content-Type": "application/json"},
    }


def _form(name: str, content: bytes, fields: dict[str, str]) -> dict[str, Any]:
    form = aiohttp.FormData(fields)
    # As a file, because aiohttp warns of long bytes; with a type, because it would guess one from the name.
    form.add_field("file", io.BytesIO(content), filename=name, content_type="application/octet-stream")
    return {"data": form}

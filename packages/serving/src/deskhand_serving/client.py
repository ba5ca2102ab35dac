"""Typed client for the internal services."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
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

    Raises ServiceUnavailable, ServiceTimeout, or the ServiceFailure that the service answered with. Nothing is
    retried here: only the caller knows what may run twice. `on_call` hears of each call that is over.
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
        self._http = httpx.AsyncClient(
            base_url=base_url,
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=httpx.Timeout(timeout_s, connect=CONNECT_TIMEOUT_S),
            limits=httpx.Limits(
                max_connections=None, max_keepalive_connections=32, keepalive_expiry=KEEPALIVE_EXPIRY_S
            ),
            trust_env=False,  # a proxy of the user's has no place between two local processes
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def health(self) -> Health:
        return self._read(Health.model_validate_json, await self._send("GET", "/healthz"))

    async def post(self, path: str, body: BaseModel, answer: type[Answer]) -> Answer:
        content = body.model_dump_json(exclude_none=True)
        headers = {"Content-Type": "application/json"}
        return self._read(answer.model_validate_json, await self._send("POST", path, content=content, headers=headers))

    async def upload(
        self, path: str, *, name: str, content: bytes, fields: dict[str, str], answer: type[Answer]
    ) -> Answer:
        return self._read(answer.model_validate_json, await self._send("POST", path, **_form(name, content, fields)))

    async def _send(self, method: str, path: str, *, headers: dict[str, str] | None = None, **options: Any) -> bytes:
        with self._call(path):
            given = context.headers() | (headers or {})
            response = await self._http.request(method, path, headers=given, **options)
            self._raise_for(response.status_code, response.content)
            return response.content

    async def stream(self, path: str, body: BaseModel, event: TypeAdapter[Any]) -> AsyncGenerator[Any, None]:
        """The lines of an NDJSON answer as events, each when it comes. Closing the iterator closes the connection."""
        content = body.model_dump_json(exclude_none=True)
        request = self._events(path, event, content=content, headers={"Content-Type": "application/json"})
        async with aclosing(request) as events:
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
        given = context.headers() | request.pop("headers", {})
        with self._call(path):
            async with self._http.stream("POST", path, headers=given, **request) as response:
                if response.is_error:
                    self._raise_for(response.status_code, await response.aread())
                rest = b""
                async for piece in response.aiter_bytes():  # aiter_lines would also break at U+2028 in a text
                    *lines, rest = (rest + piece).split(b"\n")
                    for line in lines:
                        yield self._read(event.validate_json, line)
                if rest:
                    yield self._read(event.validate_json, rest)

    @contextmanager
    def _call(self, path: str) -> Iterator[None]:
        """Transport errors as ours, and a word to `on_call`."""
        begun_s, code = time.perf_counter(), "cancelled"
        try:
            try:
                yield
            except httpx.TimeoutException as error:
                raise self._timed_out(error) from error
            except httpx.TransportError as error:
                raise self._unavailable(error) from error
            code = "ok"
        except ServingError as error:
            code = error.error.code
            raise
        finally:
            if self._on_call is not None:
                self._on_call(Call(self.service, path, code, time.perf_counter() - begun_s))

    def _unavailable(self, error: httpx.TransportError) -> ServiceUnavailable:
        # Only without a connection is it certain that the service has done nothing.
        never_connected = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
        return ServiceUnavailable(self.service, type(error).__name__, retryable=never_connected)

    def _read(self, validate: Callable[[bytes | str], Any], content: bytes | str) -> Any:
        try:
            return validate(content)
        except ValidationError as error:
            message = f"the service {self.service} gave an answer that is not in the contract"
            raise ServiceFailure(WireError(code="bad_answer", message=message)) from error

    def _timed_out(self, error: httpx.TimeoutException) -> ServiceUnavailable | ServiceTimeout:
        if isinstance(error, httpx.ConnectTimeout):
            return self._unavailable(error)
        return ServiceTimeout(self.service, self._timeout_s)

    def _raise_for(self, status: int, content: bytes) -> None:
        if status < 400:
            return
        try:
            error = WireFailure.model_validate_json(content).error
        except ValidationError:
            error = WireError(code="bad_answer", message=f"the service {self.service} answered with status {status}")
        raise ServiceFailure(error, status)


def _form(name: str, content: bytes, fields: dict[str, str]) -> dict[str, Any]:
    # Without a type httpx guesses one, and the first guess reads files.
    return {"files": {"file": (name, content, "application/octet-stream")}, "data": fields}

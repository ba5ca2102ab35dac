"""Typed client for the internal services."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
from deskhand_contract.errors import WireError, WireFailure
from deskhand_contract.services import Health
from pydantic import BaseModel, TypeAdapter, ValidationError

from .errors import ServiceFailure, ServiceTimeout, ServiceUnavailable

Answer = TypeVar("Answer", bound=BaseModel)

CONNECT_TIMEOUT_S = 2.0
KEEPALIVE_EXPIRY_S = 60.0
"""Shorter than the services' own (`run.KEEPALIVE_S`), so that no request goes out on a connection being closed."""


class ServiceClient:
    """Calls one service over one connection pool.

    Raises ServiceUnavailable, ServiceTimeout, or the ServiceFailure that the service answered with. Nothing is
    retried here: only the caller knows what may run twice.
    """

    def __init__(self, service: str, base_url: str, token: str | None = None, timeout_s: float = 30.0) -> None:
        self.service = service
        self._timeout_s = timeout_s
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
        return self._read(
            answer.model_validate_json,
            await self._send("POST", path, content=content, headers={"Content-Type": "application/json"}),
        )

    async def upload(
        self, path: str, *, name: str, content: bytes, fields: dict[str, str], answer: type[Answer]
    ) -> Answer:
        return self._read(answer.model_validate_json, await self._send("POST", path, **_form(name, content, fields)))

    async def _send(self, method: str, path: str, **options: Any) -> bytes:
        try:
            response = await self._http.request(method, path, **options)
        except httpx.TimeoutException as error:
            raise self._timed_out(error) from error
        except httpx.TransportError as error:
            raise self._unavailable(error) from error
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
        try:
            async with self._http.stream("POST", path, **request) as response:
                if response.is_error:
                    self._raise_for(response.status_code, await response.aread())
                rest = b""
                async for piece in response.aiter_bytes():  # aiter_lines would also break at U+2028 in a text
                    *lines, rest = (rest + piece).split(b"\n")
                    for line in lines:
                        yield self._read(event.validate_json, line)
                if rest:
                    yield self._read(event.validate_json, rest)
        except httpx.TimeoutException as error:
            raise self._timed_out(error) from error
        except httpx.TransportError as error:
            raise self._unavailable(error) from error

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

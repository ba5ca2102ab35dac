"""How every service is served, with the bounds that uvicorn has no setting for: how long a request's head may be, and
how long it may take.

uvicorn's httptools protocol, which is quicker than its other one by 2 ms a request, reads heads of any length and waits
for them for ever.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES = 64 * 1024
"""Request line and headers together; a longer head is answered with 431."""
HEAD_TIMEOUT_S = 20.0
"""For a head, from the connection or its first byte on; after that, 408 and the end of the connection."""
LINGER_S = 0.5
"""After a refusal, for the rest of what the client is sending."""
KEEPALIVE_S = 75
"""Longer than the client keeps an idle connection, and than people pause between two commands."""

_REASONS = {400: "Bad Request", 408: "Request Timeout", 431: "Request Header Fields Too Large"}


def server_config(app: ASGIApp, **options: Any) -> uvicorn.Config:
    """Forwarding headers are not believed: no proxy stands in front of a service."""
    return uvicorn.Config(
        app,
        http=BoundedHttp,
        ws="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        reset_contextvars=True,  # a pipelined request would begin with the run of the one before
        timeout_keep_alive=KEEPALIVE_S,
        **options,
    )


class _HeadTooLong(Exception):
    """Stops the parser, which turns it into an error of its own."""


class BoundedHttp(HttpToolsProtocol):
    """uvicorn's protocol for HTTP/1.1; its own refusals are JSON, too."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._heads = 0
        self._in_head = True
        self._between = True  # no message has begun, or the last one has ended
        self._refused = False
        self._parsed_bytes = 0
        self._received_bytes = 0
        self._head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        super().connection_made(transport)
        self._head_begins()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_ends()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return  # read and thrown away: see `_refuse`
        heads, between = self._heads, self._between
        super().data_received(data)
        if self._in_head and self._heads == (heads + 1 if between else heads):  # all of the data is of this head
            self._received_bytes += len(data)  # a header that does not end shows in none of the callbacks
            if self._received_bytes > MAX_HEAD_BYTES and not self._refused:
                self._refuse_long_head()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._between = False
        self._head_begins()

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._count(len(name) + len(value) + 4)

    def on_headers_complete(self) -> None:
        self._head_ends()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._between = True

    def send_400_response(self, msg: str) -> None:
        """Called for whatever stops the parser."""
        if self._parsed_bytes > MAX_HEAD_BYTES:
            self._refuse_long_head()
        else:
            self._refuse(400, "invalid_http", "This is not valid HTTP.")

    def _head_begins(self) -> None:
        self._head_ends()
        self._heads += 1
        self._in_head, self._parsed_bytes, self._received_bytes = True, 0, 0
        self._head_timer = self.loop.call_later(HEAD_TIMEOUT_S, self._refuse_late_head)

    def _head_ends(self) -> None:
        self._in_head = False
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _count(self, length: int) -> None:
        self._parsed_bytes += length
        if self._parsed_bytes > MAX_HEAD_BYTES:
            raise _HeadTooLong

    def _refuse_late_head(self) -> None:
        self._refuse(408, "head_timeout", "The request's headers did not arrive in time.")

    def _refuse_long_head(self) -> None:
        message = f"The request line and the headers are longer than the {MAX_HEAD_BYTES:,} bytes that are allowed."
        self._refuse(431, "head_too_large", message)

    def _refuse(self, status: int, code: str, message: str) -> None:
        """An error in the API's form, whose fields an internal service's error has as well. The connection is closed a
        moment later: closed with data unread it would be reset, and the answer lost."""
        self._head_ends()
        self._refused = True
        error = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
        body = json.dumps({"error": error})
        self.transport.write(
            f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode()
        )
        if self.cycle is not None and not self.cycle.response_complete:
            self.transport.close()  # an earlier request is being answered: its answer ends here
            return
        self.transport.write_eof()
        self.loop.call_later(LINGER_S, self.transport.close)

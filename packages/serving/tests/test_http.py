"""What the HTTP server refuses before an application sees it, over raw sockets."""

import asyncio
import json

import pytest
from deskhand_serving import http
from deskhand_serving.app import create_service
from deskhand_serving.settings import ServiceSettings
from deskhand_serving.testing import running
from fastapi import FastAPI, Request

from .test_wire import WAIT_S, nothing_to_load

HEAD = b"GET /echo HTTP/1.1\r\nHost: localhost\r\n"


class DemoSettings(ServiceSettings, service="demo"):
    pass


def demo() -> FastAPI:
    app = create_service(DemoSettings(), lifespan=nothing_to_load)

    @app.api_route("/echo", methods=["GET", "POST"])
    async def echo(request: Request) -> dict[str, object]:
        client = request.client.host if request.client else None
        return {"bytes": len(await request.body()), "client": client, "scheme": request.url.scheme}

    return app


async def exchange(url: str, *pieces: bytes) -> tuple[int, dict[str, object]]:
    """Send the pieces; the status and the body of what comes back until the connection ends."""
    async with asyncio.timeout(WAIT_S):
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rsplit(":", 1)[1]))
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
    return int(head.split(b" ", 2)[1]), json.loads(body)


def code(answer: tuple[int, dict[str, object]]) -> tuple[int, object]:
    error = answer[1]["error"]
    assert isinstance(error, dict)
    return answer[0], error["code"]


async def test_a_head_of_many_headers_is_refused():
    headers = b"".join(b"X-%d: %s\r\n" % (number, b"x" * 900) for number in range(80))
    with running(demo()) as url:
        assert code(await exchange(url, HEAD + headers + b"\r\n")) == (431, "head_too_large")


@pytest.mark.parametrize("pieces", [[b"x" * 131_072], [b"x" * 32_768] * 4])
async def test_one_header_that_never_ends_is_refused(pieces):
    with running(demo()) as url:
        first, *rest = pieces
        assert code(await exchange(url, HEAD + b"X-Long: " + first, *rest)) == (431, "head_too_large")


async def test_a_request_line_that_is_too_long_is_refused():
    with running(demo()) as url:
        line = b"GET /echo?" + b"x" * 70000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"
        assert code(await exchange(url, line)) == (431, "head_too_large")


@pytest.mark.parametrize("begun", [b"", b"GET", HEAD, HEAD + b"X-Slow: "])
async def test_a_head_that_does_not_end_in_time_is_refused(monkeypatch, begun):
    monkeypatch.setattr(http, "HEAD_TIMEOUT_S", 0.05)
    with running(demo()) as url:
        assert code(await exchange(url, begun)) == (408, "head_timeout")


async def test_what_is_no_http_is_refused_as_json():
    with running(demo()) as url:
        assert code(await exchange(url, b"\x16\x03\x01\x02\x00hello\r\n\r\n")) == (400, "invalid_http")
        two = HEAD + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        assert code(await exchange(url, two)) == (400, "invalid_http")


async def test_a_large_body_after_a_short_head_passes():
    head = b"POST /echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 300000\r\n\r\n"
    with running(demo()) as url:
        status, answer = await exchange(url, head + b"x" * 300_000)
        assert (status, answer["bytes"]) == (200, 300_000)


async def test_forwarding_headers_are_not_believed():
    forged = b"X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n"
    with running(demo()) as url:
        _, answer = await exchange(url, HEAD + forged)
    assert (answer["client"], answer["scheme"]) == ("127.0.0.1", "http")

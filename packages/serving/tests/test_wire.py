"""Service and client over a real socket."""

import asyncio
import json
import logging
import socket
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager

import httpx
import pytest
from deskhand_contract.errors import InvalidReference, WireError
from deskhand_contract.services import ClassifyRequest, ClassifyResponse, Health
from deskhand_serving.app import create_service, ndjson
from deskhand_serving.client import ServiceClient
from deskhand_serving.errors import ServiceFailure, ServiceTimeout, ServiceUnavailable
from deskhand_serving.settings import ServiceSettings
from deskhand_serving.testing import free_port, running
from fastapi import FastAPI, Request
from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel, TypeAdapter

WAIT_S = 20.0
QUERY = ClassifyRequest(query="hello")
ANSWER = ClassifyResponse(probabilities={}, tools=[], threshold=0.5)


class DemoSettings(ServiceSettings, service="demo"):
    pass


class Tick(BaseModel):
    number: int
    nothing: str | None = None


TICKS: TypeAdapter[Tick] = TypeAdapter(Tick)


@asynccontextmanager
async def nothing_to_load(_: FastAPI):
    yield


def demo(handler: Callable[..., object], token: str | None = None) -> FastAPI:
    app = create_service(DemoSettings(internal_token=token), lifespan=nothing_to_load)
    app.add_api_route("/classify", handler, methods=["POST"], response_model=None)
    return app


@contextmanager
def raw_server(answer: bytes | None) -> Iterator[str]:
    """Reads one request, sends `answer`, hangs up; with None it never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        over = threading.Event()

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                if answer is None:
                    over.wait(WAIT_S)
                else:
                    connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        over.set()
        thread.join(WAIT_S)


async def call(url: str, token: str | None = None, timeout_s: float = WAIT_S) -> ClassifyResponse:
    async with ServiceClient("demo", url, token, timeout_s) as client:
        return await client.post("/classify", QUERY, ClassifyResponse)


async def test_a_request_and_its_answer_are_typed():
    async def classify(request: ClassifyRequest) -> ClassifyResponse:
        assert request == QUERY
        return ANSWER

    with running(demo(classify)) as url:
        assert await call(url) == ANSWER
        async with ServiceClient("demo", url) as client:
            assert await client.health() == Health(service="demo", ready=True)


@pytest.mark.parametrize("given", [None, "wrong", "secre", "sécret"])
async def test_every_route_but_health_asks_for_the_token(given):
    async def classify() -> ClassifyResponse:
        return ANSWER

    with running(demo(classify, token="secret")) as url:
        assert await call(url, "secret") == ANSWER
        header = {"Authorization": f"Bearer {given}".encode()} if given else {}
        async with httpx.AsyncClient(base_url=url) as http:
            answer = await http.post("/classify", json={"query": "x"}, headers=header)
            assert answer.status_code == 401
            assert answer.json()["error"]["code"] == "unauthorized"
            assert (await http.get("/healthz")).json()["ready"] is True
            for path in ("/openapi.json", "/docs", "/redoc"):
                assert (await http.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("raised", "code", "status"),
    [
        (ServiceFailure.of("no_contact", "who?", 404, retryable=True, candidates=["a"]), "no_contact", 404),
        (InvalidReference("$3 is not an earlier node"), "invalid_reference", 422),
        (ServiceUnavailable("planner"), "service_unavailable", 503),
        (RuntimeError("a bug with what the user said"), "internal_error", 500),
    ],
)
async def test_an_error_of_a_route_is_raised_again_at_the_client(raised, code, status, caplog):
    async def classify() -> None:
        raise raised

    with caplog.at_level(logging.ERROR), running(demo(classify)) as url, pytest.raises(ServiceFailure) as caught:
        await call(url)
    assert (caught.value.error.code, caught.value.status) == (code, status)
    if isinstance(raised, ServiceFailure):
        assert caught.value.error == raised.error
    assert "user said" not in caught.value.error.message
    assert len(caplog.records) == (1 if status == 500 else 0)


@pytest.mark.parametrize("body", [b"", b"[]", b'{"query": ""}', b'{"query": "\\ud800"}', b"\xff", b"{" * 5000])
async def test_a_body_that_is_not_the_contracts_is_a_422_or_400(body):
    async def classify(request: ClassifyRequest) -> ClassifyResponse:
        return ANSWER

    with running(demo(classify)) as url:
        async with httpx.AsyncClient() as http:
            answer = await http.post(f"{url}/classify", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422)
    assert answer.json()["error"]["code"] in ("invalid_request", "http_error")


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nowhere", 404), ("GET", "/classify", 405)])
async def test_errors_of_the_framework_have_the_wires_form(method, path, status):
    async def classify() -> ClassifyResponse:
        return ANSWER

    with running(demo(classify)) as url:
        async with httpx.AsyncClient() as http:
            answer = await http.request(method, url + path)
    assert answer.status_code == status
    assert answer.json()["error"]["code"] == "http_error"


async def test_nobody_listening_is_unavailable_and_safe_to_retry():
    with pytest.raises(ServiceUnavailable) as caught:
        await call(f"http://127.0.0.1:{free_port()}")
    assert caught.value.error.retryable
    assert "deskhand status" in caught.value.error.message


async def test_a_broken_connection_is_unavailable_and_not_safe_to_retry():
    with raw_server(b"") as url, pytest.raises(ServiceUnavailable) as caught:
        await call(url)
    assert not caught.value.error.retryable


async def test_no_answer_in_time_is_a_timeout():
    with raw_server(None) as url, pytest.raises(ServiceTimeout) as caught:
        await call(url, timeout_s=0.05)
    assert not caught.value.error.retryable


@pytest.mark.parametrize("body", ["<html>", "{}", '{"probabilities": 3}'])
async def test_an_answer_outside_the_contract_is_a_failure(body):
    async def classify() -> Response:
        return Response(body)

    with running(demo(classify)) as url, pytest.raises(ServiceFailure) as caught:
        await call(url)
    assert caught.value.error.code == "bad_answer"


async def test_an_error_without_the_wires_form_keeps_its_status():
    async def classify() -> Response:
        return Response("<html>", 502)

    with running(demo(classify)) as url, pytest.raises(ServiceFailure) as caught:
        await call(url)
    assert (caught.value.status, caught.value.error.code) == (502, "bad_answer")


async def test_an_upload_arrives_with_its_fields():
    async def classify(request: Request) -> ClassifyResponse:
        async with request.form() as form:
            content = await form["file"].read()  # type: ignore[union-attr]
            return ClassifyResponse(probabilities={str(form["language"]): len(content)}, tools=[], threshold=0)

    with running(demo(classify)) as url:
        async with ServiceClient("demo", url) as client:
            answer = await client.upload(
                "/classify", name="a.wav", content=b"\0" * 7, fields={"language": "de"}, answer=ClassifyResponse
            )
    assert answer.probabilities == {"de": 7}


async def test_an_event_arrives_while_the_producer_is_held():
    gate = threading.Event()

    async def ticks() -> AsyncGenerator[Tick, None]:
        yield Tick(number=1)
        assert await asyncio.to_thread(gate.wait, WAIT_S)
        yield Tick(number=2)

    async def classify() -> StreamingResponse:
        return ndjson(ticks())

    with running(demo(classify)) as url:
        async with (
            asyncio.timeout(WAIT_S),
            ServiceClient("demo", url, timeout_s=WAIT_S) as client,
            aclosing(client.stream("/classify", QUERY, TICKS)) as stream,
        ):
            assert await anext(stream) == Tick(number=1)
            gate.set()
            assert [tick async for tick in stream] == [Tick(number=2)]


@pytest.mark.parametrize("endless", [True, False], ids=["while it writes", "while it waits"])
async def test_closing_the_stream_cancels_the_producer_without_a_word_in_the_log(endless, caplog):
    closed = threading.Event()

    async def ticks() -> AsyncGenerator[Tick, None]:
        try:
            yield Tick(number=0)
            while endless:
                yield Tick(number=1)
            await asyncio.Event().wait()
        finally:
            closed.set()

    async def classify() -> StreamingResponse:
        return ndjson(ticks())

    with caplog.at_level(logging.WARNING), running(demo(classify)) as url:
        async with ServiceClient("demo", url, timeout_s=WAIT_S) as client:
            async with aclosing(client.stream("/classify", QUERY, TICKS)) as stream:
                await anext(stream)
            assert await asyncio.to_thread(closed.wait, WAIT_S)
    assert caplog.records == []


@pytest.mark.parametrize(
    ("body", "read"),
    [
        (b'{"number": 1}\n{"number": 2}\n', [1, 2]),
        (b'{"number": 1}\n{"number": 2}', [1, 2]),
        ('{"number": 1, "nothing": "a\u2028b"}\n'.encode(), [1]),
        (b"", []),
    ],
)
async def test_lines_end_at_newlines_only_and_the_last_may_lack_one(body, read):
    async def classify() -> Response:
        return Response(body)

    with running(demo(classify)) as url:
        async with ServiceClient("demo", url) as client:
            assert [tick.number async for tick in client.stream("/classify", QUERY, TICKS)] == read


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"number": 1}\n', "service_unavailable"),
        (b'HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n{"number": 1}\n{"n', "bad_answer"),
    ],
)
async def test_a_stream_that_breaks_off_is_an_error_after_its_events(answer, error):
    with raw_server(answer) as url:
        async with ServiceClient("demo", url) as client:
            stream = client.stream("/classify", QUERY, TICKS)
            assert await anext(stream) == Tick(number=1)
            with pytest.raises((ServiceUnavailable, ServiceFailure)) as caught:
                await anext(stream)
    assert caught.value.error.code == error


async def test_a_stream_that_is_refused_raises_the_services_error():
    error = WireError(code="busy", message="later", retryable=True)

    async def classify() -> None:
        raise ServiceFailure(error, 503)

    with running(demo(classify)) as url:
        async with ServiceClient("demo", url) as client:
            with pytest.raises(ServiceFailure) as caught:
                await anext(client.stream("/classify", QUERY, TICKS))
    assert caught.value.error == error


async def test_events_carry_no_nulls():
    async def ticks() -> AsyncGenerator[Tick, None]:
        yield Tick(number=1)

    async def classify() -> StreamingResponse:
        return ndjson(ticks())

    with running(demo(classify)) as url:
        async with httpx.AsyncClient() as http:
            answer = await http.post(f"{url}/classify", json={})
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert json.loads(answer.text) == {"number": 1}

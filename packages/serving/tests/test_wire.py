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
from deskhand_serving import app as app_module
from deskhand_serving import context
from deskhand_serving.app import create_service, ndjson
from deskhand_serving.client import Call, ServiceClient
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
                assert (await http.get(path)).status_code == 401
                assert (await http.get(path, headers={"Authorization": "Bearer secret"})).status_code == 404


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


async def test_a_body_without_the_token_is_not_read_and_one_that_is_too_long_is_refused(monkeypatch):
    monkeypatch.setattr(app_module, "MAX_BODY_BYTES", 1000)

    async def classify(request: Request) -> ClassifyResponse:
        await request.body()
        return ANSWER

    async def pieces() -> AsyncGenerator[bytes, None]:
        for _ in range(30):
            yield b"x" * 100

    with running(demo(classify, token="secret")) as url:
        async with httpx.AsyncClient(base_url=url) as http:
            for content in (b"x" * 3000, pieces()):
                answer = await http.post("/classify", content=content, headers={"Authorization": "Bearer secret"})
                assert (answer.status_code, "1,000 bytes" in answer.text) == (413, True)
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rsplit(":", 1)[1]))
        writer.write(b"POST /classify HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
        async with asyncio.timeout(WAIT_S):
            assert b"401" in await reader.readline()
        writer.close()
        await writer.wait_closed()


async def test_run_and_node_go_with_a_call_into_the_services_log(caplog):
    async def classify() -> ClassifyResponse:
        logging.getLogger("demo").warning("classifying", extra=context.fields())
        return ANSWER

    with running(demo(classify)) as url:
        with context.in_node("run_1", 2):
            await call(url)
        await call(url)
        async with httpx.AsyncClient(base_url=url) as http:
            await http.post("/classify", headers={context.RUN_HEADER: 'run_1", "level', context.NODE_HEADER: "-1"})
    said = [record for record in caplog.records if record.name == "demo"]
    named = [(getattr(record, "run", None), getattr(record, "node", None)) for record in said]
    assert named == [("run_1", 2), (None, None), (None, None)]


async def test_each_call_that_is_over_is_told_with_its_outcome():
    async def classify() -> ClassifyResponse:
        raise ServiceFailure.of("busy", "later", 503)

    told: list[Call] = []
    with running(demo(classify)) as url:
        async with ServiceClient("demo", url, on_call=told.append) as client:
            await client.health()
            with pytest.raises(ServiceFailure):
                await client.post("/classify", QUERY, ClassifyResponse)
    async with ServiceClient("demo", f"http://127.0.0.1:{free_port()}", on_call=told.append) as client:
        with pytest.raises(ServiceUnavailable):
            await client.post("/classify", QUERY, ClassifyResponse)
    assert [(call.path, call.code) for call in told] == [
        ("/healthz", "ok"),
        ("/classify", "busy"),
        ("/classify", "service_unavailable"),
    ]


async def test_a_request_is_logged_by_its_route_with_status_and_time(caplog):
    async def classify(item: str) -> ClassifyResponse:
        return ANSWER

    app = create_service(DemoSettings(), lifespan=nothing_to_load)
    app.add_api_route("/classify/{item}", classify, methods=["POST"], response_model=None)
    with caplog.at_level(logging.INFO, "deskhand_serving"), running(app) as url:
        async with httpx.AsyncClient(base_url=url) as http:
            await http.post("/classify/what-the-user-said")
            await http.post("/what-the-user-said")
            await http.get("/healthz")
    said = [(record.method, record.route, record.status) for record in caplog.records if record.message == "request"]
    assert said == [("POST", "/classify/{item}", 200), ("POST", "(unmatched)", 404)]
    assert "what-the-user-said" not in caplog.text

"""The stream itself: the order of cancelling, and clients that do not read."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from deskhand_gateway.errors import BadRequest
from deskhand_gateway.sse import EventStream, Write, event, while_connected
from starlette.types import Message

SCOPE: dict[str, Any] = {"type": "http", "path": "/", "method": "POST", "headers": []}


class Client:
    """The other end, by hand: `go()` disconnects, `stuck` never takes what is sent after the first body."""

    def __init__(self, stuck: bool = False) -> None:
        self.sent: list[Message] = []
        self.first_body = asyncio.Event()
        self._gone = asyncio.Event()
        self._stuck = stuck

    def go(self) -> None:
        self._gone.set()

    async def receive(self) -> Message:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if self._stuck and self.first_body.is_set():
            await asyncio.Event().wait()
        self.sent.append(message)
        if message["type"] == "http.response.body":
            self.first_body.set()

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent)


def stream(produce: Any, send_timeout_s: float = 30.0) -> EventStream:
    return EventStream(produce, ping_interval_s=2.0, send_timeout_s=send_timeout_s)


async def test_work_that_cannot_be_taken_back_is_awaited_after_the_client_went() -> None:
    client, go_on, cancelled = Client(), asyncio.Event(), asyncio.Event()
    steps: list[str] = []

    async def produce(write: Write) -> None:
        write(event(b"1"))
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            steps.append("cancelled")
            cancelled.set()
            await go_on.wait()
            steps.append("finished")
            raise

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        answering = group.create_task(stream(produce)(SCOPE, client.receive, client.send))
        await client.first_body.wait()
        client.go()
        await cancelled.wait()
        assert not answering.done()
        go_on.set()
    assert steps == ["cancelled", "finished"]


async def test_client_that_reads_nothing_counts_as_gone() -> None:
    client, cancelled = Client(stuck=True), asyncio.Event()

    async def produce(write: Write) -> None:
        write(event(b"1"))
        await client.first_body.wait()
        write(event(b"2"))
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    async with asyncio.timeout(10):
        await stream(produce, send_timeout_s=0.01)(SCOPE, client.receive, client.send)
    assert cancelled.is_set()
    assert client.body == b"data: 1\n\n"


async def test_bug_before_the_first_event_is_a_500_that_tells_nothing(caplog: pytest.LogCaptureFixture) -> None:
    client = Client()

    async def produce(_: Write) -> None:
        raise RuntimeError("what the user said")

    await stream(produce)(SCOPE, client.receive, client.send)
    assert client.sent[0]["status"] == 500
    assert b"internal_error" in client.body
    assert b"what the user said" not in client.body
    assert "what the user said" in caplog.text


async def test_failure_after_an_event_is_the_last_event() -> None:
    client = Client()

    async def produce(write: Write) -> None:
        write(event(b"1"))
        raise BadRequest("no")

    await stream(produce)(SCOPE, client.receive, client.send)
    assert client.body.startswith(b'data: 1\n\ndata: {"error":{"message":"no"')
    assert client.body.endswith(b"\n\n")
    assert client.sent[-1] == {"type": "http.response.body", "body": b"", "more_body": False}


async def test_result_and_failure_of_watched_work_come_through() -> None:
    async def work(failure: BadRequest | None) -> int:
        if failure:
            raise failure
        return 5

    client = Client()
    assert await while_connected(client.receive, work(None)) == 5
    with pytest.raises(BadRequest, match="no"):
        await while_connected(client.receive, work(BadRequest("no")))


async def test_watched_work_of_a_client_that_went_has_no_result() -> None:
    client = Client()
    client.go()
    assert await while_connected(client.receive, asyncio.Event().wait()) is None

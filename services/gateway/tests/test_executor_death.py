"""The executor dies in mid-node: its next process is asked once, and its word is taken."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from .conftest import MakeStack, event, lookup


@dataclass
class DyingExecutor:
    """Hangs up on the first `deaths` requests, then answers with `status` and `body`. `asked` has every request."""

    deaths: int
    status: str = "200 OK"
    body: dict[str, Any] = field(default_factory=lambda: {"output": "sid@example.org", "text": "it was done"})
    asked: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    @contextmanager
    def running(self) -> Iterator[str]:
        executor = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                length = 0
                while (line := self.rfile.readline().strip()) != b"":
                    name, _, value = line.partition(b":")
                    length = int(value) if name.lower() == b"content-length" else length
                executor.asked.append(json.loads(self.rfile.read(length)))
                if len(executor.asked) <= executor.deaths:
                    return
                body = json.dumps(executor.body).encode()
                head = f"HTTP/1.1 {executor.status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
                self.wfile.write(f"{head}\r\nConnection: close\r\n\r\n".encode() + body)

        with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            try:
                yield f"http://127.0.0.1:{server.server_address[1]}"
            finally:
                server.shutdown()
                thread.join()


async def test_a_node_whose_executor_died_is_asked_of_the_next_one(make_stack: MakeStack) -> None:
    executor = DyingExecutor(deaths=1)
    with executor.running() as url:
        stack = make_stack(executor_url=url)
        await stack.say(stack.desk.plan("lunch", event(1)))
        run = await stack.latest()
    assert run["status"] == "done"
    first, second = executor.asked
    assert first == second


async def test_what_the_dead_executor_had_begun_is_told_and_not_repeated(make_stack: MakeStack) -> None:
    body = {"error": {"code": "interrupted", "message": "this was begun before; look before you say it again"}}
    executor = DyingExecutor(deaths=1, status="409 Conflict", body=body)
    with executor.running() as url:
        stack = make_stack(executor_url=url)
        answer = await stack.say(stack.desk.plan("lunch", event(1)))
        run = await stack.latest()
    assert (run["status"], run["nodes"][0]["error"]["code"]) == ("failed", "interrupted")
    assert "look before you say it again" in answer
    assert len(executor.asked) == 2


async def test_an_executor_that_dies_again_fails_the_node(make_stack: MakeStack) -> None:
    executor = DyingExecutor(deaths=5)
    with executor.running() as url:
        stack = make_stack(executor_url=url)
        await stack.say(stack.desk.plan("who", lookup(1, "Sid")))
        run = await stack.latest()
    assert (run["status"], run["nodes"][0]["error"]["code"]) == ("failed", "service_unavailable")
    assert len(executor.asked) == 2

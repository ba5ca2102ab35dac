"""A gateway that answers as a test tells it to, with the contract of chat completions, transcriptions and runs."""

from __future__ import annotations

import json
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import anyio.to_thread
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

KEY = "dk-test"
RUN = "run_1"
WAIT_S = 30.0


def node(number: int, status: str, **more: Any) -> dict[str, Any]:
    """A node of a run, as /v1/runs has it."""
    fields = {"node": number, "name": "create_note", "arguments": {"name": f"Note {number}"}, "deps": []}
    return {**fields, "status": status, "output": None, "text": None, "error": None, "undo": "none", **more}


@dataclass
class FakeGateway:
    """`url` ends with /v1. A streamed sentence gives `nodes` as events, waits for `go_on` where one is the number 0,
    and ends with `answer`. `run` is what /v1/runs says, `after` what it says after an approve, deny or undo. `asked`
    has what came: method and path, and the body."""

    url: str = ""
    nodes: list[dict[str, Any] | int] = field(default_factory=list[dict[str, Any] | int])
    answer: str = "Wrote it."
    calls: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    heard: str = "open my notes"
    run: dict[str, Any] = field(default_factory=dict[str, Any])
    after: dict[str, Any] = field(default_factory=dict[str, Any])
    asked: list[tuple[str, Any]] = field(default_factory=list[tuple[str, Any]])
    go_on: threading.Event = field(default_factory=threading.Event)
    left: threading.Event = field(default_factory=threading.Event)

    def show(self, status: str, *nodes: dict[str, Any], answer: str | None = "Wrote it.") -> None:
        self.run = self._run(status, nodes, answer)

    def show_after(self, status: str, *nodes: dict[str, Any], answer: str | None = "Wrote it.") -> None:
        self.after = self._run(status, nodes, answer)

    @staticmethod
    def _run(status: str, nodes: tuple[dict[str, Any], ...], answer: str | None) -> dict[str, Any]:
        head = {"id": RUN, "object": "run", "created": 1773220000, "model": "deskhand", "status": status}
        clock = {"now": "2026-03-11T09:30:00", "timezone": "Europe/Berlin"}
        rest = {"query": "write notes", "answer": answer, "confidence": 0.9, "clock": clock, "nodes": list(nodes)}
        return head | rest

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.middleware("http")
        async def check_key(request: Request, call_next: Any) -> Response:
            if request.headers.get("authorization") != f"Bearer {KEY}":
                return refuse(401, "invalid_api_key", "This needs the key.")
            return await call_next(request)

        @app.post("/v1/chat/completions")
        async def chat(request: Request) -> Response:
            body = await request.json()
            self.asked.append(("POST /chat/completions", body))
            sentence = body["messages"][-1]["content"]
            if sentence == "refuse":
                return refuse(400, "too_long", "Say it shorter.")
            if body["model"] == "deskhand-plan":
                calls = [
                    {"id": f"call_{k}", "type": "function", "function": call} for k, call in enumerate(self.calls, 1)
                ]
                message = {"role": "assistant", "content": None if calls else self.answer, "tool_calls": calls}
                return JSONResponse({"choices": [{"index": 0, "message": message}]})
            if body.get("stream"):
                return StreamingResponse(self._stream(), media_type="text/event-stream")
            message = {"role": "assistant", "content": self.answer}
            return JSONResponse({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})

        @app.post("/v1/audio/transcriptions")
        async def hear(request: Request) -> Response:
            self.asked.append(("POST /audio/transcriptions", await request.body()))
            return JSONResponse({"text": self.heard})

        @app.get("/v1/runs")
        async def runs() -> Response:
            data = [self.run] if self.run else []
            return JSONResponse({"object": "list", "data": data, "has_more": False})

        @app.get("/v1/runs/{run}")
        async def one(run: str) -> Response:
            return JSONResponse(self.run) if run == RUN else refuse(404, "run_not_found", f"There is no run {run}.")

        @app.get("/v1/runs/{run}/events")
        async def events(run: str) -> Response:
            return StreamingResponse(self._events(), media_type="text/event-stream")

        @app.post("/v1/runs/{run}/{verdict}")
        async def decide(run: str, verdict: str, request: Request) -> Response:
            self.asked.append((f"POST /runs/{run}/{verdict}", await request.json()))
            self.run = self.after
            return JSONResponse(self.run)

        return app

    async def _stream(self) -> AsyncIterator[str]:
        try:
            for seq, event in enumerate(self.nodes):
                if isinstance(event, int):
                    await anyio.to_thread.run_sync(self.go_on.wait, WAIT_S, abandon_on_cancel=True)
                else:
                    yield chunk({}, x_plan={"run": RUN, "seq": seq, "elapsed_ms": seq * 10.0, **event})
            yield chunk({"content": self.answer})
            yield chunk({}, finish_reason="stop") + "data: [DONE]\n\n"
        finally:
            self.left.set()

    async def _events(self) -> AsyncIterator[str]:
        for seq, event in enumerate(event for event in self.nodes if not isinstance(event, int)):
            update = {"run": RUN, "seq": seq, "elapsed_ms": seq * 10.0, **event}
            yield f"id: {seq}\ndata: {json.dumps(update)}\n\n"
        yield "data: [DONE]\n\n"


def chunk(delta: dict[str, Any], finish_reason: str | None = None, **more: Any) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    head = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "deskhand"}
    return f"data: {json.dumps({**head, 'choices': [choice], **more})}\n\n"


def refuse(status: int, code: str, message: str) -> JSONResponse:
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    return JSONResponse({"error": error}, status)

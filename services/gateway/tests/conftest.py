"""The gateway on a real socket, with one small application that stands for the four services behind it.

What the planner writes is a script per sentence: nodes, gates to wait at, an error; its fallback has its own scripts.
What the executor does is a function per tool, or the plain observation that names the tool and the node.
"""

from __future__ import annotations

import asyncio
import threading
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from blockbuster import BlockBuster, blockbuster_ctx
from deskhand_contract.client_tools import ClientNode
from deskhand_contract.errors import WireError
from deskhand_contract.plan import DatePhrase, NodeRef, PlanNode, Template
from deskhand_contract.services import (
    Check,
    ClassifyRequest,
    ClassifyResponse,
    Diagnosis,
    ExecuteRequest,
    Observation,
    PlanCallEvent,
    PlanEnd,
    PlanFailed,
    PlanNodeEvent,
    PlanRequest,
    Segment,
    SegmentHeard,
    TranscribeEnd,
    TranscribeFailed,
    Transcription,
    UndoRequest,
)
from deskhand_gateway.app import create_app
from deskhand_gateway.settings import GatewaySettings
from deskhand_serving.app import create_service, ndjson
from deskhand_serving.errors import ServiceFailure
from deskhand_serving.settings import ServiceSettings
from deskhand_serving.testing import running
from fastapi import FastAPI, Form, UploadFile
from openai import AsyncOpenAI

WAIT_S = 20.0
"""Bound of every wait; nothing comes near it unless something hangs."""


class Gate:
    """An event between threads and event loops; waiting blocks neither."""

    def __init__(self) -> None:
        self._opened: Future[None] = Future()

    def open(self) -> None:
        if not self._opened.done():
            self._opened.set_result(None)

    @property
    def is_open(self) -> bool:
        return self._opened.done()

    async def wait(self) -> None:
        async with asyncio.timeout(WAIT_S):
            await asyncio.shield(asyncio.wrap_future(self._opened))


Step = PlanNode | ClientNode | Gate | WireError
Handler = Callable[[ExecuteRequest], Awaitable[Observation]]


@dataclass
class Desk:
    """What the stand-ins do, and what they saw."""

    plans: dict[str, list[Step]] = field(default_factory=dict)
    confidences: dict[str, float] = field(default_factory=dict)
    replans: list[list[Step]] | None = None
    handlers: dict[str, Handler] = field(default_factory=dict)
    tools: list[str] | ServiceFailure = field(default_factory=lambda: ["get_email_address"])
    transcription: Transcription | ServiceFailure = field(
        default_factory=lambda: Transcription(
            text="Hello <there>. Bye.",
            language="en",
            duration_s=3.25,
            segments=[
                Segment(start_s=0.0, end_s=1.5, text="Hello <there>."),
                Segment(start_s=1.5, end_s=3661.007, text=" Bye.", avg_logprob=-0.25),
            ],
        )
    )
    next_segment: Gate | None = None
    hearing_fails: WireError | None = None
    hearing_closed: Gate = field(default_factory=Gate)
    plan_requests: list[PlanRequest] = field(default_factory=list)
    executed: list[ExecuteRequest] = field(default_factory=list)
    undone: list[dict[str, Any]] = field(default_factory=list)
    refuse_undo: ServiceFailure | None = None
    uploads: list[tuple[str, bytes, str | None]] = field(default_factory=list)
    planner_closed: Gate = field(default_factory=Gate)
    running: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def plan(self, query: str, *steps: Step, confidence: float | None = None) -> str:
        self.plans[query] = list(steps)
        if confidence is not None:
            self.confidences[query] = confidence
        return query

    def replan(self, *replans: list[Step]) -> None:
        """The planner has a fallback that writes these, one for each time that it is asked."""
        self.replans = list(replans)

    def on(self, tool: str, handler: Handler) -> None:
        self.handlers[tool] = handler

    def fail(self, tool: str, code: str, message: str, status: int = 422) -> None:
        async def handler(_: ExecuteRequest) -> Observation:
            raise ServiceFailure.of(code, message, status)

        self.on(tool, handler)

    def make_undoable(self, *tools: str) -> None:
        """The tools' observations say how to take them back."""

        async def handler(request: ExecuteRequest) -> Observation:
            return observation(request).model_copy(update={"undo": {"tool": request.tool, "label": request.node}})

        for tool in tools:
            self.on(tool, handler)

    def note_under_way(self, id: int) -> tuple[PlanNode, Gate]:
        """A note's node, and a step that waits until it is being carried out: what comes behind it comes after."""
        begun, go_on = self.hold("create_note")
        go_on.open()
        return note(id), begun

    def hold(self, tool: str) -> tuple[Gate, Gate]:
        """The tool waits in the middle of its work. Gives (it has begun, let it go on)."""
        begun, go_on = Gate(), Gate()

        async def handler(request: ExecuteRequest) -> Observation:
            begun.open()
            await go_on.wait()
            return observation(request)

        self.on(tool, handler)
        return begun, go_on


def observation(request: ExecuteRequest) -> Observation:
    return Observation(output=f"out-{request.node}", text=f"{request.tool} {request.node} was done")


def node(id: int, tool: str, **arguments: Any) -> PlanNode:
    return PlanNode(id=id, tool=tool, arguments=arguments)


def lookup(id: int, name: str) -> PlanNode:
    return node(id, "get_email_address", name=name)


def number(id: int, name: str) -> PlanNode:
    return node(id, "get_phone_number", name=name)


def mail(id: int, *refs: int) -> PlanNode:
    return node(id, "compose_new_email", recipients=tuple(NodeRef(node=ref) for ref in refs), context="The deck.")


def text(id: int, *refs: int) -> PlanNode:
    return node(id, "send_sms", recipients=tuple(NodeRef(node=ref) for ref in refs), message="I am late.")


def event(id: int, title: str = "Lunch", iso: str | None = "2026-03-12 12:00:00", error: str | None = None) -> PlanNode:
    start = DatePhrase(phrase="Thursday noon", iso=iso, error=error)
    return node(id, "create_calendar_event", title=title, start_date=start)


def note(id: int, name: str = "Log", content: str | Template | NodeRef = "x") -> PlanNode:
    return node(id, "create_note", name=name, content=content)


class DeskSettings(ServiceSettings, service="desk"):
    """Settings of the stand-in."""


def desk_app(desk: Desk) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield

    app = create_service(DeskSettings(), lifespan=lifespan)

    @app.post("/classify")
    async def classify(request: ClassifyRequest) -> ClassifyResponse:
        if isinstance(desk.tools, ServiceFailure):
            raise desk.tools
        return ClassifyResponse(probabilities={}, tools=desk.tools, threshold=0.5)

    @app.post("/plan")
    async def plan(request: PlanRequest) -> Any:
        desk.plan_requests.append(request)

        replanned = request.previous is not None
        if replanned and desk.replans is None:
            raise ServiceFailure.of("fallback_needed", "there is no fallback", 422)
        confidence = None if replanned else desk.confidences.get(request.query)

        steps = (desk.replans.pop(0) if desk.replans else []) if replanned else desk.plans[request.query]

        async def events() -> AsyncIterator[Any]:
            try:
                for step in steps:
                    if isinstance(step, Gate):
                        await step.wait()
                    elif isinstance(step, WireError):
                        yield PlanFailed(error=step)
                        return
                    elif isinstance(step, ClientNode):
                        yield PlanCallEvent(node=step)
                    else:
                        yield PlanNodeEvent(node=step, rated=confidence is not None)
                can_replan = desk.replans is not None
                yield PlanEnd(confidence=confidence, can_replan=can_replan, prompt_tokens=7, completion_tokens=11)
            finally:
                desk.planner_closed.open()

        return ndjson(events())

    @app.post("/execute")
    async def execute(request: ExecuteRequest) -> Observation:
        desk.executed.append(request)
        handler = desk.handlers.get(request.tool)
        return await handler(request) if handler else observation(request)

    @app.post("/undo")
    async def undo(request: UndoRequest) -> Observation:
        if desk.refuse_undo:
            raise desk.refuse_undo
        desk.undone.append(request.undo)
        return Observation(output="", text=f"took back {request.undo['label']}")

    @app.post("/doctor")
    async def doctor() -> Diagnosis:
        mail = Check(name="Mail", ok=False, message="allow it in System Settings", code="not_permitted")
        return Diagnosis(backend="macos", checks=[mail])

    @app.post("/transcribe")
    async def transcribe(file: UploadFile, language: str | None = Form(None)) -> Transcription:
        desk.uploads.append((file.filename or "", await file.read(), language))
        if isinstance(desk.transcription, ServiceFailure):
            raise desk.transcription
        return desk.transcription

    @app.post("/transcribe/stream")
    async def transcribe_stream(file: UploadFile, language: str | None = Form(None)) -> Any:
        whole = await transcribe(file, language)

        async def events() -> AsyncIterator[Any]:
            try:
                for number, segment in enumerate(whole.segments):
                    if number and desk.next_segment:
                        await desk.next_segment.wait()
                    yield SegmentHeard(delta=segment.text, segment=segment)
                if desk.hearing_fails:
                    yield TranscribeFailed(error=desk.hearing_fails)
                else:
                    yield TranscribeEnd(transcription=whole)
            finally:
                desk.hearing_closed.open()

        return ndjson(events())

    return app


@dataclass
class Stack:
    """A running gateway: its address, its key, and the desk behind it."""

    url: str
    key: str
    desk: Desk
    home: Path

    def http(self, **headers: str) -> httpx.AsyncClient:
        given = {"Authorization": f"Bearer {self.key}", **headers}
        return httpx.AsyncClient(base_url=self.url, headers=given, timeout=WAIT_S, trust_env=False)

    async def ask(self, *said: str, key: str | None = None, **fields: Any) -> httpx.Response:
        """A completion without a stream. `said` are the turns of the conversation, the user's first."""
        roles = ("user", "assistant")
        messages = [{"role": roles[n % 2], "content": text} for n, text in enumerate(said)]
        headers = {"Idempotency-Key": key} if key else {}
        async with self.http(**headers) as http:
            body = {"model": "deskhand", "messages": messages, **fields}
            return await http.post("/v1/chat/completions", json=body)

    async def say(self, *said: str, **options: Any) -> str:
        """The words of a completion."""
        response = await self.ask(*said, **options)
        assert response.status_code == 200, response.text
        return response.json()["choices"][0]["message"]["content"]

    async def get(self, path: str, **params: Any) -> Any:
        async with self.http() as http:
            response = await http.get(path, params=params)
        assert response.status_code == 200, response.text
        return response.json()

    async def latest(self) -> dict[str, Any]:
        """The newest run."""
        return (await self.get("/v1/runs", limit=1))["data"][0]

    async def post(self, path: str, body: Any = None, status: int = 200) -> dict[str, Any]:
        async with self.http() as http:
            response = await (http.post(path) if body is None else http.post(path, json=body))
        assert response.status_code == status, response.text
        return response.json()

    def openai(self, max_retries: int = 0) -> AsyncOpenAI:
        return AsyncOpenAI(base_url=f"{self.url}/v1", api_key=self.key, max_retries=max_retries, timeout=WAIT_S)


MakeStack = Callable[..., Stack]


@contextmanager
def started(home: Path, desk: Desk, **options: Any) -> Iterator[Stack]:
    """`options` are settings of the gateway."""
    with ExitStack() as stack:
        desk_url = stack.enter_context(running(desk_app(desk)))
        urls = {f"{name}_url": desk_url for name in ("toolrag", "planner", "executor", "stt")}
        settings = GatewaySettings(**{"home": home, "port": 0, **urls, **options})
        url = stack.enter_context(running(create_app(settings)))
        yield Stack(url, settings.api_key_path.read_text().strip(), desk, home)


@pytest.fixture
def make_stack(tmp_path: Path) -> Iterator[MakeStack]:
    with ExitStack() as stack:

        def make(**options: Any) -> Stack:
            return stack.enter_context(started(tmp_path / "home", Desk(), **options))

        yield make


@pytest.fixture
def stack(make_stack: MakeStack) -> Stack:
    return make_stack()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One stack for the tests of a module that only see requests refused."""
    with started(tmp_path_factory.mktemp("shared") / "home", Desk()) as stack:
        yield stack


@pytest.fixture(autouse=True)
def _nothing_blocks_the_loop() -> Iterator[BlockBuster]:
    """A blocking call in any event loop, the gateway's included, raises."""
    with blockbuster_ctx("deskhand_gateway") as blockbuster:
        yield blockbuster


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DESKHAND_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TZ", "Europe/Berlin")
    monkeypatch.delenv("DESKHAND_INTERNAL_TOKEN", raising=False)

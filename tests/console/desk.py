"""The four services behind the gateway, as a script: which nodes a sentence becomes, what waits, what fails.

The gateway before it is the real one, on a real socket.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

from deskhand_contract.plan import NodeRef, PlanNode
from deskhand_contract.services import (
    ClassifyRequest,
    ClassifyResponse,
    ExecuteRequest,
    Observation,
    PlanEnd,
    PlanNodeEvent,
    PlanRequest,
    Transcription,
    UndoRequest,
)
from deskhand_contract.tools import Effect, get_tool
from deskhand_gateway.app import create_app
from deskhand_gateway.settings import GatewaySettings
from deskhand_serving.app import create_service, ndjson
from deskhand_serving.errors import ServiceFailure
from deskhand_serving.settings import ServiceSettings
from deskhand_serving.testing import running
from fastapi import FastAPI, UploadFile

WAIT_S = 30.0


@dataclass
class Desk:
    """`held` tools wait in the middle of their work until they are let go; `failing` ones fail. `replan` is what the
    planner's fallback writes, where it has one."""

    plans: dict[str, list[PlanNode]] = field(default_factory=dict[str, list[PlanNode]])
    held: dict[str, Future[None]] = field(default_factory=dict[str, "Future[None]"])
    begun: dict[str, Event] = field(default_factory=dict[str, Event])
    failing: dict[str, ServiceFailure] = field(default_factory=dict[str, ServiceFailure])
    replan: list[PlanNode] | None = None
    heard: str | ServiceFailure = ""
    executed: list[ExecuteRequest] = field(default_factory=list[ExecuteRequest])
    undone: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def plan(self, sentence: str, *nodes: PlanNode) -> str:
        self.plans[sentence] = list(nodes)
        return sentence

    def hold(self, tool: str) -> Event:
        """The event is set when a call has begun."""
        self.held[tool], self.begun[tool] = Future(), Event()
        return self.begun[tool]

    def let_go(self, tool: str) -> None:
        self.held.pop(tool).set_result(None)

    def tools(self) -> list[str]:
        return [request.tool for request in self.executed]


def lookup(id: int, name: str) -> PlanNode:
    return PlanNode(id=id, tool="get_email_address", arguments={"name": name})


def number(id: int, name: str) -> PlanNode:
    return PlanNode(id=id, tool="get_phone_number", arguments={"name": name})


def mail(id: int, *refs: int) -> PlanNode:
    recipients = tuple(NodeRef(node=ref) for ref in refs)
    return PlanNode(id=id, tool="compose_new_email", arguments={"recipients": recipients, "context": "The deck."})


def text(id: int, *refs: int, message: str = "I am late.") -> PlanNode:
    recipients = tuple(NodeRef(node=ref) for ref in refs)
    return PlanNode(id=id, tool="send_sms", arguments={"recipients": recipients, "message": message})


def note(id: int, name: str, content: str = "x") -> PlanNode:
    return PlanNode(id=id, tool="create_note", arguments={"name": name, "content": content})


class DeskSettings(ServiceSettings, service="desk"):
    """Settings of the stand-in."""


def desk_app(desk: Desk) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield

    app = create_service(DeskSettings(), lifespan=lifespan)

    @app.post("/classify")
    async def classify(_: ClassifyRequest) -> ClassifyResponse:
        return ClassifyResponse(probabilities={}, tools=["create_note"], threshold=0.5)

    @app.post("/plan")
    async def plan(request: PlanRequest) -> Any:
        async def events() -> AsyncIterator[Any]:
            replanned = request.previous is not None
            for node in (desk.replan or []) if replanned else desk.plans.get(request.query, []):
                yield PlanNodeEvent(node=node)
            yield PlanEnd(confidence=0.99, can_replan=desk.replan is not None)

        return ndjson(events())

    @app.post("/execute")
    async def execute(request: ExecuteRequest) -> Observation:
        desk.executed.append(request)
        if held := desk.held.get(request.tool):
            desk.begun[request.tool].set()
            async with asyncio.timeout(WAIT_S):
                await asyncio.shield(asyncio.wrap_future(held))
        if failure := desk.failing.get(request.tool):
            raise failure
        return Observation(
            output=f"output-of-{request.node}",
            text=f"{request.tool} {request.node} was done",
            undo={"node": request.node} if get_tool(request.tool).effect is Effect.WRITE else None,
        )

    @app.post("/undo")
    async def undo(request: UndoRequest) -> Observation:
        desk.undone.append(request.undo)
        return Observation(output="", text=f"took back {request.undo['node']}")

    @app.post("/transcribe")
    async def transcribe(file: UploadFile) -> Transcription:
        await file.read()
        if isinstance(desk.heard, ServiceFailure):
            raise desk.heard
        return Transcription(text=desk.heard, language="en", duration_s=1.0)

    return app


@dataclass(frozen=True)
class Address:
    """Where a console is, and the key that it takes."""

    url: str
    key: str


@dataclass(frozen=True)
class Console(Address):
    """A running gateway and the desk behind it."""

    desk: Desk


@contextmanager
def running_console(home: Path) -> Iterator[Console]:
    desk = Desk()
    with running(desk_app(desk)) as desk_url:
        urls = {f"{name}_url": desk_url for name in ("toolrag", "planner", "executor", "stt")}
        settings = GatewaySettings(**{"home": home, "port": 0, **urls})
        with running(create_app(settings)) as url:
            yield Console(url, settings.api_key_path.read_text().strip(), desk)

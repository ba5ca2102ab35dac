"""The service on a real socket, with scripted engines and with the committed model."""

import asyncio
import logging
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from pathlib import Path

import httpx
import pytest
from deskhand_contract.compact import MAX_UNITS
from deskhand_contract.errors import InvalidReference
from deskhand_contract.plan import DatePhrase, PlanNode
from deskhand_contract.services import (
    Clock,
    Health,
    PlanEnd,
    PlanEvent,
    PlanFailed,
    PlanNodeEvent,
    PlanRequest,
)
from deskhand_contract.tools import Output
from deskhand_planner import app as planner_app
from deskhand_planner.app import create_app
from deskhand_planner.engines import Engine, PlanStats
from deskhand_planner.errors import BadPlan, ModelUnavailable
from deskhand_planner.settings import PlannerSettings
from deskhand_serving.client import ServiceClient
from deskhand_serving.testing import running
from pydantic import TypeAdapter

WAIT_S = 20.0
CLOCK = Clock(now="2026-03-11T09:30:00", timezone="Europe/Berlin")
EVENTS: TypeAdapter[PlanEvent] = TypeAdapter(PlanEvent)
LOOKUP = PlanNode(id=1, tool="get_email_address", arguments={"name": "my mom"})
Script = Callable[[PlanRequest], AsyncGenerator[PlanNode | PlanStats, None]]


class ScriptedEngine:
    name = "scripted"
    rates_plans = True

    def __init__(self, script: Script) -> None:
        self.plan = script
        self.closed = False

    async def aclose(self) -> None:
        self.closed = True


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """A running planner with a scripted engine."""

    def start(script: Script):
        engine = ScriptedEngine(script)

        async def load(_: PlannerSettings) -> Engine:
            return engine

        monkeypatch.setattr(planner_app, "load_engine", load)
        return running(create_app(PlannerSettings(home=tmp_path)))

    return start


@pytest.fixture(scope="module")
def planner(tmp_path_factory: pytest.TempPathFactory):
    with running(create_app(PlannerSettings(home=tmp_path_factory.mktemp("home")))) as url:
        yield url


def ask(query: str, tools: list[str] | None = None) -> PlanRequest:
    return PlanRequest(query=query, tools=tools, clock=CLOCK)


async def plan(url: str, request: PlanRequest) -> list[PlanEvent]:
    async with ServiceClient("planner", url, timeout_s=WAIT_S) as client:
        return [event async for event in client.stream("/plan", request, EVENTS)]


def nodes_of(events: list[PlanEvent]) -> list[PlanNode]:
    return [event.node for event in events if isinstance(event, PlanNodeEvent)]


async def test_a_node_arrives_while_the_engine_still_writes(serve):
    gate = threading.Event()

    async def script(_: PlanRequest) -> AsyncGenerator[PlanNode | PlanStats, None]:
        yield LOOKUP
        assert await asyncio.to_thread(gate.wait, WAIT_S)
        yield PlanStats(0.9, 7, 5)

    with serve(script) as url:
        async with (
            asyncio.timeout(WAIT_S),
            ServiceClient("planner", url, timeout_s=WAIT_S) as client,
            aclosing(client.stream("/plan", ask("x"), EVENTS)) as stream,
        ):
            first = await anext(stream)
            assert isinstance(first, PlanNodeEvent)
            assert first.node.arguments == {"name": "mom"}, "values are completed on the way"
            assert first.rated
            gate.set()
            rest = [event async for event in stream]
    assert rest == [PlanEnd(confidence=0.9, prompt_tokens=7, completion_tokens=5)]


async def test_a_client_that_goes_away_closes_the_engines_plan(serve, caplog):
    closed = threading.Event()

    async def script(_: PlanRequest) -> AsyncGenerator[PlanNode | PlanStats, None]:
        try:
            yield LOOKUP
            await asyncio.Event().wait()
        finally:
            closed.set()

    with caplog.at_level(logging.WARNING), serve(script) as url:
        async with ServiceClient("planner", url, timeout_s=WAIT_S) as client:
            async with aclosing(client.stream("/plan", ask("x"), EVENTS)) as stream:
                await anext(stream)
            assert await asyncio.to_thread(closed.wait, WAIT_S)
    assert caplog.records == []


@pytest.mark.parametrize(
    ("error", "code", "logged"),
    [
        (BadPlan("not a plan"), "bad_plan", 0),
        (InvalidReference("$3 is not an earlier node"), "invalid_reference", 0),
        (RuntimeError("a bug"), "internal_error", 1),
    ],
)
async def test_an_error_of_the_engine_ends_the_stream_as_data(serve, caplog, error, code, logged):
    async def script(_: PlanRequest) -> AsyncGenerator[PlanNode | PlanStats, None]:
        yield LOOKUP
        raise error

    with caplog.at_level(logging.WARNING), serve(script) as url:
        first, last = await plan(url, ask("what the user said"))
    assert isinstance(first, PlanNodeEvent)
    assert isinstance(last, PlanFailed)
    assert last.error.code == code
    assert len(caplog.records) == logged
    assert "what the user said" not in caplog.text


async def test_an_unresolvable_date_is_a_nodes_error_and_not_the_plans(serve):
    async def script(_: PlanRequest) -> AsyncGenerator[PlanNode | PlanStats, None]:
        date = DatePhrase(phrase="whenever it suits")
        yield PlanNode(id=1, tool="create_reminder", arguments={"name": "x", "due_date": date})
        yield PlanStats(None, 0, 0)

    with serve(script) as url:
        node, end = await plan(url, ask("x"))
    assert isinstance(node, PlanNodeEvent)
    due = node.node.arguments["due_date"]
    assert isinstance(due, DatePhrase)
    assert due.error
    assert isinstance(end, PlanEnd)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"query": "x", "tools": ["get_weather"], "clock": CLOCK.model_dump()}, "unknown_tool"),
        ({"query": "", "clock": CLOCK.model_dump()}, "invalid_request"),
        ({"query": "x" * 8001, "clock": CLOCK.model_dump()}, "invalid_request"),
        ({"query": "x", "clock": {"now": "soon", "timezone": "UTC"}}, "invalid_request"),
        ({"query": "x"}, "invalid_request"),
    ],
)
async def test_a_request_that_is_not_the_contracts_is_a_422(serve, body, code):
    async def script(_: PlanRequest) -> AsyncGenerator[PlanNode | PlanStats, None]:
        raise AssertionError("never asked")
        yield LOOKUP

    with serve(script) as url:
        async with httpx.AsyncClient() as http:
            answer = await http.post(f"{url}/plan", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)


async def test_health_waits_for_the_model_and_names_the_engine(monkeypatch, tmp_path):
    loading, gate = threading.Event(), threading.Event()

    async def script(_: PlanRequest) -> AsyncGenerator[PlanNode | PlanStats, None]:
        yield PlanStats(None, 0, 0)

    engine = ScriptedEngine(script)

    async def load(_: PlannerSettings) -> Engine:
        loading.set()
        assert await asyncio.to_thread(gate.wait, WAIT_S)
        return engine

    monkeypatch.setattr(planner_app, "load_engine", load)
    entered = running(create_app(PlannerSettings(home=tmp_path)))
    starting = asyncio.create_task(asyncio.to_thread(entered.__enter__))
    assert await asyncio.to_thread(loading.wait, WAIT_S)
    assert not starting.done(), "nothing is served before the model is loaded"
    gate.set()
    url = await starting
    async with ServiceClient("planner", url) as client:
        assert await client.health() == Health(service="planner", ready=True, detail="engine scripted")
    await asyncio.to_thread(entered.__exit__, None, None, None)
    assert engine.closed


async def test_a_missing_model_is_named_with_what_to_do(tmp_path):
    settings = PlannerSettings(home=tmp_path, model_path=tmp_path)
    with pytest.raises(ModelUnavailable, match="DESKHAND_PLANNER_MODEL_PATH") as caught:
        await planner_app.load_engine(settings)
    assert str(tmp_path / "planner.json") in str(caught.value)


# With the committed model.


async def test_the_embedded_planner_plans_a_lookup(planner):
    *nodes, end = await plan(planner, ask("what is Dana's mail address"))
    assert [node.tool for node in nodes_of(nodes)] == ["get_email_address"]
    assert nodes_of(nodes)[0].arguments == {"name": "Dana"}
    assert isinstance(end, PlanEnd)
    assert end.prompt_tokens > 0
    assert end.completion_tokens > 0


async def test_a_plan_calls_selected_tools_only_and_its_references_fit(planner):
    tools = ["create_reminder", "create_note", "get_phone_number"]
    for query in ("mail Sid the Q3 deck", "text Bo that lunch is at noon", "remind me to call the bank on Friday"):
        *nodes, end = await plan(planner, ask(query, tools))
        assert isinstance(end, PlanEnd)
        outputs: dict[int, Output] = {}
        for node in nodes_of(nodes):
            assert node.tool in tools
            node.check(outputs)
            outputs[node.id] = node.spec.returns


async def test_without_selected_tools_the_plan_is_empty(planner):
    assert [event.type for event in await plan(planner, ask("mail Sid the Q3 deck", []))] == ["end"]


@pytest.mark.parametrize("query", ["…", "💥", "a\u0301", "\u200b", " ", "ﷺ" * 40, "x" * 8000, "_" * 100])
async def test_any_text_ends_in_a_plan(planner, query):
    events = await plan(planner, ask(query))
    assert isinstance(events[-1], PlanEnd)


async def test_a_sentence_of_too_many_words_is_refused_with_a_way_out(planner):
    (failed,) = await plan(planner, ask("please " * (MAX_UNITS + 1)))
    assert isinstance(failed, PlanFailed)
    assert failed.error.code == "sentence_too_long"
    assert "129 words" in failed.error.message
    assert "two sentences" in failed.error.message


async def test_concurrent_requests_never_mix(planner):
    names = [f"{first}{last}" for first in "ABCD" for last in ("na", "lbert", "rthur", "gnes")]
    queries = [f"what is {name}'s mail address" for name in names]
    alone = [await plan(planner, ask(query)) for query in queries]
    together = await asyncio.gather(*(plan(planner, ask(query)) for query in queries))
    assert list(together) == alone

"""Engine `openai` against a server that streams what a test scripts."""

import asyncio
import json
import threading
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, contextmanager

import pytest
from deskhand_contract.client_tools import ClientNode, ClientTool
from deskhand_contract.plan import DatePhrase, NodeRef, PlanNode
from deskhand_contract.services import Clock, PlanRequest
from deskhand_contract.wire import END_OF_PLAN
from deskhand_planner.engines import PlanStats
from deskhand_planner.engines.openai import OpenAIEngine
from deskhand_planner.engines.prompt import chat_messages
from deskhand_planner.errors import BadPlan, EngineUnavailable
from deskhand_serving.testing import free_port, running
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

WAIT_S = 20.0
CLOCK = Clock(now="2026-03-11T09:30:00", timezone="Europe/Berlin")
PLAN = '1. get_email_address("Sid")\n2. compose_new_email(["$1"], [], "Łunch 😀", "a\\n2. join()", [])\n3. join()'
NODES = [
    PlanNode(id=1, tool="get_email_address", arguments={"name": "Sid"}),
    PlanNode(
        id=2,
        tool="compose_new_email",
        arguments={"recipients": (NodeRef(node=1),), "subject": "Łunch 😀", "context": "a\n2. join()"},
    ),
]


def chunk(text: str | None = None, finish: str | None = None, **fields: object) -> bytes:
    choice = {"index": 0, "delta": {} if text is None else {"content": text}, "finish_reason": finish}
    entry = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]} | fields
    return f"data: {json.dumps(entry)}\n\n".encode()


USAGE = chunk(choices=[], usage={"prompt_tokens": 100, "completion_tokens": 40, "total_tokens": 140})
DONE = b"data: [DONE]\n\n"


class Server:
    """Answers with the given pieces, each sent on its own."""

    def __init__(self, *pieces: bytes, answer: Response | None = None) -> None:
        self.pieces = pieces
        self.answer = answer
        self.requests: list[dict[str, object]] = []

    async def body(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            yield piece
            await asyncio.sleep(0)

    @contextmanager
    def engine(self, *, grammar: bool = False):
        app = FastAPI()

        @app.post("/v1/chat/completions")
        async def complete(request: Request) -> Response:
            self.requests.append(await request.json())
            return self.answer or StreamingResponse(self.body(), media_type="text/event-stream")

        with running(app) as url:
            yield OpenAIEngine.connect(f"{url}/v1", "demo", "", timeout_s=WAIT_S, grammar=grammar)


async def results(engine: OpenAIEngine, tools: list[str] | None = None) -> list[PlanNode | PlanStats]:
    """Everything the engine gives; what came before an error is left on the error as notes."""
    found: list[PlanNode | PlanStats] = []
    try:
        request = PlanRequest(query="mail Sid about lunch", tools=tools, clock=CLOCK)
        async with aclosing(engine.plan(request)) as plan:
            async for result in plan:
                found.append(result)  # noqa: PERF401 - what came before an error counts
    except Exception as error:
        error.add_note(f"{len(found)} nodes before")
        raise
    finally:
        await engine.aclose()
    return found


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


@pytest.mark.parametrize("size", [1, 3, 17, 4096])
@pytest.mark.parametrize("letters", [1, 5])
async def test_a_streamed_plan_is_read_however_it_is_cut(size, letters):
    text = [PLAN[at : at + letters] for at in range(0, len(PLAN), letters)]
    stream = b"".join([chunk(""), *map(chunk, text), chunk(finish="stop"), USAGE, DONE])
    with Server(*cut(stream, size)).engine() as engine:
        assert await results(engine) == [*NODES, PlanStats(None, 100, 40)]


async def test_a_node_is_given_before_the_answer_ends():
    gate = threading.Event()
    server = Server()

    async def body() -> AsyncGenerator[bytes, None]:
        yield chunk('1. get_email_address("Sid")')
        assert await asyncio.to_thread(gate.wait, WAIT_S)
        yield chunk("\n2. join()")
        yield DONE

    server.body = body  # type: ignore[method-assign]
    with server.engine() as engine:
        async with asyncio.timeout(WAIT_S), aclosing(engine.plan(PlanRequest(query="x", clock=CLOCK))) as plan:
            assert await anext(plan) == NODES[0]
            gate.set()
            assert [result async for result in plan] == [PlanStats(None, 0, 0)]
        await engine.aclose()


async def test_closing_the_plan_hangs_up_on_the_server():
    gone = threading.Event()
    server = Server()

    async def body() -> AsyncGenerator[bytes, None]:
        try:
            yield chunk('1. get_email_address("Sid")')
            await asyncio.Event().wait()
        finally:
            gone.set()

    server.body = body  # type: ignore[method-assign]
    with server.engine() as engine:
        async with aclosing(engine.plan(PlanRequest(query="x", clock=CLOCK))) as plan:
            await anext(plan)
        assert await asyncio.to_thread(gone.wait, WAIT_S)
        await engine.aclose()


async def test_the_request_carries_prompt_stop_and_on_demand_the_grammar():
    for grammar in (False, True):
        server = Server(chunk("1. join()"), DONE)
        with server.engine(grammar=grammar) as engine:
            assert await results(engine, ["send_sms"]) == [PlanStats(None, 0, 0)]
        (request,) = server.requests
        assert (request["model"], request["stream"], request["stop"]) == ("demo", True, END_OF_PLAN)
        assert ("grammar" in request) is grammar
        if grammar:
            assert "send-sms-1" in str(request["grammar"])
            assert "create-note" not in str(request["grammar"])


@pytest.mark.parametrize(
    ("text", "finish", "said"),
    [
        ('1. get_weather("Rome")', "stop", "not a plan"),
        ('1. get_phone_number("Sid")\n2. join()', "stop", "not among the selected tools"),
        ('1. get_email_address("Sid"', "length", "not a plan"),
        ('1. get_email_address("Sid")\n', "length", "did not finish"),
        ('1. get_email_address("Sid"', "stop", "not a plan"),
        ("I am sorry, I cannot do that.", "stop", "wrote no plan"),
        ("", "stop", "wrote no plan"),
        ('1. get_email_address("$1', "stop", "not a plan"),
    ],
)
async def test_what_is_no_plan_is_an_error_that_says_so(text, finish, said):
    with Server(chunk(text), chunk(finish=finish), DONE).engine() as engine, pytest.raises(BadPlan, match=said):
        await results(engine, ["get_email_address", "compose_new_email"])


async def test_a_plan_without_join_is_a_plan():
    with Server(chunk('1. get_email_address("Sid")'), chunk(finish="stop"), DONE).engine() as engine:
        assert await results(engine) == [NODES[0], PlanStats(None, 0, 0)]


async def test_an_error_in_the_stream_ends_the_plan_after_its_nodes():
    error = b'data: {"error": {"message": "out of memory", "type": "server_error"}}\n\n'
    server = Server(chunk('1. get_email_address("Sid")\n'), error)
    with server.engine() as engine, pytest.raises(BadPlan, match="out of memory") as caught:
        await results(engine)
    assert caught.value.__notes__ == ["1 nodes before"]


async def test_nonsense_in_the_stream_is_a_bad_plan():
    with Server(b"data: {nonsense\n\n").engine() as engine, pytest.raises(BadPlan, match="no answer"):
        await results(engine)


@pytest.mark.parametrize(("first", "retryable"), [(b"", True), (chunk('1. get_email_address("Sid")\n'), False)])
async def test_a_connection_that_breaks_is_safe_to_retry_only_before_the_first_node(first, retryable):
    server = Server()

    async def body() -> AsyncGenerator[bytes, None]:
        yield first or b": ping\n\n"
        raise ConnectionResetError("gone")

    server.body = body  # type: ignore[method-assign]
    with server.engine() as engine, pytest.raises(EngineUnavailable, match="is it running") as caught:
        await results(engine)
    assert caught.value.error.retryable is retryable


async def test_nobody_listening_is_an_error_that_names_the_server():
    engine = OpenAIEngine.connect(f"http://127.0.0.1:{free_port()}/v1", "demo", "", timeout_s=WAIT_S, grammar=False)
    with pytest.raises(EngineUnavailable, match=r"http://127\.0\.0\.1") as caught:
        await results(engine)
    assert caught.value.error.retryable


@pytest.mark.parametrize(
    ("status", "error"),
    [(503, EngineUnavailable), (429, EngineUnavailable), (400, BadPlan), (401, BadPlan), (404, BadPlan)],
)
async def test_a_refusal_is_told_by_its_status(status, error):
    answer = JSONResponse({"error": {"message": "no such model"}}, status)
    with Server(answer=answer).engine() as engine, pytest.raises(error, match="no such model"):
        await results(engine)


def test_the_prompt_has_the_selected_tools_and_ends_with_the_date():
    messages = chat_messages("mail Sid", ["get_email_address", "compose_new_email"], CLOCK)
    system = messages[0]["content"]
    assert "compose_new_email(recipients: list[str] = [], " in system
    assert "create_note(" not in system
    assert messages[-1] == {"role": "user", "content": "mail Sid\n\n(It is 2026-03-11T09:30:00, Europe/Berlin.)"}


def test_examples_that_call_other_tools_are_left_out():
    few = chat_messages("x", ["get_email_address"], CLOCK)
    every = chat_messages("x", None, CLOCK)
    assert [message["role"] for message in few] == ["system", "user", "assistant", "user"]
    assert "1. join()" in few[2]["content"]
    assert len(every) == len(few) + 2


def test_the_prompts_own_examples_are_plans():
    from deskhand_contract.wire import parse_plan

    (first, second) = [m["content"] for m in chat_messages("x", None, CLOCK) if m["role"] == "assistant"]
    assert parse_plan(first)[3].arguments == {"name": "call the bank", "due_date": DatePhrase(phrase="on Friday")}
    assert parse_plan(second) == []


WEATHER = ClientTool(
    name="get-weather",
    description="Looks it up.",
    parameters={"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)


@pytest.mark.parametrize("grammar", [False, True])
async def test_a_clients_tools_are_planned_with_from_their_schemas(grammar):
    plan = '1. get-weather({"city": "Oslo"})\n2. get-weather({"city": "near $1"})\n3. join()'
    server = Server(chunk(plan), DONE)
    request = PlanRequest(query="q", client_tools=[WEATHER], calls_required=True, clock=CLOCK)
    with server.engine(grammar=grammar) as engine:
        found = [result async for result in engine.plan(request)]
        await engine.aclose()
    assert found == [
        ClientNode(id=1, tool="get-weather", arguments={"city": "Oslo"}),
        ClientNode(id=2, tool="get-weather", arguments={"city": "near $1"}),
        PlanStats(None, 0, 0),
    ]
    (sent,) = server.requests
    system = sent["messages"][0]["content"]
    assert json.dumps(WEATHER.parameters) in system
    assert "at least one call" in system
    assert "create_note" not in system
    assert ("get-weather(" in str(sent.get("grammar"))) is grammar


@pytest.mark.parametrize(
    "text", ["1. create_note({})\n2. join()", '1. get-weather("Oslo")\n2. join()', "1. get-weather({"]
)
async def test_a_call_that_is_none_of_the_clients_is_a_bad_plan(text):
    request = PlanRequest(query="q", client_tools=[WEATHER], clock=CLOCK)
    with Server(chunk(text), DONE).engine() as engine:
        with pytest.raises(BadPlan, match="not a plan"):
            _ = [result async for result in engine.plan(request)]
        await engine.aclose()

"""Agent loops with the client's own tools, through the official client over a real socket."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openai
import pytest
from deskhand_contract.client_tools import ClientNode
from deskhand_contract.errors import WireError
from deskhand_contract.openai import tool_schemas
from openai import AsyncOpenAI
from openai.types.chat import ChatCompletionMessage

from .conftest import Desk, Gate, MakeStack, Stack, event, lookup, mail, note, started

OWN = tool_schemas()
CHAT = "/v1/chat/completions"
Execute = Callable[[str, dict[str, Any]], Any]


def tool(name: str, required: list[str] | None = None, **properties: Any) -> dict[str, Any]:
    parameters = {"type": "object", "properties": properties, "required": required or []}
    return {"type": "function", "function": {"name": name, "description": f"Does {name}.", "parameters": parameters}}


def declared(parameters: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": "a", "parameters": parameters}}


WEATHER = tool("get-weather", ["city"], city={"type": "string"})
PACK = tool("pack", ["items", "count"], items={"type": "array", "items": {"type": "string"}}, count={"type": "integer"})
SAY = tool("say", ["text"], text={"type": "string"})


def call(id: int, name: str, **arguments: Any) -> ClientNode:
    return ClientNode(id=id, tool=name, arguments=arguments)


def fake(name: str, arguments: dict[str, Any]) -> str:
    return f"{name} of {' '.join(map(str, arguments.values()))}"


async def ask(
    client: AsyncOpenAI, messages: list[Any], stream: bool, **options: Any
) -> tuple[ChatCompletionMessage, str]:
    request: dict[str, Any] = {"model": "deskhand", "messages": messages, **options}
    if stream:
        async with client.chat.completions.stream(**request) as events:
            completion: Any = await events.get_final_completion()
    else:
        completion = await client.chat.completions.create(**request)
    choice = completion.choices[0]
    return choice.message, choice.finish_reason


def said(message: ChatCompletionMessage) -> dict[str, Any]:
    calls = [{"id": c.id, "type": "function", "function": {"name": c.function.name, "arguments": c.function.arguments}}
             for c in message.tool_calls or []]  # fmt: skip
    return {"role": "assistant", "content": message.content, **({"tool_calls": calls} if calls else {})}


def results(message: ChatCompletionMessage, execute: Execute = fake) -> list[dict[str, Any]]:
    return [
        {"role": "tool", "tool_call_id": c.id, "content": execute(c.function.name, json.loads(c.function.arguments))}
        for c in message.tool_calls or []
    ]


def names(message: ChatCompletionMessage) -> list[str]:
    return [c.function.name for c in message.tool_calls or []]


async def loop(
    stack: Stack, query: str, tools: list[Any], execute: Execute = fake, *, stream: bool = False, **options: Any
) -> tuple[str, list[list[str]], list[Any]]:
    """An agent loop as clients write them: (answer, calls of each round, messages)."""
    messages: list[Any] = [{"role": "user", "content": query}]
    rounds: list[list[str]] = []
    async with stack.openai() as client:
        while True:
            message, reason = await ask(client, messages, stream, tools=tools, **options)
            messages.append(said(message))
            if reason == "stop":
                assert not message.tool_calls
                return message.content or "", rounds, messages
            assert (reason, message.content) == ("tool_calls", None)
            rounds.append(names(message))
            messages += results(message, execute)


@pytest.mark.parametrize("stream", [False, True])
async def test_agent_loop_follows_the_dependencies_and_plans_once(stack: Stack, stream: bool) -> None:
    query = stack.desk.plan("q", lookup(1, "Sid"), lookup(2, "Bo"), mail(3, 1, 2), note(4))
    answer, rounds, messages = await loop(stack, query, OWN, stream=stream)
    assert rounds == [["get_email_address", "get_email_address", "create_note"], ["compose_new_email"]]
    arguments = json.loads(messages[-3]["tool_calls"][0]["function"]["arguments"])
    assert arguments["recipients"] == ["get_email_address of Sid", "get_email_address of Bo"]
    assert answer.splitlines() == [
        "compose_new_email: compose_new_email of ['get_email_address of Sid', 'get_email_address of Bo'] The deck.",
        "create_note: create_note of Log x",
    ]
    assert len(stack.desk.plan_requests) == 1
    assert stack.desk.executed == []


@pytest.mark.parametrize("stream", [False, True])
async def test_without_parallel_calls_there_is_one_call_at_a_time(stack: Stack, stream: bool) -> None:
    query = stack.desk.plan("q", lookup(1, "Sid"), lookup(2, "Bo"), mail(3, 1, 2), note(4))
    _, rounds, _ = await loop(stack, query, OWN, stream=stream, parallel_tool_calls=False)
    assert rounds == [["get_email_address"], ["get_email_address"], ["compose_new_email"], ["create_note"]]
    assert len(stack.desk.plan_requests) == 1


async def test_calls_go_out_while_the_planner_still_writes(stack: Stack) -> None:
    gate = Gate()
    query = stack.desk.plan("q", lookup(1, "Sid"), gate, mail(2, 1))
    async with stack.openai() as client:
        chunks = await client.chat.completions.create(
            model="deskhand",
            messages=[{"role": "user", "content": query}],
            tools=OWN,
            stream=True,  # type: ignore[arg-type]
        )
        seen: list[str] = []
        async for chunk in chunks:
            for delta in chunk.choices[0].delta.tool_calls or []:
                seen += [delta.function.name] if delta.function and delta.function.name else []
            if seen:
                assert gate.is_open or not stack.desk.planner_closed.is_open
                gate.open()
        assert seen == ["get_email_address"]


async def test_client_that_leaves_stops_the_planner(stack: Stack) -> None:
    query = stack.desk.plan("q", lookup(1, "Sid"), Gate())
    async with stack.openai() as client:
        chunks = await client.chat.completions.create(
            model="deskhand",
            messages=[{"role": "user", "content": query}],
            tools=OWN,
            stream=True,  # type: ignore[arg-type]
        )
        await anext(aiter(chunks))
        await chunks.close()
        await stack.desk.planner_closed.wait()


async def begun(stack: Stack, query: str, tools: list[Any] = OWN, **options: Any) -> list[Any]:
    """Messages after the first round, its results included."""
    async with stack.openai() as client:
        messages: list[Any] = [{"role": "user", "content": query}]
        message, _ = await ask(client, messages, False, tools=tools, **options)
    return [*messages, said(message), *results(message)]


async def go_on(stack: Stack, messages: list[Any], tools: list[Any] = OWN, **options: Any) -> ChatCompletionMessage:
    async with stack.openai() as client:
        return (await ask(client, messages, False, tools=tools, **options))[0]


PLAN = (lookup(1, "Sid"), mail(2, 1))


async def test_gateway_that_is_started_again_goes_on_with_the_plan(tmp_path: Path) -> None:
    desk = Desk()
    query = desk.plan("q", *PLAN)
    with started(tmp_path, desk) as stack:
        messages = await begun(stack, query)
    with started(tmp_path, desk) as stack:
        assert names(await go_on(stack, messages)) == ["compose_new_email"]
    assert len(desk.plan_requests) == 1


async def test_another_gateway_plans_again_by_the_first_ones_clock(tmp_path: Path) -> None:
    desk = Desk()
    query = desk.plan("q", *PLAN)
    with started(tmp_path / "one", desk) as stack:
        messages = await begun(stack, query, metadata={"now": "2026-03-11T09:30:05", "timezone": "Europe/Berlin"})
    with started(tmp_path / "two", desk) as stack:
        message = await go_on(stack, messages)
        assert names(message) == ["compose_new_email"]
        messages = [*messages, said(message), *results(message)]
        assert (await go_on(stack, messages)).content == "compose_new_email of ['get_email_address of Sid'] The deck."
    assert [request.clock.now for request in desk.plan_requests] == ["2026-03-11T09:30:05"] * 2, "and then it is kept"


async def test_calls_with_ids_of_another_server_are_known_by_what_they_call(stack: Stack) -> None:
    query = stack.desk.plan("q", lookup(1, "Sid"), lookup(2, "Bo"), mail(3, 1, 2))
    messages = await begun(stack, query)
    renamed = json.loads(json.dumps(messages).replace(messages[1]["tool_calls"][0]["id"], "call_x"))
    renamed = json.loads(json.dumps(renamed).replace(messages[1]["tool_calls"][1]["id"], "call_y"))
    message = await go_on(stack, renamed)
    assert names(message) == ["compose_new_email"]
    assert json.loads((message.tool_calls or [])[0].function.arguments)["recipients"] == [
        "get_email_address of Sid",
        "get_email_address of Bo",
    ]
    done = await go_on(stack, [*renamed, said(message), *results(message)])
    assert (done.content or "").startswith("compose_new_email of")


async def test_plan_that_is_lost_and_comes_out_differently_is_refused(tmp_path: Path) -> None:
    desk = Desk()
    with started(tmp_path / "one", desk) as stack:
        messages = await begun(stack, desk.plan("q", *PLAN))
    desk.plan("q", lookup(1, "Bo"), mail(2, 1))
    with started(tmp_path / "two", desk) as stack, pytest.raises(openai.BadRequestError) as raised:
        await go_on(stack, messages)
    assert raised.value.code == "plan_not_found"
    assert "Send the user's message again" in raised.value.message


async def test_arguments_that_the_client_changed_are_its_own_affair(stack: Stack) -> None:
    messages = await begun(stack, stack.desk.plan("q", *PLAN))
    messages[1]["tool_calls"][0]["function"]["arguments"] = '{"name": "somebody else"}'
    assert names(await go_on(stack, messages)) == ["compose_new_email"]


async def test_two_requests_from_the_same_point_get_the_same_calls(stack: Stack) -> None:
    messages = await begun(stack, stack.desk.plan("q", *PLAN))
    once, again = await go_on(stack, messages), await go_on(stack, messages)
    assert once.tool_calls == again.tool_calls


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("Error: nobody of that name", "nobody of that name"),
        ('{"error": "nobody of that name"}', "nobody of that name"),
        ('{"error": {"code": 404, "message": "nobody of that name"}}', "nobody of that name"),
        ('{"isError": true, "content": []}', "it gave no reason"),
        ([{"type": "text", "text": "Error: nobody"}, {"type": "text", "text": " of that name"}], "nobody of that name"),
    ],
)
async def test_result_that_tells_of_a_failure_skips_what_needs_it(stack: Stack, content: Any, why: str) -> None:
    query = stack.desk.plan("q", lookup(1, "Sid"), mail(2, 1), note(3))

    def execute(name: str, arguments: dict[str, Any]) -> Any:
        return content if name == "get_email_address" else fake(name, arguments)

    answer, rounds, _ = await loop(stack, query, OWN, execute)
    assert rounds == [["get_email_address", "create_note"]]
    assert answer == f"create_note of Log x\nget_email_address failed, so compose_new_email was not called: {why}."


@pytest.mark.parametrize("content", ["", None, "no error: all fine", '{"error": null, "id": 5}', "[1", '{"error": '])
async def test_any_other_result_is_a_success(stack: Stack, content: Any) -> None:
    messages = await begun(stack, stack.desk.plan("q", *PLAN))
    messages[-1]["content"] = content
    assert names(await go_on(stack, messages)) == ["compose_new_email"]


async def test_answer_of_calls_that_say_nothing_is_that_they_are_done(stack: Stack) -> None:
    answer, _, _ = await loop(stack, stack.desk.plan("q", note(1)), OWN, lambda name, arguments: "")
    assert answer == "Done."


async def test_calls_and_results_that_do_not_belong_together_are_400(stack: Stack) -> None:
    messages = await begun(stack, stack.desk.plan("q", lookup(1, "Sid"), lookup(2, "Bo"), mail(3, 1)))
    user, calls, one, two = messages
    first = calls["tool_calls"][0]
    cases = {
        "missing_tool_result": [[user, calls], [user, calls, one], [user, calls, one, calls, two]],
        "unknown_tool_call_id": [[*messages, one | {"tool_call_id": "call_x"}], [user, one]],
        "duplicate_tool_result": [[*messages, one]],
        "duplicate_tool_call": [[user, calls | {"tool_calls": [first, first]}, one]],
        "invalid_tool_call": [
            [user, calls | {"tool_calls": [first | {"function": {"name": "x", "arguments": "[]"}}]}, one],
            [user, calls | {"tool_calls": [first | {"function": {"name": "x", "arguments": "{"}}]}, one],
            [user, calls | {"tool_calls": [{"id": "x"}]}],
        ],
        "unsupported_content": [[user, calls, one | {"content": [{"type": "image_url"}]}, two]],
        "functions_not_supported": [[user, {"role": "function", "name": "f", "content": "x"}]],
    }
    async with stack.http() as http:
        for code, bodies in cases.items():
            for body in bodies:
                for stream in (False, True):
                    answer = await http.post(
                        CHAT, json={"model": "deskhand", "messages": body, "tools": OWN, "stream": stream}
                    )
                    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code), body
    assert len(stack.desk.plan_requests) == 1


async def test_going_on_without_the_tools_carries_nothing_out(stack: Stack) -> None:
    messages = await begun(stack, stack.desk.plan("q", *PLAN))
    for tools, code in (([], "missing_tools"), ([SAY], "missing_tools")):
        with pytest.raises(openai.BadRequestError) as raised:
            await go_on(stack, messages, tools)
        assert raised.value.code == code
    assert stack.desk.executed == []


async def test_a_new_message_of_the_user_begins_a_new_plan(stack: Stack) -> None:
    messages = await begun(stack, stack.desk.plan("q", *PLAN))
    stack.desk.plan("never mind, make a note", note(1))
    message = await go_on(stack, [*messages[:2], {"role": "user", "content": "never mind, make a note"}])
    assert names(message) == ["create_note"]


@pytest.mark.parametrize(
    ("tools", "options", "code", "param"),
    [
        ([{"type": "custom", "custom": {"name": "x"}}], {}, "unsupported_tool", "tools.0"),
        ([{"type": "function"}], {}, "unsupported_tool", "tools.0"),
        ([{"type": "function", "function": {"name": "a b"}}], {}, "invalid_tool", "tools.0"),
        ([declared({"type": "nonsense"})], {}, "invalid_tool", "tools.0"),
        ([declared({"type": "array"})], {}, "invalid_tool", "tools.0"),
        ([declared({"type": "null"})], {}, "invalid_tool", "tools.0"),
        ([SAY, SAY], {}, "invalid_value", "tools.1"),
        ([tool(f"t{n}") for n in range(129)], {}, "array_above_max_length", "tools"),
        ([SAY], {"tool_choice": "sometimes"}, "invalid_value", "tool_choice"),
        ([SAY], {"tool_choice": {"type": "function", "function": {"name": "other"}}}, "invalid_value", "tool_choice"),
        ([], {"tool_choice": "required"}, "invalid_value", "tool_choice"),
    ],
)  # fmt: skip
async def test_tools_that_cannot_be_served_are_400(
    shared: Stack, tools: list[Any], options: dict[str, Any], code: str, param: str
) -> None:
    body = {"model": "deskhand", "messages": [{"role": "user", "content": "q"}], "tools": tools, **options}
    async with shared.http() as http:
        answer = await http.post(CHAT, json=body)
    assert (answer.status_code, answer.json()["error"]["code"], answer.json()["error"]["param"]) == (400, code, param)
    assert shared.desk.plan_requests == []


async def test_choice_limits_the_plan(stack: Stack) -> None:
    stack.desk.tools = ["get_email_address", "compose_new_email"]
    query = stack.desk.plan("q", lookup(1, "Sid"))
    named = {"type": "function", "function": {"name": "create_note"}}
    allowed = {
        "type": "allowed_tools",
        "allowed_tools": {"mode": "auto", "tools": [{"type": "function", "function": {"name": "get_email_address"}}]},
    }
    for choice in ("auto", "required", named, allowed):
        await go_on(stack, [{"role": "user", "content": query}], tool_choice=choice)
    asked = [(request.tools, request.calls_required) for request in stack.desk.plan_requests]
    assert asked == [
        (["get_email_address", "compose_new_email"], False),
        (["get_email_address", "compose_new_email"], True),
        (["create_note"], True),
        (["get_email_address"], False),
    ]


async def test_choice_none_calls_nothing_and_says_what_it_would(stack: Stack) -> None:
    messages: list[Any] = [{"role": "user", "content": stack.desk.plan("q", *PLAN)}]
    message = await go_on(stack, messages, tool_choice="none")
    assert message.tool_calls is None
    assert '1. get_email_address({"name": "Sid"})' in (message.content or "")
    messages = await begun(stack, "q")
    message = await go_on(stack, messages, tool_choice="none")
    assert message.content == "get_email_address of Sid\nNot called: compose_new_email."


async def test_subset_of_the_own_tools_limits_the_embedded_planner(stack: Stack) -> None:
    subset = [given for given in OWN if given["function"]["name"] in ("get_email_address", "create_note")]
    stack.desk.tools = ["send_sms", "create_note"]
    query = stack.desk.plan("q", note(1))
    await loop(stack, query, subset)
    assert (stack.desk.plan_requests[0].tools, stack.desk.plan_requests[0].client_tools) == (["create_note"], None)


async def test_strict_declarations_of_the_own_tools_get_null_for_what_nobody_said(stack: Stack) -> None:
    strict = json.loads(json.dumps([given for given in OWN if given["function"]["name"] == "create_calendar_event"]))
    parameters = strict[0]["function"]["parameters"]
    for name, schema in parameters["properties"].items():
        if name not in parameters["required"]:
            schema["type"] = [schema["type"], "null"]
            schema.pop("default", None)
    parameters["required"] = list(parameters["properties"])
    query = stack.desk.plan("q", event(1))
    _, _, messages = await loop(stack, query, strict)
    assert stack.desk.plan_requests[0].client_tools is None
    arguments = json.loads(messages[1]["tool_calls"][0]["function"]["arguments"])
    assert arguments == {
        "title": "Lunch",
        "start_date": "2026-03-12 12:00:00",
        **dict.fromkeys(("end_date", "location", "invitees", "notes", "calendar")),
    }


async def test_other_tools_go_to_the_engine_with_their_schemas(stack: Stack) -> None:
    query = stack.desk.plan(
        "q",
        call(1, "get-weather", city="Oslo"),
        call(2, "pack", items="$1", count="$1"),
        call(3, "say", text="See $2!"),
    )

    def execute(name: str, arguments: dict[str, Any]) -> str:
        return {"get-weather": "7", "pack": "a bag", "say": "said"}[name]

    answer, rounds, messages = await loop(stack, query, [WEATHER, PACK, SAY], execute)
    assert rounds == [["get-weather"]], "7 is a count, but no list of items"
    assert "pack failed, so say was not called: items:" in answer

    def list_first(name: str, arguments: dict[str, Any]) -> str:
        return '["coat"]' if name == "get-weather" else execute(name, arguments)

    query = stack.desk.plan(
        "q", call(1, "get-weather", city="Oslo"), call(2, "pack", items="$1", count=2), call(3, "say", text="See $2!")
    )
    answer, rounds, messages = await loop(stack, query, [WEATHER, PACK, SAY], list_first)
    assert rounds == [["get-weather"], ["pack"], ["say"]]
    assert json.loads(messages[3]["tool_calls"][0]["function"]["arguments"]) == {"items": ["coat"], "count": 2}
    assert json.loads(messages[5]["tool_calls"][0]["function"]["arguments"]) == {"text": "See a bag!"}
    assert answer == "said"
    asked = stack.desk.plan_requests[0]
    assert [given.name for given in asked.client_tools or []] == ["get-weather", "pack", "say"]
    assert asked.tools is None


async def test_other_tools_without_an_engine_are_a_400_that_says_how_to_add_one(stack: Stack) -> None:
    error = WireError(code="tools_need_engine", message="set planner.engine to gguf or openai")
    query = stack.desk.plan("q", error)
    own = json.loads(json.dumps(next(given for given in OWN if given["function"]["name"] == "create_note")))
    del own["function"]["parameters"]["properties"]["folder"]
    with pytest.raises(openai.BadRequestError) as raised:
        await go_on(stack, [{"role": "user", "content": query}], [WEATHER, own])
    assert (raised.value.code, raised.value.param) == ("tools_need_engine", "tools")
    assert "set planner.engine" in raised.value.message
    assert "get-weather is none of Deskhand's own tools; create_note does not take folder" in raised.value.message


async def test_plan_only_model_gives_every_call_at_once_and_then_the_results(stack: Stack) -> None:
    query = stack.desk.plan("q", *PLAN)
    messages = await begun(stack, query, model="deskhand-plan", parallel_tool_calls=False)
    calls = messages[1]["tool_calls"]
    assert [json.loads(c["function"]["arguments"]) for c in calls] == [
        {"name": "Sid"},
        {"recipients": ["$1"], "context": "The deck."},
    ]
    message = await go_on(stack, messages, model="deskhand-plan")
    assert (message.content, message.tool_calls) == ("compose_new_email of ['$1'] The deck.", None)


async def test_sentence_that_needs_no_tool_is_answered_without_calls(stack: Stack) -> None:
    answer, rounds, _ = await loop(stack, stack.desk.plan("play some jazz"), OWN)
    assert (answer, rounds) == ("None of the given tools can do that.", [])


async def test_recorded_sentence_is_heard_once_as_long_as_the_plan_is_kept(stack: Stack) -> None:
    stack.desk.plan("Hello <there>. Bye.", *PLAN)
    audio = {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}}
    messages = await begun(stack, [audio])  # type: ignore[arg-type]
    assert names(await go_on(stack, messages)) == ["compose_new_email"]
    assert len(stack.desk.uploads) == 1


async def test_what_is_kept_is_for_the_owner_only(stack: Stack) -> None:
    await begun(stack, stack.desk.plan("q", *PLAN))
    kept = [path for path in stack.home.iterdir() if path.name.startswith("conversations.sqlite3")]
    assert kept
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept} == {0o600}


async def test_plan_is_kept_for_the_time_that_the_settings_say(make_stack: MakeStack) -> None:
    stack = make_stack(client_plan_hours=1e-9)
    messages = await begun(stack, stack.desk.plan("q", *PLAN))
    assert names(await go_on(stack, messages)) == ["compose_new_email"]
    assert len(stack.desk.plan_requests) == 2

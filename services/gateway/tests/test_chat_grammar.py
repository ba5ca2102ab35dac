"""The chunks of a chat completion, byte for byte and through the official client."""

from __future__ import annotations

import json
from typing import Any

import openai
import pytest
from deskhand_contract.errors import WireError

from .conftest import Gate, MakeStack, Stack, event, lookup, mail, note

EMPTY_USAGE_KEYS = {"prompt_tokens": 7, "completion_tokens": 11, "total_tokens": 18}


def ask(query: str, **options: Any) -> dict[str, Any]:
    return {"model": "deskhand", "messages": [{"role": "user", "content": query}], **options}


async def lines(stack: Stack, body: dict[str, Any]) -> list[str]:
    async with stack.http() as http:
        response = await http.post("/v1/chat/completions", json=body | {"stream": True})
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert response.text.endswith("\n\n")
    return response.text.removesuffix("\n\n").split("\n\n")


def chunks_of(found: list[str]) -> list[dict[str, Any]]:
    assert all(line.startswith("data: ") for line in found)
    assert found[-1] == "data: [DONE]"
    return [json.loads(line[6:]) for line in found[:-1]]


async def test_run_streams_events_as_chunks_with_empty_delta(stack: Stack) -> None:
    query = stack.desk.plan("q", lookup(1, "Sid"), mail(2, 1))
    found = chunks_of(await lines(stack, ask(query)))
    head, *rest = found
    for chunk in found:
        assert {key: chunk[key] for key in ("id", "object", "created", "model")} == {
            "id": head["id"],
            "object": "chat.completion.chunk",
            "created": head["created"],
            "model": "deskhand",
        }
        assert set(chunk) <= {"id", "object", "created", "model", "choices", "x_plan"}
        assert len(chunk["choices"]) == 1
        assert set(chunk["choices"][0]) == {"index", "delta", "logprobs", "finish_reason"}
    assert head["choices"][0]["delta"] == {"role": "assistant"}
    events = [chunk for chunk in rest if "x_plan" in chunk]
    assert [chunk["choices"][0]["delta"] for chunk in events] == [{}] * 4
    assert {"run", "seq", "node", "name", "arguments", "deps", "status", "output", "error"} <= set(events[0]["x_plan"])
    assert [chunk["choices"][0]["delta"] for chunk in rest[4:]] == [{"content": "Compose_new_email 2 was done."}, {}]
    assert [chunk["choices"][0]["finish_reason"] for chunk in found] == [None] * 6 + ["stop"]


async def test_plan_streams_each_call_in_two_deltas(stack: Stack) -> None:
    query = stack.desk.plan("q", lookup(1, "Sid"), mail(2, 1), event(3, iso=None))
    found = chunks_of(await lines(stack, ask(query, model="deskhand-plan")))
    deltas = [chunk["choices"][0]["delta"] for chunk in found]
    assert deltas[0] == {"role": "assistant"}
    calls = [delta["tool_calls"][0] for delta in deltas[1:-1]]
    assert [call["index"] for call in calls] == [0, 0, 1, 1, 2, 2]
    for head, rest in zip(calls[::2], calls[1::2], strict=True):
        assert set(head) == {"index", "id", "type", "function"}
        assert (head["type"], head["function"]["arguments"]) == ("function", "")
        assert set(rest) == {"index", "function"}
        assert set(rest["function"]) == {"arguments"}
    assert json.loads(calls[3]["function"]["arguments"])["recipients"] == ["$1"]
    assert json.loads(calls[5]["function"]["arguments"])["start_date"] == "Thursday noon"
    assert deltas[-1] == {}
    assert found[-1]["choices"][0]["finish_reason"] == "tool_calls"
    assert all("x_plan" not in chunk for chunk in found)
    assert stack.desk.executed == []


async def test_plan_streams_a_call_while_the_planner_still_writes(stack: Stack) -> None:
    gate = Gate()
    query = stack.desk.plan("q", lookup(1, "Sid"), gate, mail(2, 1))
    async with stack.openai() as client:
        stream = await client.chat.completions.create(**ask(query, model="deskhand-plan"), stream=True)
        names: list[str] = []
        async for chunk in stream:
            for call in chunk.choices[0].delta.tool_calls or []:
                names += [call.function.name] if call.function and call.function.name else []
            if names == ["get_email_address"] and not gate.is_open:
                assert not stack.desk.planner_closed.is_open
                gate.open()
        assert names == ["get_email_address", "compose_new_email"]


async def test_usage_comes_once_at_the_end_and_only_when_asked_for(stack: Stack) -> None:
    query = stack.desk.plan("q", note(1))
    found = chunks_of(await lines(stack, ask(query, stream_options={"include_usage": True})))
    assert found[-1]["choices"] == []
    assert found[-1]["usage"] == EMPTY_USAGE_KEYS
    assert [chunk["usage"] for chunk in found[:-1]] == [None] * (len(found) - 1)
    plain = chunks_of(await lines(stack, ask(query, stream_options={"include_usage": False})))
    assert all("usage" not in chunk and chunk["choices"] for chunk in plain)


async def test_official_client_reads_events_and_answer(stack: Stack) -> None:
    query = stack.desk.plan("q", lookup(1, "Sid"), mail(2, 1))
    async with stack.openai() as client:
        stream = await client.chat.completions.create(**ask(query), stream=True)
        statuses: list[tuple[int, str]] = []
        content = ""
        async for chunk in stream:
            update = (chunk.model_extra or {}).get("x_plan")
            if update:
                statuses.append((update["node"], update["status"]))
            content += chunk.choices[0].delta.content or ""
            assert chunk.choices[0].delta.tool_calls is None
    assert statuses == [(1, "dispatched"), (1, "done"), (2, "dispatched"), (2, "done")]
    assert content == "Compose_new_email 2 was done."


async def test_official_stream_helper_accumulates_both_models(stack: Stack) -> None:
    query = stack.desk.plan("q", lookup(1, "Sid"), mail(2, 1))
    async with stack.openai() as client:
        async with client.chat.completions.stream(**ask(query)) as stream:
            run = await stream.get_final_completion()
        async with client.chat.completions.stream(**ask(query, model="deskhand-plan")) as stream:
            plan = await stream.get_final_completion()
    assert run.choices[0].message.content == "Compose_new_email 2 was done."
    assert (run.choices[0].finish_reason, run.choices[0].message.tool_calls) == ("stop", None)
    calls = plan.choices[0].message.tool_calls or []
    assert [call.function.name for call in calls] == ["get_email_address", "compose_new_email"]
    assert json.loads(calls[1].function.arguments) == {"recipients": ["$1"], "context": "The deck."}
    assert plan.choices[0].finish_reason == "tool_calls"


async def test_completion_without_stream_has_answer_and_events(stack: Stack) -> None:
    query = stack.desk.plan("q", lookup(1, "Sid"), mail(2, 1))
    async with stack.openai() as client:
        completion = await client.chat.completions.create(**ask(query))
    choice = completion.choices[0]
    assert (choice.message.content, choice.finish_reason) == ("Compose_new_email 2 was done.", "stop")
    assert choice.message.tool_calls is None
    assert completion.usage is not None
    assert completion.usage.total_tokens == 18
    events = (completion.model_extra or {})["x_plan"]
    assert [(event["seq"], event["node"], event["status"]) for event in events] == [
        (0, 1, "dispatched"),
        (1, 1, "done"),
        (2, 2, "dispatched"),
        (3, 2, "done"),
    ]


async def test_plan_without_stream_is_a_list_of_calls_without_content(stack: Stack) -> None:
    query = stack.desk.plan("q", lookup(1, "Sid"), mail(2, 1))
    async with stack.http() as http:
        completion = (await http.post("/v1/chat/completions", json=ask(query, model="deskhand-plan"))).json()
    message = completion["choices"][0]["message"]
    assert message["content"] is None
    assert [call["function"]["name"] for call in message["tool_calls"]] == ["get_email_address", "compose_new_email"]
    assert len({call["id"] for call in message["tool_calls"]}) == 2
    assert completion["choices"][0]["finish_reason"] == "tool_calls"
    assert "x_plan" not in completion


@pytest.mark.parametrize("model", ["deskhand", "deskhand-plan"])
@pytest.mark.parametrize("stream", [True, False])
async def test_out_of_scope_says_what_deskhand_can_do(stack: Stack, model: str, stream: bool) -> None:
    query = stack.desk.plan("play some jazz")
    async with stack.openai() as client:
        if stream:
            async with client.chat.completions.stream(**ask(query, model=model)) as streamed:
                choice = (await streamed.get_final_completion()).choices[0]
        else:
            choice = (await client.chat.completions.create(**ask(query, model=model))).choices[0]
    assert (choice.message.content or "").startswith("I can't do that. I can look up")
    assert (choice.finish_reason, choice.message.tool_calls) == ("stop", None)


async def test_nodes_are_shown_as_calls_only_on_request_and_the_run_still_stops(stack: Stack) -> None:
    query = stack.desk.plan("q", lookup(1, "Sid"), mail(2, 1))
    body = ask(query, metadata={"nodes": "tool_calls"})
    async with stack.openai() as client:
        async with client.chat.completions.stream(**body) as stream:
            streamed = (await stream.get_final_completion()).choices[0]
        whole = (await client.chat.completions.create(**body)).choices[0]
    for choice in (streamed, whole):
        assert choice.finish_reason == "stop"
        assert choice.message.content == "Compose_new_email 2 was done."
        calls = choice.message.tool_calls or []
        assert [call.function.name for call in calls] == ["get_email_address", "compose_new_email"]
        assert json.loads(calls[1].function.arguments)["recipients"] == ["out-1"]


async def test_progress_stands_in_reasoning_content_on_request(stack: Stack) -> None:
    query = stack.desk.plan("q", lookup(1, "Sid"))
    found = chunks_of(await lines(stack, ask(query, metadata={"reasoning": "true"})))
    said = [chunk["choices"][0]["delta"].get("reasoning_content") for chunk in found]
    progress = ['1. get_email_address {"name": "Sid"}\n', "1. done\n"]
    assert [text for text in said if text] == progress
    async with stack.http() as http:
        whole = (await http.post("/v1/chat/completions", json=ask(query, metadata={"reasoning": "true"}))).json()
    assert whole["choices"][0]["message"]["reasoning_content"] == "".join(progress)


async def test_silence_is_filled_with_comments_that_clients_pass_over(make_stack: MakeStack) -> None:
    stack = make_stack(ping_interval_s=0.01)
    gate = Gate()
    query = stack.desk.plan("q", gate, note(1))
    async with (
        stack.http() as http,
        http.stream("POST", "/v1/chat/completions", json=ask(query, stream=True)) as answer,
    ):
        found: list[str] = []
        async for line in answer.aiter_lines():
            found += [line] if line else []
            if found.count(": ping") == 2:
                gate.open()
    assert found[:2] == [": ping", ": ping"]
    assert {line[:6] for line in found} == {": ping", "data: "}
    gate = Gate()
    query = stack.desk.plan("again", note(1), gate)
    async with stack.openai() as client, client.chat.completions.stream(**ask(query)) as stream:
        async for _ in stream:
            gate.open()
        completion = await stream.get_final_completion()
    assert completion.choices[0].message.content == "Create_note 1 was done."


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("model", ["deskhand", "deskhand-plan"])
async def test_planner_that_fails_at_once_is_a_plain_error(stack: Stack, stream: bool, model: str) -> None:
    error = WireError(code="engine_unavailable", message="the engine is down", retryable=True)
    query = stack.desk.plan("q", error)
    async with stack.http() as http:
        response = await http.post("/v1/chat/completions", json=ask(query, model=model, stream=stream))
    assert (response.status_code, response.headers["x-should-retry"]) == (503, "true")
    assert response.json() == {
        "error": {"message": "the engine is down", "type": "server_error", "param": None, "code": "engine_unavailable"}
    }


async def test_error_in_mid_stream_is_the_last_event(stack: Stack) -> None:
    query = stack.desk.plan("q", lookup(1, "Sid"), Gate())
    stack.desk.plans["q"][1] = WireError(code="bad_plan", message="the engine wrote no plan")
    found = await lines(stack, ask(query, model="deskhand-plan"))
    assert json.loads(found[-1][6:])["error"]["code"] == "bad_plan"
    assert "data: [DONE]" not in found
    async with stack.openai() as client:
        stream = await client.chat.completions.create(**ask(query, model="deskhand-plan"), stream=True)
        with pytest.raises(openai.APIError, match="the engine wrote no plan"):
            async for _ in stream:
                pass


async def test_failure_after_an_effect_is_nothing_that_clients_retry(stack: Stack) -> None:
    down = WireError(code="engine_unavailable", message="it is down", retryable=True)
    query = stack.desk.plan("q", *stack.desk.note_under_way(1), down)
    async with stack.openai(max_retries=2) as client:
        with pytest.raises(openai.APIStatusError) as raised:
            await client.chat.completions.create(**ask(query))
    assert raised.value.status_code == 424
    assert raised.value.response.headers["x-should-retry"] == "false"
    assert "Until then: Create_note 1 was done." in raised.value.message
    assert len(stack.desk.executed) == 1


async def test_too_long_a_sentence_is_the_request_s_fault(stack: Stack) -> None:
    query = stack.desk.plan("q", WireError(code="sentence_too_long", message="the planner reads 128 words"))
    async with stack.openai() as client:
        with pytest.raises(openai.BadRequestError, match="128 words"):
            await client.chat.completions.create(**ask(query))


async def test_planning_goes_on_with_all_tools_when_toolrag_is_down(make_stack: MakeStack) -> None:
    stack = make_stack(toolrag_url="http://127.0.0.1:9")
    query = stack.desk.plan("q", note(1))
    async with stack.openai() as client:
        await client.chat.completions.create(**ask(query))
    assert [request.tools for request in stack.desk.plan_requests] == [None]


async def test_selected_tools_reach_the_planner(stack: Stack) -> None:
    query = stack.desk.plan("q", note(1))
    async with stack.openai() as client:
        await client.chat.completions.create(**ask(query))
    assert [request.tools for request in stack.desk.plan_requests] == [["get_email_address"]]


async def test_unreachable_planner_is_503_that_may_be_retried(make_stack: MakeStack) -> None:
    stack = make_stack(planner_url="http://127.0.0.1:9")
    async with stack.http() as http:
        response = await http.post("/v1/chat/completions", json=ask("q", stream=True))
    assert (response.status_code, response.headers["x-should-retry"]) == (503, "true")
    assert response.json()["error"]["code"] == "service_unavailable"


async def test_unreachable_executor_fails_the_node_and_says_so(make_stack: MakeStack) -> None:
    stack = make_stack(executor_url="http://127.0.0.1:9")
    query = stack.desk.plan("q", note(1))
    async with stack.openai() as client:
        completion = await client.chat.completions.create(**ask(query))
    content = completion.choices[0].message.content or ""
    assert content.startswith("I couldn't write the note “Log”: the service executor does not answer")

"""Idempotency-Key: what is sent again is answered again, and done once."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from deskhand_contract.errors import WireError

from .conftest import Gate, MakeStack, Stack, lookup, mail, note, number, text


async def streamed(stack: Stack, query: str, key: str) -> list[dict[str, Any]]:
    """The chunks of a streamed completion, without its end mark."""
    async with stack.http(**{"Idempotency-Key": key}) as http:
        body = {"model": "deskhand", "stream": True, "messages": [{"role": "user", "content": query}]}
        lines = (await http.post("/v1/chat/completions", json=body)).text.splitlines()
    assert lines[-2] == "data: [DONE]"
    return [json.loads(line[6:]) for line in lines if line.startswith("data: {")]


async def test_a_repeat_gets_the_same_completion_streamed_or_not(stack: Stack) -> None:
    query = stack.desk.plan("q", lookup(1, "Sid"), mail(2, 1))
    first = (await stack.ask(query, key="k1")).json()
    assert (await stack.ask(query, key="k1")).json() == first
    chunks = await streamed(stack, query, "k1")
    assert {chunk["id"] for chunk in chunks} == {first["id"]}
    assert [chunk["x_plan"] for chunk in chunks if "x_plan" in chunk] == first["x_plan"]
    said = "".join(chunk["choices"][0]["delta"].get("content") or "" for chunk in chunks)
    assert said == first["choices"][0]["message"]["content"]
    assert len(stack.desk.plan_requests) == 1
    assert len(stack.desk.executed) == 2


async def test_a_repeat_of_what_is_still_running_waits_for_the_same_answer(stack: Stack) -> None:
    begun, go_on = stack.desk.hold("create_note")
    query = stack.desk.plan("q", note(1))
    first = asyncio.ensure_future(stack.ask(query, key="k1"))
    await begun.wait()
    others = [asyncio.ensure_future(stack.ask(query, key="k1")) for _ in range(3)]
    stream = asyncio.ensure_future(streamed(stack, query, "k1"))
    go_on.open()
    answer = (await first).json()
    assert [(await other).json() for other in others] == [answer] * 3
    assert (await stream)[0]["id"] == answer["id"]
    assert len(stack.desk.executed) == 1


async def test_requests_that_arrive_together_are_one(stack: Stack) -> None:
    query = stack.desk.plan("q", note(1))
    answers = await asyncio.gather(*(stack.ask(query, key="k1") for _ in range(8)))
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(stack.desk.executed) == 1


async def test_a_run_with_a_key_goes_on_without_its_client(stack: Stack) -> None:
    gate = Gate()
    query = stack.desk.plan("q", note(1), gate, mail(2))
    begun, go_on = stack.desk.hold("create_note")
    asking = asyncio.ensure_future(stack.ask(query, key="k1"))
    await begun.wait()
    asking.cancel()
    await asyncio.wait([asking])
    go_on.open()
    gate.open()
    assert await stack.say(query, key="k1") == "Create_note 1 was done; compose_new_email 2 was done."
    assert len(stack.desk.plan_requests) == 1


async def test_another_request_under_the_same_key_is_refused(stack: Stack) -> None:
    stack.desk.plan("other", note(1))
    await stack.ask(stack.desk.plan("q", note(1)), key="k1")
    for other in ({"metadata": {"timezone": "Asia/Tokyo"}}, {}):
        refused = await stack.ask("q" if other else "other", key="k1", **other)
        assert (refused.status_code, refused.json()["error"]["code"]) == (422, "idempotency_key_reused")
    assert len(stack.desk.executed) == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb"])
async def test_a_key_that_is_none_is_refused(shared: Stack, key: str) -> None:
    async with shared.http(**{"Idempotency-Key": key}) as http:
        body = {"model": "deskhand", "messages": [{"role": "user", "content": "q"}]}
        refused = await http.post("/v1/chat/completions", json=body)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "invalid_idempotency_key")


async def test_a_failure_before_any_effect_lets_go_of_the_key(stack: Stack) -> None:
    stack.desk.plan("q", lookup(1, "Sid"), WireError(code="engine_unavailable", message="it is down", retryable=True))
    assert (await stack.ask("q", key="k1")).status_code == 503
    stack.desk.plan("q", note(1))
    assert await stack.say("q", key="k1") == "Create_note 1 was done."


async def test_a_failure_after_an_effect_stays_the_answer(stack: Stack) -> None:
    down = WireError(code="engine_unavailable", message="it is down", retryable=True)
    stack.desk.plan("q", *stack.desk.note_under_way(1), down)
    first = await stack.ask("q", key="k1")
    again = await stack.ask("q", key="k1")
    assert (first.status_code, again.status_code) == (424, 424)
    assert again.json() == first.json()
    assert again.headers["x-should-retry"] == "false"
    assert len(stack.desk.plan_requests) == 1


async def test_a_repeated_yes_gets_the_first_answer(stack: Stack) -> None:
    query = stack.desk.plan("text Sid", number(1, "Sid"), text(2, 1))
    answer = await stack.say(query, key="k1")
    first = (await stack.ask(query, answer, "yes", key="k2")).json()
    assert (await stack.ask(query, answer, "yes", key="k2")).json() == first
    assert first["choices"][0]["message"]["content"] == "Send_sms 2 was done."
    assert (await stack.say(query, key="k1")) == answer
    assert [request.tool for request in stack.desk.executed] == ["get_phone_number", "send_sms"]


async def test_the_answer_of_a_key_is_kept_over_a_restart(make_stack: MakeStack) -> None:
    stack = make_stack()
    query = stack.desk.plan("q", lookup(1, "Sid"), mail(2, 1))
    first = (await stack.ask(query, key="k1")).json()
    later = make_stack()
    assert (await later.ask(query, key="k1")).json() == first
    assert later.desk.executed == []

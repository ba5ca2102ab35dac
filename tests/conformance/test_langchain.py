"""LangChain's client for OpenAI-compatible servers."""

from __future__ import annotations

import asyncio
from typing import Any

import openai
import pytest

from .conftest import LOOP, RESULTS, TOOLS, Desk, check_loop, sentence

langchain_openai = pytest.importorskip(
    "langchain_openai", reason="langchain-openai is not installed; `make conformance` installs it"
)


def model(desk: Desk, **options: Any) -> Any:
    return langchain_openai.ChatOpenAI(
        **{"model": "deskhand", "base_url": desk.base_url, "api_key": desk.key, **options}
    )


def test_invoke_carries_a_sentence_out_once(desk: Desk) -> None:
    message = model(desk).invoke(sentence("Guava"))
    assert "Guava" in message.content
    assert message.tool_calls == []
    assert message.response_metadata["finish_reason"] == "stop"
    assert (desk.notes("Guava"), desk.reminders("Guava")) == (1, 1)


def test_streamed_pieces_add_up(desk: Desk) -> None:
    whole = None
    for piece in model(desk).stream(sentence("Hazel")):
        whole = piece if whole is None else whole + piece
    assert whole is not None
    assert "Hazel" in whole.content
    assert whole.tool_calls == []
    assert (desk.notes("Hazel"), desk.reminders("Hazel")) == (1, 1)


def test_an_agent_loop_with_tools_of_its_own_carries_out_the_plan_itself(desk: Desk) -> None:
    from langchain_core.messages import HumanMessage, ToolMessage

    before = desk.drafts()
    bound = model(desk).bind_tools(TOOLS)
    messages: list[Any] = [HumanMessage(LOOP)]
    calls: list[tuple[str, dict[str, Any]]] = []
    while (message := bound.invoke(messages)).tool_calls:
        messages.append(message)
        for call in message.tool_calls:
            calls.append((call["name"], call["args"]))
            messages.append(ToolMessage(RESULTS[call["name"]], tool_call_id=call["id"]))
    check_loop(calls)
    assert message.content
    assert desk.drafts() == before


def test_errors_are_those_of_the_api(desk: Desk) -> None:
    with pytest.raises(openai.NotFoundError):
        model(desk, model="gpt-4o").invoke("x")
    with pytest.raises(openai.AuthenticationError):
        model(desk, api_key="dk-wrong").invoke("x")


async def test_a_cancelled_stream_leaves_nothing_twice(desk: Desk) -> None:
    async def first_piece() -> None:
        async for _ in model(desk).astream(sentence("Ivy")):
            return

    async with asyncio.timeout(60):
        await first_piece()
        assert "Juniper" in (await model(desk).ainvoke("make a note called Juniper saying after")).content
    assert desk.notes("Juniper") == 1
    assert desk.notes("Ivy") <= 1
    assert desk.reminders("Ivy") <= 1

"""The stream of a run, as the official client and the bytes show it."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from deskhand_cli.testing import RunningStack
from openai import AuthenticationError, OpenAI

SENTENCE = (
    "make a note called Trip saying pack light, remind me to buy film tomorrow at 9 and show me Lisbon on the map"
)
FINAL = ("done", "failed", "skipped")


def updates(client: OpenAI, sentence: str) -> tuple[list[dict[str, Any]], str]:
    found: list[dict[str, Any]] = []
    said = ""
    messages: Any = [{"role": "user", "content": sentence}]
    with client.chat.completions.create(model="deskhand", messages=messages, stream=True) as stream:
        for chunk in stream:
            extra = chunk.model_extra or {}
            if extra.get("x_plan"):
                found.append(extra["x_plan"])
            assert not chunk.choices[0].delta.tool_calls
            said += chunk.choices[0].delta.content or ""
    return found, said


def test_a_node_is_dispatched_before_it_is_done_and_after_what_it_needs(client: OpenAI) -> None:
    found, said = updates(client, SENTENCE)
    assert [update["seq"] for update in found] == list(range(len(found)))
    assert len({update["node"] for update in found}) >= 3
    finished: set[int] = set()
    dispatched: set[int] = set()
    for update in found:
        if update["status"] == "dispatched":
            assert set(update["deps"]) <= finished
            dispatched.add(update["node"])
        else:
            assert update["status"] in FINAL
            assert update["node"] in dispatched
            finished.add(update["node"])
    assert dispatched == finished
    assert said


def test_the_stream_ends_with_its_mark_and_has_no_named_events(stack: RunningStack) -> None:
    with httpx.stream(
        "POST",
        f"{stack.base_url}/chat/completions",
        json={"model": "deskhand", "messages": [{"role": "user", "content": SENTENCE}], "stream": True},
        headers={"Authorization": f"Bearer {stack.api_key}"},
        timeout=60,
        trust_env=False,
    ) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        lines = [line for line in response.iter_lines() if line]
    assert lines[-1] == "data: [DONE]"
    assert all(line.startswith(("data: ", ":")) for line in lines)
    chunks = [json.loads(line.removeprefix("data: ")) for line in lines[:-1] if line.startswith("data: ")]
    assert chunks[0]["choices"][0]["delta"]["role"] == "assistant"
    assert len({chunk["id"] for chunk in chunks}) == 1
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks if chunk["choices"][0]["finish_reason"]] == [
        "stop"
    ]


def test_the_planning_model_shows_calls_and_does_nothing(stack: RunningStack, client: OpenAI) -> None:
    messages: Any = [{"role": "user", "content": "make a note called Plums saying three kilos"}]
    answer = client.chat.completions.create(model="deskhand-plan", messages=messages)
    assert answer.choices[0].finish_reason == "tool_calls"
    assert answer.choices[0].message.tool_calls
    assert not list((stack.home / "notes").rglob("Plums*"))


def test_without_the_key_the_client_gets_its_own_error(stack: RunningStack) -> None:
    with (
        OpenAI(base_url=stack.base_url, api_key="dk-wrong", max_retries=0) as client,
        pytest.raises(AuthenticationError),
    ):
        client.models.list()

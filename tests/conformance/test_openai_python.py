"""openai-python, the official client."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai import OpenAI

from .conftest import LOOP, MICRO, RESULTS, TOOLS, Desk, check_loop, sentence


@pytest.fixture
def client(desk: Desk) -> Iterator[OpenAI]:
    with OpenAI(base_url=desk.base_url, api_key=desk.key) as client:  # with its own retries
        yield client


def ask(words: str) -> Any:
    return {"model": "deskhand", "messages": [{"role": "user", "content": words}]}


def test_a_sentence_of_several_nodes_is_carried_out_once(client: OpenAI, desk: Desk) -> None:
    completion = client.chat.completions.create(**ask(sentence("Apricot")))
    assert completion.choices[0].finish_reason == "stop"
    assert not completion.choices[0].message.tool_calls
    assert "Apricot" in (completion.choices[0].message.content or "")
    assert (desk.notes("Apricot"), desk.reminders("Apricot")) == (1, 1)


def test_the_stream_helper_gathers_the_same_answer(client: OpenAI, desk: Desk) -> None:
    kinds: list[str] = []
    with client.chat.completions.stream(**ask(sentence("Bramble"))) as stream:
        kinds.extend(event.type for event in stream)
        completion = stream.get_final_completion()
    assert "content.done" in kinds
    assert completion.choices[0].finish_reason == "stop"
    assert "Bramble" in (completion.choices[0].message.content or "")
    assert (desk.notes("Bramble"), desk.reminders("Bramble")) == (1, 1)


def test_an_agent_loop_finds_nothing_left_to_do(client: OpenAI, desk: Desk) -> None:
    """The loop of an agent without tools of its own: ask again as long as there are tool calls."""
    messages: list[Any] = [{"role": "user", "content": sentence("Currant")}]
    turns = 0
    while True:
        turns += 1
        message = client.chat.completions.create(model="deskhand", messages=messages).choices[0].message
        messages.append(message.model_dump(exclude_none=True))
        if not message.tool_calls:
            break
    assert turns == 1
    assert (desk.notes("Currant"), desk.reminders("Currant")) == (1, 1)


def test_an_agent_loop_with_tools_of_its_own_carries_out_the_plan_itself(client: OpenAI, desk: Desk) -> None:
    before = desk.drafts()
    messages: list[Any] = [{"role": "user", "content": LOOP}]
    calls: list[tuple[str, dict[str, Any]]] = []
    while True:
        message = (
            client.chat.completions.create(model="deskhand", messages=messages, tools=TOOLS).choices[0].message  # pyright: ignore
        )
        messages.append(message)
        if not message.tool_calls:
            break
        for call in message.tool_calls:
            calls.append((call.function.name, json.loads(call.function.arguments)))
            messages.append({"role": "tool", "tool_call_id": call.id, "content": RESULTS[call.function.name]})
    check_loop(calls)
    assert message.content
    assert desk.drafts() == before


def test_responses_carry_a_sentence_out_once(client: OpenAI, desk: Desk) -> None:
    response = client.responses.create(model="deskhand", input=sentence("Tarragon"))
    assert response.status == "completed"
    assert "Tarragon" in response.output_text
    assert [item.type for item in response.output].count("mcp_call") == 2
    assert (desk.notes("Tarragon"), desk.reminders("Tarragon")) == (1, 1)


def test_responses_stream_to_the_same_end(client: OpenAI, desk: Desk) -> None:
    with client.responses.stream(model="deskhand", input=sentence("Ulluco")) as stream:
        kinds = [event.type for event in stream]
        response = stream.get_final_response()
    assert kinds[-1] == "response.completed"
    assert "Ulluco" in response.output_text
    assert (desk.notes("Ulluco"), desk.reminders("Ulluco")) == (1, 1)


def test_a_recording_is_transcribed(client: OpenAI) -> None:
    said = json.loads((MICRO / "micro.json").read_text())["recordings"]["plants.wav"]
    with (MICRO / "audio" / "plants.wav").open("rb") as file:
        heard = client.audio.transcriptions.create(model="whisper-1", file=file, language="en")
    assert heard.text == said


def test_errors_are_the_clients_own_and_nothing_is_retried_into_a_second_effect(client: OpenAI, desk: Desk) -> None:
    with pytest.raises(openai.NotFoundError, match="deskhand-plan"):
        client.chat.completions.create(**ask("x") | {"model": "gpt-4o"})
    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(**ask(""))
    with pytest.raises(openai.AuthenticationError):
        client.with_options(api_key="dk-wrong").models.list()
    failing = client.chat.completions.create(
        **ask("text Wilhelmina that I am late and make a note called Damson saying buy sugar")
    )
    assert "Wilhelmina" in (failing.choices[0].message.content or "")
    assert desk.notes("Damson") == 1


def test_a_stream_that_is_left_ends_and_nothing_is_done_twice(client: OpenAI, desk: Desk) -> None:
    stream = client.chat.completions.create(**ask(sentence("Elder")), stream=True)
    next(iter(stream))
    stream.close()
    assert client.chat.completions.create(**ask("make a note called Fig saying after")).choices[0].message.content
    assert desk.notes("Fig") == 1
    assert desk.notes("Elder") <= 1
    assert desk.reminders("Elder") <= 1
    assert desk.ready()

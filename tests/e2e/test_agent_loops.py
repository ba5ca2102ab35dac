"""Agent loops against the whole stack: the client's tools, real planners, a gateway that dies in between."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from deskhand_cli.testing import RunningStack, StackStarter
from deskhand_contract.openai import tool_schemas
from deskhand_planner.testing import write_tiny_gguf
from openai import APIError, OpenAI

SENTENCE = "find the lease and mail it to Maya"
CLOCK = {"now": "2026-03-11T09:30:00", "timezone": "Europe/Berlin"}
RESULTS = {"get_email_address": "maya@example.org", "open_and_get_file_path": "/home/me/lease.pdf"}

FLIP = {
    "type": "function",
    "function": {
        "name": "flip-coin",
        "parameters": {
            "type": "object",
            "properties": {"coins": {"type": "integer"}, "side": {"enum": ["heads", "tails"]}},
            "required": ["coins", "side"],
            "additionalProperties": False,
        },
    },
}


def own_tools() -> list[Any]:
    return json.loads(json.dumps(tool_schemas()))


def agent(
    client: OpenAI, sentence: str, tools: list[Any], between: Callable[[], None] = lambda: None, **options: Any
) -> tuple[str, list[tuple[str, dict[str, Any]]]]:
    """(answer, calls in the order in which they were made). `between` is called after each round."""
    messages: list[Any] = [{"role": "user", "content": sentence}]
    made: list[tuple[str, dict[str, Any]]] = []
    while True:
        completion = client.chat.completions.create(
            model="deskhand", messages=messages, tools=tools, metadata=CLOCK, **options
        )
        message: Any = completion.choices[0].message
        if not message.tool_calls:
            return message.content or "", made
        messages.append(message.model_dump(exclude_none=True))
        for call in message.tool_calls:
            made.append((call.function.name, json.loads(call.function.arguments)))
            result = RESULTS.get(call.function.name, "done")
            messages.append({"role": "tool", "tool_call_id": call.id, "content": result})
        between()


def drafts(stack: RunningStack) -> int:
    return sum(1 for path in stack.home.rglob("*") if "drafts" in str(path.parent).lower() and path.is_file())


@pytest.mark.parametrize("parallel", [True, False])
def test_own_tools_are_planned_by_the_embedded_planner_and_carried_out_by_nobody_here(
    stack: RunningStack, client: OpenAI, parallel: bool
) -> None:
    before = drafts(stack)
    answer, made = agent(client, SENTENCE, own_tools(), parallel_tool_calls=parallel)
    assert {name for name, _ in made} == {"get_email_address", "open_and_get_file_path", "compose_new_email"}
    name, arguments = made[-1]
    assert name == "compose_new_email"
    assert (arguments["recipients"], arguments["attachments"]) == (["maya@example.org"], ["/home/me/lease.pdf"])
    assert answer == "done"
    assert drafts(stack) == before


def test_gateway_that_is_killed_in_mid_plan_goes_on_with_it(own_stack: StackStarter) -> None:
    with own_stack() as stack, OpenAI(base_url=stack.base_url, api_key=stack.api_key, max_retries=0) as client:

        def kill() -> None:
            psutil.Process(stack.state.services["gateway"].pid).kill()
            stack.wait_for("The gateway died (ended by SIGKILL")

        _, made = agent(client, SENTENCE, own_tools(), kill)
    assert made[-1][1]["recipients"] == ["maya@example.org"]


def test_other_tools_are_refused_without_an_engine_and_the_way_out_is_named(client: OpenAI) -> None:
    with pytest.raises(APIError, match=r"planner\.fallback") as raised:
        agent(client, "flip two coins", [FLIP])
    assert raised.value.code == "tools_need_engine"


def test_any_model_on_disk_plans_with_any_tools(own_stack: StackStarter, tmp_path: Path) -> None:
    """The model is random: what it asks for is nonsense, and follows the schema."""
    path = write_tiny_gguf(tmp_path / "tiny.gguf", 3)
    environment = {"DESKHAND_PLANNER_FALLBACK": "gguf", "DESKHAND_PLANNER_GGUF_PATH": str(path)}
    with (
        own_stack(environment) as stack,
        OpenAI(base_url=stack.base_url, api_key=stack.api_key, max_retries=0) as client,
    ):
        answer, made = agent(client, "flip two coins", [FLIP], tool_choice="required")
    assert made
    for name, arguments in made:
        assert name == "flip-coin"
        assert isinstance(arguments["coins"], int)
        assert arguments["side"] in ("heads", "tails")
    assert answer

"""A run is stopped: what has not begun does not begin, and what is under way is brought to its end and written down."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from deskhand_contract.plan import NodeRef

from .conftest import Gate, Stack, event, mail, node, note, text


def states(run: dict[str, Any]) -> dict[int, tuple[str, str | None]]:
    """How each node ended, and the code of its error."""
    return {node["node"]: (node["status"], node["error"] and node["error"]["code"]) for node in run["nodes"]}


def zoom(id: int) -> Any:
    return node(id, "get_zoom_meeting_link", topic="Sync")


def executed(stack: Stack) -> list[str]:
    return [request.tool for request in stack.desk.executed]


async def test_what_is_under_way_ends_and_nothing_more_begins(stack: Stack) -> None:
    begun, go_on = stack.desk.hold("create_note")
    query = stack.desk.plan("q", note(1), note(2), Gate())  # the second waits for the first to let go of the notes
    asking = asyncio.ensure_future(stack.ask(query))
    await begun.wait()
    run = (await stack.latest())["id"]
    cancelling = asyncio.ensure_future(stack.post(f"/v1/runs/{run}/cancel"))
    await stack.desk.planner_closed.wait()
    assert not cancelling.done()
    go_on.open()
    cancelled = await cancelling
    assert (cancelled["status"], states(cancelled)) == (
        "cancelled",
        {1: ("done", None), 2: ("skipped", "cancelled")},
    )
    completion = (await asking).json()
    assert completion["choices"][0]["finish_reason"] == "stop"
    assert completion["choices"][0]["message"]["content"] == cancelled["answer"]
    assert "because the request was cancelled" in cancelled["answer"]
    assert executed(stack) == ["create_note"]
    assert await stack.get(f"/v1/runs/{run}") == cancelled


async def test_a_run_that_waits_for_approval_is_cancelled_with_all_that_hangs_on_it(stack: Stack) -> None:
    query = stack.desk.plan("q", event(1), zoom(2), note(3, content=NodeRef(node=2)))
    answer = await stack.say(query)
    run = (await stack.latest())["id"]
    cancelled = await stack.post(f"/v1/runs/{run}/cancel", {})
    assert (cancelled["status"], states(cancelled)) == (
        "cancelled",
        {1: ("done", None), 2: ("skipped", "cancelled"), 3: ("skipped", "cancelled")},
    )
    assert (await stack.post(f"/v1/runs/{run}/approve", status=409))["error"]["code"] == "not_waiting"
    assert (await stack.say(query, answer, "yes")).startswith("That was decided before")
    assert executed(stack) == ["create_calendar_event"]


async def test_what_was_approved_is_cancelled_like_the_rest(stack: Stack) -> None:
    begun, go_on = stack.desk.hold("get_zoom_meeting_link")
    await stack.say(stack.desk.plan("q", zoom(1), note(2, content=NodeRef(node=1))))
    run = (await stack.latest())["id"]
    approving = asyncio.ensure_future(stack.post(f"/v1/runs/{run}/approve"))
    await begun.wait()
    cancelling = asyncio.ensure_future(stack.post(f"/v1/runs/{run}/cancel"))
    async with stack.http() as http, http.stream("GET", f"/v1/runs/{run}/events") as response:
        async for line in response.aiter_lines():
            if '"skipped"' in line:
                break
    go_on.open()
    cancelled = await cancelling
    assert (cancelled["status"], states(cancelled)) == ("cancelled", {1: ("done", None), 2: ("skipped", "cancelled")})
    assert await approving == cancelled


async def test_to_cancel_twice_is_to_cancel_once(stack: Stack) -> None:
    begun, go_on = stack.desk.hold("create_note")
    asking = asyncio.ensure_future(stack.ask(stack.desk.plan("q", note(1), mail(2), Gate())))
    await begun.wait()
    run = (await stack.latest())["id"]
    both = [asyncio.ensure_future(stack.post(f"/v1/runs/{run}/cancel")) for _ in range(2)]
    asking.cancel()  # its client leaves, which stops the run as well
    await stack.desk.planner_closed.wait()
    go_on.open()
    first, second = await asyncio.gather(*both)
    assert first == second == await stack.post(f"/v1/runs/{run}/cancel")
    assert (first["status"], states(first)[1]) == ("cancelled", ("done", None))


async def test_a_request_that_is_sent_again_gets_the_answer_of_the_cancelled_run(stack: Stack) -> None:
    begun, go_on = stack.desk.hold("create_note")
    query = stack.desk.plan("q", note(1), Gate())
    asking = asyncio.ensure_future(stack.say(query, key="one"))
    await begun.wait()
    run = (await stack.latest())["id"]
    cancelling = asyncio.ensure_future(stack.post(f"/v1/runs/{run}/cancel"))
    await stack.desk.planner_closed.wait()
    go_on.open()
    await cancelling
    assert await stack.say(query, key="one") == await asking
    assert executed(stack) == ["create_note"]


@pytest.mark.parametrize("steps", [[note(1)], []])
async def test_of_a_run_that_has_ended_there_is_nothing_to_cancel(stack: Stack, steps: list[Any]) -> None:
    await stack.say(stack.desk.plan("q", *steps))
    run = await stack.latest()
    async with stack.http() as http:
        refused = await http.post(f"/v1/runs/{run['id']}/cancel")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "nothing_to_cancel")
    assert refused.headers["x-should-retry"] == "false"
    assert await stack.get(f"/v1/runs/{run['id']}") == run


async def test_a_run_is_cancelled_as_a_whole_or_not_at_all(stack: Stack) -> None:
    await stack.say(stack.desk.plan("q", text(1), text(2)))
    run = (await stack.latest())["id"]
    refused = await stack.post(f"/v1/runs/{run}/cancel", {"nodes": [1]}, 400)
    assert (refused["error"]["param"], "deny" in refused["error"]["message"]) == ("nodes", True)
    assert (await stack.get(f"/v1/runs/{run}"))["status"] == "needs_approval"
    await stack.post("/v1/runs/run_none/cancel", status=404)

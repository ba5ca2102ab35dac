"""How sure the planner is decides whether effects wait; lookups never do."""

from __future__ import annotations

import asyncio
from typing import Any

from deskhand_contract.errors import WireError
from deskhand_contract.plan import NodeRef

from .conftest import Gate, MakeStack, Stack, event, lookup, mail, node, note, text


def last_states(run: dict[str, Any]) -> list[str]:
    return [node["status"] for node in run["nodes"]]


async def test_an_unsure_plan_looks_things_up_and_changes_nothing_before_a_yes(stack: Stack) -> None:
    query = stack.desk.plan("hm", lookup(1, "Sid"), mail(2, 1), event(3), confidence=0.31)
    answer = await stack.say(query)
    assert [request.tool for request in stack.desk.executed] == ["get_email_address"]
    assert "I am not sure that I understood you." in answer
    assert "recipients: out-1" in answer
    run = await stack.latest()
    assert (run["status"], run["confidence"]) == ("needs_approval", 0.31)
    assert last_states(run) == ["done", "needs_approval", "needs_approval"]
    told = await stack.say(query, answer, "yes")
    assert "not sure" not in told
    assert last_states(await stack.latest()) == ["done", "done", "done"]


async def test_a_sure_plan_is_carried_out(stack: Stack) -> None:
    await stack.say(stack.desk.plan("put lunch in", event(1), note(2), confidence=0.9))
    run = await stack.latest()
    assert (run["status"], run["confidence"]) == ("done", 0.9)


async def test_lookups_start_while_the_plan_is_written_and_effects_wait_for_its_end(stack: Stack) -> None:
    writing = Gate()
    begun, go_on = stack.desk.hold("get_email_address")
    query = stack.desk.plan("mail Sid", event(1), lookup(2, "Sid"), writing, mail(3, 2), confidence=0.9)
    asked = asyncio.create_task(stack.say(query))
    await begun.wait()
    assert [request.tool for request in stack.desk.executed] == ["get_email_address"]
    go_on.open()
    writing.open()
    await asked
    assert last_states(await stack.latest()) == ["done", "done", "done"]


async def test_a_planner_that_does_not_rate_its_plans_holds_nothing_up(stack: Stack) -> None:
    writing = Gate()
    begun, go_on = stack.desk.hold("create_calendar_event")
    asked = asyncio.create_task(stack.say(stack.desk.plan("lunch", event(1), writing, note(2))))
    await begun.wait()
    go_on.open()
    writing.open()
    await asked
    assert (await stack.latest())["confidence"] is None


async def test_what_follows_from_an_approved_effect_is_not_asked_again(stack: Stack) -> None:
    call = node(1, "get_zoom_meeting_link", topic="Sync")
    linked = node(3, "create_note", name="Link", content=NodeRef(node=1))
    query = stack.desk.plan("hm", call, note(2), linked, confidence=0.2)
    answer = await stack.say(query)
    assert "After that I write the note “Link”." in answer
    run = await stack.latest()
    await stack.post(f"/v1/runs/{run['id']}/approve", {"nodes": [1]})
    run = await stack.latest()
    assert last_states(run) == ["done", "needs_approval", "done"]


async def test_nothing_is_changed_when_an_unrated_plan_breaks_off(stack: Stack) -> None:
    broken = WireError(code="broken", message="the planner broke")
    await stack.ask(stack.desk.plan("lunch", event(1), broken, confidence=0.9))
    assert stack.desk.executed == []
    run = await stack.latest()
    assert (run["status"], last_states(run)) == ("failed", ["skipped"])


async def test_the_threshold_is_a_setting_and_zero_never_asks(make_stack: MakeStack) -> None:
    stack = make_stack(min_confidence=0)
    await stack.say(stack.desk.plan("hm", event(1), confidence=0.01))
    assert (await stack.latest())["status"] == "done"


async def test_a_request_that_may_waive_the_asking_waives_this_too(make_stack: MakeStack) -> None:
    stack = make_stack(allow_metadata_approval=True)
    query = stack.desk.plan("hm", text(1), event(2), confidence=0.1)
    await stack.say(query, metadata={"approval": "auto"})
    assert (await stack.latest())["status"] == "done"


async def test_what_is_forbidden_is_not_asked_about(make_stack: MakeStack) -> None:
    stack = make_stack(approvals={"create_note": "deny"})
    await stack.say(stack.desk.plan("hm", note(1), event(2), confidence=0.1))
    assert last_states(await stack.latest()) == ["skipped", "needs_approval"]

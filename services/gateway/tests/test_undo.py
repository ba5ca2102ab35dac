"""Taking back what a run did: through the executor, latest first, and honest about what stays."""

from __future__ import annotations

import asyncio
from typing import Any

from deskhand_contract.services import UndoRequest
from deskhand_serving.errors import ServiceFailure

from .conftest import MakeStack, Stack, lookup, mail, note, text
from .test_approval import replay


def undo_states(run: dict[str, Any]) -> dict[int, str]:
    return {node["node"]: node["undo"] for node in run["nodes"]}


async def done(stack: Stack, *nodes: Any) -> str:
    """The id of a run that carried out the nodes."""
    stack.desk.make_undoable("create_note", "compose_new_email")
    return (await stack.ask(stack.desk.plan("q", *nodes))).json()["x_plan"][0]["run"]


async def test_a_run_is_taken_back_latest_effect_first(stack: Stack) -> None:
    run = await done(stack, lookup(1, "Sid"), mail(2, 1), note(3, content="$1"))
    before = await stack.get(f"/v1/runs/{run}")
    assert undo_states(before) == {1: "none", 2: "possible", 3: "possible"}
    order = [update["node"] for update in await replay(stack, run) if update["status"] == "done"]
    undone = await stack.post(f"/v1/runs/{run}/undo")
    assert [record["label"] for record in stack.desk.undone] == [n for n in reversed(order) if n != 1]
    assert (undone["status"], undo_states(undone)) == ("undone", {1: "none", 2: "done", 3: "done"})
    assert undone["answer"] == " ".join(f"Took back {n}." for n in reversed(order) if n != 1)
    assert [update["undo"] for update in (await replay(stack, run))[-2:]] == ["done", "done"]


async def test_one_node_is_taken_back_and_once(stack: Stack) -> None:
    run = await done(stack, note(1), note(2))
    undone = await stack.post(f"/v1/runs/{run}/undo", {"nodes": [1]})
    assert (undone["status"], undo_states(undone)) == ("done", {1: "done", 2: "possible"})
    again = await stack.post(f"/v1/runs/{run}/undo", {"nodes": [1]}, 409)
    assert (again["error"]["code"], "taken back before" in again["error"]["message"]) == ("nothing_to_undo", True)
    assert (await stack.post(f"/v1/runs/{run}/undo"))["status"] == "undone"
    await stack.post(f"/v1/runs/{run}/undo", status=409)
    assert [record["label"] for record in stack.desk.undone] == [1, 2]


async def test_two_who_undo_at_once_take_back_once(stack: Stack) -> None:
    run = await done(stack, note(1))
    async with stack.http() as http:
        answers = await asyncio.gather(*(http.post(f"/v1/runs/{run}/undo") for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert len(stack.desk.undone) == 1


async def test_what_was_changed_since_is_left_and_says_why(stack: Stack) -> None:
    run = await done(stack, note(1))
    stack.desk.refuse_undo = ServiceFailure.of("undo_refused", "the note “Log” has been changed since", 409)
    left = await stack.post(f"/v1/runs/{run}/undo")
    assert (left["status"], left["answer"]) == ("done", "The note “Log” has been changed since.")
    assert left["nodes"][0]["undo"] == "none"
    assert left["nodes"][0]["error"]["code"] == "cannot_undo"
    assert left["nodes"][0]["status"] == "done"
    assert "changed since" in (await stack.post(f"/v1/runs/{run}/undo", {"nodes": [1]}, 409))["error"]["message"]


async def test_what_was_sent_stays_sent_and_the_rest_is_taken_back(make_stack: MakeStack) -> None:
    stack = make_stack(approvals={"send_sms": "auto"})
    run = await done(stack, note(1), text(2))
    left = await stack.post(f"/v1/runs/{run}/undo")
    assert (left["status"], undo_states(left)) == ("done", {1: "done", 2: "none"})
    assert left["nodes"][1]["error"]["code"] == "cannot_undo"
    assert "The text has left this machine, so it cannot be taken back." in left["answer"]
    assert "Took back 1." in left["answer"]


async def test_an_executor_that_is_away_changes_nothing_and_may_be_asked_again(stack: Stack) -> None:
    run = await done(stack, note(1))
    stack.desk.refuse_undo = ServiceFailure.of("tool_unavailable", "the notes are away", 503)
    assert (await stack.post(f"/v1/runs/{run}/undo", status=503))["error"]["message"] == "the notes are away"
    stack.desk.refuse_undo = None
    assert (await stack.post(f"/v1/runs/{run}/undo"))["status"] == "undone"


async def test_lookups_and_runs_under_way_have_nothing_to_take_back(stack: Stack) -> None:
    run = await done(stack, lookup(1, "Sid"))
    error = (await stack.post(f"/v1/runs/{run}/undo", {"nodes": [1]}, 409))["error"]
    assert (error["code"], "it changed nothing" in error["message"]) == ("nothing_to_undo", True)
    await stack.post(f"/v1/runs/{run}/undo", status=409)
    assert (await stack.post(f"/v1/runs/{run}/undo", {"nodes": [9]}, 400))["error"]["code"] == "node_not_found"
    await stack.post("/v1/runs/run_none/undo", status=404)
    begun, go_on = stack.desk.hold("create_note")
    asking = asyncio.ensure_future(stack.ask(stack.desk.plan("more", note(1))))
    await begun.wait()
    under_way = (await stack.latest())["id"]
    assert (await stack.post(f"/v1/runs/{under_way}/undo", status=409))["error"]["code"] == "run_in_progress"
    go_on.open()
    await asking


async def test_the_executor_gets_the_record_that_it_gave(stack: Stack) -> None:
    run = await done(stack, note(1))
    await stack.post(f"/v1/runs/{run}/undo")
    assert stack.desk.undone == [UndoRequest(undo={"tool": "create_note", "label": 1}).undo]

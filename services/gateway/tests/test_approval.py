"""What asks first, how a yes or no gets to it, and that it happens once."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from typing import Any

import httpx
import pytest
from deskhand_contract.plan import NodeRef
from deskhand_gateway.runs.consent import consent
from deskhand_gateway.runs.journal import FILE
from deskhand_gateway.settings import GatewaySettings
from pydantic import ValidationError

from .conftest import Gate, MakeStack, Stack, lookup, mail, node, note, number, text


def zoom(id: int) -> Any:
    return node(id, "get_zoom_meeting_link", topic="Sync")


def executed(stack: Stack) -> list[str]:
    return [request.tool for request in stack.desk.executed]


def states(run: dict[str, Any]) -> dict[int, str]:
    return {node["node"]: node["status"] for node in run["nodes"]}


async def statuses(stack: Stack, query: str, **fields: Any) -> list[tuple[int, str]]:
    """What happens to the nodes, in order."""
    return [(update["node"], update["status"]) for update in (await stack.ask(query, **fields)).json()["x_plan"]]


async def test_what_leaves_the_machine_waits_and_all_else_goes_on(stack: Stack) -> None:
    query = stack.desk.plan("text Sid and note it", number(1, "Sid"), text(2, 1), note(3))
    completion = (await stack.ask(query)).json()
    last = {update["node"]: update for update in completion["x_plan"]}
    assert {number: update["status"] for number, update in last.items()} == {1: "done", 2: "needs_approval", 3: "done"}
    assert last[2]["arguments"] == {"recipients": ["out-1"], "message": "I am late."}
    assert completion["choices"][0]["finish_reason"] == "stop"
    assert completion["choices"][0]["message"]["content"] == (
        "Create_note 3 was done.\n\n"
        "Waiting for your approval:\n"
        "- send the text (recipients: out-1, message: “I am late.”)\n"
        "Say “yes” to go ahead, or “no” to leave it."
    )
    assert (await stack.latest())["status"] == "needs_approval"
    assert sorted(executed(stack)) == ["create_note", "get_phone_number"]


async def test_yes_in_the_next_turn_carries_out_what_waits_and_what_depends_on_it(stack: Stack) -> None:
    query = stack.desk.plan("zoom with Sid", zoom(1), lookup(2, "Sid"), mail(3, 2), note(4, content=NodeRef(node=1)))
    answer = await stack.say(query)
    assert "After that I write the note “Log”." in answer
    completion = (await stack.ask(query, answer, "Yes, please!")).json()
    assert [(update["node"], update["status"]) for update in completion["x_plan"]] == [
        (1, "dispatched"),
        (1, "done"),
        (4, "dispatched"),
        (4, "done"),
    ]
    assert completion["choices"][0]["message"]["content"] == "Get_zoom_meeting_link 1 was done; create_note 4 was done."
    run = await stack.latest()
    assert completion["x_plan"][0]["run"] == run["id"]
    assert (run["status"], set(states(run).values())) == ("done", {"done"})
    assert "compose_new_email 3 was done" in run["answer"]
    assert len(stack.desk.plan_requests) == 1


async def test_no_in_the_next_turn_leaves_it(stack: Stack) -> None:
    query = stack.desk.plan("zoom", zoom(1), note(2, content=NodeRef(node=1)))
    answer = await stack.say(query)
    assert await stack.say(query, answer, "no") == (
        "The Zoom meeting was not set up and the note “Log” was not written, as you said."
    )
    run = await stack.latest()
    assert (run["status"], states(run)) == ("cancelled", {1: "skipped", 2: "skipped"})
    assert run["nodes"][0]["error"]["code"] == "denied"
    assert executed(stack) == []


async def test_yes_goes_to_the_run_of_its_conversation(stack: Stack) -> None:
    first = stack.desk.plan("text Sid", text(1))
    other = stack.desk.plan("zoom", zoom(1))
    answer = await stack.say(first)
    await stack.say(other)
    async with stack.http() as http:
        messages = [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": first},
            {"role": "assistant", "content": [{"type": "text", "text": f"  {answer.replace(chr(10), ' ')}\n"}]},
            {"role": "user", "content": [{"type": "text", "text": "go ahead"}]},
        ]
        await http.post("/v1/chat/completions", json={"model": "deskhand", "messages": messages})
    assert executed(stack) == ["send_sms"]
    assert (await stack.latest())["status"] == "needs_approval"


async def test_yes_said_twice_is_done_once(stack: Stack) -> None:
    query = stack.desk.plan("text Sid", text(1))
    answer = await stack.say(query)
    await stack.say(query, answer, "yes")
    again = await stack.say(query, answer, "yes")
    assert again == "That was decided before, and nothing is done twice. Send_sms 1 was done."
    assert executed(stack) == ["send_sms"]


async def test_yes_is_only_for_what_was_shown(stack: Stack) -> None:
    """Approved elsewhere, the run has come to a further question that this conversation has not seen."""
    query = stack.desk.plan("q", zoom(1), text(2).model_copy(update={"arguments": text_after(1)}))
    answer = await stack.say(query)
    run = (await stack.latest())["id"]
    assert states(await stack.post(f"/v1/runs/{run}/approve"))[2] == "needs_approval"
    assert (await stack.say(query, answer, "yes")).startswith("That was decided before")
    assert executed(stack) == ["get_zoom_meeting_link"]


def text_after(ref: int) -> dict[str, Any]:
    return {"recipients": ("+1 555 010 0101",), "message": NodeRef(node=ref)}


@pytest.mark.parametrize("said", [("yes",), ("hello", "Hello. What shall I do?", "yes")])
async def test_yes_to_nothing_does_nothing(stack: Stack, said: tuple[str, ...]) -> None:
    assert await stack.say(*said) == "Nothing waits for a yes or no from you. Say what I should do."
    assert stack.desk.plan_requests == []


async def test_another_command_leaves_what_waits_waiting(stack: Stack) -> None:
    query = stack.desk.plan("text Sid", text(1))
    answer = await stack.say(query)
    await stack.say(query, answer, stack.desk.plan("make a note", note(1)))
    assert executed(stack) == ["create_note"]
    assert [run["status"] for run in (await stack.get("/v1/runs"))["data"]] == ["done", "needs_approval"]


async def test_nodes_are_approved_and_denied_one_by_one(stack: Stack) -> None:
    query = stack.desk.plan("q", text(1), zoom(2), text(3).model_copy(update={"arguments": text_after(2)}))
    await stack.say(query)
    run = (await stack.latest())["id"]
    assert states(await stack.post(f"/v1/runs/{run}/approve", {"nodes": [2]})) == {
        1: "needs_approval",
        2: "done",
        3: "needs_approval",
    }
    denied = await stack.post(f"/v1/runs/{run}/deny", {"nodes": [1]})
    assert states(denied) == {1: "skipped", 2: "done", 3: "needs_approval"}
    assert denied["nodes"][2]["arguments"]["message"] == "out-2"
    approved = await stack.post(f"/v1/runs/{run}/approve")
    assert (approved["status"], states(approved)) == ("done", {1: "skipped", 2: "done", 3: "done"})
    assert [update["seq"] for update in await replay(stack, run)] == list(range(8))


async def replay(stack: Stack, run: str) -> list[dict[str, Any]]:
    async with stack.http() as http:
        lines = (await http.get(f"/v1/runs/{run}/events")).text.splitlines()
    return [json.loads(line[6:]) for line in lines if line.startswith("data: {")]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"nodes": [1]}, 409, "not_waiting"),
        ({"nodes": [1, 2]}, 409, "not_waiting"),
        ({"nodes": [7]}, 400, "node_not_found"),
        ({"nodes": []}, 400, "invalid_value"),
        ({"node": 2}, 400, "invalid_value"),
    ],
)
async def test_a_decision_that_does_not_fit_changes_nothing(
    stack: Stack, body: dict[str, Any], status: int, code: str
) -> None:
    await stack.say(stack.desk.plan("q", note(1), text(2)))
    run = (await stack.latest())["id"]
    error = (await stack.post(f"/v1/runs/{run}/approve", body, status))["error"]
    assert error["code"] == code
    assert states(await stack.get(f"/v1/runs/{run}")) == {1: "done", 2: "needs_approval"}


async def test_of_two_who_approve_at_once_one_does_it_and_the_other_is_told(stack: Stack) -> None:
    begun, go_on = stack.desk.hold("send_sms")
    await stack.say(stack.desk.plan("q", text(1)))
    run = (await stack.latest())["id"]
    async with stack.http() as http:
        both = [asyncio.ensure_future(http.post(f"/v1/runs/{run}/approve")) for _ in range(2)]
        await begun.wait()
        done, _ = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        refused = done.pop().result()
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "not_waiting")
        assert refused.headers["x-should-retry"] == "false"
        go_on.open()
        answers = [(await task).status_code for task in both]
    assert sorted(answers) == [200, 409]
    assert executed(stack) == ["send_sms"]


async def test_approval_goes_through_when_its_client_leaves(stack: Stack) -> None:
    begun, go_on = stack.desk.hold("send_sms")
    await stack.say(stack.desk.plan("q", text(1), note(2, content="x")))
    run = (await stack.latest())["id"]
    async with stack.http() as http:
        asking = asyncio.ensure_future(http.post(f"/v1/runs/{run}/approve"))
        await begun.wait()
        asking.cancel()
        await asyncio.wait([asking])
    go_on.open()
    await replay(stack, run)
    assert (await stack.get(f"/v1/runs/{run}"))["status"] == "done"


async def test_approval_of_a_run_under_way_shows_in_the_stream_that_began_it(stack: Stack) -> None:
    gate = Gate()
    query = stack.desk.plan("q", text(1), gate, note(2))
    updates: list[tuple[int, str]] = []
    async with stack.openai() as client:
        stream = await client.chat.completions.create(
            model="deskhand", messages=[{"role": "user", "content": query}], stream=True
        )
        approving: asyncio.Future[dict[str, Any]] | None = None
        async for chunk in stream:
            update = (chunk.model_extra or {}).get("x_plan")
            if update:
                updates.append((update["node"], update["status"]))
            if update and update["status"] == "needs_approval":
                approving = asyncio.ensure_future(stack.post(f"/v1/runs/{update['run']}/approve"))
            if update and (update["node"], update["status"]) == (1, "done"):
                gate.open()
    assert updates == [(1, "needs_approval"), (1, "dispatched"), (1, "done"), (2, "dispatched"), (2, "done")]
    assert approving is not None
    assert (await approving)["status"] == "done"


async def test_what_waits_for_too_long_counts_as_denied(make_stack: MakeStack) -> None:
    stack = make_stack()
    query = stack.desk.plan("text Sid", text(1))
    answer = await stack.say(query)
    run = (await stack.latest())["id"]
    with closing(sqlite3.connect(stack.home / FILE)) as database, database:
        database.execute("UPDATE runs SET settled = settled - 25 * 3600")
    error = (await stack.post(f"/v1/runs/{run}/approve", status=409))["error"]
    assert error["code"] == "expired"
    found = await stack.get(f"/v1/runs/{run}")
    assert (found["status"], found["nodes"][0]["error"]["code"]) == ("cancelled", "expired")
    assert "because it was not approved in time" in await stack.say(query, answer, "yes")
    assert executed(stack) == []


async def test_the_next_start_denies_what_waited_for_too_long(make_stack: MakeStack) -> None:
    stack = make_stack()
    await stack.say(stack.desk.plan("text Sid", text(1)))
    with closing(sqlite3.connect(stack.home / FILE)) as database, database:
        database.execute("UPDATE runs SET settled = settled - 25 * 3600")
    later = make_stack()
    run = (await later.latest())["id"]
    await replay(later, run)
    assert (await later.latest())["status"] == "cancelled"


async def test_settings_say_what_asks_and_what_never_runs(make_stack: MakeStack) -> None:
    stack = make_stack(approvals={"send_sms": "auto", "create_note": "ask", "get_phone_number": "deny"})
    query = stack.desk.plan("q", text(1), note(2), number(3, "Sid"), text(4, 3))
    last = {update["node"]: update for update in (await stack.ask(query)).json()["x_plan"]}
    assert {node: update["status"] for node, update in last.items()} == {
        1: "done",
        2: "needs_approval",
        3: "skipped",
        4: "skipped",
    }
    assert last[3]["error"]["code"] == "forbidden"
    assert "gateway.approvals" in (await stack.latest())["answer"]


def test_a_tool_that_there_is_not_is_no_setting() -> None:
    with pytest.raises(ValidationError, match="there is no tool send_fax; the tools are get_phone_number"):
        GatewaySettings(approvals={"send_fax": "auto"})  # pyright: ignore[reportArgumentType]


async def test_a_request_may_tighten(stack: Stack) -> None:
    query = stack.desk.plan("q", lookup(1, "Sid"), mail(2, 1), text(3))
    asked = await statuses(stack, query, metadata={"approval": "ask"})
    assert dict(asked) == {1: "done", 2: "needs_approval", 3: "needs_approval"}
    denied = await statuses(stack, query, metadata={"approval": "deny"})
    assert dict(denied) == {1: "done", 2: "skipped", 3: "skipped"}
    run = (await stack.get("/v1/runs", limit=2))["data"][1]["id"]
    assert states(await stack.post(f"/v1/runs/{run}/approve"))[2] == "done"


async def test_a_request_may_waive_the_asking_only_where_settings_let_it(make_stack: MakeStack) -> None:
    stack = make_stack()
    query = stack.desk.plan("q", text(1))
    refused = await stack.ask(query, metadata={"approval": "auto"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "approval_not_allowed")
    unknown = await stack.ask(query, metadata={"approval": "maybe"})
    assert (unknown.status_code, unknown.json()["error"]["param"]) == (400, "metadata.approval")
    lax = make_stack(allow_metadata_approval=True, approvals={"create_note": "deny"})
    query = lax.desk.plan("q", text(1), note(2))
    last = dict(await statuses(lax, query, metadata={"approval": "auto"}))
    assert last == {1: "done", 2: "skipped"}


async def test_decisions_need_the_key(stack: Stack) -> None:
    await stack.say(stack.desk.plan("q", text(1)))
    run = (await stack.latest())["id"]
    async with httpx.AsyncClient(base_url=stack.url, trust_env=False) as http:
        assert (await http.post(f"/v1/runs/{run}/approve")).status_code == 401
    assert executed(stack) == []


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("yes", True),
        ("Yes please.", True),
        ("OK, go ahead!", True),
        ("do it", True),
        ("No", False),
        ("no, thank you", False),
        ("don't send it", False),
        ("Don’t.", False),
        ("cancel", False),
        ("", None),
        ("yes, and text Bo too", None),
        ("cancel lunch on Friday", None),
        ("no idea", None),
        ("yesterday", None),
    ],
)
def test_only_a_plain_yes_or_no_decides(said: str, meant: bool | None) -> None:
    assert consent(said) is meant

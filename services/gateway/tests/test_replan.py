"""Where a call fails or the planner is not sure, and it has a fallback, that is asked how to go on."""

from __future__ import annotations

from typing import Any

import pytest
from deskhand_contract.errors import WireError
from deskhand_contract.plan import NodeRef
from deskhand_contract.services import ExecuteRequest, Observation, PastNode
from deskhand_serving.errors import ServiceFailure

from .conftest import MakeStack, Stack, event, lookup, mail, node, note, number, observation, text

MISSING = "no contact is called Sidd; there are Sid Rao and Ines"


def knows(stack: Stack, *names: str) -> None:
    """Only these are in the address book."""

    async def look_up(request: ExecuteRequest) -> Observation:
        if request.arguments["name"] in names:
            return observation(request)
        raise ServiceFailure.of("contact_not_found", MISSING, 404)

    for tool in ("get_email_address", "get_phone_number"):
        stack.desk.on(tool, look_up)


def executed(stack: Stack) -> list[tuple[int, str]]:
    return [(request.node, request.tool) for request in stack.desk.executed]


def states(run: dict[str, Any]) -> list[str]:
    return [node["status"] for node in run["nodes"]]


def asked_of_fallback(stack: Stack) -> list[list[PastNode]]:
    return [request.previous for request in stack.desk.plan_requests if request.previous is not None]


async def test_a_failed_lookup_is_tried_with_another_name_and_what_hung_on_it_is_done(stack: Stack) -> None:
    knows(stack, "Sid Rao")
    stack.desk.replan([lookup(4, "Sid Rao"), mail(5, 4)])
    response = await stack.ask(stack.desk.plan("mail Sidd", lookup(1, "Sidd"), mail(2, 1), note(3)))
    completion = response.json()
    assert sorted(executed(stack)) == [
        (1, "get_email_address"),
        (3, "create_note"),
        (4, "get_email_address"),
        (5, "compose_new_email"),
    ]
    assert stack.desk.executed[-1].arguments["recipients"] == ["out-4"]
    answer = completion["choices"][0]["message"]["content"]
    assert "compose_new_email 5 was done" in answer
    assert f"I couldn't find a mail address for Sidd: {MISSING}." in answer
    assert "not drafted" not in answer
    run = await stack.latest()
    assert run["status"] == "done"
    assert states(run) == ["failed", "skipped", "done", "done", "done"]
    assert {update["node"]: update.get("replan", 0) for update in completion["x_plan"]} == {
        1: 0,
        2: 0,
        3: 0,
        4: 1,
        5: 1,
    }
    assert [node["replan"] for node in run["nodes"]] == [0, 0, 0, 1, 1]
    assert completion["usage"]["completion_tokens"] == 22


async def test_the_fallback_is_told_of_errors_and_never_of_what_a_node_gave(stack: Stack) -> None:
    async def secret(request: ExecuteRequest) -> Observation:
        return Observation(output="the text of a note", text="This is the text of a note")

    knows(stack)
    stack.desk.on("open_note", secret)
    stack.desk.replan([])
    await stack.say(stack.desk.plan("q", node(1, "open_note", name="Log"), lookup(2, "Sidd"), mail(3, 2)))
    (previous,) = asked_of_fallback(stack)
    assert [(past.node.id, past.status.value, past.error and past.error.code) for past in previous] == [
        (1, "done", None),
        (2, "failed", "contact_not_found"),
        (3, "skipped", "skipped"),
    ]
    assert all("the text of a note" not in past.model_dump_json() for past in previous)
    assert stack.desk.plan_requests[-1].tools == ["compose_new_email", "get_email_address", "open_note"]


async def test_two_replans_that_fail_end_in_an_answer_that_says_so(stack: Stack) -> None:
    knows(stack)
    stack.desk.replan(*([lookup(n, f"Name {n}"), mail(n + 1, n)] for n in (3, 5, 7)))
    answer = await stack.say(stack.desk.plan("mail Sidd", lookup(1, "Sidd"), mail(2, 1)))
    assert len(asked_of_fallback(stack)) == 2
    assert [number for number, _ in executed(stack)] == [1, 3, 5]
    assert f"I couldn't find a mail address for Name 5, so the mail was not drafted: {MISSING}." in answer
    run = await stack.latest()
    assert (run["status"], len(run["nodes"])) == ("failed", 6)


async def test_the_number_of_replans_is_a_setting(make_stack: MakeStack) -> None:
    stack = make_stack(max_replans=0)
    knows(stack)
    stack.desk.replan([lookup(2, "Sid")])
    await stack.say(stack.desk.plan("q", lookup(1, "Sidd")))
    assert asked_of_fallback(stack) == []


async def test_without_a_fallback_nothing_is_asked(stack: Stack) -> None:
    knows(stack)
    answer = await stack.say(stack.desk.plan("q", lookup(1, "Sidd"), mail(2, 1)))
    assert len(stack.desk.plan_requests) == 1
    assert answer == f"I couldn't find a mail address for Sidd, so the mail was not drafted: {MISSING}."


async def test_what_went_well_is_not_replanned(stack: Stack) -> None:
    stack.desk.replan([note(2)])
    await stack.say(stack.desk.plan("q", event(1)))
    assert asked_of_fallback(stack) == []


async def test_an_effect_that_a_replan_repeats_is_not_done_twice(stack: Stack) -> None:
    knows(stack, "Sid")
    stack.desk.replan([event(3), lookup(4, "Sid"), mail(5, 4)])
    answer = await stack.say(stack.desk.plan("q", event(1), lookup(2, "Sidd")))
    assert [tool for _, tool in executed(stack)].count("create_calendar_event") == 1
    assert answer.lower().count("create_calendar_event 1 was done") == 1
    assert states(await stack.latest()) == ["done", "failed", "done", "done", "done"]


@pytest.mark.parametrize(("code", "status"), [("tool_timeout", 504), ("partly_sent", 502)])
async def test_an_effect_that_may_have_happened_or_did_in_part_is_not_replanned(
    stack: Stack, code: str, status: int
) -> None:
    stack.desk.fail("create_note", code, "the notes did not answer in time", status)
    stack.desk.replan([note(2, "Other")])
    await stack.say(stack.desk.plan("q", note(1)))
    assert asked_of_fallback(stack) == []


async def test_what_a_replan_sends_waits_for_approval_and_is_told_apart_after_it(stack: Stack) -> None:
    knows(stack, "Sid")
    stack.desk.replan([number(3, "Sid"), text(4, 3)])
    query = stack.desk.plan("text Sidd", number(1, "Sidd"), text(2, 1))
    answer = await stack.say(query)
    assert "send the text (recipients: out-3" in answer
    assert "send_sms" not in [tool for _, tool in executed(stack)]
    assert (await stack.latest())["status"] == "needs_approval"
    await stack.say(query, answer, "yes")
    run = await stack.latest()
    assert (run["status"], states(run)) == ("done", ["failed", "skipped", "done", "done"])
    assert "not sent" not in run["answer"]


async def test_a_fallback_that_fails_leaves_things_as_they_are(stack: Stack) -> None:
    knows(stack)
    stack.desk.replan([WireError(code="engine_unavailable", message="no server")])
    answer = await stack.say(stack.desk.plan("q", lookup(1, "Sidd"), note(2)))
    assert "create_note 2 was done" in answer.lower()
    assert MISSING in answer


async def test_a_fallback_that_breaks_off_is_told_and_not_sent_again(stack: Stack) -> None:
    knows(stack)
    stack.desk.replan([*stack.desk.note_under_way(2), WireError(code="bad_plan", message="no plan")])
    response = await stack.ask(stack.desk.plan("q", lookup(1, "Sidd")))
    assert (response.status_code, response.headers["x-should-retry"]) == (424, "false")


async def test_an_unsure_plan_gives_way_to_a_second_opinion(stack: Stack) -> None:
    stack.desk.replan([event(3, "Dinner")])
    answer = await stack.say(stack.desk.plan("hm", lookup(1, "Sid"), mail(2, 1), confidence=0.2))
    assert executed(stack) == [(1, "get_email_address"), (3, "create_calendar_event")]
    assert answer == "Create_calendar_event 3 was done."
    (previous,) = asked_of_fallback(stack)
    assert [past.status.value for past in previous] == ["done", "skipped"]
    run = await stack.latest()
    assert (run["status"], run["confidence"], states(run)) == ("done", 0.2, ["done", "skipped", "done"])


async def test_where_the_second_opinion_knows_nothing_the_user_is_asked(stack: Stack) -> None:
    for replan in ([], [WireError(code="engine_unavailable", message="no server")]):
        stack.desk.replan(replan)
        answer = await stack.say(stack.desk.plan("hm", event(1), confidence=0.2))
        assert "I am not sure that I understood you." in answer
        assert (await stack.latest())["status"] == "needs_approval"
    assert executed(stack) == []


async def approve(stack: Stack) -> dict[str, Any]:
    """The newest run, when what waited in it has settled."""
    run = await stack.latest()
    assert run["status"] == "needs_approval"
    return await stack.post(f"/v1/runs/{run['id']}/approve")


async def test_where_what_was_approved_fails_another_way_is_found(stack: Stack) -> None:
    stack.desk.fail("send_sms", "not_configured", "no phone is paired", 409)
    await stack.say(stack.desk.plan("tell Sid", number(1, "Sid"), text(2, 1)))
    stack.desk.replan([lookup(3, "Sid"), mail(4, 3)])
    run = await approve(stack)
    assert (run["status"], states(run)) == ("failed", ["done", "failed", "done", "done"])
    assert run["answer"] == "Compose_new_email 4 was done. I couldn't send the text: no phone is paired."
    (previous,) = asked_of_fallback(stack)
    assert [(past.status.value, past.error and past.error.code) for past in previous] == [
        ("done", None),
        ("failed", "not_configured"),
    ]
    assert stack.desk.plan_requests[-1].query == "tell Sid"


async def test_which_plan_a_node_belongs_to_is_known_while_it_waits_and_when_it_is_taken_back(stack: Stack) -> None:
    knows(stack)
    stack.desk.make_undoable("create_note")
    zoom = node(3, "get_zoom_meeting_link", topic="Sync")
    stack.desk.replan([note(2), zoom, note(4, content=NodeRef(node=3))])
    await stack.say(stack.desk.plan("q", lookup(1, "Sidd")))
    run = await stack.latest()
    assert states(run) == ["failed", "done", "needs_approval", "waiting"]
    undone = await stack.post(f"/v1/runs/{run['id']}/undo", {"nodes": [2]})
    assert [node["replan"] for node in undone["nodes"]] == [0, 1, 1, 1]


async def test_what_is_found_after_an_approval_asks_for_its_own(stack: Stack) -> None:
    stack.desk.fail("send_sms", "not_configured", "no phone is paired", 409)
    query = stack.desk.plan("tell Sid", number(1, "Sid"), text(2, 1))
    answer = await stack.say(query)
    stack.desk.replan([node(3, "get_zoom_meeting_link", topic="Sync")])
    asked_again = await stack.say(query, answer, "yes")
    assert "set up the Zoom meeting" in asked_again
    assert "get_zoom_meeting_link" not in [tool for _, tool in executed(stack)]
    await stack.say(query, answer, "yes", asked_again, "yes")
    assert executed(stack)[-1] == (3, "get_zoom_meeting_link")


async def test_replans_before_and_after_an_approval_count_together(stack: Stack) -> None:
    knows(stack, "Sid")
    stack.desk.fail("send_sms", "not_configured", "no phone is paired", 409)
    stack.desk.replan([number(3, "Sid"), text(4, 3)], [lookup(5, "Nobody")], [lookup(6, "Sid")])
    await stack.say(stack.desk.plan("text Sidd", number(1, "Sidd"), text(2, 1)))
    run = await approve(stack)
    assert len(asked_of_fallback(stack)) == 2
    assert states(run) == ["failed", "skipped", "done", "failed", "failed"]


async def test_the_fallback_is_not_asked_twice_about_the_same_plan(stack: Stack) -> None:
    knows(stack)
    stack.desk.fail("send_sms", "not_configured", "no phone is paired", 409)
    stack.desk.replan([], [note(4)])
    await stack.say(stack.desk.plan("q", lookup(1, "Sidd"), mail(2, 1), text(3)))
    run = await approve(stack)
    assert len(asked_of_fallback(stack)) == 1
    assert states(run) == ["failed", "skipped", "failed"]


async def test_without_a_fallback_an_approved_node_that_fails_just_fails(stack: Stack) -> None:
    stack.desk.fail("send_sms", "not_configured", "no phone is paired", 409)
    await stack.say(stack.desk.plan("q", text(1), note(2)))
    run = await approve(stack)
    assert (run["status"], states(run)) == ("failed", ["failed", "done"])


async def test_a_fallback_that_breaks_off_after_an_approval_leaves_what_was_done(stack: Stack) -> None:
    stack.desk.fail("send_sms", "not_configured", "no phone is paired", 409)
    await stack.say(stack.desk.plan("q", text(1)))
    stack.desk.replan([*stack.desk.note_under_way(2), WireError(code="bad_plan", message="no plan")])
    run = await approve(stack)
    assert (run["status"], run["nodes"][0]["status"]) == ("failed", "failed")
    assert "no plan" in run["answer"]

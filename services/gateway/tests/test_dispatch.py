"""Dispatch over real sockets: what starts when, and what a failure, a stop or a crowd does to it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from deskhand_contract.errors import WireError
from deskhand_contract.plan import NodeRef, Template
from deskhand_contract.services import ExecuteRequest, Observation

from .conftest import Gate, MakeStack, Stack, event, lookup, mail, node, note, number, observation, text


async def updates(stack: Stack, query: str, *, until: int | None = None) -> list[dict[str, Any]]:
    """The x_plan events of a run, or its first `until` ones."""
    found: list[dict[str, Any]] = []
    async for update in each_update(stack, query):
        found.append(update)
        if len(found) == until:
            break
    return found


async def each_update(stack: Stack, query: str, metadata: dict[str, str] | None = None):
    body = {"model": "deskhand", "stream": True, "messages": [{"role": "user", "content": query}]}
    async with (
        stack.http() as http,
        http.stream("POST", "/v1/chat/completions", json=body | {"metadata": metadata}) as response,
    ):
        assert response.status_code == 200
        async for line in response.aiter_lines():
            if line.startswith("data: {") and "x_plan" in (chunk := json.loads(line[6:])):
                yield chunk["x_plan"]


def story(found: list[dict[str, Any]]) -> list[tuple[int, str]]:
    return [(update["node"], update["status"]) for update in found]


async def test_first_node_runs_while_the_planner_still_writes(stack: Stack) -> None:
    gate = Gate()
    query = stack.desk.plan("q", lookup(1, "Sid"), gate, mail(2, 1))
    stream = each_update(stack, query)
    assert story([await anext(stream), await anext(stream)]) == [(1, "dispatched"), (1, "done")]
    assert not stack.desk.planner_closed.is_open
    gate.open()
    assert story([update async for update in stream]) == [(2, "dispatched"), (2, "done")]


async def test_finishing_a_node_starts_its_dependent_while_the_planner_still_writes(stack: Stack) -> None:
    """LLMCompiler's scheduler looked for ready nodes only when the next line of the plan came."""
    begun, go_on = stack.desk.hold("get_email_address")
    gate = Gate()
    query = stack.desk.plan("q", lookup(1, "Sid"), mail(2, 1), gate, note(3))
    stream = each_update(stack, query)
    assert story([await anext(stream)]) == [(1, "dispatched")]
    await begun.wait()
    go_on.open()
    assert story([await anext(stream) for _ in range(3)]) == [(1, "done"), (2, "dispatched"), (2, "done")]
    assert not stack.desk.planner_closed.is_open
    gate.open()
    assert story([update async for update in stream]) == [(3, "dispatched"), (3, "done")]


async def test_events_are_numbered_and_say_what_was_passed_on(stack: Stack) -> None:
    query = stack.desk.plan("q", lookup(1, "Sid"), mail(2, 1))
    found = await updates(stack, query)
    assert [update["seq"] for update in found] == [0, 1, 2, 3]
    assert len({update["run"] for update in found}) == 1
    assert found[0]["run"].startswith("run_")
    assert found[1]["output"] == "out-1"
    assert found[2]["arguments"] == {"recipients": ["out-1"], "context": "The deck."}
    assert (found[2]["deps"], found[2]["name"], found[2]["error"]) == ([1], "compose_new_email", None)


async def test_references_are_replaced_in_lists_and_texts_but_never_in_prose(stack: Stack) -> None:
    content = Template(parts=("costs $1, mail ", NodeRef(node=2), "."))
    query = stack.desk.plan("q", lookup(1, "A"), lookup(2, "B"), mail(3, 2, 1), note(4, content=content))
    await updates(stack, query)
    passed = {request.node: request.arguments for request in stack.desk.executed}
    assert passed[3]["recipients"] == ["out-2", "out-1"]
    assert passed[4]["content"] == "costs $1, mail out-2."


async def test_every_character_of_a_text_comes_through(stack: Stack) -> None:
    content = 'a\u2028b\u2029c\x85d\ne"f\\g\u00e9\U0001f600'
    query = stack.desk.plan("q", note(1, content=content))
    found = await updates(stack, query)
    assert stack.desk.executed[0].arguments["content"] == content
    assert found[0]["arguments"]["content"] == content


async def test_node_failure_skips_only_its_dependents(stack: Stack) -> None:
    stack.desk.fail("open_and_get_file_path", "not_found", "no file is called lease.pdf")
    opened, summary = node(1, "open_and_get_file_path", file_name="lease.pdf"), NodeRef(node=2)
    summarised = node(2, "summarize_pdf", pdf_path=NodeRef(node=1))
    query = stack.desk.plan("q", opened, summarised, note(3, content=summary), event(4), note(5))
    last = {update["node"]: update for update in await updates(stack, query)}
    statuses = {number: update["status"] for number, update in last.items()}
    assert statuses == {1: "failed", 2: "skipped", 3: "skipped", 4: "done", 5: "done"}
    error = {"code": "not_found", "message": "no file is called lease.pdf", "node": 1, "retryable": False}
    assert last[1]["error"] == error
    assert last[2]["error"]["details"] == last[3]["error"]["details"] == {"cause": 1}


async def test_error_text_is_never_passed_to_a_dependent(stack: Stack) -> None:
    """TinyAgent made an observation of a failure's text, and mailed it."""
    stack.desk.fail("get_email_address", "not_found", "no such contact")
    query = stack.desk.plan("q", lookup(1, "Sid"), mail(2, 1))
    await updates(stack, query)
    assert [request.tool for request in stack.desk.executed] == ["get_email_address"]


async def test_tool_that_breaks_fails_its_node_and_the_run_goes_on(stack: Stack) -> None:
    """In LLMCompiler a tool that raises leaves its event unset, and the run hangs."""

    async def broken(_: ExecuteRequest) -> Observation:
        raise RuntimeError("a bug in a handler")

    stack.desk.on("create_note", broken)
    query = stack.desk.plan("q", note(1), event(2))
    last = {update["node"]: update for update in await updates(stack, query)}
    assert (last[1]["status"], last[1]["error"]["code"]) == ("failed", "internal_error")
    assert last[2]["status"] == "done"


async def test_unresolved_date_fails_the_node_before_it_runs(stack: Stack) -> None:
    query = stack.desk.plan("q", event(1, iso=None, error="“Thursday noon” is in the past"))
    found = await updates(stack, query)
    assert story(found) == [(1, "failed")]
    assert found[0]["error"]["code"] == "unresolved_date"
    assert found[0]["error"]["message"] == "“Thursday noon” is in the past"
    assert stack.desk.executed == []


async def test_reference_that_does_not_fit_fails_the_node(stack: Stack) -> None:
    query = stack.desk.plan("q", lookup(1, "Sid"), text(2, 1), text(3, 9))
    last = {update["node"]: update for update in await updates(stack, query)}
    assert (last[2]["status"], last[2]["error"]["code"]) == ("failed", "invalid_reference")
    assert (last[3]["status"], last[3]["error"]["code"]) == ("failed", "invalid_reference")


async def test_calls_to_one_application_run_one_at_a_time(stack: Stack) -> None:
    begun, go_on = stack.desk.hold("get_email_address")
    other_began, other_goes_on = stack.desk.hold("get_phone_number")
    notes_began, notes_go_on = stack.desk.hold("create_note")
    query = stack.desk.plan("q", lookup(1, "A"), number(2, "B"), note(3))
    stream = each_update(stack, query)
    first = [await anext(stream) for _ in range(2)]
    assert sorted(story(first)) == [(1, "dispatched"), (3, "dispatched")]  # contacts and notes at the same time
    await begun.wait()
    await notes_began.wait()
    assert not other_began.is_open  # the second lookup waits for the contacts
    notes_go_on.open()
    assert story([await anext(stream)]) == [(3, "done")]
    assert not other_began.is_open
    go_on.open()
    assert story([await anext(stream), await anext(stream)]) == [(1, "done"), (2, "dispatched")]
    other_goes_on.open()
    assert story([update async for update in stream]) == [(2, "done")]


async def test_an_application_is_driven_one_call_at_a_time_over_all_requests(stack: Stack) -> None:
    inside = 0
    most = 0

    async def count(request: ExecuteRequest) -> Observation:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0)
        inside -= 1
        return observation(request)

    stack.desk.on("create_note", count)
    queries = [stack.desk.plan(f"q{n}", note(1), note(2)) for n in range(8)]
    await asyncio.gather(*(updates(stack, query) for query in queries))
    assert (most, len(stack.desk.executed)) == (1, 16)


async def test_bound_on_all_running_nodes_holds(make_stack: MakeStack) -> None:
    stack = make_stack(max_running_nodes=1)
    begun, go_on = stack.desk.hold("get_email_address")
    notes_began, notes_go_on = stack.desk.hold("create_note")
    notes_go_on.open()
    query = stack.desk.plan("q", lookup(1, "A"), note(2))
    stream = each_update(stack, query)
    assert story([await anext(stream)]) == [(1, "dispatched")]
    await begun.wait()
    assert not notes_began.is_open
    go_on.open()
    assert story([update async for update in stream]) == [(1, "done"), (2, "dispatched"), (2, "done")]


async def test_planner_that_fails_lets_what_runs_finish_and_starts_nothing_more(stack: Stack) -> None:
    begun, go_on = stack.desk.hold("get_email_address")
    failed = Gate()
    steps = (lookup(1, "Sid"), mail(2, 1), failed, WireError(code="bad_plan", message="the engine wrote no plan"))
    query = stack.desk.plan("q", *steps)
    stream = each_update(stack, query)
    assert story([await anext(stream)]) == [(1, "dispatched")]
    await begun.wait()
    failed.open()
    skipped = await anext(stream)
    assert story([skipped]) == [(2, "skipped")]
    assert skipped["error"]["code"] == "bad_plan"
    go_on.open()
    assert story([update async for update in stream]) == [(1, "done")]
    assert [request.node for request in stack.desk.executed] == [1]


async def test_nodes_out_of_order_end_the_run_with_an_error(stack: Stack) -> None:
    query = stack.desk.plan("q", lookup(2, "Sid"))
    async with stack.http() as http:
        body = {"model": "deskhand", "messages": [{"role": "user", "content": query}]}
        response = await http.post("/v1/chat/completions", json=body)
    assert (response.status_code, response.json()["error"]["code"]) == (500, "bad_plan")


async def test_client_that_goes_away_stops_planner_and_waiting_nodes_but_not_what_runs(stack: Stack) -> None:
    begun, go_on = stack.desk.hold("get_email_address")
    finished = Gate()
    held = stack.desk.handlers["get_email_address"]

    async def report(request: ExecuteRequest) -> Observation:
        try:
            return await held(request)
        finally:
            finished.open()

    stack.desk.on("get_email_address", report)
    query = stack.desk.plan("q", lookup(1, "Sid"), mail(2, 1), number(3, "Bo"), Gate())
    stream = each_update(stack, query)
    await anext(stream)
    await begun.wait()
    await stream.aclose()
    await stack.desk.planner_closed.wait()  # the planner is told at once
    assert not finished.is_open  # the call under way is not cut off
    go_on.open()
    await finished.wait()
    again = stack.desk.plan("again", number(1, "Ann"))  # contacts are free again, and nothing else was started
    assert story(await updates(stack, again)) == [(1, "dispatched"), (1, "done")]
    assert [request.arguments["name"] for request in stack.desk.executed] == ["Sid", "Ann"]


async def test_non_streaming_client_that_goes_away_stops_the_planner(stack: Stack) -> None:
    query = stack.desk.plan("q", lookup(1, "Sid"), Gate())
    began, go_on = stack.desk.hold("get_email_address")
    go_on.open()
    body = {"model": "deskhand", "messages": [{"role": "user", "content": query}]}
    async with stack.http() as http:
        asking = asyncio.ensure_future(http.post("/v1/chat/completions", json=body))
        await began.wait()
        asking.cancel()
        await asyncio.wait([asking])
    await stack.desk.planner_closed.wait()


async def test_concurrent_requests_never_mix(stack: Stack) -> None:
    """TinyAgent had one global queue for the events of all requests."""

    async def echo(request: ExecuteRequest) -> Observation:
        return Observation(output=f"{request.arguments['name']}@x", text=f"Found {request.arguments['name']}")

    async def sent(request: ExecuteRequest) -> Observation:
        return Observation(output="d", text=f"Drafted a mail to {', '.join(request.arguments['recipients'])}")

    stack.desk.on("get_email_address", echo)
    stack.desk.on("compose_new_email", sent)
    client = stack.openai()

    async def one(number: int) -> None:
        query = stack.desk.plan(f"q{number}", lookup(1, f"A{number}"), lookup(2, f"B{number}"), mail(3, 1, 2))
        runs: set[str] = set()
        ids: set[str] = set()
        content = ""
        stream = await client.chat.completions.create(
            model="deskhand", messages=[{"role": "user", "content": query}], stream=True
        )
        async for chunk in stream:
            ids.add(chunk.id)
            content += chunk.choices[0].delta.content or ""
            update = (chunk.model_extra or {}).get("x_plan")
            if update:
                runs.add(update["run"])
                assert f"{number}" in json.dumps(update["arguments"])
        assert content == f"Drafted a mail to A{number}@x, B{number}@x."
        assert len(runs) == len(ids) == 1

    async with client, asyncio.TaskGroup() as group:
        for number in range(32):
            group.create_task(one(number))


async def test_clock_is_read_for_each_request(stack: Stack) -> None:
    """TinyAgent froze today's date at import."""
    query = stack.desk.plan("q", node(1, "open_note", name="x"))
    given = [{"now": "2026-03-11T09:30:00", "timezone": "Asia/Tokyo"}, {"now": "2027-01-01T00:00:00Z"}]
    for metadata in given:
        async for _ in each_update(stack, query, metadata):
            pass
    clocks = [(request.clock.now, request.clock.timezone) for request in stack.desk.executed]
    assert clocks == [("2026-03-11T09:30:00", "Asia/Tokyo"), ("2027-01-01T01:00:00", "Europe/Berlin")]
    assert [request.clock for request in stack.desk.plan_requests] == [r.clock for r in stack.desk.executed]

"""/v1/responses through the official client over a real socket; every shape is checked against the client's types."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import Any

import openai
import pytest
from deskhand_contract.errors import WireError
from deskhand_contract.openai import tool_schemas
from deskhand_contract.services import Transcription
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

from .conftest import Gate, MakeStack, Stack, lookup, mail, note, number, text

EVENT: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)
TOOLS = [{"type": "function", "strict": False, **given["function"]} for given in tool_schemas()]
PATH = "/v1/responses"


def ask(input: Any = "q", **options: Any) -> dict[str, Any]:
    return {"model": "deskhand", "input": input, **options}


async def post(stack: Stack, body: dict[str, Any]) -> dict[str, Any]:
    async with stack.http() as http:
        answer = await http.post(PATH, json=body)
    assert answer.status_code == 200, answer.text
    Response.model_validate_json(answer.text, strict=True)
    return answer.json()


async def stream(stack: Stack, body: dict[str, Any]) -> list[dict[str, Any]]:
    async with stack.http() as http:
        answer = await http.post(PATH, json=body | {"stream": True})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/event-stream")
    events: list[dict[str, Any]] = []
    for block in answer.text.removesuffix("\n\n").split("\n\n"):
        head, data = block.split("\n")
        told = json.loads(data.removeprefix("data: "))
        assert head == f"event: {told['type']}"
        EVENT.validate_python(told, strict=True)
        events.append(told)
    assert [told["sequence_number"] for told in events] == list(range(len(events)))
    return events


def kinds(events: list[dict[str, Any]]) -> list[str]:
    return [told["type"].removeprefix("response.") for told in events]


async def test_nodes_are_mcp_calls_and_the_answer_is_a_message(stack: Stack) -> None:
    query = stack.desk.plan("q", lookup(1, "Sid"), mail(2, 1))
    response = await post(stack, ask(query))
    assert (response["status"], response["error"], response["object"]) == ("completed", None, "response")
    one, two, message = response["output"]
    assert (one["type"], one["server_label"], one["name"]) == ("mcp_call", "deskhand", "get_email_address")
    assert (one["status"], one["output"], json.loads(one["arguments"])) == ("completed", "out-1", {"name": "Sid"})
    assert json.loads(two["arguments"])["recipients"] == ["out-1"], "what was really passed"
    assert (message["role"], message["content"][0]["text"]) == ("assistant", "Compose_new_email 2 was done.")
    assert {key: response["usage"][key] for key in ("input_tokens", "output_tokens", "total_tokens")} == {
        "input_tokens": 7,
        "output_tokens": 11,
        "total_tokens": 18,
    }
    assert len(stack.desk.executed) == 2


async def test_events_tell_of_each_item_in_order(stack: Stack) -> None:
    query = stack.desk.plan("q", lookup(1, "Sid"))
    events = await stream(stack, ask(query))
    assert kinds(events) == [
        "created",
        "in_progress",
        "output_item.added",
        "mcp_call.in_progress",
        "mcp_call_arguments.delta",
        "mcp_call_arguments.done",
        "mcp_call.completed",
        "output_item.done",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ]
    assert [told["output_index"] for told in events if "output_index" in told] == [0] * 6 + [1] * 6
    assert events[0]["response"]["output"] == []
    assert events[2]["item"]["arguments"] == ""
    done = [told["item"] for told in events if told["type"] == "response.output_item.done"]
    assert events[-1]["response"]["output"] == done
    assert {told["response"]["id"] for told in events if "response" in told} == {events[0]["response"]["id"]}


async def test_items_of_nodes_side_by_side_keep_their_places(stack: Stack) -> None:
    query = stack.desk.plan("q", lookup(1, "Sid"), number(2, "Bo"), note(3))
    begun, go_on = stack.desk.hold("create_note")
    async with stack.openai() as client:
        places: dict[str, int] = {}
        async with client.responses.stream(**ask(query)) as told:
            async for seen in told:
                item = getattr(seen, "item_id", None)
                if item:
                    assert places.setdefault(item, seen.output_index) == seen.output_index  # type: ignore[union-attr]
                if seen.type == "response.mcp_call.in_progress" and len(places) == 3:
                    await begun.wait()
                    go_on.open()
            response = await told.get_final_response()
    assert sorted(places.values()) == [0, 1, 2, 3]
    assert [item.type for item in response.output] == ["mcp_call"] * 3 + ["message"]
    assert response.output_text


async def test_an_item_arrives_while_the_planner_still_writes(stack: Stack) -> None:
    gate = Gate()
    query = stack.desk.plan("q", lookup(1, "Sid"), gate)
    async with stack.openai() as client:
        events = await client.responses.create(**ask(query), stream=True)
        async for told in events:
            if told.type == "response.mcp_call.completed":
                assert not stack.desk.planner_closed.is_open
                gate.open()
        assert gate.is_open


async def test_failed_and_skipped_nodes_say_why(stack: Stack) -> None:
    stack.desk.fail("get_email_address", "no_such_contact", "no contact is called Sid")
    query = stack.desk.plan("q", lookup(1, "Sid"), mail(2, 1))
    failed, skipped, message = (await post(stack, ask(query)))["output"]
    assert (failed["status"], failed["error"]["content"][0]["text"]) == ("failed", "no contact is called Sid")
    assert (skipped["status"], skipped["output"]) == ("incomplete", None)
    assert "node 1 did not succeed" in skipped["error"]["content"][0]["text"]
    assert "no contact is called Sid" in message["content"][0]["text"]
    events = await stream(stack, ask(query))
    assert kinds(events).count("mcp_call.failed") == 2
    assert kinds(events)[-1] == "completed"


async def test_the_official_client_reads_keeps_and_deletes(stack: Stack) -> None:
    query = stack.desk.plan("q", note(1))
    async with stack.openai() as client:
        response = await client.responses.create(
            model="deskhand", input=query, instructions="Be brief.", metadata={"timezone": "Europe/Berlin"}
        )
        assert response.output_text == "Create_note 1 was done."
        again = await client.responses.retrieve(response.id)
        assert again == response
        assert (again.instructions, again.metadata) == ("Be brief.", {"timezone": "Europe/Berlin"})
        items = [item async for item in client.responses.input_items.list(response.id)]
        assert [(item.type, item.content[0].text) for item in items] == [("message", "q")]  # type: ignore[union-attr]
        await client.responses.delete(response.id)
        for gone in (client.responses.retrieve, client.responses.delete, client.responses.input_items.list):
            with pytest.raises(openai.NotFoundError, match="There is no response"):
                await gone(response.id)
        item = {"type": "item_reference", "id": response.output[0].id}
        with pytest.raises(openai.BadRequestError, match="There is no item"):
            await client.responses.create(model="deskhand", input=[item])  # type: ignore[list-item]
        with pytest.raises(openai.BadRequestError) as raised:
            await client.responses.create(model="deskhand", input=query, previous_response_id=response.id)
    assert (raised.value.code, raised.value.param) == ("previous_response_not_found", "previous_response_id")


async def test_what_is_not_to_be_stored_is_not(stack: Stack) -> None:
    query = stack.desk.plan("q", note(1))
    response = await post(stack, ask(query, store=False))
    assert response["store"] is False
    async with stack.http() as http:
        assert (await http.get(f"{PATH}/{response['id']}")).status_code == 404


async def test_a_response_that_cannot_be_kept_says_so_and_is_given_all_the_same(stack: Stack) -> None:
    query = stack.desk.plan("q", note(1))
    with closing(sqlite3.connect(stack.home / "conversations.sqlite3")) as database:
        database.executescript("DROP TABLE documents")
    response = await post(stack, ask(query))
    assert (response["status"], response["store"]) == ("completed", False)
    async with stack.http() as http:
        answer = await http.get(f"{PATH}/{response['id']}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "journal_unavailable")


async def test_responses_are_kept_for_the_time_that_the_settings_say(make_stack: MakeStack) -> None:
    stack = make_stack(response_days=1e-9)
    response = await post(stack, ask(stack.desk.plan("q", note(1))))
    async with stack.http() as http:
        assert (await http.get(f"{PATH}/{response['id']}")).status_code == 404


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("by", ["previous", "items", "references"])
async def test_agent_loop_with_function_tools(stack: Stack, streamed: bool, by: str) -> None:
    """By `previous_response_id`, or with the whole conversation sent back each time, as it was or by reference."""
    query = stack.desk.plan("q", lookup(1, "Sid"), lookup(2, "Bo"), mail(3, 1, 2))
    rounds: list[list[str]] = []
    async with stack.openai() as client:
        items: list[Any] = [{"role": "user", "content": query}]
        options: dict[str, Any] = {"store": by != "items"}
        while True:
            request: dict[str, Any] = {"model": "deskhand", "input": items, "tools": TOOLS, **options}
            if streamed:
                async with client.responses.stream(**request) as events:
                    response: Any = await events.get_final_response()
            else:
                response = await client.responses.create(**request)
            calls = [item for item in response.output if item.type == "function_call"]
            if not calls:
                break
            rounds.append([call.name for call in calls])
            outputs = [
                {"type": "function_call_output", "call_id": call.call_id, "output": f"{json.loads(call.arguments)}"}
                for call in calls
            ]
            if by == "previous":
                items, options = outputs, {"previous_response_id": response.id}
            elif by == "references":
                items = [*items, *({"type": "item_reference", "id": item.id} for item in response.output), *outputs]
            else:
                items = [*items, *(item.model_dump(exclude_none=True) for item in response.output), *outputs]
    assert rounds == [["get_email_address", "get_email_address"], ["compose_new_email"]]
    assert "{'name': 'Sid'}" in response.output_text
    assert len(stack.desk.plan_requests) == 1
    assert stack.desk.executed == []


async def test_function_calls_are_told_as_the_api_does(stack: Stack) -> None:
    query = stack.desk.plan("q", lookup(1, "Sid"))
    events = await stream(stack, ask(query, tools=TOOLS, tool_choice={"type": "function", "name": "get_email_address"}))
    assert kinds(events) == [
        "created",
        "in_progress",
        "output_item.added",
        "function_call_arguments.delta",
        "function_call_arguments.done",
        "output_item.done",
        "completed",
    ]
    assert stack.desk.plan_requests[0].tools == ["get_email_address"]
    allowed = {
        "type": "allowed_tools",
        "mode": "required",
        "tools": [{"type": "function", "name": "get_email_address"}],
    }
    response = await post(stack, ask(query, tools=TOOLS, tool_choice=allowed, parallel_tool_calls=False))
    assert [item["type"] for item in response["output"]] == ["function_call"]
    assert stack.desk.plan_requests[1].calls_required


async def test_conversation_goes_on_with_the_last_words_of_the_user(stack: Stack) -> None:
    stack.desk.plan("a note", note(1))
    stack.desk.plan("another note", note(1), note(2))
    first = await post(stack, ask([{"role": "developer", "content": "Hi"}, {"role": "user", "content": "a note"}]))
    second = await post(stack, ask("another note", previous_response_id=first["id"]))
    assert [item["type"] for item in second["output"]] == ["mcp_call", "mcp_call", "message"]
    async with stack.openai() as client:
        items = [item async for item in client.responses.input_items.list(second["id"], order="asc")]
    assert [item.type for item in items] == ["message", "message", "mcp_call", "message", "message"]
    whole = [{"role": "user", "content": "a note"}, *first["output"], {"role": "user", "content": "another note"}]
    assert len((await post(stack, ask(whole)))["output"]) == 3


async def test_recordings_are_heard(stack: Stack) -> None:
    stack.desk.transcription = Transcription(text="a note", language="en", duration_s=1.0)
    stack.desk.plan("make a note", note(1))
    audio = {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}}
    parts = [{"type": "input_text", "text": "make"}, audio]
    response = await post(stack, ask([{"role": "user", "content": parts}]))
    assert response["output"][0]["name"] == "create_note"


@pytest.mark.parametrize("streamed", [False, True])
async def test_failure_before_anything_happened_is_a_plain_error(stack: Stack, streamed: bool) -> None:
    query = stack.desk.plan("q", WireError(code="engine_unavailable", message="the engine is down", retryable=True))
    async with stack.http() as http:
        answer = await http.post(PATH, json=ask(query, stream=streamed))
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "engine_unavailable")


async def test_failure_in_mid_stream_is_a_failed_response(stack: Stack) -> None:
    query = stack.desk.plan("q", note(1), WireError(code="bad_plan", message="the engine wrote no plan"))
    gate = Gate()
    stack.desk.plans["q"].insert(1, gate)
    begun, go_on = stack.desk.hold("create_note")
    go_on.open()
    async with stack.openai() as client:
        events = await client.responses.create(**ask(query), stream=True)
        last: Any = None
        async for last in events:
            if last.type == "response.mcp_call.completed":
                gate.open()
    assert begun.is_open
    assert (last.type, last.response.status, last.response.error.code) == ("response.failed", "failed", "server_error")
    assert "the engine wrote no plan" in last.response.error.message
    assert last.response.output[0].status == "completed"


async def test_client_that_leaves_stops_the_planner(stack: Stack) -> None:
    query = stack.desk.plan("q", lookup(1, "Sid"), Gate())
    async with stack.openai() as client:
        events = await client.responses.create(**ask(query), stream=True)
        await anext(aiter(events))
        await events.close()
        await stack.desk.planner_closed.wait()


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        ({"model": "deskhand"}, "invalid_value", "input"),
        (ask(""), "empty_message", "input.0.content"),
        (ask([]), "empty_message", None),
        (ask([{"type": "item_reference", "id": "x"}]), "item_not_found", "input"),
        (ask([{"type": "computer_call"}]), "unsupported_item", "input.0"),
        (ask([{"type": "message", "content": "x"}]), "invalid_value", "input.0"),
        (ask([{"role": "user", "content": 5}]), "invalid_value", "input.0"),
        (ask([{"role": "user", "content": [5]}]), "invalid_value", "input.0"),
        (ask([{"role": "user", "content": [{"type": "input_image"}]}]), "unsupported_content", "input.0.content.0"),
        (ask(background=True), "unsupported_parameter", "background"),
        (ask(conversation="c"), "unsupported_parameter", "conversation"),
        (ask(prompt={"id": "p"}), "unsupported_parameter", "prompt"),
        (ask(previous_response_id="resp_x"), "previous_response_not_found", "previous_response_id"),
        (ask(tools=[{"type": "web_search"}]), "unsupported_tool", "tools.0"),
        (ask(tools=[{"type": "function", "name": "a b"}]), "invalid_tool", "tools.0"),
        (ask([{"role": "user", "content": "q"}, {"type": "function_call_output", "call_id": "c", "output": "x"}],
             tools=TOOLS), "unknown_tool_call_id", "input.1"),
        (ask([{"role": "user", "content": "q"}, {"type": "function_call", "call_id": "c", "name": "f"}], tools=TOOLS),
         "missing_tool_result", "input"),
        (ask(metadata={"now": "soon"}), "invalid_now", "metadata.now"),
    ],
)  # fmt: skip
async def test_request_that_cannot_be_served_is_400_and_names_the_field(
    shared: Stack, body: dict[str, Any], code: str, param: str | None
) -> None:
    async with shared.http() as http:
        for streamed in (False, True):
            answer = await http.post(PATH, json=body | {"stream": streamed})
            error = answer.json()["error"]
            assert (answer.status_code, error["code"]) == (400, code), error
            assert param is None or error["param"] == param
            assert "messages" not in error["message"]
    assert shared.desk.executed == []


async def test_unknown_model_is_404(shared: Stack) -> None:
    async with shared.openai() as client:
        with pytest.raises(openai.NotFoundError, match="no model"):
            await client.responses.create(model="gpt-5", input="q")


def asked(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [item for item in items if item["type"] == "mcp_approval_request"]


def decided(request: dict[str, Any], approve: bool) -> dict[str, Any]:
    return {"type": "mcp_approval_response", "approval_request_id": request["id"], "approve": approve}


async def test_what_leaves_the_machine_is_asked_for_and_goes_on_when_approved(stack: Stack) -> None:
    query = stack.desk.plan("q", number(1, "Bo"), text(2, 1), note(3))
    first = await post(stack, ask(query))
    assert sorted(item["type"] for item in first["output"]) == [
        "mcp_approval_request",
        "mcp_call",
        "mcp_call",
        "message",
    ]
    (request,) = asked(first["output"])
    assert (request["name"], json.loads(request["arguments"])["recipients"]) == ("send_sms", ["out-1"])
    assert [sent.tool for sent in stack.desk.executed if sent.tool == "send_sms"] == []
    second = await post(stack, ask([decided(request, True)], previous_response_id=first["id"]))
    call, message = second["output"]
    assert (call["name"], call["status"], call["approval_request_id"]) == ("send_sms", "completed", request["id"])
    assert message["content"][0]["text"] == "Send_sms 2 was done."
    third = await post(stack, ask([decided(request, True)], previous_response_id=second["id"]))
    assert [item["type"] for item in third["output"]] == ["message"], "nothing is done twice"
    assert [sent.tool for sent in stack.desk.executed].count("send_sms") == 1


async def test_approvals_and_denials_can_be_given_together_and_without_the_history(stack: Stack) -> None:
    query = stack.desk.plan("q", number(1, "Bo"), text(2, 1), text(3, 1))
    first = await post(stack, ask(query, store=False))
    one, two = asked(first["output"])
    events = await stream(stack, ask([decided(one, False), decided(two, True)]))
    calls = {item["id"]: item for item in events[-1]["response"]["output"] if item["type"] == "mcp_call"}
    assert sorted(item["status"] for item in calls.values()) == ["completed", "incomplete"]
    assert [sent.node for sent in stack.desk.executed if sent.tool == "send_sms"] == [3]


async def test_the_official_client_approves(stack: Stack) -> None:
    query = stack.desk.plan("q", number(1, "Bo"), text(2, 1))
    async with stack.openai() as client:
        first = await client.responses.create(model="deskhand", input=query)
        waiting = [item for item in first.output if item.type == "mcp_approval_request"]
        second = await client.responses.create(
            model="deskhand",
            previous_response_id=first.id,
            input=[{"type": "mcp_approval_response", "approval_request_id": waiting[0].id, "approve": True}],
        )
    assert second.output_text == "Send_sms 2 was done."


async def test_declaring_the_own_server_decides_what_is_asked_for(make_stack: MakeStack) -> None:
    stack = make_stack(allow_metadata_approval=True)
    query = stack.desk.plan("q", number(1, "Bo"), text(2, 1), note(3))
    own = {"type": "mcp", "server_label": "deskhand"}
    for tool, names in (
        (own, ["create_note", "send_sms"]),
        (own | {"require_approval": "always"}, ["create_note", "send_sms"]),
        (own | {"require_approval": "never"}, []),
    ):
        response = await post(stack, ask(query, tools=[tool]))
        assert sorted(item["name"] for item in asked(response["output"])) == names
    refused = (
        own | {"server_label": "other"},
        own | {"require_approval": {"never": {}}},
        own | {"allowed_tools": ["x"]},
    )
    async with stack.http() as http:
        for tool in refused:
            answer = await http.post(PATH, json=ask(query, tools=[tool]))
            assert (answer.status_code, answer.json()["error"]["code"]) == (400, "unsupported_tool")


async def test_approvals_that_cannot_be_meant_are_400(stack: Stack) -> None:
    first = await post(stack, ask(stack.desk.plan("q", number(1, "Bo"), text(2, 1))))
    second = await post(stack, ask("q"))
    one, two = asked(first["output"])[0], asked(second["output"])[0]
    async with stack.http() as http:
        for items, options, status, code in (
            ([decided(one, True), decided(two, True)], {}, 400, "invalid_value"),
            ([decided({"id": "x"}, True)], {}, 400, "invalid_approval"),
            ([decided(one, True) | {"approve": "yes"}], {}, 400, "invalid_approval"),
            ([{"type": "mcp_approval_response"}], {}, 400, "invalid_value"),
            ([decided(one, True)], {"tools": TOOLS}, 400, "invalid_value"),
            ([decided({"id": "mcpr_run_0_1"}, True)], {}, 404, "run_not_found"),
        ):
            answer = await http.post(PATH, json=ask(items, **options))
            assert (answer.status_code, answer.json()["error"]["code"]) == (status, code), answer.text
    assert [sent.tool for sent in stack.desk.executed].count("send_sms") == 0


async def test_a_repeated_idempotency_key_gives_the_first_response_again(stack: Stack) -> None:
    query = stack.desk.plan("q", note(1))
    async with stack.http(**{"Idempotency-Key": "k"}) as http:
        first = (await http.post(PATH, json=ask(query))).json()
        again = (await http.post(PATH, json=ask(query))).json()
        other = await http.post(PATH, json=ask(query, instructions="Be brief."))
    assert (again["id"], again["created_at"], again["output"]) == (first["id"], first["created_at"], first["output"])
    assert (other.status_code, other.json()["error"]["code"]) == (422, "idempotency_key_reused")
    assert len(stack.desk.executed) == 1

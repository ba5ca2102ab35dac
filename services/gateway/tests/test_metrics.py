"""GET /metrics, read with Prometheus' own parser."""

from __future__ import annotations

import asyncio
import os

import psutil
from deskhand_contract.errors import WireError
from deskhand_serving.stack import ServiceState, StackState
from prometheus_client.parser import text_string_to_metric_families

from .conftest import MakeStack, Stack, lookup, mail, note, text

CHAT = "/v1/chat/completions"


async def say(stack: Stack, query: str) -> None:
    async with stack.http() as http:
        await http.post(CHAT, json={"model": "deskhand", "messages": [{"role": "user", "content": query}]})


async def figures(stack: Stack) -> dict[tuple[str, ...], float]:
    """(name, label values in the order of the labels' names) -> value."""
    async with stack.http() as http:
        answer = await http.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return {
        (sample.name, *(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def test_requests_nodes_and_stages_are_counted(stack: Stack) -> None:
    stack.desk.fail("get_email_address", "not_found", "who?")
    await say(stack, stack.desk.plan("q", lookup(1, "Maya"), mail(2, 1), note(3)))
    await say(stack, stack.desk.plan("broken", WireError(code="bad_model", message="no")))
    found = await figures(stack)
    assert found["deskhand_requests_total", "POST", CHAT, "200"] == 1
    assert found["deskhand_nodes_total", "failed", "get_email_address"] == 1
    assert found["deskhand_nodes_total", "skipped", "compose_new_email"] == 1
    assert found["deskhand_nodes_total", "done", "create_note"] == 1
    assert found["deskhand_service_calls_total", "not_found", "executor"] == 1
    assert found["deskhand_service_calls_total", "ok", "executor"] == 1
    for stage in ("classify", "plan", "node", "first_node", "whole"):
        assert found["deskhand_stage_seconds_count", stage] >= 1, stage
    assert found["deskhand_runs",] == 0
    assert {key[1]: value for key, value in found.items() if key[0] == "deskhand_nodes_now"} == {
        "waiting": 0,
        "running": 0,
    }


async def test_what_goes_on_is_shown_while_it_goes_on(stack: Stack) -> None:
    begun, go_on = stack.desk.hold("get_email_address")
    stack.desk.plan("q", lookup(1, "Maya"), mail(2, 1))
    asked = asyncio.create_task(say(stack, "q"))
    await begun.wait()
    found = await figures(stack)
    assert found["deskhand_runs",] == 1
    assert found["deskhand_nodes_now", "running"] == 1
    assert found["deskhand_nodes_now", "waiting"] == 1
    go_on.open()
    await asked


async def test_what_waits_for_approval_is_counted_and_no_longer_under_way(stack: Stack) -> None:
    await say(stack, stack.desk.plan("q", text(1)))
    found = await figures(stack)
    assert found["deskhand_nodes_total", "needs_approval", "send_sms"] == 1
    assert found["deskhand_nodes_now", "waiting"] == 0
    assert found["deskhand_runs",] == 0


async def test_services_show_whether_they_are_ready(make_stack: MakeStack) -> None:
    found = await figures(make_stack(stt_url="http://127.0.0.1:9"))
    assert found["deskhand_service_ready", "planner"] == 1
    assert found["deskhand_service_ready", "stt"] == 0


async def test_the_supervisors_word_on_its_processes_is_shown_when_the_gateway_is_one_of_them(stack: Stack) -> None:
    own = os.getpid()
    services = {
        "gateway": ServiceState(url="http://127.0.0.1:1", pid=own),
        "planner": ServiceState(url="http://127.0.0.1:2", pid=None, restarts=3),
    }
    state = StackState(pid=own, base_url="http://127.0.0.1:1/v1", started=0.0, services=services)
    (stack.home / "stack.json").write_text(state.model_dump_json())
    found = await figures(stack)
    assert found["deskhand_service_restarts_total", "planner"] == 3
    assert found["deskhand_service_memory_bytes", "planner"] == 0
    assert found["deskhand_service_memory_bytes", "gateway"] > psutil.Process(own).memory_info().rss / 2
    services["gateway"].pid = own + 1  # left over from another stack
    (stack.home / "stack.json").write_text(state.model_dump_json())
    found = await figures(stack)
    assert ("deskhand_service_restarts_total", "planner") not in found
    assert found["deskhand_service_memory_bytes", "gateway"] > 0


async def test_figures_need_the_key_and_say_nothing_of_the_user(stack: Stack) -> None:
    await say(stack, stack.desk.plan("Quagmarsh", lookup(1, "Quagmarsh"), note(2, "Quagmarsh")))
    async with stack.http() as http:
        assert "Quagmarsh" not in (await http.get("/metrics")).text
        del http.headers["Authorization"]
        assert (await http.get("/metrics")).status_code == 401

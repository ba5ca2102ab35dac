"""What one client may ask for, and that nobody else pays for it."""

from __future__ import annotations

import asyncio
from typing import Any

import openai
import pytest
from deskhand_gateway.limits import MAX_CLIENTS, RateLimiter

from .conftest import MakeStack, Stack, note

CHAT = "/v1/chat/completions"


def ask(content: str = "q", **options: Any) -> dict[str, Any]:
    return {"model": "deskhand", "messages": [{"role": "user", "content": content}], **options}


async def test_too_many_requests_are_429_with_the_time_to_wait_and_nothing_runs(make_stack: MakeStack) -> None:
    stack = make_stack(requests_per_minute=6)  # one token, and another after ten seconds
    stack.desk.plan("q", note(1))
    async with stack.http() as http:
        first, second = await http.post(CHAT, json=ask()), await http.post(CHAT, json=ask())
    assert (first.status_code, second.status_code) == (200, 429)
    assert 1 <= int(second.headers["retry-after"]) <= 10
    assert second.json()["error"]["code"] == "rate_limit_exceeded"
    assert "REQUESTS_PER_MINUTE" in second.json()["error"]["message"]
    assert len(stack.desk.executed) == 1
    async with stack.openai() as client:
        with pytest.raises(openai.RateLimitError):
            await client.models.list()


async def test_health_and_callers_without_the_key_do_not_use_up_the_rate(make_stack: MakeStack) -> None:
    stack = make_stack(requests_per_minute=6)
    async with stack.http() as http:
        for _ in range(3):
            assert (await http.get("/healthz")).status_code == 200
            assert (await http.get("/v1/models", headers={"Authorization": "Bearer wrong"})).status_code == 401
        assert (await http.get("/v1/models")).status_code == 200


async def test_more_open_requests_than_allowed_are_429_and_the_open_ones_go_on(make_stack: MakeStack) -> None:
    stack = make_stack(max_open_requests=1)
    begun, go_on = stack.desk.hold("create_note")
    stack.desk.plan("q", note(1))
    async with stack.http() as http:
        held = asyncio.create_task(http.post(CHAT, json=ask()))
        await begun.wait()
        refused = await http.get("/v1/models")
        assert (refused.status_code, refused.json()["error"]["code"]) == (429, "too_many_open_requests")
        go_on.open()
        assert (await held).status_code == 200
        assert (await http.get("/v1/models")).status_code == 200


async def test_no_limit_when_it_is_set_to_zero(make_stack: MakeStack) -> None:
    stack = make_stack(requests_per_minute=0)
    async with stack.http() as http:
        assert {(await http.get("/v1/models")).status_code for _ in range(20)} == {200}


def test_a_bucket_fills_again_with_time_and_each_client_has_its_own() -> None:
    now_s = 0.0
    limiter = RateLimiter(60, lambda: now_s)
    assert [limiter.take("a") for _ in range(11)] == [0.0] * 10 + [1.0]
    assert limiter.take("b") == 0.0
    now_s = 2.0
    assert [limiter.take("a") > 0 for _ in range(3)] == [False, False, True]


def test_an_empty_bucket_is_not_forgotten_for_many_new_clients() -> None:
    limiter = RateLimiter(60, lambda: 0.0)
    while not limiter.take("greedy"):
        pass
    for number in range(3 * MAX_CLIENTS):
        limiter.take(str(number))
    assert limiter.take("greedy") > 0


async def test_forged_forwarding_headers_do_not_make_a_new_client(make_stack: MakeStack) -> None:
    stack = make_stack(requests_per_minute=6)
    async with stack.http() as http:
        answers = [await http.get("/v1/models", headers={"X-Forwarded-For": f"203.0.113.{n}"}) for n in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]


async def test_default_limit_lets_a_burst_of_an_agent_loop_pass(stack: Stack) -> None:
    async with stack.http() as http:
        answers = await asyncio.gather(*(http.get("/v1/models") for _ in range(100)))
    assert {answer.status_code for answer in answers} == {200}

"""What a request may be: who sends it, in what form, with what in it."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import openai
import pytest
from deskhand_contract.services import Transcription
from deskhand_serving.errors import ServiceFailure

from .conftest import MakeStack, Stack, note

CHAT = "/v1/chat/completions"


def ask(content: Any = "q", **options: Any) -> dict[str, Any]:
    return {"model": "deskhand", "messages": [{"role": "user", "content": content}], **options}


async def error_of(stack: Stack, body: Any, status: int = 400, **headers: str) -> dict[str, Any]:
    async with stack.http(**headers) as http:
        if isinstance(body, dict):
            response = await http.post(CHAT, json=body)
        else:
            response = await http.post(CHAT, content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == status, response.text
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    return error


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer wrong", "Basic {key}", "{key}", "Bearer {key}x", "Bearer é"])
async def test_wrong_token_is_401(shared: Stack, given: str) -> None:
    async with shared.http() as http:
        del http.headers["Authorization"]
        headers = {"Authorization": given.format(key=shared.key).encode("latin-1")} if given else {}
        for path in ("/v1/models", "/nothing", "/openapi.json"):
            response = await http.get(path, headers=headers)
            assert (response.status_code, response.json()["error"]["code"]) == (401, "invalid_api_key")
    assert shared.desk.plan_requests == []


async def test_official_client_with_a_wrong_key_gets_authentication_error(shared: Stack) -> None:
    client = openai.AsyncOpenAI(base_url=f"{shared.url}/v1", api_key="dk-wrong", max_retries=0)
    async with client:
        with pytest.raises(openai.AuthenticationError, match="api_key"):
            await client.models.list()


async def test_health_needs_no_token_and_tells_each_service(stack: Stack) -> None:
    async with stack.http() as http:
        del http.headers["Authorization"]
        health = (await http.get("/healthz")).json()
    assert (health["service"], health["ready"], health["detail"]) == ("gateway", True, "")
    assert [service["service"] for service in health["services"]] == ["toolrag", "planner", "executor", "stt"]


async def test_health_is_not_ready_without_planner_but_without_stt(make_stack: MakeStack) -> None:
    stack = make_stack(stt_url="http://127.0.0.1:9")
    async with stack.http() as http:
        health = (await http.get("/healthz")).json()
    assert (health["ready"], health["detail"]) == (True, "not ready: stt")
    stack = make_stack(planner_url="http://127.0.0.1:9")
    async with stack.http() as http:
        health = (await http.get("/healthz")).json()
    assert (health["ready"], health["detail"]) == (False, "not ready: planner")


async def test_what_the_executor_may_use_is_told_to_whoever_has_the_key(make_stack: MakeStack) -> None:
    stack = make_stack()
    found = await stack.post("/v1/doctor")
    mail = {"name": "Mail", "ok": False, "message": "allow it in System Settings", "code": "not_permitted"}
    assert found == {"backend": "macos", "checks": [mail]}
    async with stack.http(Authorization="Bearer dk-other") as http:
        assert (await http.post("/v1/doctor")).status_code == 401
    away = make_stack(executor_url="http://127.0.0.1:9")
    assert (await away.post("/v1/doctor", status=503))["error"]["code"] == "service_unavailable"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8710", "127.0.0.1.evil.example", "[::2]:80"])
async def test_foreign_host_name_is_refused_even_with_the_token(shared: Stack, host: str) -> None:
    async with shared.http(Host=host) as http:
        for path in ("/v1/models", "/healthz"):
            response = await http.get(path)
            assert (response.status_code, response.json()["error"]["code"]) == (403, "host_not_allowed")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1:9", "[::1]:8710", "desk.lan"])
async def test_allowed_host_names_pass_with_any_port(make_stack: MakeStack, host: str) -> None:
    stack = make_stack(allowed_hosts=("localhost", "127.0.0.1", "::1", "desk.lan"))
    async with stack.http(Host=host) as http:
        assert (await http.get("/v1/models")).status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost"])
async def test_foreign_origin_is_refused_even_with_the_token(shared: Stack, origin: str) -> None:
    assert (await error_of(shared, ask(), 403, Origin=origin))["code"] == "origin_not_allowed"
    assert shared.desk.plan_requests == []


async def test_own_and_listed_origins_pass_and_no_cors_header_is_sent(make_stack: MakeStack) -> None:
    stack = make_stack(allowed_origins=("https://panel.example",))
    for origin in (stack.url, "https://panel.example"):
        async with stack.http(Origin=origin) as http:
            response = await http.get("/v1/models")
        assert response.status_code == 200
        assert not [name for name in response.headers if name.startswith("access-control")]


@pytest.mark.parametrize("given", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_other_content_types_are_415(shared: Stack, given: str) -> None:
    async with shared.http() as http:
        response = await http.post(CHAT, content=json.dumps(ask()), headers={"Content-Type": given})
    assert (response.status_code, response.json()["error"]["code"]) == (415, "unsupported_media_type")
    assert shared.desk.plan_requests == []


async def test_content_type_may_name_its_charset(stack: Stack) -> None:
    body = json.dumps(ask(stack.desk.plan("q", note(1))))
    async with stack.http() as http:
        response = await http.post(CHAT, content=body, headers={"Content-Type": "application/JSON; charset=utf-8"})
    assert response.status_code == 200


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe", b"[" * 5000, b'{"model": "deskhand", "messages": ["\\ud800"]}']
)
async def test_malformed_json_is_400(shared: Stack, body: bytes) -> None:
    assert (await error_of(shared, body))["code"] == "invalid_json"


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        ({"messages": [{"role": "user", "content": "q"}]}, "invalid_value", "model"),
        (ask() | {"messages": []}, "invalid_value", "messages"),
        (ask() | {"messages": [{"role": "system", "content": "q"}]}, "missing_user_message", "messages"),
        (ask(n=2), "invalid_value", "n"),
        (ask(metadata={"now": 5}), "invalid_value", "metadata.now"),
        (ask(metadata={"now": "yesterday"}), "invalid_now", "metadata.now"),
        (ask(metadata={"now": "2026-03-11"}), "invalid_now", "metadata.now"),
        (ask(metadata={"now": "2026-02-30T09:30:00"}), "invalid_now", "metadata.now"),
        (ask(metadata={"now": "9999-12-31T23:59:59"}), "invalid_now", "metadata.now"),
        (ask(metadata={"timezone": "Mars/Olympus"}), "invalid_timezone", "metadata.timezone"),
        (ask(metadata={"timezone": "../../etc/passwd"}), "invalid_timezone", "metadata.timezone"),
        (ask(metadata={"timezone": "Europe"}), "invalid_timezone", "metadata.timezone"),
        (ask(metadata={"timezone": ""}), "invalid_timezone", "metadata.timezone"),
        (ask(""), "empty_message", "messages.0.content"),
        (ask(None), "empty_message", "messages.0.content"),
        (ask([]), "empty_message", "messages.0.content"),
        (ask("x" * 8001), "string_above_max_length", "messages"),
        (ask([{"type": "image_url", "image_url": {"url": "x"}}]), "unsupported_content", "messages.0.content.0"),
        (ask([{"type": "input_audio", "input_audio": 5}]), "invalid_audio", "messages.0.content.0"),
        (
            ask([{"type": "input_audio", "input_audio": {"data": "", "format": "exe"}}]),
            "invalid_audio",
            "messages.0.content.0",
        ),
        (ask(functions=[{"name": "f"}]), "functions_not_supported", "functions"),
        (ask(function_call="auto"), "functions_not_supported", "functions"),
    ],
)
async def test_request_that_cannot_be_served_is_400_and_names_the_field(
    shared: Stack, body: dict[str, Any], code: str, param: str
) -> None:
    for stream in (False, True):
        error = await error_of(shared, body | {"stream": stream})
        assert (error["type"], error["code"], error["param"]) == ("invalid_request_error", code, param)
    assert shared.desk.executed == []


async def test_unknown_model_is_404(shared: Stack) -> None:
    error = await error_of(shared, ask(model="gpt-4o"), 404)
    assert (error["code"], error["param"]) == ("model_not_found", "model")
    async with shared.openai() as client:
        with pytest.raises(openai.NotFoundError):
            await client.models.retrieve("gpt-4o")


async def test_models_are_listed(shared: Stack) -> None:
    async with shared.openai() as client:
        assert [model.id async for model in client.models.list()] == ["deskhand", "deskhand-plan"]
        assert (await client.models.retrieve("deskhand")).owned_by == "deskhand"


async def test_unknown_paths_and_methods_are_openai_errors(shared: Stack) -> None:
    async with shared.http() as http:
        missing, wrong = await http.get("/v1/nothing"), await http.get(CHAT)
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "unknown_url")
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (405, "method_not_allowed")


async def test_unknown_fields_and_nulls_are_ignored(stack: Stack) -> None:
    stack.desk.plan("q", note(1))
    extra = {
        "temperature": 0,
        "logit_bias": None,
        "x": {"y": []},
        "stream": None,
        "n": 1,
        "tools": [],
        "metadata": None,
    }
    async with stack.http() as http:
        assert (await http.post(CHAT, json=ask(**extra))).status_code == 200


async def test_last_user_message_is_the_command(stack: Stack) -> None:
    stack.desk.plan("make a note", note(1))
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "something else"},
        {"role": "assistant", "content": None, "tool_calls": []},
        {"role": "user", "content": [{"type": "text", "text": "make"}, {"type": "text", "text": " a note"}]},
        {"role": "assistant", "content": "Well"},
    ]
    async with stack.http() as http:
        response = await http.post(CHAT, json=ask() | {"messages": messages})
    assert response.json()["choices"][0]["message"]["content"] == "Create_note 1 was done."


async def test_bodies_are_bounded(make_stack: MakeStack) -> None:
    stack = make_stack(max_body_bytes=2000, max_audio_bytes=3000)
    assert (await error_of(stack, ask("x" * 2500), 413))["code"] == "too_large"
    assert (await error_of(stack, ask("x" * 7000), 413))["code"] == "too_large"
    audio = [{"type": "input_audio", "input_audio": {"data": base64.b64encode(b"x" * 3001).decode(), "format": "wav"}}]
    assert (await error_of(stack, ask(audio), 413))["code"] == "too_large"


async def test_body_without_announced_length_is_bounded(make_stack: MakeStack) -> None:
    stack = make_stack(max_body_bytes=2000, max_audio_bytes=3000)

    async def pieces():
        for _ in range(100):
            yield b"x" * 1000

    async with stack.http() as http:
        response = await http.post(CHAT, content=pieces(), headers={"Content-Type": "application/json"})
    assert response.status_code == 413


async def test_body_that_never_comes_is_408(make_stack: MakeStack) -> None:
    stack = make_stack(body_timeout_s=0.01)
    reader, writer = await asyncio.open_connection("127.0.0.1", int(stack.url.rsplit(":", 1)[1]))
    head = f"POST {CHAT} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {stack.key}\r\n"
    writer.write(f"{head}Content-Type: application/json\r\nContent-Length: 10\r\n\r\n".encode())
    await writer.drain()
    assert b"408" in await reader.readline()
    writer.close()
    await writer.wait_closed()


async def test_recordings_are_transcribed_into_the_command(stack: Stack) -> None:
    stack.desk.transcription = Transcription(text=" a note ", language="en", duration_s=1.0)
    stack.desk.plan("make a note now", note(1))
    audio = {"type": "input_audio", "input_audio": {"data": base64.b64encode(b"RIFF").decode(), "format": "wav"}}
    parts = [{"type": "text", "text": "make"}, audio, {"type": "text", "text": "now"}]
    async with stack.openai() as client:
        completion = await client.chat.completions.create(**ask(parts))
    assert completion.choices[0].message.content == "Create_note 1 was done."
    assert stack.desk.uploads == [("audio.wav", b"RIFF", None)]


async def test_silent_recording_is_answered_and_nothing_is_planned(stack: Stack) -> None:
    stack.desk.transcription = Transcription(text="", language="en", duration_s=1.0)
    audio = {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}}
    async with stack.openai() as client:
        completion = await client.chat.completions.create(**ask([audio]))
    assert (completion.choices[0].message.content or "").startswith("I couldn't hear anything")
    assert stack.desk.plan_requests == []


async def test_recording_that_is_no_base64_or_no_audio_is_400(stack: Stack) -> None:
    broken = [{"type": "input_audio", "input_audio": {"data": "%%%", "format": "wav"}}]
    assert (await error_of(stack, ask(broken)))["code"] == "invalid_audio"
    stack.desk.transcription = ServiceFailure.of("unreadable_audio", "this is no audio", 422)
    audio = [{"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}}]
    assert (await error_of(stack, ask(audio)))["code"] == "unreadable_audio"

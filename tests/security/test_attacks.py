"""Attacks on a running stack, each over a real socket: pages of other sites, other programs on the machine, hostile
sentences. What the user says must not be found in a log, and nothing may leave the folders that are meant for it."""

from __future__ import annotations

import asyncio
import itertools
import json
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from email import policy
from email.parser import BytesParser
from typing import Any

import httpx
import psutil
import pytest
from deskhand_cli.testing import RunningStack, running_stack

MARK = "Quagmarsh"
"""A word that nothing but these tests says."""
WAIT_S = 30
NODES = itertools.count(1)
"""The executor does no node twice, so each gets a number of its own."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    home = tmp_path_factory.mktemp("attacked") / "home"
    subprocess.run([sys.executable, "-m", "deskhand_executor.sample", str(home)], check=True, capture_output=True)
    (home.parent / "secret.pdf").write_bytes(b"%PDF-1.4 of somebody else")
    environment = {"DESKHAND_EXECUTOR_OPEN_FILES": "false", "DESKHAND_STT_DOWNLOAD": "false"}
    with running_stack(home, environment=environment) as stack:
        yield stack


@pytest.fixture
def http(stack: RunningStack) -> Iterator[httpx.Client]:
    with httpx.Client(
        base_url=stack.base_url.removesuffix("/v1"),
        headers={"Authorization": f"Bearer {stack.api_key}"},
        timeout=60,
        trust_env=False,
    ) as client:
        yield client


def say(http: httpx.Client, sentence: str) -> dict[str, Any]:
    body = {"model": "deskhand", "messages": [{"role": "user", "content": sentence}]}
    answer = http.post("/v1/chat/completions", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def raw(stack: RunningStack, request: bytes) -> bytes:
    """Send bytes as they are; all that comes back."""
    port = int(stack.base_url.removesuffix("/v1").rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), timeout=WAIT_S) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        pieces = b""
        while piece := connection.recv(65536):
            pieces += piece
    return pieces


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def test_what_the_user_says_is_in_no_log(stack: RunningStack, http: httpx.Client) -> None:
    say(http, f"make a note called {MARK} saying {MARK} is secret")
    say(http, f"email {MARK} the {MARK} report and open my note on {MARK}")  # fails: nobody and nothing has that name
    say(http, f"remind me to call {MARK} {MARK}day")
    http.post("/v1/chat/completions", content=f'{{"model": "{MARK}", "messages"')
    http.post("/v1/chat/completions", json={"model": MARK, "messages": [{"role": "user", "content": MARK}]})
    http.get(f"/v1/models/{MARK}")
    http.get(f"/{MARK}?{MARK}={MARK}")
    http.post("/v1/audio/transcriptions", files={"file": (f"{MARK}.wav", MARK.encode())}, data={"prompt": MARK})
    assert http.get("/metrics").status_code == 200
    assert MARK.casefold() not in http.get("/metrics").text.casefold()
    logs = sorted((stack.home / "logs").iterdir())
    assert {log.name for log in logs} >= {f"{name}.log" for name in stack.state.services}
    said = {log.name: log.read_text(errors="replace") for log in logs}
    assert [name for name, text in said.items() if MARK.casefold() in text.casefold()] == []
    assert '"route": "/v1/chat/completions"' in said["gateway.log"]
    assert stack.api_key not in "".join(said.values())


def test_a_run_is_named_in_the_logs_of_every_service_that_worked_for_it(
    stack: RunningStack, http: httpx.Client
) -> None:
    run = say(http, "make a note called Traceable saying x")["x_plan"][0]["run"]
    for name in ("gateway", "toolrag", "planner", "executor"):
        records = [json.loads(line) for line in (stack.home / "logs" / f"{name}.log").read_text().splitlines()]
        assert any(record.get("run") == run for record in records), name
    executed = [json.loads(line) for line in (stack.home / "logs" / "executor.log").read_text().splitlines()]
    assert any(record.get("run") == run and record.get("node") == 1 for record in executed)


@pytest.mark.parametrize(
    "headers",
    [
        b"Host: evil.example\r\n",
        b"Host: localhost\r\nHost: evil.example\r\n",
        b"Host: 127.0.0.1.evil.example\r\n",
        b"Host: [::1].evil.example\r\n",
        b"Host: localhost@evil.example\r\n",
        b"Host: \r\n",
        b"",
        b"Host: localhost\r\nOrigin: null\r\n",
        b"Host: localhost\r\nOrigin: https://evil.example\r\n",
        b"Host: localhost\r\nOrigin: http://localhost.evil.example\r\n",
        b"Host: localhost\r\nOrigin: http://localhost\r\nOrigin: https://evil.example\r\n",
        b"Host: [::1]:8710\r\nOrigin: http://[::2]:8710\r\n",
    ],
)
def test_pages_of_other_sites_are_refused_even_with_the_key(stack: RunningStack, headers: bytes) -> None:
    """DNS rebinding (a foreign Host), and requests across sites (a foreign Origin)."""
    key = f"Authorization: Bearer {stack.api_key}\r\nConnection: close\r\n\r\n".encode()
    answer = raw(stack, b"GET /v1/models HTTP/1.1\r\n" + headers + key)
    assert status(answer) in (400, 403), answer
    assert b"access-control" not in answer.lower()


def test_a_preflight_gets_no_leave(http: httpx.Client) -> None:
    answer = http.options(
        "/v1/chat/completions",
        headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"},
    )
    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]


def test_a_form_of_another_site_cannot_carry_json(http: httpx.Client, stack: RunningStack) -> None:
    body = json.dumps({"model": "deskhand", "messages": [{"role": "user", "content": "make a note called Forged"}]})
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        answer = http.post("/v1/chat/completions", content=body, headers={"Content-Type": kind})
        assert answer.status_code == 415
    assert list((stack.home / "notes").rglob("Forged*")) == []


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PUT", "DELETE", "PATCH", "PROPFIND"])
def test_other_methods_do_nothing(stack: RunningStack, method: str) -> None:
    key = f"Host: localhost\r\nAuthorization: Bearer {stack.api_key}\r\nConnection: close\r\n\r\n"
    answer = raw(stack, f"{method} /v1/models HTTP/1.1\r\n{key}".encode())
    assert 400 <= status(answer) < 500
    assert stack.api_key.encode() not in answer


def test_two_lengths_for_one_body_are_refused(stack: RunningStack) -> None:
    """What two readers would cut at different places is a request within a request."""
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {stack.api_key}\r\n"
    head += "Content-Type: application/json\r\n"
    for lengths in (
        "Content-Length: 4\r\nContent-Length: 5\r\n",
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
    ):
        assert status(raw(stack, f"{head}{lengths}\r\n0\r\n\r\nGET /v1/models HTTP/1.1\r\n\r\n".encode())) == 400


async def test_slow_callers_do_not_keep_others_waiting(stack: RunningStack) -> None:
    """Two hundred connections that send half a head each, and one that asks."""
    port = int(stack.base_url.removesuffix("/v1").rsplit(":", 1)[1])
    slow = [await asyncio.open_connection("127.0.0.1", port) for _ in range(200)]
    for _, writer in slow:
        writer.write(b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {stack.api_key}"}, trust_env=False) as http:
        assert (await http.get(f"{stack.base_url}/models", timeout=WAIT_S)).status_code == 200
    for _, writer in slow:
        writer.close()


@pytest.mark.parametrize("service", ["toolrag", "planner", "executor", "stt"])
@pytest.mark.parametrize("given", ["", "Bearer wrong", "api key"])
def test_services_behind_the_gateway_take_their_own_token_only(
    stack: RunningStack, http: httpx.Client, service: str, given: str
) -> None:
    """The API's key is no token either."""
    token = f"Bearer {stack.api_key}" if given == "api key" else given
    for path in ("/classify", "/plan", "/execute", "/undo", "/transcribe", "/openapi.json", "/docs"):
        url = f"{stack.state.services[service].url}{path}"
        answer = httpx.post(url, json={}, headers={"Authorization": token} if token else {}, trust_env=False)
        assert answer.status_code == 401, (path, answer.text)


def test_files_with_secrets_are_their_owners_only(stack: RunningStack) -> None:
    paths = [stack.home / "api_key", stack.home / "logs", *stack.home.glob("*.sqlite3*")]
    assert len(paths) > 2
    assert {path.name: oct(stat.S_IMODE(path.stat().st_mode) & 0o077) for path in paths} == {
        path.name: "0o0" for path in paths
    }


@pytest.mark.parametrize(
    "name",
    [
        "../secret.pdf",
        "../../secret.pdf",
        "/etc/passwd",
        "..%2fsecret.pdf",
        "~/.ssh/id_rsa",
        "documents/../../secret.pdf",
    ],
)
def test_a_file_outside_the_roots_is_never_reached(stack: RunningStack, name: str) -> None:
    """Straight at the executor: no planner in between is trusted to be careful."""
    for tool, arguments in (
        ("open_and_get_file_path", {"file_name": name}),
        ("summarize_pdf", {"pdf_path": name}),
        ("summarize_pdf", {"pdf_path": str(stack.home / name)}),
        ("compose_new_email", {"recipients": ["a@example.org"], "context": "x", "attachments": [name]}),
    ):
        answer = execute(stack, tool, arguments)
        assert 400 <= answer.status_code < 500, (tool, answer.text)
        assert "somebody else" not in answer.text
        assert "root:" not in answer.text


@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r", "\u2028", "\x0b"])
def test_a_subject_cannot_add_headers_to_a_mail(stack: RunningStack, line_end: str) -> None:
    before = set((stack.home / "mail").rglob("*"))
    arguments = {
        "recipients": ["a@example.org"],
        "subject": f"Hello{line_end}Bcc: spy@evil.example{line_end}{line_end}Body",
        "context": "x",
    }
    answer = execute(stack, "compose_new_email", arguments)
    assert answer.status_code in (200, 422), answer.text
    for path in set((stack.home / "mail").rglob("*")) - before:
        if path.is_file():
            mail = BytesParser(policy=policy.default).parsebytes(path.read_bytes())
            assert mail["bcc"] is None
            assert [address.addr_spec for address in mail["to"].addresses] == ["a@example.org"]


def test_a_recipient_cannot_add_headers_to_a_mail(stack: RunningStack) -> None:
    recipients = ["a@example.org\r\nBcc: spy@evil.example"]
    answer = execute(stack, "compose_new_email", {"recipients": recipients, "context": "x"})
    assert answer.status_code == 422, answer.text


def test_html_in_what_is_said_stays_text_in_the_events(http: httpx.Client) -> None:
    """JSON of type application/json and text/event-stream, never a page; what shows it has to escape it."""
    html = "<img/src=x/onerror=alert(1)>"
    body = {"model": "deskhand", "messages": [{"role": "user", "content": f"make a note called {html} saying {html}"}]}
    whole = http.post("/v1/chat/completions", json=body)
    streamed = http.post("/v1/chat/completions", json=body | {"stream": True})
    missing = http.get(f"/{html}")
    assert whole.headers["content-type"] == missing.headers["content-type"] == "application/json"
    assert streamed.headers["content-type"].startswith("text/event-stream")
    for answer in (whole, streamed, missing):
        assert answer.headers["x-content-type-options"] == "nosniff"


def execute(stack: RunningStack, tool: str, arguments: dict[str, Any]) -> httpx.Response:
    """A node straight to the executor, with its token, which the owner of the process may look up."""
    token = psutil.Process(stack.state.services["executor"].pid).environ()["DESKHAND_INTERNAL_TOKEN"]
    body = {
        "run": "run_attack",
        "node": next(NODES),
        "tool": tool,
        "arguments": arguments,
        "clock": {"now": "2026-03-11T09:30:00", "timezone": "Europe/Berlin"},
    }
    url = f"{stack.state.services['executor'].url}/execute"
    return httpx.post(url, json=body, headers={"Authorization": f"Bearer {token}"}, timeout=60, trust_env=False)

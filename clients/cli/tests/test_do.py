"""`deskhand do` in a process of its own, against a gateway that answers as it is told to."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
from deskhand_cli.exits import Exit
from deskhand_cli.live import RowView, short_arguments
from deskhand_cli.testing import run_cli, stack_environment
from deskhand_contract.events import PlanUpdate
from deskhand_serving.testing import free_port, running
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from rich.console import Console

KEY = "dk-test"
WAIT_S = 60.0


@dataclass
class FakeGateway:
    """`lines` are the events of the next stream, which goes on after them if it `hangs`; `message` is the next
    completion, `later` what happens to the run when it is cancelled; `asked` has what came."""

    environment: dict[str, str] = field(default_factory=dict[str, str])
    lines: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    message: dict[str, Any] = field(default_factory=dict[str, Any])
    heard: str = ""
    finish: bool = True
    hangs: bool = False
    later: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    asked: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.post("/v1/chat/completions")
        async def chat(request: Request) -> Response:
            if request.headers.get("authorization") != f"Bearer {KEY}":
                error = {"message": "This needs the key.", "type": "invalid_request_error", "code": "invalid_api_key"}
                return JSONResponse({"error": error}, 401)
            body = await request.json()
            self.asked.append(body)
            if body["messages"][0]["content"] == "refuse":
                error = {"message": "Say it shorter.", "type": "invalid_request_error"}
                return JSONResponse({"error": error}, 400)
            if body.get("stream"):
                return StreamingResponse(self._events(), media_type="text/event-stream")
            return JSONResponse(
                {
                    "id": "c",
                    "object": "chat.completion",
                    "created": 1,
                    "model": body["model"],
                    "choices": [{"index": 0, "message": self.message, "finish_reason": "stop"}],
                    "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
                }
            )

        @app.post("/v1/audio/transcriptions")
        async def transcribe(request: Request) -> dict[str, str]:
            self.asked.append({"audio": await request.body()})
            return {"text": self.heard}

        @app.post("/v1/runs/{id}/cancel")
        async def cancel(id: str) -> dict[str, Any]:
            self.asked.append({"cancel": id})
            clock = {"now": "2026-03-11T09:30:00", "timezone": "UTC"}
            run = {"id": id, "created": 1, "model": "deskhand", "query": "q", "clock": clock, "nodes": []}
            return {**run, "status": "cancelled", "answer": "Note 2 was not written, because it was cancelled."}

        @app.get("/v1/runs/{id}/events")
        async def events(request: Request) -> Response:
            self.asked.append({"after": request.headers["last-event-id"]})
            body = "".join(f"data: {json.dumps(line['x_plan'])}\n\n" for line in self.later)
            return Response(f"{body}data: [DONE]\n\n", media_type="text/event-stream")

        return app

    async def _events(self) -> AsyncIterator[str]:
        for line in [{}, *self.lines]:
            if "error" in line:
                yield f"data: {json.dumps(line)}\n\n"
                return
            yield f": ping\n\ndata: {json.dumps(chunk(**line))}\n\n"
        while self.hangs:
            yield ": ping\n\n"
            await asyncio.sleep(0.05)
        if self.finish:
            yield f"data: {json.dumps(chunk(finish_reason='stop'))}\n\ndata: [DONE]\n\n"


def chunk(content: str | None = None, finish_reason: str | None = None, **extension: Any) -> dict[str, Any]:
    delta = {} if content is None else {"content": content}
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    head = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "deskhand"}
    return {**head, "choices": [choice], **extension}


def update(seq: int, node: int, status: str, **more: Any) -> dict[str, Any]:
    fields = {"run": "run_1", "seq": seq, "node": node, "name": "create_note", "deps": [], "elapsed_ms": seq * 10.0}
    return {"x_plan": {**fields, "arguments": {"name": f"note {node}"}, "status": status, **more}}


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[FakeGateway]:
    fake = FakeGateway()
    (tmp_path / "api_key").write_text(KEY + "\n")
    with running(fake.app()) as url:
        fake.environment = stack_environment(tmp_path, {"DESKHAND_GATEWAY_PORT": url.rpartition(":")[2]})
        yield fake


def test_the_answer_goes_to_standard_output_and_the_plan_to_standard_error(gateway: FakeGateway) -> None:
    gateway.lines = [update(0, 1, "dispatched"), update(1, 1, "done", output="x"), {"content": "Wrote it."}]
    done = run_cli("do", "write", "a", "note", environment=gateway.environment)
    assert (done.returncode, done.stdout) == (Exit.DONE, "Wrote it.\n")
    assert done.stderr.splitlines() == ["→ 1. create_note(name=note 1)", "✓ 1. create_note(name=note 1)  10 ms"]
    assert gateway.asked[0]["messages"] == [{"role": "user", "content": "write a note"}]


def test_a_failed_node_ends_with_its_error_and_exit_status_one(gateway: FakeGateway) -> None:
    failed = update(1, 1, "failed", error={"code": "no", "message": "no such note"})
    gateway.lines = [update(0, 1, "dispatched"), failed, update(2, 2, "skipped"), {"content": "I couldn't."}]
    done = run_cli("do", "write a note", environment=gateway.environment)
    assert done.returncode == Exit.NODE_FAILED
    assert "✗ 1. create_note(name=note 1)  10 ms: no such note" in done.stderr


def test_nothing_to_do_has_an_exit_status_of_its_own(gateway: FakeGateway) -> None:
    gateway.lines = [{"content": "I can't do that."}]
    done = run_cli("do", "sing", environment=gateway.environment)
    assert (done.returncode, done.stdout) == (Exit.NOTHING_TO_DO, "I can't do that.\n")


def test_json_is_one_object_with_events_and_answer(gateway: FakeGateway) -> None:
    gateway.lines = [update(0, 1, "dispatched"), update(1, 1, "done", output="x"), {"content": "Wrote it."}]
    done = run_cli("do", "--json", "write a note", environment=gateway.environment)
    printed = json.loads(done.stdout)
    assert (printed["answer"], printed["exit"], printed["run"]) == ("Wrote it.", 0, "run_1")
    assert [event["status"] for event in printed["events"]] == ["dispatched", "done"]
    assert done.stderr == ""


def wait_until_it_waits(process: subprocess.Popen[str]) -> None:
    """For the socket, and not for a moment on the way to it: a signal then would be noticed only after the wait."""
    slept = 0
    while slept < 20:
        slept = slept + 1 if psutil.Process(process.pid).status() == psutil.STATUS_SLEEPING else 0
        time.sleep(0.01)


def test_ctrl_c_cancels_the_run_and_tells_what_became_of_it(gateway: FakeGateway) -> None:
    skipped = update(3, 2, "skipped", error={"code": "cancelled", "message": "the run was cancelled"})
    gateway.lines, gateway.hangs = [update(0, 1, "dispatched")], True
    gateway.later = [update(1, 1, "done"), skipped]
    process = subprocess.Popen(
        [sys.executable, "-m", "deskhand_cli", "do", "two notes"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        env=gateway.environment,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background job ignores it
    )
    assert process.stderr
    assert process.stderr.readline().startswith("→ 1.")
    wait_until_it_waits(process)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=WAIT_S)
    assert process.returncode == Exit.INTERRUPTED
    assert gateway.asked[1:] == [{"cancel": "run_1"}, {"after": "0"}]
    assert output == "Note 2 was not written, because it was cancelled.\n"
    assert errors.splitlines()[-3:] == [
        "Stopping. What is under way is brought to its end; Ctrl-C again does not wait for it.",
        "✓ 1. create_note(name=note 1)",
        "– 2. create_note(name=note 2): the run was cancelled",
    ]


@pytest.mark.parametrize("arguments", [["do"], ["do", "-"]])
def test_the_sentence_may_come_from_standard_input(gateway: FakeGateway, arguments: list[str]) -> None:
    gateway.lines = [{"content": "No."}]
    run_cli(*arguments, environment=gateway.environment, stdin="open my notes\n")
    assert gateway.asked[0]["messages"][0]["content"] == "open my notes"


def test_no_sentence_is_wrong_usage(gateway: FakeGateway) -> None:
    done = run_cli("do", environment=gateway.environment, stdin=" \n")
    assert done.returncode == Exit.USAGE
    assert gateway.asked == []


def test_yes_and_no_approve_together_are_wrong_usage(gateway: FakeGateway) -> None:
    done = run_cli("do", "--yes", "--no-approve", "text Bo", environment=gateway.environment)
    assert done.returncode == Exit.USAGE
    assert gateway.asked == []


def test_the_clock_goes_along_as_metadata(gateway: FakeGateway) -> None:
    arguments = ("do", "hello", "--now", "2026-03-11T09:30:00", "--timezone", "Europe/Berlin")
    run_cli(*arguments, environment=gateway.environment)
    assert gateway.asked[0]["metadata"] == {"now": "2026-03-11T09:30:00", "timezone": "Europe/Berlin"}


def test_a_dry_run_asks_for_the_plan_only(gateway: FakeGateway) -> None:
    call = {"name": "create_note", "arguments": '{"name": "x"}'}
    gateway.message = {"role": "assistant", "content": None, "tool_calls": [{"id": "1", "function": call}]}
    done = run_cli("do", "--dry-run", "write a note", environment=gateway.environment)
    assert (done.returncode, done.stdout) == (Exit.DONE, "1. create_note(name=x)\n")
    assert gateway.asked[0]["model"] == "deskhand-plan"
    printed = json.loads(run_cli("do", "--dry-run", "--json", "write", environment=gateway.environment).stdout)
    assert printed["plan"] == [{"node": 1, "name": "create_note", "arguments": {"name": "x"}}]


def test_a_dry_run_of_nothing_says_so(gateway: FakeGateway) -> None:
    gateway.message = {"role": "assistant", "content": "I can't do that."}
    done = run_cli("do", "--dry-run", "sing", environment=gateway.environment)
    assert (done.returncode, done.stdout) == (Exit.NOTHING_TO_DO, "I can't do that.\n")


def test_without_a_stack_it_says_how_to_start_one(tmp_path: Path) -> None:
    environment = stack_environment(tmp_path, {"DESKHAND_GATEWAY_PORT": str(free_port())})
    for _ in range(2):  # before the first start there is no key, later nobody answers
        done = run_cli("do", "hello", environment=environment)
        assert done.returncode == Exit.NOT_RUNNING
        assert "deskhand up" in done.stderr
        (tmp_path / "api_key").write_text(KEY)


def test_a_wrong_key_is_refused_in_words(gateway: FakeGateway) -> None:
    Path(gateway.environment["DESKHAND_HOME"], "api_key").write_text("dk-other\n")
    done = run_cli("do", "hello", environment=gateway.environment)
    assert done.returncode == Exit.REFUSED
    assert "This needs the key." in done.stderr
    assert "DESKHAND_HOME" in done.stderr


def test_a_refused_request_says_why(gateway: FakeGateway) -> None:
    done = run_cli("do", "refuse", environment=gateway.environment)
    assert (done.returncode, done.stderr) == (Exit.REFUSED, "Say it shorter.\n")


def test_an_error_in_the_stream_ends_with_its_message(gateway: FakeGateway) -> None:
    error = {"message": "The plan broke off.", "type": "server_error", "param": None, "code": "x"}
    gateway.lines = [update(0, 1, "dispatched"), {"error": error}]
    done = run_cli("do", "--json", "hello", environment=gateway.environment)
    assert done.returncode == Exit.FAILED
    assert json.loads(done.stdout)["error"] == error
    assert "The plan broke off." in done.stderr


def test_a_stream_that_ends_early_is_no_success(gateway: FakeGateway) -> None:
    gateway.lines, gateway.finish = [update(0, 1, "dispatched")], False
    done = run_cli("do", "hello", environment=gateway.environment)
    assert done.returncode == Exit.FAILED
    assert "broke off" in done.stderr


def test_a_recording_is_carried_out_as_it_was_heard(gateway: FakeGateway, tmp_path: Path) -> None:
    (tmp_path / "memo.wav").write_bytes(b"RIFF")
    gateway.heard, gateway.lines = " open my notes ", [{"content": "No."}]
    done = run_cli("listen", str(tmp_path / "memo.wav"), environment=gateway.environment)
    assert b"RIFF" in gateway.asked[0]["audio"]
    assert gateway.asked[1]["messages"][0]["content"] == "open my notes"
    assert "“open my notes”" in done.stderr


def test_silence_is_nothing_to_do(gateway: FakeGateway, tmp_path: Path) -> None:
    (tmp_path / "memo.wav").write_bytes(b"RIFF")
    done = run_cli("listen", str(tmp_path / "memo.wav"), environment=gateway.environment)
    assert done.returncode == Exit.NOTHING_TO_DO
    assert len(gateway.asked) == 1


def test_a_terminal_shows_a_row_for_each_node() -> None:
    rows = RowView()
    for seq, (node, status) in enumerate([(1, "dispatched"), (2, "dispatched"), (1, "done")]):
        rows.show(PlanUpdate.model_validate(update(seq, node, status)["x_plan"]))
    console = Console(width=60, record=True, file=None, quiet=False)
    with console.capture() as shown:
        console.print(rows)
    first, second = shown.get().splitlines()
    assert first.split() == ["✓", "1.", "create_note", "name=note", "1", "20", "ms"]
    assert second.split()[1:3] == ["2.", "create_note"]


def test_long_arguments_are_cut() -> None:
    assert short_arguments({"context": "x" * 99, "cc": ["a@b.c"]}) == f"context={'x' * 39}…, cc=[a@b.c]"

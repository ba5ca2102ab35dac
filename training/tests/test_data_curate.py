"""Curation against a local server that answers as a model would: with good lines, bad ones, and chatter."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from typing import Any

import pytest
from deskhand_training.data import curate
from deskhand_training.data.curate import ChatModel, ModelUnavailable, Tally
from deskhand_training.data.load import load, read_seed

Answer = Callable[[int, dict[str, Any]], tuple[int, str]]


def seed(number: int, text: str = "") -> str:
    text = text or f"text Petronela Blau{number} that parcel {number} is here"
    plan = [
        {"id": 1, "tool": "get_phone_number", "args": {"name": f"Petronela Blau{number}"}},
        {"id": 2, "tool": "send_sms", "args": {"recipients": ["$1"], "message": f"parcel {number} is here"}},
    ]
    return json.dumps({"id": "x", "query": text, "plan": plan})


@pytest.fixture
def serve() -> Iterator[Callable[[Answer], str]]:
    servers: list[tuple[ThreadingHTTPServer, threading.Thread]] = []

    def start(answer: Answer) -> str:
        calls: list[int] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                calls.append(1)
                status, content = answer(len(calls), body)
                reply = json.dumps({"choices": [{"message": {"role": "assistant", "content": content}}]}).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

            def log_message(self, *_: object) -> None:
                return

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}/v1"

    yield start
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


def run(url: str, count: int, monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], Tally]:
    monkeypatch.setattr(curate, "sample_tools", lambda rng: ("send_sms",))
    seeds = [source for source in load().sources if not source.skeleton and source.nodes][:500]
    tally = Tally()
    with ChatModel(url, "any") as model:
        found = [s.text for s in curate.curate(model, seeds, (), count, Random(0), tally)]
    return found, tally


def test_good_lines_are_kept_whatever_stands_around_them(
    serve: Callable[[Answer], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = serve(
        lambda n, _: (200, f"Sure! Here you are:\n```json\n1. {seed(2 * n)}\n{seed(2 * n + 1)},\n```\nAnything else?")
    )
    found, tally = run(url, 5, monkeypatch)
    assert len(found) == len(set(found)) == tally.accepted == 5
    assert not tally.refused


def test_lines_that_fail_the_checks_are_refused_and_counted(
    serve: Callable[[Answer], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(n: int, _: dict[str, Any]) -> tuple[int, str]:
        bad = [
            seed(1, "text somebody else that all is well"),
            '{"query": "play jazz", "plan": [{"id": 1, "tool": "play_music", "args": {"what": "jazz"}}]}',
            '{"query": "hm", "plan": []}',
            '{"query": "Ana\'s number", "plan": [{"id": 1, "tool": "get_phone_number", "args": {"name": "Ana"}}]}',
            '{"query": oops}',
        ]
        return 200, "\n".join([*bad, seed(n)])

    found, tally = run(serve(answer), 2, monkeypatch)
    assert len(found) == 2
    assert sum(tally.refused.values()) >= 10


def test_a_repeated_sentence_counts_once_and_a_stuck_model_ends_the_run(
    serve: Callable[[Answer], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found, tally = run(serve(lambda n, _: (200, seed(7))), 5, monkeypatch)
    assert len(found) == 1
    assert tally.accepted == 1


def test_a_busy_server_is_asked_again_and_a_refusing_one_is_not(
    serve: Callable[[Answer], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(curate.time, "sleep", lambda _: None)
    found, _ = run(serve(lambda n, _: (503, "") if n == 1 else (200, seed(n))), 1, monkeypatch)
    assert len(found) == 1
    calls: list[int] = []

    def refuse(n: int, _: dict[str, Any]) -> tuple[int, str]:
        calls.append(n)
        return 401, ""

    with pytest.raises(ModelUnavailable, match="401"):
        run(serve(refuse), 1, monkeypatch)
    assert calls == [1]


def test_the_prompt_names_the_tools_and_shows_seeds_that_use_them(
    serve: Callable[[Answer], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def answer(n: int, body: dict[str, Any]) -> tuple[int, str]:
        asked.append(body["messages"][1]["content"])
        return 200, seed(n)

    run(serve(answer), 1, monkeypatch)
    assert "send_sms(recipients, message)" in asked[0]
    assert '"tool": "send_sms"' in asked[0]


def test_the_command_writes_seeds_that_load(
    serve: Callable[[Answer], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(curate, "sample_tools", lambda rng: ("send_sms",))
    url = serve(lambda n, _: (200, seed(n)))
    out = tmp_path / "q.jsonl"
    assert curate.main(["--base-url", url, "--model", "any", "--count", "3", "--out", str(out)]) == 0
    assert [read_seed(line, "q").shape for line in out.read_text(encoding="utf-8").splitlines()] == [
        "get_phone_number send_sms"
    ] * 3

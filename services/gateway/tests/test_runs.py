"""/v1/runs: what was done stands there, live and later, and survives the process."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from deskhand_contract.errors import WireError
from deskhand_contract.plan import NodeRef
from deskhand_gateway.runs.journal import FILE
from deskhand_gateway.settings import GatewaySettings
from deskhand_serving.process import LISTEN_FD, listen
from deskhand_serving.testing import running

from .conftest import Desk, Gate, MakeStack, Stack, desk_app, lookup, mail, node, note, number, text


def states(run: dict[str, Any]) -> dict[int, str]:
    return {node["node"]: node["status"] for node in run["nodes"]}


async def events_of(stack: Stack, run: str, **headers: str) -> AsyncIterator[tuple[int | None, Any]]:
    """(id, data) of each event of a run, the end mark included."""
    async with stack.http(**headers) as http, http.stream("GET", f"/v1/runs/{run}/events") as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        seq: int | None = None
        async for line in response.aiter_lines():
            if line.startswith("id: "):
                seq = int(line[4:])
            elif line.startswith("data: "):
                yield seq, line[6:] if line == "data: [DONE]" else json.loads(line[6:])
                seq = None


async def test_a_run_says_what_was_asked_done_and_answered(stack: Stack) -> None:
    stack.desk.plan("mail Sid the deck", lookup(1, "Sid"), mail(2, 1))
    clock = {"now": "2026-03-11T09:30:00", "timezone": "Asia/Tokyo"}
    completion = (await stack.ask("mail Sid the deck", metadata=clock)).json()
    run = await stack.latest()
    assert run["id"] == completion["x_plan"][0]["run"]
    assert await stack.get(f"/v1/runs/{run['id']}") == run
    nodes = run.pop("nodes")
    assert run == {
        "id": run["id"],
        "object": "run",
        "created": completion["created"],
        "model": "deskhand",
        "status": "done",
        "query": "mail Sid the deck",
        "answer": completion["choices"][0]["message"]["content"],
        "confidence": None,
        "clock": clock,
    }
    assert nodes[1] == {
        "node": 2,
        "name": "compose_new_email",
        "arguments": {"recipients": ["out-1"], "context": "The deck."},
        "deps": [1],
        "status": "done",
        "output": "out-2",
        "text": "compose_new_email 2 was done",
        "error": None,
        "undo": "none",
        "replan": 0,
    }


async def test_how_a_run_ended_is_told_by_its_status(stack: Stack) -> None:
    stack.desk.plan("play jazz")
    stack.desk.plan("breaks", note(1), WireError(code="bad_plan", message="the engine wrote no plan"))
    stack.desk.plan("fails", number(1, "Bo"), text(2, 1))
    stack.desk.fail("get_phone_number", "not_found", "nobody is called Bo")
    for query in ("play jazz", "breaks", "fails"):
        await stack.ask(query)
    found = (await stack.get("/v1/runs"))["data"]
    assert [(run["query"], run["status"]) for run in found] == [
        ("fails", "failed"),
        ("breaks", "failed"),
        ("play jazz", "done"),
    ]
    assert states(found[0]) == {1: "failed", 2: "skipped"}
    assert found[0]["nodes"][0]["error"]["message"] == "nobody is called Bo"
    assert "the engine wrote no plan" in found[1]["answer"]


async def test_runs_are_listed_in_pages_newest_first(stack: Stack) -> None:
    queries = [stack.desk.plan(f"q{n}", node(1, "open_note", name="x")) for n in range(5)]
    for query in queries:
        await stack.ask(query)
    first = await stack.get("/v1/runs", limit=2)
    assert ([run["query"] for run in first["data"]], first["has_more"]) == (["q4", "q3"], True)
    rest = await stack.get("/v1/runs", limit=3, after=first["data"][-1]["id"])
    assert ([run["query"] for run in rest["data"]], rest["has_more"]) == (["q2", "q1", "q0"], False)
    assert (await stack.get("/v1/runs", status="failed"))["data"] == []
    assert len((await stack.get("/v1/runs", status="done"))["data"]) == 5


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/runs/run_none", 404, "run_not_found"),
        ("/v1/runs/run_none/events", 404, "run_not_found"),
        ("/v1/runs?after=run_none", 404, "run_not_found"),
        ("/v1/runs?limit=0", 400, "invalid_value"),
        ("/v1/runs?limit=x", 400, "invalid_value"),
        ("/v1/runs?status=well", 400, "invalid_value"),
    ],
)
async def test_what_there_is_not_is_an_error_as_the_api_has_them(
    shared: Stack, path: str, status: int, code: str
) -> None:
    async with shared.http() as http:
        response = await http.get(path)
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)


async def test_a_run_is_watched_live_by_several_and_replayed_to_those_who_come_late(stack: Stack) -> None:
    begun, go_on = stack.desk.hold("create_note")
    query = stack.desk.plan("q", lookup(1, "Sid"), note(2))
    asking = asyncio.ensure_future(stack.ask(query))
    await begun.wait()
    run = (await stack.latest())["id"]
    watchers = [events_of(stack, run), events_of(stack, run)]
    for watcher in watchers:
        early = [(await anext(watcher))[1] for _ in range(3)]
        assert sorted((event["node"], event["status"]) for event in early) == [
            (1, "dispatched"),
            (1, "done"),
            (2, "dispatched"),
        ]
    assert (await stack.get(f"/v1/runs/{run}"))["status"] == "running"
    go_on.open()
    for watcher in watchers:
        (_, last), (_, mark) = [event async for event in watcher]
        assert (last["node"], last["status"], mark) == (2, "done", "[DONE]")
    answered = (await asking).json()["x_plan"]
    replayed = [event async for event in events_of(stack, run)]
    assert [data for _, data in replayed[:-1]] == answered
    assert [seq for seq, _ in replayed] == [0, 1, 2, 3, None]


async def test_a_watcher_that_connects_again_gets_what_it_has_not_seen(stack: Stack) -> None:
    query = stack.desk.plan("q", lookup(1, "Sid"), mail(2, 1))
    run = (await stack.ask(query)).json()["x_plan"][0]["run"]
    seen = [seq async for seq, _ in events_of(stack, run, **{"Last-Event-ID": "1"})]
    assert seen == [2, 3, None]


async def test_a_client_that_goes_away_leaves_a_cancelled_run(stack: Stack) -> None:
    begun, go_on = stack.desk.hold("create_note")
    query = stack.desk.plan("q", note(1), mail(2), Gate())
    async with stack.http() as http:
        body = {"model": "deskhand", "messages": [{"role": "user", "content": query}]}
        asking = asyncio.ensure_future(http.post("/v1/chat/completions", json=body))
        await begun.wait()
        run = (await stack.latest())["id"]
        asking.cancel()
        await asyncio.wait([asking])
    go_on.open()
    assert [event async for event in events_of(stack, run)][-1][1] == "[DONE]"
    found = await stack.get(f"/v1/runs/{run}")
    assert found["status"] == "cancelled"
    assert states(found)[1] == "done"


async def test_the_journal_is_for_its_owner_only(stack: Stack) -> None:
    await stack.ask(stack.desk.plan("q", note(1)))
    for path in stack.home.glob(f"{FILE}*"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_old_runs_are_forgotten_and_waiting_ones_are_not(make_stack: MakeStack, tmp_path: Path) -> None:
    stack = make_stack()
    waiting = stack.desk.plan("text", text(1))
    for query in (waiting, stack.desk.plan("old", note(1)), stack.desk.plan("new", note(1))):
        await stack.ask(query)
    with closing(sqlite3.connect(stack.home / FILE)) as database, database:
        database.execute("UPDATE runs SET created = created - 40 * 86400 WHERE query != 'new'")
    kept = make_stack(runs_kept_days=30)
    assert [run["query"] for run in (await kept.get("/v1/runs"))["data"]] == ["new", "text"]
    fewer = make_stack(runs_kept=1)
    assert [run["query"] for run in (await fewer.get("/v1/runs"))["data"]] == ["new", "text"]
    with closing(sqlite3.connect(stack.home / FILE)) as database:
        runs = {run for (run,) in database.execute("SELECT run FROM nodes UNION SELECT run FROM events")}
    assert len(runs) == 2


async def test_nothing_is_done_when_it_cannot_be_written_down(stack: Stack) -> None:
    with closing(sqlite3.connect(stack.home / FILE)) as database:
        database.executescript("DROP TABLE events")
    answer = await stack.say(stack.desk.plan("q", lookup(1, "Sid"), note(2)))
    assert "runs.sqlite3 in the home cannot be used" in answer
    assert [request.tool for request in stack.desk.executed] == ["get_email_address"]


def test_a_journal_of_another_version_is_no_start(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / FILE)) as database:
        database.execute("PRAGMA user_version = 99")
    failed = subprocess.run(
        [sys.executable, "-m", "deskhand_gateway"],
        env={**os.environ, "DESKHAND_HOME": str(tmp_path), "DESKHAND_GATEWAY_PORT": "0"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert failed.returncode == 78
    assert "version 99" in failed.stderr.splitlines()[-1]


class Process:
    """A gateway as a process of its own, which can be killed and started again on the same socket."""

    def __init__(self, home: Path, desk_url: str) -> None:
        self._listener = listen("127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        urls = {f"DESKHAND_GATEWAY_{name}_URL": desk_url for name in ("TOOLRAG", "PLANNER", "EXECUTOR", "STT")}
        fd = self._listener.fileno()
        self._environment = {**os.environ, **urls, "DESKHAND_HOME": str(home), LISTEN_FD: str(fd)}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "deskhand_gateway"],
            env=self._environment,
            pass_fds=(self._listener.fileno(),),
            stderr=subprocess.DEVNULL,
        )

    def kill(self) -> None:
        assert self._process
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(timeout=20)

    def close(self) -> None:
        if self._process and self._process.poll() is None:
            self.kill()
        self._listener.close()


@contextmanager
def gateway_process(home: Path, desk: Desk) -> Iterator[tuple[Process, Stack]]:
    with running(desk_app(desk)) as desk_url, closing(Process(home, desk_url)) as process:
        key = "dk-test"
        path = GatewaySettings(home=home).api_key_path
        path.parent.mkdir(parents=True)
        path.write_text(key)
        path.chmod(0o600)
        process.start()
        yield process, Stack(process.url, key, desk, home)


async def test_a_gateway_killed_in_an_effect_shows_it_interrupted_and_does_nothing_twice(tmp_path: Path) -> None:
    desk = Desk()
    begun, go_on = desk.hold("create_note")
    query = desk.plan("q", lookup(1, "Sid"), note(2, content=NodeRef(node=1)), note(3, content=NodeRef(node=1)))
    with gateway_process(tmp_path / "home", desk) as (process, stack):
        asking = asyncio.ensure_future(stack.ask(query, key="one"))
        await begun.wait()
        process.kill()
        await asyncio.wait([asking])
        process.start()
        run = await stack.latest()
        again = await stack.ask(query, key="one")
        go_on.open()
    assert run["status"] == "interrupted"
    assert states(run) == {1: "done", 2: "interrupted", 3: "skipped"}
    assert "look before you say it again" in run["answer"]
    assert (again.status_code, again.json()["error"]["code"]) == (424, "interrupted")
    assert again.headers["x-should-retry"] == "false"
    assert [request.tool for request in desk.executed] == ["get_email_address", "create_note"]


async def test_a_gateway_killed_before_any_effect_lets_go_of_the_key(tmp_path: Path) -> None:
    desk = Desk()
    gate = Gate()
    query = desk.plan("q", lookup(1, "Sid"), gate, mail(2, 1))
    begun, go_on = desk.hold("get_email_address")
    with gateway_process(tmp_path / "home", desk) as (process, stack):
        asking = asyncio.ensure_future(stack.ask(query, key="one"))
        await begun.wait()
        while not (await stack.get("/v1/runs"))["data"]:  # a lookup does not wait for the journal
            pass
        process.kill()
        await asyncio.wait([asking])
        go_on.open()
        gate.open()
        process.start()
        assert await stack.say(query, key="one") == "Compose_new_email 2 was done."
        found = (await stack.get("/v1/runs"))["data"]
    assert [run["status"] for run in found] == ["done", "interrupted"]


async def test_what_waits_for_approval_waits_on_after_a_kill(tmp_path: Path) -> None:
    desk = Desk()
    query = desk.plan("text Sid", number(1, "Sid"), text(2, 1), note(3))
    with gateway_process(tmp_path / "home", desk) as (process, stack):
        answer = await stack.say(query)
        process.kill()
        process.start()
        assert (await stack.latest())["status"] == "needs_approval"
        assert await stack.say(query, answer, "yes") == "Send_sms 2 was done."
        run = await stack.latest()
    assert (run["status"], states(run)) == ("done", {1: "done", 2: "done", 3: "done"})
    assert sorted(request.tool for request in desk.executed) == ["create_note", "get_phone_number", "send_sms"]
    assert next(r for r in desk.executed if r.tool == "send_sms").arguments["recipients"] == ["out-1"]

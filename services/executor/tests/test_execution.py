"""The service over a real socket: once per node, one at a time per application, errors as data, undo."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from blockbuster import BlockBuster, blockbuster_ctx
from deskhand_contract.errors import InvalidArguments, UnknownTool, WireFailure
from deskhand_contract.services import ExecuteRequest, Observation
from deskhand_executor.app import create_app
from deskhand_executor.backends.base import Backend
from deskhand_executor.call import Call
from deskhand_executor.errors import ExecutorError, Interrupted, NodeConflict, PartlySent, ToolTimeout, ToolUnavailable
from deskhand_executor.execution import Executor
from deskhand_executor.journal import Journal
from deskhand_executor.settings import ExecutorSettings
from deskhand_serving.testing import running

WAIT_S = 20.0
NOTE = {"name": "Log", "content": "x"}
Start = Callable[..., Awaitable[Executor]]


@pytest.fixture(autouse=True)
def _nothing_blocks_the_loop() -> Iterator[BlockBuster]:
    with blockbuster_ctx("deskhand_executor") as blockbuster:
        yield blockbuster


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Executors on handlers of the test's own; a second one of the same home is a restarted service."""
    with ExitStack() as stack:

        async def make(timeout_s: float = WAIT_S, **handlers: Any) -> Executor:
            backend = Backend("test", handlers, {}, lambda: "")
            journal = await asyncio.to_thread(Journal, tmp_path / "j.sqlite3")
            executor = Executor(backend, journal, timeout_s)
            stack.callback(executor.close)
            return executor

        yield make


def request(desk: Any, node: int = 1, tool: str = "create_note", run: str = "r1", **arguments: Any) -> ExecuteRequest:
    return ExecuteRequest(run=run, node=node, tool=tool, arguments=arguments or NOTE, clock=desk.clock)


def counting(result: str = "done") -> tuple[list[Any], Callable[[Any, Call], Observation]]:
    calls: list[Any] = []

    def handler(arguments: Any, call: Call) -> Observation:
        calls.append(arguments)
        return Observation(output=f"{result} {len(calls)}", text="Did it", undo={"label": "it"})

    return calls, handler


class TestService:
    @pytest.fixture
    def url(self, desk: Any) -> Iterator[str]:
        with running(create_app(desk.settings)) as url:
            yield url

    @pytest.fixture
    def http(self, url: str) -> Iterator[httpx.Client]:
        with httpx.Client(base_url=url, trust_env=False, timeout=WAIT_S) as client:
            yield client

    def test_execute_and_undo_over_http(self, desk: Any, http: httpx.Client) -> None:
        body = request(desk).model_dump()
        answer = http.post("/execute", json=body)
        assert answer.status_code == 200
        observation = Observation.model_validate_json(answer.content)
        note = Path(observation.data["path"])
        assert note.read_text() == "# Log\n\nx\n"
        assert http.post("/execute", json=body).json() == answer.json()
        assert len(list((desk.home / "notes").glob("Log*"))) == 1
        undone = http.post("/undo", json={"undo": observation.undo})
        assert undone.json()["text"] == "Removed the note “Log”"
        assert not note.exists()
        again = http.post("/undo", json={"undo": observation.undo})
        assert again.status_code == 409
        assert WireFailure.model_validate_json(again.content).error.code == "undo_refused"

    @pytest.mark.parametrize(
        ("tool", "arguments", "status", "code"),
        [
            ("dance", {}, 422, "unknown_tool"),
            ("create_note", {"nme": "x"}, 422, "invalid_arguments"),
            ("send_sms", {"recipients": [], "message": "x"}, 422, "invalid_arguments"),
            ("get_phone_number", {"name": "Nobody At All"}, 404, "contact_not_found"),
            ("get_phone_number", {"name": "Dana"}, 409, "ambiguous_contact"),
            ("get_phone_number", {"name": "Bo"}, 422, "missing_detail"),
            ("open_note", {"name": "Nothing Like It"}, 404, "note_not_found"),
            ("open_and_get_file_path", {"file_name": "nothing like it"}, 404, "file_not_found"),
            ("summarize_pdf", {"pdf_path": "/etc/hostname"}, 403, "file_not_allowed"),
            ("get_zoom_meeting_link", {}, 422, "not_configured"),
        ],
    )
    def test_errors_are_data(
        self, desk: Any, http: httpx.Client, tool: str, arguments: dict[str, Any], status: int, code: str
    ) -> None:
        answer = http.post("/execute", json={**request(desk).model_dump(), "tool": tool, "arguments": arguments})
        error = WireFailure.model_validate_json(answer.content).error
        assert (answer.status_code, error.code) == (status, code)
        assert len(error.message) > 10

    @pytest.mark.parametrize(
        "record", [{}, {"tool": "create_note"}, {"tool": "get_phone_number"}, {"tool": 5}, {"tool": []}]
    )
    def test_foreign_undo_records_are_refused(self, http: httpx.Client, record: dict[str, Any]) -> None:
        answer = http.post("/undo", json={"undo": record})
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid_arguments")

    def test_bad_clocks_are_refused(self, desk: Any, http: httpx.Client) -> None:
        for clock in ({"now": "noon", "timezone": "UTC"}, {"now": "2026-03-11T09:30:00", "timezone": "../etc/passwd"}):
            answer = http.post("/execute", json={**request(desk).model_dump(), "clock": clock})
            assert answer.status_code == 422
            assert answer.json()["error"]["code"] in ("invalid_request", "invalid_arguments")

    def test_health_tells_the_contacts(self, http: httpx.Client) -> None:
        health = http.get("/healthz").json()
        assert (health["service"], health["ready"]) == ("executor", True)
        http.post("/execute", json={})
        assert "contacts" in health["detail"]

    def test_token_is_asked_for_when_there_is_one(self, desk: Any) -> None:
        settings = ExecutorSettings(home=desk.home, internal_token="secret")
        with running(create_app(settings)) as url:
            assert httpx.post(f"{url}/execute", json=request(desk).model_dump(), trust_env=False).status_code == 401

    def test_many_at_once_each_done_once(self, desk: Any, http: httpx.Client) -> None:
        bodies = [request(desk, node, name=f"Note {node}").model_dump() for node in range(1, 11)]
        bodies += [
            request(desk, 100 + n, "create_calendar_event", title=f"E{n}", start_date="2026-03-12").model_dump()
            for n in range(10)
        ]
        with ThreadPoolExecutor(10) as pool:
            answers = list(pool.map(lambda body: http.post("/execute", json=body).json(), [*bodies, *bodies]))
        assert answers[:20] == answers[20:]
        assert len(list((desk.home / "notes").glob("Note *.md"))) == 10
        assert len({answer["data"]["uid"] for answer in answers if "uid" in answer["data"]}) == 10


async def test_same_node_runs_once_and_tells_the_same(desk: Any, start: Start) -> None:
    calls, handler = counting()
    executor = await start(create_note=handler)
    answers = await asyncio.gather(*(executor.execute(request(desk)) for _ in range(5)))
    assert len(calls) == 1
    assert {answer.output for answer in answers} == {"done 1"}
    assert (await executor.execute(request(desk, run="r2"))).output == "done 2"
    assert (await executor.execute(request(desk, node=2))).output == "done 3"


async def test_same_node_after_a_restart_is_not_done_again(desk: Any, start: Start) -> None:
    calls, handler = counting()
    first = await (await start(create_note=handler)).execute(request(desk))
    assert await (await start(create_note=handler)).execute(request(desk)) == first
    assert len(calls) == 1
    assert first.undo == {"label": "it", "tool": "create_note"}


async def test_same_node_with_other_arguments_is_a_conflict(desk: Any, start: Start) -> None:
    calls, handler = counting()
    executor = await start(create_note=handler)
    await executor.execute(request(desk))
    for other in (executor, await start(create_note=handler)):
        with pytest.raises(NodeConflict):
            await other.execute(request(desk, name="Other"))
    assert len(calls) == 1


async def test_effect_cut_off_by_a_crash_is_not_repeated(desk: Any, start: Start) -> None:
    def crash(arguments: Any, call: Call) -> Observation:
        raise MemoryError

    with pytest.raises(MemoryError):
        await (await start(create_note=crash)).execute(request(desk))
    calls, handler = counting()
    with pytest.raises(Interrupted):
        await (await start(create_note=handler)).execute(request(desk))
    assert not calls


async def test_failure_without_effect_may_be_tried_again(desk: Any, start: Start) -> None:
    _, handler = counting()
    failures: list[ExecutorError] = [ToolUnavailable("the phone is away")]

    def flaky(arguments: Any, call: Call) -> Observation:
        if failures:
            raise failures.pop()
        return handler(arguments, call)

    executor = await start(create_note=flaky)
    with pytest.raises(ToolUnavailable):
        await executor.execute(request(desk))
    assert (await executor.execute(request(desk))).output == "done 1"


@pytest.mark.parametrize("failure", [ToolTimeout("no answer"), PartlySent("it went to Sid and not to Bo")])
async def test_effect_that_may_have_happened_or_did_in_part_is_not_tried_again(
    desk: Any, start: Start, failure: ExecutorError
) -> None:
    def fails(arguments: Any, call: Call) -> Observation:
        raise failure

    executor = await start(create_note=fails)
    with pytest.raises(type(failure)):
        await executor.execute(request(desk))
    with pytest.raises(Interrupted):
        await executor.execute(request(desk))


async def test_applications_work_side_by_side_and_each_in_turn(desk: Any, start: Start) -> None:
    begun, go_on = threading.Event(), threading.Event()
    order: list[str] = []

    def held(arguments: Any, call: Call) -> Observation:
        begun.set()
        assert go_on.wait(WAIT_S)
        order.append(arguments.name)
        return Observation(output="x", text="x")

    def quick(arguments: Any, call: Call) -> Observation:
        order.append(arguments.name)
        return Observation(output="x", text="x")

    executor = await start(create_note=held, open_note=quick, get_phone_number=quick)
    async with asyncio.timeout(WAIT_S):
        first = asyncio.ensure_future(executor.execute(request(desk, 1, name="first")))
        await asyncio.to_thread(begun.wait, WAIT_S)
        second = asyncio.ensure_future(executor.execute(request(desk, 2, "open_note", name="second")))
        await executor.execute(request(desk, 3, "get_phone_number", name="other app"))
        assert order == ["other app"]
        go_on.set()
        await asyncio.gather(first, second)
    assert order == ["other app", "first", "second"]


async def test_effect_goes_on_when_the_caller_leaves(desk: Any, start: Start) -> None:
    begun, go_on = threading.Event(), threading.Event()
    calls, handler = counting()

    def held(arguments: Any, call: Call) -> Observation:
        begun.set()
        assert go_on.wait(WAIT_S)
        return handler(arguments, call)

    executor = await start(create_note=held)
    async with asyncio.timeout(WAIT_S):
        task = asyncio.ensure_future(executor.execute(request(desk)))
        await asyncio.to_thread(begun.wait, WAIT_S)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        go_on.set()
        assert (await executor.execute(request(desk))).output == "done 1"
    assert len(calls) == 1


async def test_call_that_takes_too_long_is_a_timeout_and_its_result_is_kept(desk: Any, start: Start) -> None:
    go_on = threading.Event()

    def held(arguments: Any, call: Call) -> Observation:
        assert go_on.wait(WAIT_S)
        return Observation(output="late", text="x")

    executor = await start(timeout_s=0.05, create_note=held)
    with pytest.raises(ToolTimeout, match="notes did not answer"):
        await executor.execute(request(desk))
    go_on.set()
    await asyncio.to_thread(executor.close)  # waits for what is under way
    assert (await (await start(create_note=held)).execute(request(desk))).output == "late"


async def test_arguments_are_checked_before_anything_begins(desk: Any, start: Start) -> None:
    calls, handler = counting()
    executor = await start(create_note=handler)
    with pytest.raises(InvalidArguments):
        await executor.execute(request(desk, name=5))
    with pytest.raises(UnknownTool):
        await executor.execute(request(desk, tool="dance"))
    assert not calls

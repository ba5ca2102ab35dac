"""Approval and undo on the sample home: what is sent, written and taken back is looked for in the files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from deskhand_cli.testing import RunningStack
from openai import OpenAI

CLOCK = {"now": "2026-03-11T09:30:00", "timezone": "Europe/Berlin"}
WRITTEN = {
    "make a note called Harvest saying ten kilos of plums": "notes",
    "add walnuts to the note Shopping": "notes",
    "remind me to water the ferns tomorrow at 7 in the evening": "reminders",
    "put a haircut in my calendar on Friday at half past ten": "calendars",
    "email Sid that the plums are ripe": "mail",
}
"""A sentence for each kind of thing that is written, and where that is."""


@pytest.fixture
def http(stack: RunningStack) -> Any:
    headers = {"Authorization": f"Bearer {stack.api_key}"}
    with httpx.Client(base_url=stack.base_url, headers=headers, timeout=60, trust_env=False) as client:
        yield client


def files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def say(client: OpenAI, *said: str) -> tuple[str, list[dict[str, Any]]]:
    roles = ("user", "assistant")
    messages: Any = [{"role": roles[n % 2], "content": text} for n, text in enumerate(said)]
    completion = client.chat.completions.create(model="deskhand", messages=messages, metadata=CLOCK)
    return completion.choices[0].message.content or "", (completion.model_extra or {})["x_plan"]


def test_a_text_is_sent_after_a_yes_and_can_be_taken_out_of_the_outbox(
    stack: RunningStack, client: OpenAI, http: httpx.Client
) -> None:
    sentence, outbox = "text Lutfi that the train is late", stack.home / "sms"
    before = files(outbox)
    answer, events = say(client, sentence)
    assert events[-1]["status"] == "needs_approval"
    assert events[-1]["arguments"]["recipients"][0] in answer
    assert files(outbox) == before
    told, events = say(client, sentence, answer, "yes")
    assert [event["status"] for event in events] == ["dispatched", "done"]
    assert "Lutfi" in told
    assert len(files(outbox)) == len(before) + 1
    undone = http.post(f"runs/{events[0]['run']}/undo").json()
    assert (undone["status"], files(outbox)) == ("undone", before)


@pytest.mark.parametrize("sentence", WRITTEN)
def test_what_was_written_is_taken_back_while_nobody_has_touched_it(
    stack: RunningStack, client: OpenAI, http: httpx.Client, sentence: str
) -> None:
    folder = stack.home / WRITTEN[sentence]
    before = files(folder)
    _, events = say(client, sentence)
    assert files(folder) != before
    undone = http.post(f"runs/{events[0]['run']}/undo")
    assert (undone.status_code, undone.json()["status"]) == (200, "undone"), undone.text
    assert files(folder) == before


@pytest.mark.parametrize("sentence", WRITTEN)
def test_what_was_changed_since_is_left_as_it_is(
    stack: RunningStack, client: OpenAI, http: httpx.Client, sentence: str
) -> None:
    folder = stack.home / WRITTEN[sentence]
    before = files(folder)
    _, events = say(client, sentence)
    (changed,) = [path for path, content in files(folder).items() if before.get(path) != content]
    changed.write_bytes(changed.read_bytes() + b"\n")
    left = files(folder)
    run = http.post(f"runs/{events[0]['run']}/undo").json()
    assert run["status"] == "done"
    error = next(node["error"] for node in run["nodes"] if node["error"])
    assert error["code"] == "cannot_undo"
    assert "changed since" in run["answer"]
    assert files(folder) == left

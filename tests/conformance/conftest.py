"""A running stack for clients that nobody here wrote, and what they left in the home, read as files."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from deskhand_cli.testing import RunningStack, running_stack
from deskhand_contract.openai import tool_schemas

ROOT = Path(__file__).resolve().parents[2]
MICRO = ROOT / "tests" / "fixtures" / "whisper-micro"
ENVIRONMENT = {"DESKHAND_EXECUTOR_OPEN_FILES": "false", "DESKHAND_STT_MODEL_PATH": str(MICRO)}


@dataclass(frozen=True)
class Desk:
    """A stack on sample data. Each test writes notes of its own name, so that none sees another's."""

    stack: RunningStack

    @property
    def base_url(self) -> str:
        return self.stack.base_url

    @property
    def key(self) -> str:
        return self.stack.api_key

    def notes(self, name: str) -> int:
        """How many notes there are whose title begins like that: a second one would be called "Name 2"."""
        return len(list((self.stack.home / "notes").rglob(f"{name}*.md")))

    def reminders(self, words: str) -> int:
        return sum(words in path.read_text() for path in (self.stack.home / "reminders").rglob("*.ics"))

    def drafts(self) -> int:
        mails = (path for path in (self.stack.home / "mail").rglob("*") if path.is_file())
        return sum("D" in path.name.rpartition(",")[2] for path in mails)

    def ready(self) -> bool:
        return bool(httpx.get(f"{self.base_url.removesuffix('/v1')}/healthz", trust_env=False).json()["ready"])


LOOP = "email Sid the Q3 deck"
TOOLS = [
    tool
    for tool in tool_schemas()
    if tool["function"]["name"] in ("get_email_address", "open_and_get_file_path", "compose_new_email")
]
RESULTS = {
    "get_email_address": "sid@client.example",
    "open_and_get_file_path": "/client/deck.pdf",
    "compose_new_email": "drafted by the client",
}
"""What an agent loop of the client's answers to calls of its own tools."""


def check_loop(calls: list[tuple[str, dict[str, Any]]]) -> None:
    """Each tool was called once, and the mail was written with what the calls before it gave."""
    names = [name for name, _ in calls]
    assert sorted(names) == sorted(RESULTS)
    assert names[-1] == "compose_new_email"
    assert calls[-1][1]["recipients"] == ["sid@client.example"]
    assert "/client/deck.pdf" in json.dumps(calls[-1][1])


def sentence(name: str) -> str:
    """Two nodes: a note and a reminder, both of that name."""
    return f"make a note called {name} saying pack light and remind me to buy {name} tomorrow at 9"


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    home = tmp_path_factory.mktemp("conformance") / "home"
    subprocess.run([sys.executable, "-m", "deskhand_executor.sample", str(home)], check=True, capture_output=True)
    with running_stack(home, environment=ENVIRONMENT) as stack:
        yield Desk(stack)

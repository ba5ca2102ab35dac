"""openai-node and Vercel's AI SDK: each scenario is a run of a script in node/, which prints what came of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from .conftest import LOOP, RESULTS, ROOT, TOOLS, Desk, check_loop, sentence

SCRIPTS = Path(__file__).parent / "node"
TIMEOUT_S = 100
WANTED = 22


def _node() -> str | None:
    """The one of build/node, which scripts/node.sh makes, else the PATH's where it is new enough."""
    for path in (str(ROOT / "build" / "node" / "bin" / "node"), shutil.which("node")):
        if path and Path(path).exists():
            said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
            if said.startswith("v") and int(said[1:].split(".")[0]) >= WANTED:
                return path
    return None


NODE = _node()
pytestmark = [
    pytest.mark.skipif(NODE is None, reason=f"there is no Node.js {WANTED} or newer; `make conformance` gets one"),
    pytest.mark.skipif(
        not (SCRIPTS / "node_modules").is_dir(), reason="the npm packages are missing; `make conformance` gets them"
    ),
]


def play(desk: Desk, client: str, scenario: str, words: str = "") -> dict[str, Any]:
    assert NODE is not None
    played = subprocess.run(
        [NODE, f"{client}.mjs", scenario, words],
        cwd=SCRIPTS,
        capture_output=True,
        text=True,
        env={
            **os.environ,
            "DESKHAND_URL": desk.base_url,
            "DESKHAND_KEY": desk.key,
            "DESKHAND_TOOLS": json.dumps(TOOLS),
            "DESKHAND_RESULTS": json.dumps(RESULTS),
        },
        timeout=TIMEOUT_S,
        check=False,
    )
    assert played.returncode == 0, played.stderr
    return json.loads(played.stdout)


@pytest.mark.parametrize(
    ("client", "scenario", "name"),
    [
        ("openai", "once", "Kale"),
        ("openai", "stream", "Lemon"),
        ("openai", "responses", "Vanilla"),
        ("ai", "once", "Mango"),
        ("ai", "stream", "Nettle"),
        ("ai", "official", "Olive"),
        ("ai", "responses", "Walnut"),
    ],
)
def test_a_sentence_of_several_nodes_is_carried_out_once(desk: Desk, client: str, scenario: str, name: str) -> None:
    outcome = play(desk, client, scenario, sentence(name))
    assert name in outcome["text"]
    assert outcome["reason"] == "stop"
    assert outcome.get("calls", []) == []
    assert outcome.get("steps", 1) == 1
    if "nodes" in outcome:
        assert sorted(outcome["nodes"]) == ["dispatched", "dispatched", "done", "done"]
    assert (desk.notes(name), desk.reminders(name)) == (1, 1)


@pytest.mark.parametrize("client", ["openai", "ai"])
def test_an_agent_loop_with_tools_of_its_own_carries_out_the_plan_itself(desk: Desk, client: str) -> None:
    before = desk.drafts()
    outcome = play(desk, client, "loop", LOOP)
    check_loop([(name, arguments) for name, arguments in outcome["calls"]])
    assert outcome["text"]
    assert desk.drafts() == before


def test_errors_of_openai_node_are_its_own(desk: Desk) -> None:
    outcome = play(desk, "openai", "errors")
    assert [(error["name"], error["status"]) for error in outcome.values()] == [
        ("AuthenticationError", 401),
        ("NotFoundError", 404),
        ("BadRequestError", 400),
    ]


def test_errors_of_the_ai_sdk_have_status_and_message(desk: Desk) -> None:
    outcome = play(desk, "ai", "errors")
    assert [error["status"] for error in outcome.values()] == [401, 404]
    assert "deskhand-plan" in outcome["model"]["message"]


@pytest.mark.parametrize(("client", "name"), [("openai", "Papaya"), ("ai", "Quince")])
def test_a_stream_that_is_left_leaves_nothing_twice(desk: Desk, client: str, name: str) -> None:
    before = desk.notes("Sorrel")
    assert play(desk, client, "cancel", sentence(name))["after"] == "stop"
    assert desk.notes("Sorrel") == before + 1
    assert desk.notes(name) <= 1
    assert desk.reminders(name) <= 1
    assert desk.ready()

"""The clients that are scripts, against a running stack: the demonstration's sentences, and a word on what waits."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from deskhand_cli.testing import RunningStack

from clients.alfred import check
from tests.clients.alfred import Alfred

ROOT = Path(__file__).resolve().parents[2]
RECORDING = ROOT / "tests" / "fixtures" / "whisper-micro" / "audio" / "lunch.ogg"
RERUNS = 600

ACTIONS = "Email Sid and Lutfi the file Q3_Deck.pdf and create a calendar event called Lunch on Thursday at noon"
SUMMARY = "Summarize Lease_Agreement_2024.pdf and email the summary to Olena"
OUT_OF_SCOPE = "Play some jazz in the kitchen"
TEXT = "text Sid that I am late"

pytestmark = pytest.mark.skipif(
    not shutil.which("jq") and "CI" not in os.environ, reason="jq comes with macOS; on Debian apt-get install jq"
)


def curl(stack: RunningStack, example: str, *arguments: str) -> str:
    done = subprocess.run(
        ["/bin/sh", str(ROOT / "clients" / "curl" / f"{example}.sh"), *arguments],
        env={"PATH": os.environ["PATH"], "DESKHAND_URL": stack.base_url, "DESKHAND_HOME": str(stack.home), "HOME": "/"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def blocks(page: str, language: str) -> list[str]:
    """The fenced code of a page of the documentation."""
    text = (ROOT / "docs" / "clients" / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


@pytest.fixture
def alfred(stack: RunningStack, tmp_path: Path) -> Alfred:
    return Alfred(tmp_path, {"url": stack.base_url, "deskhand_home": str(stack.home)})


def carry_out(alfred: Alfred, sentence: str) -> list[check.Item]:
    """Type a sentence, press ↩, and look on until nothing more happens: the answer and the nodes."""
    alfred.type("say", sentence)
    alfred.choose("Run")
    for _ in range(RERUNS):
        waits = any(item.icon and item.icon.path.endswith("needs_approval.png") for item in alfred.shown.items)
        if alfred.shown.rerun is None or waits:
            return alfred.shown.items
        time.sleep(0.1)  # as Alfred does
        alfred.rerun()
    raise AssertionError("the run did not end")


def icons(items: list[check.Item]) -> set[str]:
    return {Path(item.icon.path).stem for item in items if item.icon}


def sms(stack: RunningStack) -> int:
    return sum(path.is_file() for path in (stack.home / "sms").rglob("*"))


def test_curl_does_the_demonstration(stack: RunningStack) -> None:
    lines = curl(stack, "stream", ACTIONS).splitlines()
    assert sum(line.startswith("done  ") for line in lines) >= 4
    assert "Lunch" in lines[-1]
    assert "Olena" in curl(stack, "do", SUMMARY)
    assert curl(stack, "do", OUT_OF_SCOPE).startswith("I can't do that")


def test_curl_plans_without_doing_and_hears_a_recording(stack: RunningStack) -> None:
    assert "create_note" in curl(stack, "plan", "make a note called Nettles saying wear gloves")
    assert not list((stack.home / "notes").rglob("Nettles*"))
    assert "lunch" in curl(stack, "dictate", str(RECORDING)).casefold()


def test_curl_approves_denies_and_undoes(stack: RunningStack) -> None:
    sent = sms(stack)
    for verdict, after in (("deny", sent), ("approve", sent + 1)):
        curl(stack, "do", TEXT)
        run, status = curl(stack, "runs").split()[:2]
        assert (status, sms(stack)) == ("needs_approval", sent)
        curl(stack, verdict, run)
        assert sms(stack) == after
    curl(stack, "do", "make a note called Ferns saying water them")
    note = next((stack.home / "notes").rglob("Ferns*"))
    run = curl(stack, "runs").split()[0]
    assert "undo: possible" in curl(stack, "runs", run)
    assert curl(stack, "undo", run).startswith("undone")
    assert not note.exists()


def test_alfred_does_the_demonstration(alfred: Alfred) -> None:
    done = carry_out(alfred, ACTIONS)
    assert len(done) >= 5
    assert icons(done) == {"answer", "done"}
    assert icons(carry_out(alfred, SUMMARY)) == {"answer", "done"}
    (row,) = alfred.type("say", OUT_OF_SCOPE)
    assert row.title.startswith("I can't do that")
    assert row.valid is False


def test_alfred_approves_and_undoes(alfred: Alfred, stack: RunningStack) -> None:
    sent = sms(stack)
    items = carry_out(alfred, TEXT)
    assert "needs_approval" in icons(items)
    assert sms(stack) == sent
    alfred.choose(items[0].title)
    assert sms(stack) == sent + 1
    assert "needs_approval" not in icons(alfred.shown.items)
    made = carry_out(alfred, "make a note called Moss saying leave it")
    note = next((stack.home / "notes").rglob("Moss*"))
    alfred.choose(made[0].title, command=True)
    assert not note.exists()
    assert icons(alfred.shown.items) == {"answer", "undone"}


def test_alfred_shows_what_it_hears_in_a_recording(alfred: Alfred) -> None:
    alfred.act_on_file("recording", RECORDING)
    assert "lunch" in alfred.shown.items[0].title.casefold() or "lunch" in (alfred.shown.items[0].subtitle or "")


def test_the_openai_examples_run_as_they_stand_in_the_documentation(stack: RunningStack) -> None:
    environment = {"PATH": os.environ["PATH"], "OPENAI_BASE_URL": stack.base_url, "OPENAI_API_KEY": stack.api_key}
    sent = sms(stack)
    said = ""
    for example in blocks("openai.md", "python"):
        done = subprocess.run(
            [sys.executable, "-c", example], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, example + done.stderr
        said += done.stdout
    for words in ("Olena", "done 1 ", "Lunch", "Waiting for your approval", "I can't do that"):
        assert words in said
    assert sms(stack) == sent + 1


def test_the_requests_of_the_shortcuts_recipe_are_answered(stack: RunningStack) -> None:
    answers: list[str] = []
    requests = blocks("shortcuts.md", "http")
    with httpx.Client(headers={"Authorization": f"Bearer {stack.api_key}"}, timeout=60, trust_env=False) as client:
        for request in requests[:-1]:
            line, _, body = request.partition("\n")
            method, _, path = line.partition(" ")
            url = stack.base_url.removesuffix("/v1") + path
            said = client.request(method, url, content=body, headers={"Content-Type": "application/json"}).json()
            answers.append(said["choices"][0]["message"]["content"])
        client.post(
            f"{stack.base_url}/chat/completions",
            json={"model": "deskhand", "messages": [{"role": "user", "content": TEXT}]},
        )
        waiting = client.get(stack.base_url.removesuffix("/v1") + requests[-1].split()[1]).json()["data"]
        assert "Waiting" in waiting[0]["answer"]
        denied = client.post(f"{stack.base_url}/runs/{waiting[0]['id']}/deny", json={}).json()
    assert "Lunch" in answers[0]
    assert "Olena" in answers[1]
    assert answers[2].startswith("I can't do that")
    assert denied["answer"]

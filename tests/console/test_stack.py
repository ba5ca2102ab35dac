"""The console on the whole stack: the models that come with Deskhand, real files, a voice."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from deskhand_cli.testing import running_stack

from .conftest import OpenPage, card, expect, run
from .desk import Address

ENVIRONMENT = {
    "DESKHAND_EXECUTOR_OPEN_FILES": "false",
    "DESKHAND_STT_MODEL_PATH": str(Path(__file__).parents[1] / "fixtures" / "whisper-micro"),
}


@dataclass(frozen=True)
class Stack(Address):
    home: Path


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, browser: object) -> Iterator[Stack]:
    """On a home with sample data. Not started where there is no browser."""
    home = tmp_path_factory.mktemp("console") / "home"
    subprocess.run([sys.executable, "-m", "deskhand_executor.sample", str(home)], check=True, capture_output=True)
    with running_stack(home, environment=ENVIRONMENT) as started:
        yield Stack(started.base_url.removesuffix("/v1"), started.api_key, home)


def test_a_sentence_of_several_nodes_is_carried_out_and_taken_back(stack: Stack, open_page: OpenPage) -> None:
    page = open_page(stack)
    run(page, "Email Sid and Lutfi the file Q3_Deck.pdf and create a calendar event called Lunch on Thursday at noon")
    expect(page.locator("#run-meta")).to_contain_text("Done")
    expect(page.locator("#nodes button[data-status=done]")).to_have_count(5)
    expect(page.locator("#edges path[data-state=passed]")).to_have_count(3)
    expect(page.locator("#nodes")).to_contain_text("sid.rao@example.org")
    drafts = [path for path in (stack.home / "mail" / "Drafts").rglob("*") if path.is_file()]
    assert len(drafts) == 1
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.locator("#run-meta")).to_contain_text("Undone")
    assert not drafts[0].exists()


def test_a_text_is_sent_when_it_is_approved_and_not_before(stack: Stack, open_page: OpenPage) -> None:
    page = open_page(stack)
    run(page, "Text Lutfi that I am ten minutes late")
    expect(page.locator("#approval")).to_contain_text("+1 555 010 0102")
    outbox = stack.home / "sms"
    assert not list(outbox.rglob("*.json"))
    page.get_by_role("button", name="Approve").click()
    expect(page.locator("#run-meta")).to_contain_text("Done")
    assert [path for path in outbox.rglob("*") if path.is_file() and "late" in path.read_text()]


def test_a_contact_that_is_not_there_fails_with_what_is_known(stack: Stack, open_page: OpenPage) -> None:
    page = open_page(stack)
    run(page, "What is Dana's phone number?")
    expect(page.locator("#run-meta")).to_contain_text("Failed in part")
    expect(card(page, 1)).to_have_attribute("data-status", "failed")
    expect(page.locator("#details")).to_contain_text("Dana Whitfield")


def test_what_is_said_while_the_button_is_held_is_carried_out(stack: Stack, open_page: OpenPage) -> None:
    page = open_page(stack)
    talk = page.locator("#talk")
    talk.hover()
    page.mouse.down()
    expect(talk).to_have_attribute("aria-pressed", "true")
    expect(talk).to_contain_text("0:04")  # the recording is over
    page.mouse.up()
    expect(page.locator("#run-sentence")).to_have_text("Remind me tomorrow at nine to water the plants.")
    expect(page.locator("#run-meta")).to_contain_text("Done")
    expect(card(page, 1)).to_contain_text("Create reminder")

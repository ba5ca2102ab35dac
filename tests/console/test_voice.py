"""The button that is held to talk, and what it says when there is nothing to hear with."""

from __future__ import annotations

from deskhand_serving.errors import ServiceFailure

from .conftest import OpenPage, expect
from .desk import Console, note

REFUSE = """
() => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("", "NotAllowedError")) }
"""


def test_the_button_is_a_switch_for_the_keyboard(console: Console, open_page: OpenPage) -> None:
    console.desk.heard = console.desk.plan("note the plums", note(1, "Plums"))
    page = open_page(console)
    talk = page.locator("#talk")
    talk.press("Enter")
    expect(talk).to_have_attribute("aria-pressed", "true")
    expect(talk).to_contain_text("0:01")
    talk.press("Enter")
    expect(page.locator("#run-sentence")).to_have_text("note the plums")
    expect(page.locator("#run-meta")).to_contain_text("Done")


def test_the_key_t_is_held_like_the_button(console: Console, open_page: OpenPage) -> None:
    console.desk.heard = console.desk.plan("note the plums", note(1, "Plums"))
    page = open_page(console)
    page.keyboard.press("Escape")
    page.keyboard.down("t")
    expect(page.locator("#talk")).to_contain_text("0:01")
    page.keyboard.up("t")
    expect(page.locator("#run-sentence")).to_have_text("note the plums")


def test_silence_is_told_and_runs_nothing(console: Console, open_page: OpenPage) -> None:
    page = open_page(console)
    talk = page.locator("#talk")
    talk.press("Enter")
    expect(talk).to_contain_text("0:01")
    talk.press("Enter")
    expect(page.locator("#notice")).to_contain_text("Nothing was heard")
    expect(page.locator("#run")).to_be_hidden()


def test_a_missing_speech_model_says_how_to_get_one(console: Console, open_page: OpenPage) -> None:
    message = "there is no speech model; `deskhand models pull base` fetches one"
    console.desk.heard = ServiceFailure.of("model_missing", message, 503)
    page = open_page(console)
    talk = page.locator("#talk")
    talk.press("Enter")
    expect(talk).to_contain_text("0:01")
    talk.press("Enter")
    expect(page.locator("#notice code")).to_have_text("deskhand models pull base")
    expect(talk).to_contain_text("Hold to talk")


def test_a_browser_that_gives_no_microphone_says_what_to_do(console: Console, open_page: OpenPage) -> None:
    page = open_page(console)
    page.evaluate(REFUSE)
    page.locator("#talk").press("Enter")
    expect(page.locator("#notice")).to_contain_text("Allow it at the address bar")

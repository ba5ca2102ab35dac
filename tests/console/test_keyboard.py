"""Everything without a mouse."""

from __future__ import annotations

from .conftest import OpenPage, card, expect
from .desk import Console, lookup, mail, note, number, text


def test_a_command_is_typed_run_approved_and_undone_by_keys_alone(console: Console, open_page: OpenPage) -> None:
    sentence = console.desk.plan("text Lutfi and note it", number(1, "Lutfi"), text(2, 1), note(3, "Told him"))
    page = open_page(console)
    line = page.get_by_label("What is to be done?")
    expect(line).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(line).to_be_focused()
    expect(line).to_have_value("")
    page.keyboard.type(sentence)
    page.keyboard.press("Enter")
    expect(page.locator("#approval").get_by_role("button", name="Approve")).to_be_focused()
    page.keyboard.press("y")
    expect(page.locator("#run-meta")).to_contain_text("Done")
    page.keyboard.press("u")
    expect(card(page, 3)).to_have_attribute("data-status", "undone")
    assert console.desk.tools().count("send_sms") == 1


def test_n_denies_and_letters_in_the_line_are_letters(console: Console, open_page: OpenPage) -> None:
    page = open_page(console)
    page.keyboard.type(console.desk.plan("text Lutfi", number(1, "Lutfi"), text(2, 1)))
    page.keyboard.press("Enter")
    expect(page.locator("#approval")).to_be_visible()
    line = page.get_by_label("What is to be done?")
    line.focus()
    page.keyboard.type("ny")
    expect(line).to_have_value("ny")
    expect(card(page, 2)).to_have_attribute("data-status", "needs_approval")
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    expect(card(page, 2)).to_have_attribute("data-status", "skipped")


def test_arrow_keys_move_along_the_plan(console: Console, open_page: OpenPage) -> None:
    page = open_page(console)
    page.keyboard.type(console.desk.plan("mail both", lookup(1, "Sid"), lookup(2, "Lutfi"), mail(3, 1, 2)))
    page.keyboard.press("Enter")
    expect(page.locator("#run-meta")).to_contain_text("Done")
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    expect(card(page, 1)).to_be_focused()
    for key, number_ in (("ArrowDown", 2), ("ArrowRight", 3), ("ArrowLeft", 1), ("End", 3), ("Home", 1)):
        page.keyboard.press(key)
        expect(card(page, number_)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#details")).to_contain_text("1. Get email address")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#details")).to_contain_text("2. Get email address")
    page.keyboard.press("Escape")
    expect(page.locator("#details")).to_be_hidden()
    expect(card(page, 2)).to_be_focused()


def test_arrow_keys_move_in_the_history_and_enter_shows_a_run(console: Console, open_page: OpenPage) -> None:
    page = open_page(console)
    for name in ("first", "second"):
        page.keyboard.type(console.desk.plan(name, note(1, name)))
        page.keyboard.press("Enter")
        expect(page.locator("#run-meta")).to_contain_text("Done")
        expect(page.locator("#history a").first).to_contain_text(name)
    page.keyboard.press("Escape")
    page.keyboard.press("h")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#run-sentence")).to_have_text("first")


def test_the_keys_are_listed_and_can_be_switched_off(console: Console, open_page: OpenPage) -> None:
    page = open_page(console)
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("#help-dialog")).to_contain_text("approve what waits")
    page.keyboard.press("Escape")
    expect(page.locator("#help-dialog")).to_be_hidden()
    page.keyboard.press(",")
    page.get_by_label("Single letters are shortcuts").press("Space")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.keyboard.press("h")
    expect(page.locator("#help-dialog")).to_be_hidden()

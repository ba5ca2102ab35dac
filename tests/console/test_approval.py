"""What waits for the user's word, and what is taken back."""

from __future__ import annotations

import pytest

from .conftest import OpenPage, card, expect, run
from .desk import WAIT_S, Console, note, number, text


def test_what_leaves_the_machine_waits_and_shows_exactly_what_would_be_done(
    console: Console, open_page: OpenPage
) -> None:
    page = open_page(console)
    run(page, console.desk.plan("text Lutfi and note it", number(1, "Lutfi"), text(2, 1), note(3, "Told him")))
    approval = page.locator("#approval")
    expect(approval).to_contain_text("This waits for your approval")
    expect(approval.locator("dd")).to_have_text(["output-of-1", "I am late."])
    expect(card(page, 3)).to_have_attribute("data-status", "done")
    assert "send_sms" not in console.desk.tools()
    approval.get_by_role("button", name="Approve", exact=True).click()
    expect(card(page, 2)).to_have_attribute("data-status", "done")
    expect(approval).to_be_hidden()
    expect(page.locator("#run-meta")).to_contain_text("Done")
    assert console.desk.tools().count("send_sms") == 1


def test_an_approved_node_lights_up_before_it_is_done(console: Console, open_page: OpenPage) -> None:
    console.desk.hold("send_sms")
    page = open_page(console)
    run(page, console.desk.plan("text Lutfi", number(1, "Lutfi"), text(2, 1)))
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(card(page, 2)).to_have_attribute("data-status", "dispatched")
    console.desk.let_go("send_sms")
    expect(card(page, 2)).to_have_attribute("data-status", "done")


def test_what_was_approved_can_be_stopped_before_the_rest_of_it_begins(console: Console, open_page: OpenPage) -> None:
    begun = console.desk.hold("send_sms")
    page = open_page(console)
    run(page, console.desk.plan("text", number(1, "Sid"), text(2, 1, message="One."), text(3, 1, message="Two.")))
    page.get_by_role("button", name="Approve all").click()
    assert begun.wait(WAIT_S)
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_role("button", name="Stop", exact=True)).to_have_count(0)
    console.desk.let_go("send_sms")
    expect(page.locator("#run-meta")).to_contain_text("Stopped")
    expect(card(page, 2)).to_have_attribute("data-status", "done")
    expect(card(page, 3)).to_contain_text("stopped")
    assert console.desk.tools() == ["get_phone_number", "send_sms"]


def test_what_is_denied_is_not_done(console: Console, open_page: OpenPage) -> None:
    page = open_page(console)
    run(page, console.desk.plan("text Lutfi", number(1, "Lutfi"), text(2, 1)))
    page.get_by_role("button", name="Deny", exact=True).click()
    expect(card(page, 2)).to_have_attribute("data-status", "skipped")
    expect(card(page, 2)).to_contain_text("denied")
    expect(page.locator("#approval")).to_be_hidden()
    assert "send_sms" not in console.desk.tools()


@pytest.mark.parametrize(("word", "status"), [("yes", "done"), ("no", "skipped")])
def test_a_plain_yes_or_no_in_the_line_answers_the_question(
    console: Console, open_page: OpenPage, word: str, status: str
) -> None:
    page = open_page(console)
    run(page, console.desk.plan("text Lutfi", number(1, "Lutfi"), text(2, 1)))
    expect(page.locator("#approval")).to_be_visible()
    run(page, word)
    expect(card(page, 2)).to_have_attribute("data-status", status)
    expect(page.locator("#run-sentence")).to_have_text("text Lutfi")
    expect(page.locator("#approval")).to_be_hidden()
    expect(page.locator("#history a")).to_have_count(1)


def test_of_several_that_wait_one_can_be_approved_and_one_denied(console: Console, open_page: OpenPage) -> None:
    page = open_page(console)
    nodes = (number(1, "Lutfi"), text(2, 1, message="Yes."), number(3, "Sid"), text(4, 3, message="No."))
    run(page, console.desk.plan("text both", *nodes))
    expect(page.locator("#approval")).to_contain_text("2 nodes wait for your approval")
    page.get_by_role("button", name="Approve 2").click()
    expect(card(page, 2)).to_have_attribute("data-status", "done")
    expect(page.locator("#approval")).to_contain_text("This waits for your approval")
    page.get_by_role("button", name="Deny", exact=True).click()
    expect(card(page, 4)).to_have_attribute("data-status", "skipped")
    assert [request.node for request in console.desk.executed if request.tool == "send_sms"] == [2]


def test_undo_takes_back_what_can_be_taken_back_and_says_so(console: Console, open_page: OpenPage) -> None:
    page = open_page(console)
    run(page, console.desk.plan("two notes", note(1, "Plums"), note(2, "Pears")))
    expect(page.locator("#run-meta")).to_contain_text("Done")
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.locator("#run-meta")).to_contain_text("Undone")
    expect(card(page, 1)).to_have_attribute("data-status", "undone")
    expect(card(page, 2)).to_have_attribute("data-status", "undone")
    expect(page.get_by_role("button", name="Undo", exact=True)).to_have_count(0)
    assert sorted(undo["node"] for undo in console.desk.undone) == [1, 2]


def test_one_node_can_be_undone_from_its_details(console: Console, open_page: OpenPage) -> None:
    page = open_page(console)
    run(page, console.desk.plan("two notes", note(1, "Plums"), note(2, "Pears")))
    expect(page.locator("#run-meta")).to_contain_text("Done")
    card(page, 1).click()
    page.get_by_role("button", name="Undo this").click()
    expect(card(page, 1)).to_have_attribute("data-status", "undone")
    expect(card(page, 2)).to_have_attribute("data-status", "done")
    assert [undo["node"] for undo in console.desk.undone] == [1]

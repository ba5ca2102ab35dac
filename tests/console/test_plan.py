"""A plan as a graph: what lights up when, what is said about it, what stops it."""

from __future__ import annotations

from deskhand_serving.errors import ServiceFailure

from .conftest import OpenPage, card, expect, run
from .desk import Console, lookup, mail, note, number, text


def test_nodes_light_up_as_they_are_dispatched_and_done(console: Console, open_page: OpenPage) -> None:
    sentence = console.desk.plan("mail Sid the deck and note it", lookup(1, "Sid"), mail(2, 1), note(3, "Sent"))
    console.desk.hold("get_email_address")
    page = open_page(console)
    run(page, sentence)
    expect(card(page, 1)).to_have_attribute("data-status", "dispatched")
    expect(card(page, 2)).to_have_attribute("data-status", "waiting")
    expect(card(page, 2)).to_contain_text("waits for 1")
    expect(card(page, 3)).to_have_attribute("data-status", "done")
    edge = page.locator("#edges path")
    expect(edge).to_have_count(1)
    expect(edge).to_have_attribute("data-state", "open")
    console.desk.let_go("get_email_address")
    expect(card(page, 2)).to_have_attribute("data-status", "done")
    expect(edge).to_have_attribute("data-state", "passed")
    expect(page.locator("#answer")).to_contain_text("Compose_new_email 2 was done")
    expect(page.locator("#run-meta")).to_contain_text("Done")


def test_a_node_in_full_shows_what_was_passed_and_what_came_back(console: Console, open_page: OpenPage) -> None:
    page = open_page(console)
    run(page, console.desk.plan("mail Sid the deck", lookup(1, "Sid"), mail(2, 1)))
    expect(page.locator("#run-meta")).to_contain_text("Done")
    card(page, 2).click()
    details = page.locator("#details")
    expect(details).to_contain_text("2. Compose new email")
    expect(details.locator("dd").first).to_have_text("output-of-1")
    expect(details.locator(".observation")).to_have_text("output-of-2")
    expect(details).to_contain_text("Uses the result of 1.")
    card(page, 1).click()
    expect(details).to_contain_text("Its result goes to 2.")
    page.get_by_label("Close the details").click()
    expect(details).to_be_hidden()
    expect(card(page, 1)).to_be_focused()


def test_a_failure_is_shown_with_its_reason_and_skips_only_what_needs_it(console: Console, open_page: OpenPage) -> None:
    console.desk.failing["get_email_address"] = ServiceFailure.of("not_found", "no contact is called Bo", 422)
    page = open_page(console)
    run(page, console.desk.plan("mail Bo and note it", lookup(1, "Bo"), mail(2, 1), note(3, "Log")))
    expect(page.locator("#run-meta")).to_contain_text("Failed in part")
    statuses = [card(page, number).get_attribute("data-status") for number in (1, 2, 3)]
    assert statuses == ["failed", "skipped", "done"]
    expect(page.locator("#details")).to_contain_text("no contact is called Bo")
    expect(page.locator("#edges path")).to_have_attribute("data-state", "cut")


def test_markup_in_what_comes_back_stays_text(console: Console, open_page: OpenPage) -> None:
    title = "<img src=x onerror=alert(1)><b>bold</b>"
    page = open_page(console)
    run(page, console.desk.plan("note it", note(1, title)))
    expect(page.locator("#run-meta")).to_contain_text("Done")
    card(page, 1).click()
    expect(page.locator("#details dd").first).to_have_text(title)
    assert page.locator("main img, main b").count() == 0


def test_what_deskhand_cannot_do_is_answered_without_a_plan(console: Console, open_page: OpenPage) -> None:
    page = open_page(console)
    run(page, "play some jazz")
    expect(page.locator("#answer")).to_contain_text("I can't do that")
    expect(page.locator("#nodes button")).to_have_count(0)


def test_stopping_starts_nothing_more(console: Console, open_page: OpenPage) -> None:
    console.desk.hold("get_email_address")
    page = open_page(console)
    run(page, console.desk.plan("mail Sid", lookup(1, "Sid"), mail(2, 1)))
    expect(card(page, 1)).to_have_attribute("data-status", "dispatched")
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_role("button", name="Stop", exact=True)).to_have_count(0)
    console.desk.let_go("get_email_address")
    expect(page.locator("#run-meta")).to_contain_text("Stopped")
    expect(card(page, 2)).to_have_attribute("data-status", "skipped")
    assert console.desk.tools() == ["get_email_address"]


def test_a_run_that_was_planned_again_says_so_and_asks_for_what_the_new_plan_sends(
    console: Console, open_page: OpenPage
) -> None:
    console.desk.failing["get_email_address"] = ServiceFailure.of("not_found", "no contact is called Bo", 422)
    console.desk.replan = [number(3, "Bo"), text(4, 3)]
    page = open_page(console)
    run(page, console.desk.plan("tell Bo", lookup(1, "Bo"), mail(2, 1)))
    expect(page.locator("#approval")).to_contain_text("I am late.")
    expect(page.locator("#run-meta")).to_contain_text("planned again")
    page.reload()
    expect(page.locator("#run-meta")).to_contain_text("planned again")
    card(page, 4).click()
    expect(page.locator("#details")).to_contain_text("It was added when the sentence was planned again.")
    card(page, 1).click()
    expect(page.locator("#details")).not_to_contain_text("planned again")


def test_a_run_goes_on_while_another_is_looked_at(console: Console, open_page: OpenPage) -> None:
    page = open_page(console)
    run(page, console.desk.plan("first", note(1, "First")))
    expect(page.locator("#run-meta")).to_contain_text("Done")
    console.desk.hold("get_email_address")
    run(page, console.desk.plan("second", lookup(1, "Sid"), mail(2, 1)))
    expect(card(page, 1)).to_have_attribute("data-status", "dispatched")
    page.locator("#history a", has_text="first").click()
    expect(page.locator("#run-sentence")).to_have_text("first")
    console.desk.let_go("get_email_address")
    page.go_back()
    expect(page.locator("#run-sentence")).to_have_text("second")
    expect(card(page, 2)).to_have_attribute("data-status", "done")


def test_a_reloaded_page_follows_the_run_that_it_showed(console: Console, open_page: OpenPage) -> None:
    page = open_page(console)
    run(page, console.desk.plan("text Lutfi", number(1, "Lutfi"), text(2, 1)))
    expect(page.locator("#approval")).to_be_visible()
    page.reload()
    expect(page.locator("#run-sentence")).to_have_text("text Lutfi")
    expect(card(page, 2)).to_have_attribute("data-status", "needs_approval")
    expect(page.locator("#approval")).to_contain_text("I am late.")


def test_a_connection_that_breaks_is_told_and_nothing_is_sent_again(console: Console, open_page: OpenPage) -> None:
    page = open_page(console)
    expect(page.locator("#health")).to_have_attribute("data-state", "ready")
    sentence = console.desk.plan("note it", note(1, "Once"))
    page.route("**/v1/chat/completions", lambda route: route.abort())
    run(page, sentence)
    expect(page.locator("#notice")).to_contain_text("Start it with deskhand up")
    expect(page.get_by_label("What is to be done?")).to_have_value(sentence)
    assert console.desk.executed == []

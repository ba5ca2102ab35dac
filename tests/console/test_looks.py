"""Wide and narrow, light and dark, for eyes and for screen readers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from deskhand_serving.errors import ServiceFailure

from .conftest import OpenPage, card, expect, run
from .desk import Console, lookup, mail, note, number, text

if TYPE_CHECKING:
    from playwright.sync_api import Page

ARRIVED = """
() => Promise.all(document.getAnimations().map((each) => each.effect.getTiming().iterations === 1 && each.finished))
"""
NARROW = {"width": 390, "height": 844}
WIDE = {"width": 1600, "height": 1000}


def boxes(page: Page) -> list[dict[str, Any]]:
    return [page.locator("#nodes button").nth(n).bounding_box() for n in range(page.locator("#nodes button").count())]


def overlap(a: dict[str, Any], b: dict[str, Any]) -> bool:
    apart = a["x"] + a["width"] <= b["x"] or b["x"] + b["width"] <= a["x"]
    return not (apart or a["y"] + a["height"] <= b["y"] or b["y"] + b["height"] <= a["y"])


def busy_plan(console: Console) -> str:
    """Eight nodes in three layers, one that fails, one that waits for approval."""
    nodes = (
        lookup(1, "Zoë"),
        lookup(2, "Lutfi"),
        mail(3, 1, 2),
        note(4, "A title that is far too long for any card that anybody would want to look at"),
        number(5, "Lutfi"),
        text(6, 5),
        number(7, "Sid"),
        text(8, 7),
    )
    return console.desk.plan("a busy plan", *nodes)


@pytest.mark.parametrize("viewport", [NARROW, {"width": 820, "height": 1100}, WIDE])
def test_cards_never_overlap_and_the_page_never_scrolls_sideways(
    console: Console, open_page: OpenPage, viewport: dict[str, int]
) -> None:
    page = open_page(console, viewport=viewport)
    run(page, busy_plan(console))
    expect(page.locator("#approval")).to_be_visible()
    placed = boxes(page)
    assert len(placed) == 8
    assert not [(a, b) for n, a in enumerate(placed) for b in placed[:n] if overlap(a, b)]
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= viewport["width"] for box in placed)


def test_a_wide_plan_runs_from_left_to_right_and_a_narrow_one_down(console: Console, open_page: OpenPage) -> None:
    for viewport, axis in ((WIDE, "x"), (NARROW, "y")):
        page = open_page(console, viewport=viewport)
        run(page, console.desk.plan("mail Sid", lookup(1, "Sid"), mail(2, 1)))
        expect(card(page, 2)).to_have_attribute("data-status", "done")
        first, second = boxes(page)
        assert second[axis] > first[axis]


def test_colours_follow_the_system_and_the_choice(console: Console, open_page: OpenPage) -> None:
    def darkness(page: Page) -> bool:
        return page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(22, 24, 26)"

    page = open_page(console, color_scheme="dark")
    assert darkness(page)
    page.get_by_role("button", name="Settings").click()
    page.get_by_label("Colours").select_option("light")
    assert not darkness(page)
    page.reload()
    assert not darkness(page)
    assert not darkness(open_page(console, color_scheme="light"))


def test_nothing_moves_where_motion_is_unwanted(console: Console, open_page: OpenPage) -> None:
    console.desk.hold("get_email_address")
    page = open_page(console, reduced_motion="reduce")
    run(page, console.desk.plan("mail Sid", lookup(1, "Sid"), mail(2, 1)))
    expect(card(page, 1)).to_have_attribute("data-status", "dispatched")
    assert page.evaluate("document.getAnimations().length") == 0
    console.desk.let_go("get_email_address")


def test_what_happens_is_said_to_screen_readers(console: Console, open_page: OpenPage) -> None:
    page = open_page(console)
    page.evaluate(
        """() => {
            window.said = [];
            const announcer = document.getElementById("announcer");
            new MutationObserver(() => window.said.push(announcer.textContent)).observe(announcer, {childList: true});
        }"""
    )
    run(page, console.desk.plan("text Lutfi", number(1, "Lutfi"), text(2, 1)))
    expect(page.locator("#announcer")).to_contain_text("Send sms needs your approval.")
    said = " | ".join(page.evaluate("window.said"))
    assert "1. Get phone number: running" in said
    assert "1. Get phone number: done" in said


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [NARROW, WIDE])
def test_axe_finds_nothing(console: Console, open_page: OpenPage, color_scheme: str, viewport: dict[str, int]) -> None:
    from axe_playwright_python.sync_playwright import Axe

    def check(state: str) -> None:
        # axe looks at colours, and a card that is still fading in has others
        page.evaluate(
            "Promise.all(document.getAnimations().map((a) => a.effect.getTiming().iterations < 9 && a.finished))"
        )
        results = Axe().run(page)
        assert results.violations_count == 0, f"{state}: {results.generate_report()}"

    console.desk.failing["create_note"] = ServiceFailure.of(
        "read_only", "the folder of the notes cannot be written", 422
    )
    page = open_page(console, key=None, color_scheme=color_scheme, viewport=viewport)
    expect(page.locator("#key-dialog")).to_be_visible()
    check("key")
    page.get_by_label("API key").fill(console.key)
    page.keyboard.press("Enter")
    expect(page.locator("#health")).to_have_attribute("data-state", "ready")
    check("empty")
    run(page, busy_plan(console))
    expect(page.locator("#approval")).to_be_visible()
    expect(page.locator("#details")).to_be_visible()
    check("approval and failure")
    page.get_by_role("button", name="Deny all").click()
    expect(page.locator("#approval")).to_be_hidden()
    page.get_by_role("button", name="Settings").click()
    expect(page.locator(".settings-table")).to_be_visible()
    check("settings")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Keys").click()
    check("keys")

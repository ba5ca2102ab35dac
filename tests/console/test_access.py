"""The key, the network, the settings: what the page needs, and what it says when something is missing."""

from __future__ import annotations

import httpx
from deskhand_serving.testing import free_port

from .conftest import OpenPage, expect, run
from .desk import Console, note

MAX_BYTES = 150_000


def test_the_key_leaves_the_address_and_stays_in_the_tab(console: Console, open_page: OpenPage) -> None:
    page = open_page(console)
    expect(page.locator("#history")).to_contain_text("What you run stands here.")
    assert page.url == f"{console.url}/"
    assert page.evaluate("Object.values(localStorage)") == []
    page.reload()
    expect(page.locator("#history")).to_contain_text("What you run stands here.")
    expect(page.locator("#key-dialog")).to_be_hidden()


def test_without_the_key_the_page_asks_for_it_and_says_where_it_is(console: Console, open_page: OpenPage) -> None:
    page = open_page(console, key=None)
    dialog = page.locator("#key-dialog")
    expect(dialog).to_contain_text("deskhand open")
    expect(dialog).to_contain_text("api_key")
    page.get_by_label("API key").fill(console.key)
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    run(page, console.desk.plan("note it", note(1, "Kept")))
    expect(page.locator("#run-meta")).to_contain_text("Done")


def test_a_wrong_key_is_named_and_the_sentence_is_not_lost(console: Console, open_page: OpenPage) -> None:
    page = open_page(console, key="dk-wrong")
    dialog = page.locator("#key-dialog")
    expect(dialog).to_contain_text("did not take this key")
    page.get_by_label("API key").fill(console.key)
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(page.locator("#history")).to_contain_text("What you run stands here.")


def test_the_key_can_be_forgotten(console: Console, open_page: OpenPage) -> None:
    page = open_page(console)
    page.get_by_role("button", name="Settings").click()
    page.get_by_role("button", name="Forget the key").click()
    expect(page.locator("#key-dialog")).to_be_visible()
    page.reload()
    expect(page.locator("#key-dialog")).to_be_visible()


def test_all_that_a_page_loads_is_less_than_150_kb(console: Console, open_page: OpenPage) -> None:
    page = open_page(console)
    expect(page.locator("#health")).to_have_attribute("data-state", "ready")
    loaded = page.evaluate("performance.getEntriesByType('resource').map((entry) => entry.name)")
    with httpx.Client(trust_env=False) as http:
        files = [url for url in [f"{console.url}/", *loaded] if "/v1/" not in url and "/healthz" not in url]
        total = sum(len(http.get(url).content) for url in files)
    assert any(url.endswith("main.js") for url in files)
    assert total < MAX_BYTES


def test_settings_are_shown_with_the_way_to_change_them(console: Console, open_page: OpenPage) -> None:
    page = open_page(console)
    page.get_by_role("button", name="Settings").click()
    dialog = page.locator("#settings-dialog")
    expect(dialog).to_contain_text("deskhand config set gateway.NAME VALUE")
    expect(dialog.locator("tr", has_text="max_running_nodes")).to_contain_text("8")
    expect(dialog.locator("li", has_text="planner")).to_contain_text("is ready")
    assert console.key not in dialog.inner_text()


def test_a_gateway_that_is_gone_is_noticed_and_so_is_its_return(console: Console, open_page: OpenPage) -> None:
    page = open_page(console)
    expect(page.locator("#health")).to_have_attribute("data-state", "ready")
    page.context.set_offline(True)
    run(page, console.desk.plan("note it", note(1, "Later")))
    expect(page.locator("#notice")).to_contain_text("Deskhand does not answer")
    expect(page.locator("#health")).to_have_attribute("data-state", "gone")
    page.context.set_offline(False)
    expect(page.locator("#health")).to_have_attribute("data-state", "ready")
    expect(page.locator("#notice")).to_be_hidden()


def test_another_origin_cannot_frame_the_page(console: Console, open_page: OpenPage) -> None:
    framer = open_page(console).context.new_page()
    framer.route("**/framer", lambda route: route.fulfill(body="<iframe></iframe>", content_type="text/html"))
    framer.goto(f"http://localhost:{free_port()}/framer")
    with framer.expect_event("framenavigated", predicate=lambda frame: frame.parent_frame is not None) as navigated:
        framer.evaluate("url => { document.querySelector('iframe').src = url }", f"{console.url}/")
    assert navigated.value.url.startswith("chrome-error:")
    assert navigated.value.locator("#composer").count() == 0

"""The first paint of the web console, in a browser that has nothing of it yet. Times are told, never asserted."""

from __future__ import annotations

from typing import Any

from ..console.browser import launch
from .measure import spread

OPENINGS = 20
ONE_WORD = "data:text/html,<p>one"
_PAINTED = "performance.getEntriesByName('first-contentful-paint').length > 0"
_TIMES = """() => {
    const [page] = performance.getEntriesByType("navigation");
    const loaded = [page, ...performance.getEntriesByType("resource")].filter((entry) => !entry.name.includes("/v1/"));
    return {
        paint_ms: performance.getEntriesByName("first-contentful-paint")[0].startTime,
        blocking: loaded.filter((entry) => entry.renderBlockingStatus === "blocking").length,
        bytes: loaded.reduce((sum, entry) => sum + entry.encodedBodySize, 0),
    };
}"""


def first_paint(url: str, key: str) -> dict[str, Any] | None:
    """The console at `url`, opened with the key, each time without a cache: from the navigation to the first contents,
    how many files block that, and the bytes of all files; and what the same browser needs for a page of one word. None
    without Playwright or a browser."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    with sync_playwright() as playwright:
        browser = launch(playwright)
        if browser is None:
            return None
        found: list[dict[str, float]] = []
        one_word: list[float] = []
        for _ in range(OPENINGS + 1):
            context = browser.new_context()
            page = context.new_page()
            page.goto(ONE_WORD)
            page.wait_for_function(_PAINTED)
            one_word.append(page.evaluate(_TIMES)["paint_ms"])
            context.close()
            context = browser.new_context()
            page = context.new_page()
            page.goto(f"{url}/#key={key}")
            page.wait_for_selector("#health[data-state=ready]")
            found.append(page.evaluate(_TIMES))
            context.close()
        browser.close()
    return {
        "first_paint_ms": spread([times["paint_ms"] for times in found[1:]]),  # the first one starts the browser
        "one_word_ms": spread(one_word[1:]),
        "blocking_files": int(found[-1]["blocking"]),
        "kb": round(found[-1]["bytes"] / 1000, 1),
    }

"""A browser on the console. Whatever a test does, its page must stay inside its origin, its policy and its program.

Playwright's synchronous API keeps an event loop in the thread, so it lives no longer than a module: tests elsewhere
have loops of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

import pytest

from .browser import BROWSERS, launch
from .desk import Address, Console, running_console

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, LocatorAssertions, Page

RECORDING = Path(__file__).parents[1] / "fixtures" / "whisper-micro" / "audio" / "plants.wav"
MICROPHONE = (
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    f"--use-file-for-fake-audio-capture={RECORDING}%noloop",
)
WAIT_MS = 30_000
"""Bound of every wait; a busy machine takes its time to load a speech model."""
LOAD_FAILED = "Failed to load resource"
"""How the browser's console reports an answer like 401 or 404; a test that provokes one looks at the page."""

WATCH_POLICY = """
addEventListener("securitypolicyviolation", (event) => console.error("policy: " + event.violatedDirective));
"""


@dataclass
class Seen:
    """What went over the wire and wrong in one page."""

    origin: str
    bytes: int = 0
    urls: list[str] = field(default_factory=list[str])
    complaints: list[str] = field(default_factory=list[str])

    def watch(self, page: Page) -> None:
        page.on("request", lambda request: self._request(request.url))
        page.on("response", lambda response: self.urls.append(response.url))
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("console", lambda message: self._said(message.type, message.text))

    def _request(self, url: str) -> None:
        if not url.startswith(self.origin):
            self.complaints.append(f"left the origin: {url}")

    def _said(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and not text.startswith(LOAD_FAILED):
            self.complaints.append(f"{kind}: {text}")


class OpenPage(Protocol):
    def __call__(self, console: Address, *, key: str | None = "", **options: Any) -> Page: ...


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if find_spec("playwright") is None:
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(pytest.mark.skip(reason="`make console-test` installs Playwright and runs these"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=WAIT_MS)
    with sync_playwright() as playwright:
        browser = launch(playwright, *MICROPHONE)
        if browser is None:
            pytest.skip(f"none of {', '.join(BROWSERS)} is installed, and Playwright has none of its own")
        yield browser
        browser.close()


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    with running_console(tmp_path / "home") as console:
        yield console


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Opens the console with its key (or another one, or with None at all) in a context of its own. `options` are the
    context's: viewport, color_scheme, reduced_motion."""
    with ExitStack() as stack:

        def open_one(console: Address, *, key: str | None = "", **options: Any) -> Page:
            return stack.enter_context(_page(browser, console.url, console.key if key == "" else key, options))

        yield open_one


@contextmanager
def _page(browser: Browser, url: str, key: str | None, options: dict[str, Any]) -> Iterator[Page]:
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
    context.grant_permissions(["microphone"], origin=url)
    context.add_init_script(WATCH_POLICY)
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    seen = Seen(f"{urlsplit(url).scheme}://{urlsplit(url).netloc}/")
    seen.watch(page)
    page.goto(url + (f"/#key={key}" if key else "/"))
    page.wait_for_selector("#health:not([data-state=asking])")  # the program is loaded after the first paint
    yield page
    context.close()
    assert seen.complaints == []


def run(page: Page, sentence: str) -> None:
    """Type a sentence and run it, as a user does."""
    page.get_by_label("What is to be done?").fill(sentence)
    page.keyboard.press("Enter")


def card(page: Page, number: int) -> Locator:
    """The card of a node in the graph."""
    return page.locator("#nodes button").nth(number - 1)


def expect(locator: Locator) -> LocatorAssertions:
    """Playwright's `expect`, which waits; it is imported only where it is installed."""
    from playwright.sync_api import expect

    return expect(locator)

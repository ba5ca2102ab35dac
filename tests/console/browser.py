"""The browser that the console is driven with: one of the system's, else Playwright's own."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def launch(playwright: Playwright, *arguments: str) -> Browser | None:
    """None where there is none."""
    path = next(filter(None, map(shutil.which, BROWSERS)), playwright.chromium.executable_path)
    if not Path(path).exists():
        return None
    return playwright.chromium.launch(executable_path=path, args=[*ARGUMENTS, *arguments])

"""Opening things for the user to see, where there is a desktop."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

logger = logging.getLogger(__name__)

Open = Callable[[str], bool]
"""A path or URL -> whether it was opened."""


def desktop_opener(enabled: bool) -> Open:
    """Opens by xdg-open (`open` on a Mac) when that is there and so is a desktop; else opens nothing."""
    has_desktop = sys.platform == "darwin" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    program = shutil.which("open" if sys.platform == "darwin" else "xdg-open")
    if not enabled or not has_desktop or program is None:
        return lambda _: False
    return lambda target: _start(program, target)


def _start(program: str, target: str) -> bool:
    url = target if target.startswith(("https://", "http://")) else Path(target).absolute().as_uri()
    try:
        subprocess.run(  # it hands over to the desktop and returns; the viewer lives on
            [program, url],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        logger.warning("the desktop did not open it", extra={"why": type(error).__name__})
        return False
    return True

"""Opening files and links by macOS' `open`."""

from __future__ import annotations

import logging
import shutil
import subprocess
from pathlib import Path

from ...desktop import Open

logger = logging.getLogger(__name__)

MAPS = "com.apple.Maps"


def mac_opener(enabled: bool, application: str = "") -> Open:
    """Opens with the application of that bundle identifier, or with what is set for the kind of file."""
    program = shutil.which("open")
    if not enabled or program is None:
        return lambda _: False
    chosen = ["-b", application] if application else []

    def start(target: str) -> bool:
        place = target if target.startswith(("https://", "http://")) else Path(target).absolute().as_uri()
        try:
            subprocess.run(
                [program, *chosen, place], stdin=subprocess.DEVNULL, capture_output=True, timeout=10, check=True
            )
        except (OSError, subprocess.SubprocessError) as error:
            logger.warning("macOS did not open it", extra={"why": type(error).__name__})
            return False
        return True

    return start

"""What drives the desktop: a backend per platform, all with the same tools."""

from __future__ import annotations

import sys
from collections.abc import Callable

from ..errors import NotConfigured
from ..settings import ExecutorSettings
from .base import Backend
from .openfiles import openfiles

BACKENDS: dict[str, Callable[[ExecutorSettings], Backend]] = {"openfiles": openfiles}
"""Name in the settings -> what makes it. `auto` prefers a backend made for the platform."""
_PREFERRED = {"darwin": "macos"}


def create_backend(settings: ExecutorSettings) -> Backend:
    """Raises NotConfigured for a backend that this installation does not have."""
    name = settings.backend
    if name == "auto":
        preferred = _PREFERRED.get(sys.platform, "openfiles")
        name = preferred if preferred in BACKENDS else "openfiles"
    if name not in BACKENDS:
        raise NotConfigured(
            f"the backend {name!r} is not in this installation; set DESKHAND_EXECUTOR_BACKEND to one of "
            f"auto, {', '.join(BACKENDS)}"
        )
    return BACKENDS[name](settings)

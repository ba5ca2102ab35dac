"""What drives the desktop: a backend per platform, all with the same tools."""

from __future__ import annotations

import sys
from collections.abc import Callable

from ..settings import ExecutorSettings
from .base import Backend
from .macos import macos
from .openfiles import openfiles

BACKENDS: dict[str, Callable[[ExecutorSettings], Backend]] = {"macos": macos, "openfiles": openfiles}
"""Name in the settings -> what makes it."""


def create_backend(settings: ExecutorSettings) -> Backend:
    """`auto` is the backend made for the platform. Raises NotConfigured for one that this machine cannot have."""
    name = settings.backend
    if name == "auto":
        name = "macos" if sys.platform == "darwin" else "openfiles"
    return BACKENDS[name](settings)

"""Whether macOS lets Deskhand control an application: a harmless question, at which macOS asks the user the first
time."""

from __future__ import annotations

from collections.abc import Callable

from deskhand_contract.services import Check
from deskhand_contract.tools import App

from ...errors import ExecutorError
from .osascript import Osascript, application_of


def permission_check(osascript: Osascript, app: App) -> Callable[[], Check]:
    script = f"{app}_check"
    application = application_of(script)

    def check() -> Check:
        try:
            osascript.run(script)
        except ExecutorError as error:
            return Check(name=application, ok=False, message=error.error.message, code=error.code)
        return Check(name=application, ok=True, message=f"Deskhand may control {application}")

    return check

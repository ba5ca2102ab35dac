"""`deskhand doctor`: everything that a user could have wrong, a line each, with what to do about it.

A check is a function in a module of its subject, and stands in CHECKS. What only one platform has, the executor's
backend for it checks (`stack.applications`).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict

from deskhand_serving.settings import default_home
from rich.console import Console
from rich.text import Text

from ..config import ask_all
from ..exits import Exit
from ..home import running_pid
from . import data, home, machine, models, stack
from .findings import Check, Finding, Level, Patient, problem

CHECKS: tuple[Check, ...] = (
    machine.packages,
    machine.llama,
    machine.clock,
    machine.desktop,
    home.home,
    home.key,
    home.settings,
    home.state,
    models.planner,
    models.toolrag,
    models.speech,
    data.folders,
    data.mail,
    data.files,
    data.texts,
    data.meetings,
    stack.ports,
    stack.health,
    stack.applications,
)
_GLYPHS = {Level.OK: ("✓", "green"), Level.WARNING: ("!", "yellow"), Level.PROBLEM: ("✗", "red")}


def examine(patient: Patient) -> list[Finding]:
    """All checks, in their order; one that fails is a problem itself and does not hide the others."""
    found: list[Finding] = []
    for check in CHECKS:
        found.extend(_run(check, patient))
    return found


def _run(check: Check, patient: Patient) -> Iterable[Finding]:
    try:
        return list(check(patient))
    except Exception as error:  # noqa: BLE001 - a check's boundary: told, with its name
        name = f"{check.__module__.rpartition('.')[2]}.{check.__name__}"
        text = f"The check {name} failed: {type(error).__name__}: {error}"
        return [problem("doctor", text, "Please report it with this line.")]


def run_doctor(as_json: bool) -> Exit:
    """Exit 0 without a problem, 1 with one; warnings do not count."""
    path = default_home().absolute()
    found = examine(Patient(path, ask_all(), running_pid(path)))
    problems = sum(finding.level is Level.PROBLEM for finding in found)
    if as_json:
        report = {"home": str(path), "problems": problems, "findings": [asdict(finding) for finding in found]}
        sys.stdout.write(json.dumps(report, ensure_ascii=False) + "\n")
    else:
        _print(found, problems)
    return Exit.PROBLEM if problems else Exit.DONE


def _print(found: list[Finding], problems: int) -> None:
    console = Console(highlight=False)
    for finding in found:
        glyph, style = _GLYPHS[finding.level]
        line = Text.assemble((glyph, style), f" {finding.what}: ", finding.text)
        console.print(line, soft_wrap=True)
        if finding.way_out:
            console.print(Text(f"  → {finding.way_out}", "dim"), soft_wrap=True)
    warnings = sum(finding.level is Level.WARNING for finding in found)
    console.print(f"\n{problems} problems, {warnings} warnings", style="bold")

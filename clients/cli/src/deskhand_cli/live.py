"""The plan as it happens: a row for each node on a terminal, a line for each event elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from deskhand_contract.events import NodeStatus, PlanUpdate
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

GLYPHS = {
    NodeStatus.DONE: ("✓", "green"),
    NodeStatus.FAILED: ("✗", "red"),
    NodeStatus.SKIPPED: ("–", "yellow"),
    NodeStatus.WAITING: ("·", "dim"),
    NodeStatus.NEEDS_APPROVAL: ("?", "magenta"),
    NodeStatus.INTERRUPTED: ("!", "red"),
    NodeStatus.DISPATCHED: ("→", "cyan"),
}
MAX_ARGUMENT_CHARS = 40


class PlanView(Protocol):
    def show(self, update: PlanUpdate) -> None: ...


@contextmanager
def plan_view(console: Console) -> Iterator[PlanView]:
    """Rows that change in place where the console is a terminal, else lines that are only added."""
    if not console.is_terminal:
        yield LineView(console)
        return
    rows = RowView()
    with Live(rows, console=console, refresh_per_second=12):
        yield rows


def short_arguments(arguments: dict[str, Any]) -> str:
    """`title=Lunch, invitees=[$1]`: what was passed, cut where it is long."""
    return ", ".join(f"{name}={_short(value)}" for name, value in arguments.items())


def _short(value: Any) -> str:
    text = f"[{', '.join(map(str, value))}]" if isinstance(value, list) else str(value)
    text = " ".join(text.split())
    return text if len(text) <= MAX_ARGUMENT_CHARS else text[: MAX_ARGUMENT_CHARS - 1] + "…"


class LineView:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._dispatched_ms: dict[int, float] = {}

    def show(self, update: PlanUpdate) -> None:
        glyph, _ = GLYPHS[update.status]
        line = f"{glyph} {update.node}. {update.name}({short_arguments(update.arguments)})"
        if update.status is NodeStatus.DISPATCHED:
            self._dispatched_ms[update.node] = update.elapsed_ms or 0.0
        elif update.elapsed_ms is not None and update.node in self._dispatched_ms:
            line += f"  {update.elapsed_ms - self._dispatched_ms[update.node]:.0f} ms"
        if update.error:
            line += f": {update.error.message}"
        self._console.print(Text(line), soft_wrap=True)


class RowView:
    """A rich renderable: one row a node, with a clock while the node is under way."""

    def __init__(self) -> None:
        self._updates: dict[int, PlanUpdate] = {}
        self._took_ms: dict[int, float] = {}
        self._since_s: dict[int, float] = {}
        self._dispatched_ms: dict[int, float] = {}
        self._spinner = Spinner("dots", style="cyan")
        self._planning = Spinner("dots", text=Text("planning", style="dim"), style="cyan")

    def show(self, update: PlanUpdate) -> None:
        self._updates[update.node] = update
        if update.status is NodeStatus.DISPATCHED:
            self._since_s[update.node] = time.monotonic()
            self._dispatched_ms[update.node] = update.elapsed_ms or 0.0
        elif update.elapsed_ms is not None and update.node in self._dispatched_ms:
            self._took_ms[update.node] = update.elapsed_ms - self._dispatched_ms[update.node]

    def __rich__(self) -> RenderableType:
        if not self._updates:
            return self._planning
        table = Table.grid(padding=(0, 1), expand=True)
        table.add_column(width=1)
        table.add_column(justify="right", style="dim")
        table.add_column(no_wrap=True)
        table.add_column(overflow="ellipsis", no_wrap=True, ratio=1, style="dim")
        table.add_column(justify="right", no_wrap=True)
        for number, update in sorted(self._updates.items()):
            glyph, style = GLYPHS[update.status]
            running = update.status is NodeStatus.DISPATCHED
            table.add_row(
                self._spinner if running else Text(glyph, style=style),
                f"{number}.",
                Text(update.name, style="bold" if running else ""),
                Text(update.error.message if update.error else short_arguments(update.arguments)),
                Text(self._time(update), style="dim"),
            )
        return Group(table)

    def _time(self, update: PlanUpdate) -> str:
        if update.status is NodeStatus.DISPATCHED:
            return f"{time.monotonic() - self._since_s[update.node]:.1f} s"
        took_ms = self._took_ms.get(update.node)
        return "" if took_ms is None else f"{took_ms:.0f} ms"

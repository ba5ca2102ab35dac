"""`deskhand runs`, `approve`, `deny`, `cancel` and `undo`: what was done, what waits, stopping and taking back."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime

from deskhand_contract.events import NodeStatus, UndoState
from deskhand_contract.runs import Run, RunNode, RunStatus
from deskhand_serving.settings import default_home
from rich.console import Console
from rich.table import Table
from rich.text import Text

from .approval import exit_of, way_to_approve
from .exits import CliError, Exit
from .gateway import Action, Gateway
from .live import GLYPHS

STYLES = {
    RunStatus.RUNNING: "cyan",
    RunStatus.NEEDS_APPROVAL: "magenta",
    RunStatus.DONE: "green",
    RunStatus.FAILED: "red",
    RunStatus.INTERRUPTED: "red",
}


def run_list(limit: int, status: str | None, as_json: bool) -> Exit:
    """The newest runs, a line each."""
    with Gateway(default_home()) as gateway:
        runs = gateway.runs(limit, status)
    if as_json:
        sys.stdout.write(f"[{', '.join(run.model_dump_json() for run in runs)}]\n")
        return Exit.DONE
    console = Console(highlight=False)
    if not console.is_terminal:
        for run in runs:
            fields = (run.id, _when(run), run.status.value, " ".join(run.query.split()))
            sys.stdout.write("\t".join(fields) + "\n")
        return Exit.DONE
    table = Table.grid(padding=(0, 2), expand=True)
    table.add_column(no_wrap=True, style="dim")
    table.add_column(no_wrap=True, style="dim")
    table.add_column(no_wrap=True)
    table.add_column(overflow="ellipsis", no_wrap=True, ratio=1)
    for run in runs:
        table.add_row(run.id, _when(run), _status(run), Text(" ".join(run.query.split())))
    console.print(table if runs else "Nothing was done yet.")
    return Exit.DONE


def run_show(name: str | None, as_json: bool) -> Exit:
    """One run with its nodes; without a name the newest."""
    with Gateway(default_home()) as gateway:
        run = gateway.run_named(name) if name else next(iter(gateway.runs(1, None)), None)
    if run is None:
        raise CliError("Nothing was done yet.", exit=Exit.NOTHING_TO_DO)
    if as_json:
        sys.stdout.write(run.model_dump_json() + "\n")
        return Exit.DONE
    console = Console(highlight=False)
    head = Text.assemble(f"{run.id}  {_when(run)}  ", _status(run))
    if run.confidence is not None:
        head.append(f"  {run.confidence:.0%} sure of the plan", style="dim")
    console.print(head, Text(f"“{run.query}”", style="italic"), sep="\n", soft_wrap=True)
    _print_nodes(console, run.nodes)
    if run.answer:
        console.print(Text(run.answer), soft_wrap=True)
    return Exit.DONE


def run_decide(name: str, action: Action, nodes: Sequence[int], as_json: bool) -> Exit:
    """Approve, deny, cancel or take back; the nodes go to standard error, the answer to standard output."""
    with Gateway(default_home()) as gateway:
        run = gateway.decide(name, action, sorted(set(nodes)) or None)
    if as_json:
        sys.stdout.write(run.model_dump_json() + "\n")
    else:
        console = Console(stderr=True, highlight=False)
        _print_nodes(console, run.nodes)
        sys.stdout.write((run.answer or "") + "\n")
        if run.status is RunStatus.NEEDS_APPROVAL:
            console.print(way_to_approve(run.id), markup=False, soft_wrap=True)
    return _exit(run, action, nodes)


def _exit(run: Run, action: Action, nodes: Sequence[int]) -> Exit:
    if action == "undo":
        meant = [node for node in run.nodes if not nodes or node.node in nodes]
        left = any(node.error and node.error.code == "cannot_undo" for node in meant)
        return Exit.NODE_FAILED if left else Exit.DONE
    if run.status is RunStatus.NEEDS_APPROVAL:
        return Exit.NEEDS_APPROVAL
    if action in ("deny", "cancel"):
        return Exit.DONE
    return exit_of(node.status for node in run.nodes)


def _print_nodes(console: Console, nodes: Sequence[RunNode]) -> None:
    for node in nodes:
        glyph, style = GLYPHS[node.status]
        if node.undo is UndoState.DONE:
            glyph, style = "↶", "yellow"
        console.print(Text.assemble((glyph, style), f" {node.node}. {node.name}{_said(node)}"), soft_wrap=True)


def _said(node: RunNode) -> str:
    """What became of a node; what it will be given in full, where it waits for a yes."""
    if node.error:
        return f": {node.error.message}"
    if node.undo is UndoState.DONE:
        return ": taken back"
    if node.status is NodeStatus.NEEDS_APPROVAL:
        return f"({', '.join(f'{name}={value}' for name, value in node.arguments.items())})"
    return f": {' '.join(node.text.split())}" if node.text else ""


def _status(run: Run) -> Text:
    return Text(run.status.value.replace("_", " "), style=STYLES.get(run.status, "yellow"))


def _when(run: Run) -> str:
    return datetime.fromtimestamp(run.created).astimezone().strftime("%Y-%m-%d %H:%M")

"""The command line on runs: asking on a terminal, approving and denying later, taking back."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
from pathlib import Path
from typing import Any

from deskhand_cli.exits import Exit
from deskhand_cli.testing import RunningStack

CLOCK = ("--now", "2026-03-11T09:30:00", "--timezone", "Europe/Berlin")
TEXT = ("text Lutfi that the train is late", *CLOCK)
WAIT_S = 60.0


def outbox(stack: RunningStack) -> set[Path]:
    return {path for path in (stack.home / "sms").rglob("*") if path.is_file()}


def waiting_run(stack: RunningStack) -> str:
    done = stack.cli("do", "--json", "--no-approve", *TEXT)
    assert done.returncode == Exit.NEEDS_APPROVAL, done
    return json.loads(done.stdout)["run"]


def show(stack: RunningStack, run: str) -> Any:
    return json.loads(stack.cli("runs", "show", run, "--json").stdout)


def answer_on_a_terminal(stack: RunningStack, said: str) -> tuple[int, str, str]:
    """Run `deskhand do` on a terminal and type `said` at its question: (exit status, standard output, the terminal)."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "deskhand_cli", "do", *TEXT],
        stdin=theirs,
        stderr=theirs,
        stdout=subprocess.PIPE,
        env=dict(stack.environment),
        text=True,
    )
    os.close(theirs)
    shown = ""
    while "Enter for later" not in shown:
        assert select.select([ours], [], [], WAIT_S)[0], shown
        shown += os.read(ours, 4096).decode()
    os.write(ours, said.encode() + b"\n")
    output, _ = process.communicate(timeout=WAIT_S)
    os.close(ours)
    return process.returncode, output, shown


def test_without_a_terminal_what_asks_goes_on_waiting_and_the_way_to_approve_is_named(stack: RunningStack) -> None:
    before = outbox(stack)
    done = stack.cli("do", *TEXT)
    assert done.returncode == Exit.NEEDS_APPROVAL
    assert "Waiting for your approval" in done.stdout
    assert outbox(stack) == before
    approval = done.stderr.splitlines()[-1].partition("deskhand approve ")[2].partition(",")[0]
    approved = stack.cli("approve", approval)
    assert approved.returncode == Exit.DONE, approved
    assert "Lutfi" in approved.stdout
    assert len(outbox(stack)) == len(before) + 1


def test_yes_approves_without_asking(stack: RunningStack) -> None:
    before = outbox(stack)
    done = stack.cli("do", "--json", "--yes", *TEXT)
    assert done.returncode == Exit.DONE, done
    told = json.loads(done.stdout)
    statuses = [event["status"] for event in told["events"] if event["name"] == "send_sms"]
    assert statuses == ["needs_approval", "dispatched", "done"]
    assert "Waiting" not in told["answer"]
    assert len(outbox(stack)) == len(before) + 1


def test_a_terminal_is_asked_and_a_yes_sends(stack: RunningStack) -> None:
    before = outbox(stack)
    code, output, shown = answer_on_a_terminal(stack, "y")
    assert "the train is late" in shown
    assert (code, len(outbox(stack))) == (Exit.DONE, len(before) + 1)
    assert "Waiting" not in output


def test_a_no_on_the_terminal_denies(stack: RunningStack) -> None:
    before = outbox(stack)
    code, output, _ = answer_on_a_terminal(stack, "n")
    assert (code, outbox(stack)) == (Exit.NODE_FAILED, before)
    assert "as you said" in output


def test_enter_on_the_terminal_leaves_it_waiting(stack: RunningStack) -> None:
    code, output, _ = answer_on_a_terminal(stack, "")
    assert code == Exit.NEEDS_APPROVAL
    assert "Waiting for your approval" in output
    newest = json.loads(stack.cli("runs", "--limit", "1", "--json").stdout)[0]
    assert stack.cli("deny", newest["id"]).returncode == Exit.DONE


def test_what_was_denied_cannot_be_approved_afterwards(stack: RunningStack) -> None:
    run, before = waiting_run(stack), outbox(stack)
    denied = stack.cli("deny", run)
    assert denied.returncode == Exit.DONE
    assert "as you said" in denied.stdout
    late = stack.cli("approve", run)
    assert late.returncode == Exit.REFUSED
    assert "Nothing here waits for approval" in late.stderr
    assert outbox(stack) == before


def test_what_waits_can_be_cancelled_and_what_has_ended_cannot(stack: RunningStack) -> None:
    run, before = waiting_run(stack), outbox(stack)
    cancelled = stack.cli("cancel", run)
    assert cancelled.returncode == Exit.DONE, cancelled
    assert "cancelled" in cancelled.stdout
    assert show(stack, run)["status"] == "cancelled"
    assert outbox(stack) == before
    done = json.loads(stack.cli("do", "--json", "make a note called Shed saying one rake", *CLOCK).stdout)
    late = stack.cli("cancel", done["run"])
    assert late.returncode == Exit.REFUSED
    assert "nothing left to cancel" in late.stderr


def test_runs_are_listed_newest_first_and_by_state(stack: RunningStack) -> None:
    run = waiting_run(stack)
    first, *_ = stack.cli("runs").stdout.splitlines()
    assert first.split("\t")[0] == run
    assert first.split("\t")[2:] == ["needs_approval", TEXT[0]]
    waiting = json.loads(stack.cli("runs", "--status", "needs_approval", "--json").stdout)
    assert [found["id"] for found in waiting][:1] == [run]
    stack.cli("deny", run)
    assert show(stack, run)["status"] == "cancelled"


def test_a_run_is_shown_with_what_waits_in_full(stack: RunningStack) -> None:
    run = waiting_run(stack)
    shown = stack.cli("runs", "show", run).stdout
    node = next(node for node in show(stack, run)["nodes"] if node["name"] == "send_sms")
    assert node["arguments"]["recipients"][0] in shown
    assert TEXT[0] in shown
    stack.cli("deny", run)


def test_undo_takes_back_what_was_written(stack: RunningStack) -> None:
    notes = stack.home / "notes"
    before = set(notes.rglob("*"))
    done = json.loads(stack.cli("do", "--json", "make a note called Cellar saying twelve jars", *CLOCK).stdout)
    assert set(notes.rglob("*")) != before
    undone = stack.cli("undo", done["run"])
    assert undone.returncode == Exit.DONE, undone
    assert "taken back" in undone.stderr
    assert set(notes.rglob("*")) == before
    again = stack.cli("undo", done["run"])
    assert again.returncode == Exit.REFUSED


def test_undo_ends_with_one_when_something_was_changed_since(stack: RunningStack) -> None:
    notes = stack.home / "notes"
    before = set(notes.rglob("*"))
    done = json.loads(stack.cli("do", "--json", "make a note called Attic saying two chairs", *CLOCK).stdout)
    (note,) = set(notes.rglob("*")) - before
    note.write_text("mine now\n")
    left = stack.cli("undo", done["run"])
    assert left.returncode == Exit.NODE_FAILED
    assert "changed since" in left.stdout
    assert note.read_text() == "mine now\n"


def test_a_run_that_is_not_there_is_named(stack: RunningStack) -> None:
    for command in (("runs", "show"), ("approve",), ("cancel",), ("undo",)):
        done = stack.cli(*command, "run_nowhere")
        assert done.returncode == Exit.REFUSED
        assert "run_nowhere" in done.stderr

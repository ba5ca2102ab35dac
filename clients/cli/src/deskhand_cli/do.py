"""`deskhand do` and `deskhand listen`: a sentence, or a recording of one, carried out."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from deskhand_contract.events import NodeStatus, PlanUpdate
from deskhand_contract.openai import AssistantMessage
from deskhand_serving.settings import default_home
from rich.console import Console

from .exits import CliError, Exit
from .gateway import Answer, Gateway, GatewayError
from .live import plan_view, short_arguments


def read_sentence(words: list[str] | None) -> str:
    """The words of the command line, or standard input when there are none, or only "-". Raises CliError."""
    if words and words != ["-"]:
        sentence = " ".join(words)
    elif not words and sys.stdin.isatty():
        raise CliError("What shall I do?", 'Say it: deskhand do "put lunch with Sid on Friday at noon"', Exit.USAGE)
    else:
        sentence = sys.stdin.read()
    if not sentence.strip():
        raise CliError("There is no sentence.", 'Say it: deskhand do "open my notes on the budget"', Exit.USAGE)
    return sentence.strip()


def run_do(sentence: str, *, metadata: dict[str, str], as_json: bool, dry_run: bool) -> Exit:
    """Carry a sentence out, or show its plan only. The plan goes to standard error, the answer to standard output."""
    with Gateway(default_home()) as gateway:
        try:
            if dry_run:
                return _show_plan(gateway.plan(sentence, metadata), as_json)
            return _run_json(gateway, sentence, metadata) if as_json else _run(gateway, sentence, metadata)
        except GatewayError as error:
            if as_json and not sys.stdout.closed:
                _print_json(
                    error=error.body.model_dump() if error.body else {"message": error.message}, exit=error.exit
                )
            raise


def run_listen(
    recording: Path, *, language: str | None, metadata: dict[str, str], as_json: bool, dry_run: bool
) -> Exit:
    """Carry out what is said in a recording."""
    with Gateway(default_home()) as gateway:
        heard = gateway.transcribe(recording, language).strip()
    if not heard:
        raise CliError(
            f"Nobody speaks in {recording}.", "Check the microphone and record it again.", Exit.NOTHING_TO_DO
        )
    Console(stderr=True).print(f"“{heard}”", style="italic", markup=False, highlight=False)
    return run_do(heard, metadata=metadata, as_json=as_json, dry_run=dry_run)


def exit_of(updates: Iterable[PlanUpdate]) -> Exit:
    """What the nodes' last states mean for a script."""
    last = {update.node: update.status for update in updates}
    if not last:
        return Exit.NOTHING_TO_DO
    return Exit.DONE if all(status is NodeStatus.DONE for status in last.values()) else Exit.NODE_FAILED


def _run(gateway: Gateway, sentence: str, metadata: dict[str, str]) -> Exit:
    updates: list[PlanUpdate] = []
    answer = ""
    with plan_view(Console(stderr=True, highlight=False)) as view:
        for event in gateway.run(sentence, metadata):
            if isinstance(event, Answer):
                answer = event.text
            else:
                updates.append(event)
                view.show(event)
    sys.stdout.write(answer + "\n")
    return exit_of(updates)


def _run_json(gateway: Gateway, sentence: str, metadata: dict[str, str]) -> Exit:
    updates: list[PlanUpdate] = []
    answer = ""
    for event in gateway.run(sentence, metadata):
        if isinstance(event, Answer):
            answer = event.text
        else:
            updates.append(event)
    code = exit_of(updates)
    _print_json(
        answer=answer,
        exit=code,
        run=updates[0].run if updates else None,
        events=[update.model_dump(mode="json", exclude_none=True) for update in updates],
    )
    return code


def _show_plan(message: AssistantMessage, as_json: bool) -> Exit:
    nodes = [
        {"node": number, "name": call.function.name, "arguments": json.loads(call.function.arguments)}
        for number, call in enumerate(message.tool_calls or (), 1)
    ]
    code = Exit.DONE if nodes else Exit.NOTHING_TO_DO
    if as_json:
        _print_json(plan=nodes, answer=message.content or "", exit=code)
        return code
    for node in nodes:
        sys.stdout.write(f"{node['node']}. {node['name']}({short_arguments(node['arguments'])})\n")
    if message.content:
        sys.stdout.write(message.content + "\n")
    return code


def _print_json(**fields: Any) -> None:
    sys.stdout.write(json.dumps(fields, ensure_ascii=False) + "\n")

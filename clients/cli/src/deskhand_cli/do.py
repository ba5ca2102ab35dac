"""`deskhand do` and `deskhand listen`: a sentence, or a recording of one, carried out."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from deskhand_contract.openai import AssistantMessage
from deskhand_serving.settings import default_home
from rich.console import Console

from .approval import Asking, Told, ask, decide, way_to_approve
from .exits import CliError, Exit
from .gateway import Gateway, GatewayError
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


def run_do(sentence: str, *, metadata: dict[str, str], asking: Asking, as_json: bool, dry_run: bool) -> Exit:
    """Carry a sentence out, or show its plan only. The plan goes to standard error, the answer to standard output."""
    with Gateway(default_home()) as gateway:
        try:
            if dry_run:
                return _show_plan(gateway.plan(sentence, metadata), as_json)
            return _run(gateway, sentence, metadata, asking, as_json)
        except GatewayError as error:
            if as_json and not sys.stdout.closed:
                _print_json(
                    error=error.body.model_dump() if error.body else {"message": error.message}, exit=error.exit
                )
            raise


def run_listen(
    recording: Path,
    *,
    language: str | None,
    metadata: dict[str, str],
    asking: Asking,
    as_json: bool,
    dry_run: bool,
) -> Exit:
    """Carry out what is said in a recording."""
    with Gateway(default_home()) as gateway:
        heard = gateway.transcribe(recording, language).strip()
    if not heard:
        raise CliError(
            f"Nobody speaks in {recording}.", "Check the microphone and record it again.", Exit.NOTHING_TO_DO
        )
    Console(stderr=True).print(f"“{heard}”", style="italic", markup=False, highlight=False)
    return run_do(heard, metadata=metadata, asking=asking, as_json=as_json, dry_run=dry_run)


def _run(gateway: Gateway, sentence: str, metadata: dict[str, str], asking: Asking, as_json: bool) -> Exit:
    console = Console(stderr=True, highlight=False, quiet=as_json)
    if as_json and asking is Asking.ASK:
        asking = Asking.LEAVE
    told = Told()
    code = _carry_out(gateway, sentence, metadata, asking, told, console)
    if as_json:
        events = [update.model_dump(mode="json", exclude_none=True) for update in told.updates]
        _print_json(answer=told.answer, exit=code, run=told.run, events=events)
        return code
    sys.stdout.write(told.answer + "\n")
    if told.waiting and told.run:
        console.print(way_to_approve(told.run), markup=False, soft_wrap=True)
    return code


def _carry_out(
    gateway: Gateway, sentence: str, metadata: dict[str, str], asking: Asking, told: Told, console: Console
) -> Exit:
    """Everything that comes of the sentence, into `told`. Ctrl-C cancels the run; a second one leaves at once."""
    try:
        with plan_view(console) as view:
            told.take(gateway.run(sentence, metadata), view.show)
        while told.waiting:
            yes = True if asking is Asking.YES else ask(told) if asking is Asking.ASK else None
            if yes is None:
                break
            with plan_view(console) as view:
                decide(gateway, told, "approve" if yes else "deny", show=view.show)
    except KeyboardInterrupt:
        if told.run is None:  # nothing was begun, and with the connection the plan is given up
            raise
        stopping = "Stopping. What is under way is brought to its end; Ctrl-C again does not wait for it."
        console.print(stopping, soft_wrap=True)
        with plan_view(console) as view:
            decide(gateway, told, "cancel", show=view.show)
        return Exit.INTERRUPTED
    return told.exit


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

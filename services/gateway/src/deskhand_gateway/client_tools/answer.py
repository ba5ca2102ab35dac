"""The answer of a plan that the client has carried out: what its last calls returned. No model is asked."""

from __future__ import annotations

import json

from .progress import Node, Progress

MAX_RESULT_CHARS = 4000

NO_TOOL = "None of the given tools can do that."
DONE = "Done."


def compose(progress: Progress) -> str:
    """Results that only feed other calls are not told again; one that stands alone needs no name before it."""
    needed = {dep for node in progress.nodes for dep in node.deps if node.id in progress.outputs}
    told = [node for node in progress.nodes if node.id in progress.outputs and node.id not in needed]
    failed = [node for node in progress.nodes if node.id in progress.failures and not progress.failures[node.id].cause]
    left = [node for node in progress.nodes if node.id not in progress.outputs and node.id not in progress.failures]
    alone = len(told) == 1
    lines = [_result(progress.outputs[node.id], None if alone else node) for node in told]
    lines += [_failure(node, progress) for node in failed]
    if left:
        lines.append(f"Not called: {_and([node.tool for node in left])}.")
    return "\n".join(line for line in lines if line) or DONE


def _result(text: str, node: Node | None) -> str:
    text = text.strip()
    if len(text) > MAX_RESULT_CHARS:
        text = f"{text[:MAX_RESULT_CHARS]}…"
    if node is None:
        return text
    return f"{node.tool}: {text or 'done'}"


def _failure(node: Node, progress: Progress) -> str:
    why = progress.failures[node.id].why.strip()
    lost = [
        other.tool
        for other in progress.nodes
        if other.id in progress.failures and progress.failures[other.id].cause == node.id
    ]
    so = f", so {_and(lost)} {'was' if len(lost) == 1 else 'were'} not called" if lost else ""
    return f"{node.tool} failed{so}: {why}{'' if why.endswith(('.', '!', '?')) else '.'}"


def plan_as_text(nodes: list[Node]) -> str:
    """For `tool_choice: none`, under which nothing may be called."""
    if not nodes:
        return NO_TOOL

    calls = "\n".join(
        f"{node.id}. {node.tool}({json.dumps(node.wire_arguments(), ensure_ascii=False)})" for node in nodes
    )
    return f"With tool_choice none nothing is called. The plan would be:\n{calls}"


def _and(texts: list[str]) -> str:
    *others, last = texts
    return f"{', '.join(others)} and {last}" if others else last

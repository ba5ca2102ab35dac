"""Which run, and which node of it, the current task works for: named in every log record, in every service.

The gateway sets both; the client sends them along as headers, and the service at the other end sets them again. They
live in context variables, so what a task starts inherits them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from starlette.datastructures import Headers

RUN_HEADER = "x-deskhand-run"
NODE_HEADER = "x-deskhand-node"

_ID = re.compile(r"[\w-]{1,64}", re.ASCII)
_NUMBER = re.compile(r"[1-9][0-9]{0,5}")
_run: ContextVar[str | None] = ContextVar("deskhand_run", default=None)
_node: ContextVar[int | None] = ContextVar("deskhand_node", default=None)


def set_run(run: str | None) -> None:
    """From here on, in this task and in those that it starts."""
    _run.set(run)
    _node.set(None)


@contextmanager
def in_node(run: str, node: int) -> Iterator[None]:
    before = _run.set(run), _node.set(node)
    try:
        yield
    finally:
        _run.reset(before[0])
        _node.reset(before[1])


def fields() -> dict[str, object]:
    """`run` and `node`, as far as they are known."""
    found: dict[str, object | None] = {"run": _run.get(), "node": _node.get()}
    return {name: value for name, value in found.items() if value is not None}


def headers() -> dict[str, str]:
    """What tells the next service."""
    names = {"run": RUN_HEADER, "node": NODE_HEADER}
    return {names[name]: str(value) for name, value in fields().items()}


def take_context(given: Headers) -> None:
    """A request begins: with the ids that its headers name, or with none. A header that is no id is left out, because
    it goes into logs."""
    run, node = given.get(RUN_HEADER, ""), given.get(NODE_HEADER, "")
    set_run(run if _ID.fullmatch(run) else None)
    _node.set(int(node) if _NUMBER.fullmatch(node) else None)

"""What has happened since the user spoke: calls that the client was given, and what it says came of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from deskhand_contract.openai import ChatMessage

from ..errors import BadRequest

FAILED = "Error:"
"""A result that begins so says that the call failed; LangChain and others write failures this way."""


@dataclass(frozen=True)
class AskedCall:
    """A call as the client sends it back."""

    id: str
    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class Result:
    """`error` says why the call failed; None when it did not."""

    text: str
    error: str | None = None


@dataclass(frozen=True)
class Turn:
    """`calls` in the order in which they were given out; every one has a result, by its id."""

    calls: tuple[AskedCall, ...] = ()
    results: dict[str, Result] = field(default_factory=dict)


def read_turn(messages: Sequence[ChatMessage]) -> Turn:
    """Raises BadRequest where calls and results do not belong together."""
    spoken = max((n for n, message in enumerate(messages) if message.role == "user"), default=-1)
    calls: list[AskedCall] = []
    results: dict[str, Result] = {}
    for number, message in enumerate(messages[spoken + 1 :], spoken + 1):
        where = f"messages.{number}"
        if message.role == "assistant" and message.tool_calls:
            _all_answered(calls, results)
            for position, call in enumerate(message.tool_calls):
                asked = _call(call, f"{where}.tool_calls.{position}")
                if any(asked.id == other.id for other in calls):
                    raise BadRequest(
                        f"{where}: the call {asked.id} is there twice.", code="duplicate_tool_call", param=where
                    )
                calls.append(asked)
        elif message.role == "tool":
            answered = message.tool_call_id or ""
            if not any(call.id == answered for call in calls):
                text = f"{where}: no call before it has the id {answered[:80]!r}."
                raise BadRequest(text, code="unknown_tool_call_id", param=where)
            if answered in results:
                text = f"{where}: the call {answered} has a result already."
                raise BadRequest(text, code="duplicate_tool_result", param=where)
            results[answered] = read_result(message.content, where)
        elif message.role == "function":
            text = f"{where}: messages with the role function were replaced by the role tool; send these."
            raise BadRequest(text, code="functions_not_supported", param=where)
    _all_answered(calls, results)
    return Turn(tuple(calls), results)


def _all_answered(calls: Sequence[AskedCall], results: dict[str, Result]) -> None:
    missing = ", ".join(call.id for call in calls if call.id not in results)
    if missing:
        text = f"Every call needs its result before anything else follows; there is none for {missing}."
        raise BadRequest(text, code="missing_tool_result", param="messages")


def _call(call: dict[str, Any], where: str) -> AskedCall:
    function = call.get("function")
    call_id, name = call.get("id"), function.get("name") if isinstance(function, dict) else None
    if not isinstance(function, dict) or not isinstance(call_id, str) or not isinstance(name, str) or not call_id:
        raise BadRequest(f"{where} has no id, or no function with a name.", code="invalid_tool_call", param=where)
    try:
        arguments = json.loads(cast(str, function.get("arguments")) or "{}")
    except (TypeError, ValueError):
        arguments = None
    if not isinstance(arguments, dict):
        raise BadRequest(f"{where}: its arguments are no JSON object.", code="invalid_tool_call", param=where)
    return AskedCall(call_id, name, cast(dict[str, Any], arguments))


def read_result(content: str | list[dict[str, Any]] | None, where: str) -> Result:
    """A result as text or content parts. It tells of a failure when it begins with "Error:", or is a JSON object with
    a true `is_error` or `isError`, or an `error` that says something. Raises BadRequest."""
    text = content if isinstance(content, str) else "".join(_part(part, where) for part in content or ())
    stripped = text.strip()
    if stripped.startswith(FAILED):
        return Result(text, stripped.removeprefix(FAILED).strip() or "it gave no reason")
    if stripped.startswith("{"):
        try:
            told = json.loads(stripped)
        except (ValueError, RecursionError):
            return Result(text)
        error = told.get("error")
        if error or told.get("is_error") is True or told.get("isError") is True:
            return Result(text, _reason(error) or "it gave no reason")
    return Result(text)


def _reason(error: Any) -> str:
    if isinstance(error, dict) and isinstance(error.get("message"), str):
        return error["message"]
    return error if isinstance(error, str) else json.dumps(error, ensure_ascii=False) if error else ""


def _part(part: dict[str, Any], where: str) -> str:
    if part.get("type") == "text" and isinstance(part.get("text"), str):
        return part["text"]
    text = f"{where}: Deskhand reads results of the type text, not {str(part.get('type'))[:40]!r}."
    raise BadRequest(text, code="unsupported_content", param=where)

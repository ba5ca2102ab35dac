"""Input items of the Responses API -> a chat request, so that both APIs do the same."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from deskhand_contract.openai import ChatMessage, ChatRequest
from deskhand_contract.responses import ResponsesRequest
from pydantic import ValidationError

from ..errors import BadRequest

Item = dict[str, Any]

_PASSED_OVER = frozenset({"mcp_call", "mcp_list_tools", "mcp_approval_request", "reasoning"})
"""What Deskhand has said before: the words and calls around it are enough."""
_PARTS = {"input_text": "text", "output_text": "text", "text": "text", "input_audio": "input_audio"}
_UNSERVED = {
    "background": "Deskhand answers while one waits; leave `background` out.",
    "conversation": "Conversations are not kept here; go on with `previous_response_id`.",
    "prompt": "There are no stored prompts here; leave `prompt` out.",
}
_MESSAGE = re.compile(r"messages\.(\d+)")


def check_request(request: ResponsesRequest) -> None:
    """Raises BadRequest for what cannot be served."""
    for name, message in _UNSERVED.items():
        if getattr(request, name):
            raise BadRequest(message, code="unsupported_parameter", param=name)


class Conversation:
    """Items as messages. `history` is what a response before had, `given` the items of this request."""

    def __init__(self, history: Sequence[Item], given: Sequence[Item]) -> None:
        """Raises BadRequest for an item that Deskhand does not read."""
        self._messages: list[ChatMessage] = []
        self._origins: list[int] = []  # by message: which item of this request it was; negative for the history's
        for number, item in enumerate((*history, *given), -len(history)):
            self._add(item, number)

    def chat_request(self, request: ResponsesRequest) -> ChatRequest:
        """Raises BadRequest."""
        return ChatRequest(
            model=request.model,
            messages=self._messages or [ChatMessage(role="user", content="")],
            stream=request.stream,
            tools=[_tool(tool, number) for number, tool in enumerate(request.tools or ())],
            tool_choice=_tool_choice(request.tool_choice),
            parallel_tool_calls=request.parallel_tool_calls,
            metadata=request.metadata,
        )

    def located(self, error: BadRequest) -> BadRequest:
        """An error about a message, told of the item that the message was."""
        body = error.body.error

        def item(match: re.Match[str]) -> str:
            number = self._origins[int(match[1])] if int(match[1]) < len(self._origins) else 0
            return f"input.{number}" if number >= 0 else "previous_response_id"

        message = _MESSAGE.sub(item, body.message)
        param = _MESSAGE.sub(item, body.param) if body.param else None
        return BadRequest(message, code=body.code, param="input" if param == "messages" else param, status=error.status)

    def _add(self, item: Item, number: int) -> None:
        kind = item.get("type", "message")
        where = f"input.{number}"
        if kind in _PASSED_OVER:
            return
        if kind == "function_call":
            self._add_call(item, number)
            return
        try:
            if kind == "message":
                message = ChatMessage(role=item["role"], content=_content(item.get("content")))
            elif kind == "function_call_output":
                message = ChatMessage(
                    role="tool", tool_call_id=item.get("call_id"), content=_content(item.get("output"))
                )
            else:
                text = f"{where}: Deskhand does not read items of the type {str(kind)[:40]!r}."
                raise BadRequest(text, code="unsupported_item", param=where)
        except (KeyError, TypeError, ValidationError):
            raise BadRequest(f"{where} is no {kind} item.", code="invalid_value", param=where) from None
        self._messages.append(message)
        self._origins.append(number)

    def _add_call(self, item: Item, number: int) -> None:
        """Calls that stand together were given out together: one message."""
        function = {"name": item.get("name"), "arguments": item.get("arguments")}
        call = {"id": item.get("call_id"), "type": "function", "function": function}
        last = self._messages[-1] if self._messages else None
        if last is not None and last.tool_calls:
            self._messages[-1] = last.model_copy(update={"tool_calls": [*last.tool_calls, call]})
        else:
            self._messages.append(ChatMessage(role="assistant", tool_calls=[call]))
            self._origins.append(number)


def _content(content: Any) -> str | list[Item] | None:
    if not isinstance(content, list):
        return content
    return [{**part, "type": _PARTS.get(part.get("type"), part.get("type"))} for part in content]


def as_items(given: str | list[Item]) -> list[Item]:
    return [{"type": "message", "role": "user", "content": given}] if isinstance(given, str) else given


def _tool(tool: Mapping[str, Any], number: int) -> Item:
    """A declaration with the function's fields beside its type -> one with the function inside."""
    if tool.get("type") != "function":
        where = f"tools.{number}"
        message = f"{where}: Deskhand takes tools of the type function, not {str(tool.get('type'))[:40]!r}."
        raise BadRequest(message, code="unsupported_tool", param=where)
    return {"type": "function", "function": {name: value for name, value in tool.items() if name != "type"}}


def _tool_choice(choice: str | dict[str, Any] | None) -> str | dict[str, Any] | None:
    if not isinstance(choice, dict):
        return choice
    if choice.get("type") == "function":
        return {"type": "function", "function": {"name": choice.get("name")}}
    if choice.get("type") == "allowed_tools" and isinstance(choice.get("tools"), list):
        tools = [_tool_choice(tool) for tool in choice["tools"]]
        return {"type": "allowed_tools", "allowed_tools": {"mode": choice.get("mode"), "tools": tools}}
    return choice

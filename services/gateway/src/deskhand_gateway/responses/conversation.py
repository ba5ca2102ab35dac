"""Input items of the Responses API -> a chat request, so that both APIs do the same."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from deskhand_contract.openai import ChatMessage, ChatRequest
from deskhand_contract.responses import SERVER_LABEL, ResponsesRequest
from deskhand_contract.runs import Approval
from pydantic import ValidationError

from ..errors import BadRequest
from ..runs.approval import Decision

Item = dict[str, Any]

_PASSED_OVER = frozenset({"mcp_call", "mcp_list_tools", "mcp_approval_request", "reasoning"})
"""What Deskhand has said before: the words and calls around it are enough."""
_PARTS = {"input_text": "text", "output_text": "text", "text": "text", "input_audio": "input_audio"}
_APPROVALS = {"always": Approval.ASK, "never": Approval.AUTO}
_UNSERVED = {
    "background": "Deskhand answers while one waits; leave `background` out.",
    "conversation": "Conversations are not kept here; go on with `previous_response_id`.",
    "prompt": "There are no stored prompts here; leave `prompt` out.",
}
_APPROVAL_ID = re.compile(r"mcpr_(run_\w{1,64})_(\d{1,4})")
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
        self._decided: dict[tuple[str, int], bool] = {}  # since the user spoke: (run, node) -> approved
        for number, item in enumerate((*history, *given), -len(history)):
            self._add(item, number)

    @property
    def decision(self) -> Decision | None:
        """What the user says about nodes that wait, when that is the last thing said. Raises BadRequest."""
        runs = {run for run, _ in self._decided}
        if len(runs) > 1:
            message = "The approvals are of several runs; send those of each run in a request of its own."
            raise BadRequest(message, code="invalid_value", param="input")
        if not runs:
            return None
        approved = frozenset(node for (_, node), yes in self._decided.items() if yes)
        denied = frozenset(node for (_, node), yes in self._decided.items() if not yes)
        return Decision(runs.pop(), approved, denied)

    def chat_request(self, request: ResponsesRequest) -> ChatRequest:
        """Raises BadRequest."""
        given = list(enumerate(request.tools or ()))
        approvals = [_approval(tool, f"tools.{number}") for number, tool in given if tool.get("type") == "mcp"]
        functions = [_tool(tool, number) for number, tool in given if tool.get("type") != "mcp"]
        if functions and (approvals or self._decided):
            message = "Deskhand carries out its own tools or plans with yours; send the ones or the others."
            raise BadRequest(message, code="invalid_value", param="tools")
        metadata = request.metadata or {}
        return ChatRequest(
            model=request.model,
            messages=self._messages or [ChatMessage(role="user", content="")],
            stream=request.stream,
            tools=functions,
            tool_choice=_tool_choice(request.tool_choice),
            parallel_tool_calls=request.parallel_tool_calls,
            metadata={"approval": approvals[-1]} | metadata if approvals else metadata,
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
            if kind == "mcp_approval_response":
                message = self._decide(item, where)
            elif kind == "message":
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
        if kind == "message" and message.role == "user":
            self._decided.clear()
        self._messages.append(message)
        self._origins.append(number)

    def _decide(self, item: Item, where: str) -> ChatMessage:
        """A yes or no is what the user says next."""
        match = _APPROVAL_ID.fullmatch(item["approval_request_id"])
        if not match or not isinstance(item["approve"], bool):
            text = f"{where}: approval_request_id is no id of an mcp_approval_request, or approve not true or false."
            raise BadRequest(text, code="invalid_approval", param=where)
        self._decided[match[1], int(match[2])] = item["approve"]
        return ChatMessage(role="user", content="yes" if item["approve"] else "no")

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


def _approval(tool: Mapping[str, Any], where: str) -> str:
    """Deskhand's own tools as a client declares them: an MCP server that this gateway is. By the API's default, every
    call is asked for."""
    if tool.get("server_label") != SERVER_LABEL:
        message = f"{where}: Deskhand calls no other MCP servers; its own has the server_label {SERVER_LABEL}."
        raise BadRequest(message, code="unsupported_tool", param=where)
    wanted = tool.get("require_approval") or "always"
    if tool.get("allowed_tools") or not isinstance(wanted, str) or wanted not in _APPROVALS:
        message = f"{where}: require_approval is always or never here, and allowed_tools is not supported."
        raise BadRequest(message, code="unsupported_tool", param=where)
    return _APPROVALS[wanted].value


def _tool_choice(choice: str | dict[str, Any] | None) -> str | dict[str, Any] | None:
    if not isinstance(choice, dict):
        return choice
    if choice.get("type") == "function":
        return {"type": "function", "function": {"name": choice.get("name")}}
    if choice.get("type") == "allowed_tools" and isinstance(choice.get("tools"), list):
        tools = [_tool_choice(tool) for tool in choice["tools"]]
        return {"type": "allowed_tools", "allowed_tools": {"mode": choice.get("mode"), "tools": tools}}
    return choice

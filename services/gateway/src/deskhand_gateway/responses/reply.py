"""A response while it is written: its output items, and the events that tell of them.

Every event has a type, a `sequence_number` from 0, and, where it is about an item, the item's place. Nodes run side by
side, so several items may be in progress at a time; each keeps its place.
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection
from typing import Any

from deskhand_contract.events import NodeStatus, PlanUpdate
from deskhand_contract.openai import FinishReason, Usage
from deskhand_contract.responses import (
    FunctionCallItem,
    McpApprovalRequestItem,
    McpCallError,
    McpCallItem,
    MessageItem,
    OutputItem,
    OutputText,
    Response,
    ResponseFailure,
    ResponseUsage,
)

from ..chunks import Call
from ..errors import ApiFailure
from ..sse import Write, event


class ResponseReply:
    """Takes what a command gives (`reply.Reply`) into `response`. Without `write` nothing is told on the way.

    Nothing is written before the first piece comes, so that a failure until then is a plain HTTP error. `approved` are
    nodes that the request approves.
    """

    def __init__(self, response: Response, write: Write | None = None, approved: Collection[int] = frozenset()) -> None:
        self.response = response
        self._approved = approved
        self._write = write
        self._sequence = 0
        self.begun = False
        self._nodes: dict[int, int] = {}  # node -> place of its item

    def identify(self, id: str, created: int) -> None:
        self.response.id, self.response.created_at = f"resp_{id.removeprefix('chatcmpl-')}", created

    def update(self, update: PlanUpdate) -> None:
        if update.status is NodeStatus.NEEDS_APPROVAL:
            self._ask(update)
            return
        if update.node not in self._nodes:
            self._begin_node(update)
        place = self._nodes[update.node]
        item = self.response.output[place]
        if update.status is NodeStatus.DISPATCHED or not isinstance(item, McpCallItem):
            return
        if update.status is NodeStatus.DONE:
            item.status, item.output = "completed", update.output
        else:
            item.status = "failed" if update.status is NodeStatus.FAILED else "incomplete"
            message = update.error.message if update.error else update.status.value
            item.error = McpCallError(content=[{"type": "text", "text": message}])
        told = "completed" if update.status is NodeStatus.DONE else "failed"
        self._tell(f"response.mcp_call.{told}", item_id=item.id, output_index=place)
        self._end(place, item)

    def _begin_node(self, update: PlanUpdate) -> None:
        arguments = _json(update.arguments)
        item = McpCallItem(
            id=f"mcp_{update.run}_{update.node}",
            name=update.name,
            arguments="",
            status="in_progress",
            approval_request_id=_approval_id(update) if update.node in self._approved else None,
        )
        place = self._nodes[update.node] = self._add(item)
        where = {"item_id": item.id, "output_index": place}
        self._tell("response.mcp_call.in_progress", **where)
        self._tell("response.mcp_call_arguments.delta", delta=arguments, **where)
        self._tell("response.mcp_call_arguments.done", arguments=arguments, **where)
        item.arguments = arguments

    def _ask(self, update: PlanUpdate) -> None:
        item = McpApprovalRequestItem(id=_approval_id(update), name=update.name, arguments=_json(update.arguments))
        self._end(self._add(item), item)

    def call(self, call: Call) -> None:
        arguments = call.arguments_json()
        item = FunctionCallItem(id=f"fc_{call.id}", call_id=call.id, name=call.name, arguments="", status="in_progress")
        place = self._add(item)
        where = {"item_id": item.id, "output_index": place}
        self._tell("response.function_call_arguments.delta", delta=arguments, **where)
        self._tell("response.function_call_arguments.done", arguments=arguments, name=call.name, **where)
        item.arguments, item.status = arguments, "completed"
        self._end(place, item)

    def reasoning(self, text: str) -> None:
        """Progress for people is not told here: the items tell it to programs."""

    def content(self, text: str) -> None:
        item = MessageItem(id=f"msg_{self.response.id.removeprefix('resp_')}", status="in_progress", content=[])
        place = self._add(item)
        where = {"item_id": item.id, "output_index": place, "content_index": 0}
        self._tell("response.content_part.added", part=OutputText(text="").model_dump(), **where)
        self._tell("response.output_text.delta", delta=text, logprobs=[], **where)
        self._tell("response.output_text.done", text=text, logprobs=[], **where)
        part = OutputText(text=text)
        self._tell("response.content_part.done", part=part.model_dump(), **where)
        item.content, item.status = [part], "completed"
        self._end(place, item)

    def finish(self, reason: FinishReason, usage: Usage) -> None:
        """All is there; `complete` tells it, once the response is kept."""
        self.response.status, self.response.completed_at = "completed", int(time.time())
        self.response.usage = ResponseUsage(
            input_tokens=usage.prompt_tokens, output_tokens=usage.completion_tokens, total_tokens=usage.total_tokens
        )

    def complete(self) -> None:
        self._tell("response.completed", response=self._whole())

    def fail(self, failure: ApiFailure) -> None:
        """A failure after the first event: the response says so, and what was done until then stays in it."""
        error = failure.body.error
        code = "invalid_prompt" if failure.status < 500 and error.type == "invalid_request_error" else "server_error"
        self.response.status = "failed"
        self.response.error = ResponseFailure(code=code, message=error.message, type=error.code)
        self._tell("response.failed", response=self._whole())

    def _add(self, item: OutputItem) -> int:
        self.response.output.append(item)
        place = len(self.response.output) - 1
        self._tell("response.output_item.added", item=item.model_dump(), output_index=place)
        return place

    def _end(self, place: int, item: OutputItem) -> None:
        self._tell("response.output_item.done", item=item.model_dump(), output_index=place)

    def _whole(self) -> dict[str, Any]:
        return self.response.model_dump()

    def _tell(self, type: str, **fields: Any) -> None:
        if not self.begun:
            self.begun = True
            before = {**self._whole(), "output": []}
            self._send("response.created", response=before)
            self._send("response.in_progress", response=before)
        self._send(type, **fields)

    def _send(self, type: str, **fields: Any) -> None:
        if self._write is None:
            return
        told = {"type": type, "sequence_number": self._sequence, **fields}
        self._sequence += 1
        self._write(f"event: {type}\n".encode() + event(_json(told).encode()))


def _approval_id(update: PlanUpdate) -> str:
    return f"mcpr_{update.run}_{update.node}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)

"""The bytes of a chat completion: chunks, events, tool calls, usage.

Every chunk has the same id, object, created and model, and one choice. Only fields that are set are written, so
`delta` holds what changes and nothing else, while nulls that belong there (`finish_reason`) stay.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from deskhand_contract.events import PlanUpdate
from deskhand_contract.openai import (
    AssistantMessage,
    ChatChunk,
    ChatCompletion,
    Choice,
    ChunkChoice,
    Delta,
    FinishReason,
    FunctionCall,
    ToolCall,
    ToolCallDelta,
    Usage,
)
from deskhand_contract.services import PlanEnd

from .sse import event

DONE = event(b"[DONE]")


@dataclass(frozen=True)
class Call:
    """A tool call as the API shows it."""

    id: str
    name: str
    arguments: dict[str, Any]

    def arguments_json(self) -> str:
        return json.dumps(self.arguments, ensure_ascii=False)


def usage_of(end: PlanEnd | None) -> Usage:
    prompt, completion = (end.prompt_tokens, end.completion_tokens) if end else (0, 0)
    return Usage(prompt_tokens=prompt, completion_tokens=completion, total_tokens=prompt + completion)


@dataclass(frozen=True)
class Chunks:
    """Makes the chunks of one completion; each method gives complete events."""

    id: str
    created: int
    model: str
    include_usage: bool = False

    def role(self) -> bytes:
        return self._chunk(Delta(role="assistant"))

    def content(self, text: str) -> bytes:
        return self._chunk(Delta(content=text))

    def reasoning(self, text: str) -> bytes:
        return self._chunk(Delta(reasoning_content=text))

    def update(self, update: PlanUpdate) -> bytes:
        """A node's event: an empty delta, and `x_plan` beside the choices."""
        return self._chunk(Delta(), x_plan=update)

    def call(self, index: int, call: Call) -> bytes:
        """A whole call in two deltas: who it is, then its arguments."""
        head = ToolCallDelta(
            index=index, id=call.id, type="function", function=FunctionCall(name=call.name, arguments="")
        )
        rest = ToolCallDelta(index=index, function=FunctionCall(arguments=call.arguments_json()))
        return self._chunk(Delta(tool_calls=[head])) + self._chunk(Delta(tool_calls=[rest]))

    def finish(self, reason: FinishReason, usage: Usage) -> bytes:
        """The last chunks: the reason, the usage where asked for, the end mark."""
        last = self._chunk(Delta(), finish_reason=reason)
        if self.include_usage:
            last += self._event(choices=[], usage=usage)
        return last + DONE

    def _chunk(self, delta: Delta, finish_reason: FinishReason | None = None, **extension: PlanUpdate) -> bytes:
        choice = ChunkChoice(index=0, delta=delta, logprobs=None, finish_reason=finish_reason)
        usage = {"usage": None} if self.include_usage else {}
        return self._event(choices=[choice], **usage, **extension)

    def _event(self, **fields: Any) -> bytes:
        chunk = ChatChunk(id=self.id, object="chat.completion.chunk", created=self.created, model=self.model, **fields)
        return event(chunk.model_dump_json(exclude_unset=True).encode())


@dataclass
class Collected:
    """What the chunks of one completion add up to, for those who do not stream."""

    content: str | None = None
    reasoning: list[str] = field(default_factory=list[str])
    calls: list[Call] = field(default_factory=list[Call])
    updates: list[PlanUpdate] | None = None
    finish_reason: FinishReason = "stop"
    usage: Usage = field(default_factory=lambda: usage_of(None))

    def completion(self, id: str, created: int, model: str) -> bytes:
        message: dict[str, Any] = {"role": "assistant", "content": self.content, "refusal": None}
        if self.calls:
            message["tool_calls"] = [
                ToolCall(
                    id=call.id,
                    type="function",
                    function=FunctionCall(name=call.name, arguments=call.arguments_json()),
                )
                for call in self.calls
            ]
        if self.reasoning:
            message["reasoning_content"] = "".join(self.reasoning)
        choice = Choice(index=0, message=AssistantMessage(**message), logprobs=None, finish_reason=self.finish_reason)
        extension = {} if self.updates is None else {"x_plan": self.updates}
        completion = ChatCompletion(
            id=id,
            object="chat.completion",
            created=created,
            model=model,
            choices=[choice],
            usage=self.usage,
            **extension,
        )
        return completion.model_dump_json(exclude_unset=True).encode()

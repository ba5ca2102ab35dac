"""Engine `openai`: any OpenAI-compatible server (llama-server, Ollama, LM Studio, vLLM), streamed.

The answer is parsed while it arrives, so a node is dispatched before the model has finished the plan. With
`grammar` on, the request carries the GBNF of the plans that may be written (llama.cpp's servers take it; others ignore
or refuse it, so it is off by default).
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any

import httpx
from deskhand_contract.errors import ContractError
from deskhand_contract.services import PlanRequest
from deskhand_contract.wire import END_OF_PLAN

from ..errors import BadPlan, EngineUnavailable
from . import PlannedNode, PlanStats
from .prompt import messages_of
from .reader import MAX_TOKENS, PlanReader, grammar_of

if TYPE_CHECKING:
    from openai import AsyncOpenAI


class OpenAIEngine:
    name = "openai"
    rates_plans = False

    def __init__(self, client: AsyncOpenAI, model: str, *, grammar: bool = False) -> None:
        self._client = client
        self._model = model
        self._grammar = grammar

    @classmethod
    def connect(cls, base_url: str, model: str, api_key: str, *, timeout_s: float, grammar: bool) -> OpenAIEngine:
        from openai import AsyncOpenAI  # 60 MB that the embedded engine does not need

        # No retries: the caller hears of a failure at once, and half a plan may already be running.
        client = AsyncOpenAI(base_url=base_url, api_key=api_key or "none", timeout=timeout_s, max_retries=0)
        return cls(client, model, grammar=grammar)

    async def plan(self, request: PlanRequest) -> AsyncGenerator[PlannedNode | PlanStats, None]:
        from openai import APIConnectionError, APIError, APIStatusError

        extra: dict[str, Any] = {"grammar": grammar_of(request)} if self._grammar else {}
        reader = PlanReader(request)
        prompt_tokens = completion_tokens = 0
        cut_off = False
        try:
            messages: Any = messages_of(request)
            stream = await self._client.chat.completions.create(
                model=self._model,
                messages=messages,
                temperature=0,
                max_tokens=MAX_TOKENS,
                stop=END_OF_PLAN,
                stream=True,
                stream_options={"include_usage": True},
                extra_body=extra or None,
            )
            async with stream:
                async for chunk in stream:
                    if chunk.usage:
                        prompt_tokens, completion_tokens = chunk.usage.prompt_tokens, chunk.usage.completion_tokens
                    for choice in chunk.choices:
                        cut_off = choice.finish_reason == "length"
                        for node in reader.feed(choice.delta.content or ""):
                            yield node
            reader.close()
        except (APIConnectionError, httpx.TransportError) as error:  # the second while the answer streams
            raise self._unavailable("does not answer; is it running?", error, nodes=reader.nodes) from error
        except APIError as error:
            if isinstance(error, APIStatusError) and (error.status_code >= 500 or error.status_code == 429):
                raise self._unavailable("is not ready", error, nodes=reader.nodes) from error
            raise BadPlan(f"the server at {self._client.base_url} refused the request: {error.message}") from error
        except ContractError as error:
            raise BadPlan(f"the model {self._model} wrote what is not a plan: {error}") from error
        except json.JSONDecodeError as error:
            raise BadPlan(f"the server at {self._client.base_url} sent what is no answer: {error}") from error
        if not reader.finished and (cut_off or not reader.nodes):
            raise BadPlan(
                f"the model {self._model} did not finish its plan within {MAX_TOKENS} tokens"
                if cut_off
                else f"the model {self._model} wrote no plan; choose a stronger one with DESKHAND_PLANNER_OPENAI_MODEL"
            )
        yield PlanStats(None, prompt_tokens, completion_tokens)

    def _unavailable(self, what: str, error: Exception, *, nodes: int) -> EngineUnavailable:
        # With a node out, something may have been done already.
        return EngineUnavailable(f"the server at {self._client.base_url} {what} ({error})", retryable=not nodes)

    async def aclose(self) -> None:
        await self._client.close()

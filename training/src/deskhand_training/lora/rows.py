"""Prompts and answers for a general model: the LLMCompiler prompt over sampled tools, the plan in its wire form.

The tools of a prompt are those of the plan and some that are not needed (negative tools, after TinyAgent), because at
run time ToolRAG keeps more than it must. Worked examples are the nearest training commands that these tools can do, 0
to `examples` of them, so that the prompt of the engine `gguf`, which has none of them, is seen in training as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np
from deskhand_contract.plan import PlanNode
from deskhand_contract.services import Clock
from deskhand_contract.tools import TOOL_NAMES
from deskhand_contract.wire import render_plan
from deskhand_planner.engines.prompt import chat_messages
from transformers import PreTrainedTokenizerBase

from ..data.load import Source
from ..planner.base import encoder_folder

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""For a base model that has no chat template; the engine `gguf` takes the same then."""
MOST_NEGATIVE = 5
CLOCK = Clock(now="2026-03-11T09:30:00", timezone="UTC")


class Neighbours:
    """The training commands nearest to a sentence by MiniLM's similarity."""

    def __init__(self, seeds: Sequence[Source]) -> None:
        from sentence_transformers import SentenceTransformer

        self._seeds = list(seeds)
        self._model = SentenceTransformer(str(encoder_folder()), device="cpu")
        self._vectors = self._encode([seed.text for seed in seeds])
        self._tools = [{node.tool for node in seed.nodes} for seed in seeds]

    def _encode(self, texts: Sequence[str]) -> np.ndarray:
        return self._model.encode(list(texts), normalize_embeddings=True, show_progress_bar=False, batch_size=64)

    def __call__(self, sentence: str, tools: set[str], count: int) -> list[Source]:
        """The `count` nearest that `tools` can do, nearest last; never the sentence itself."""
        if not count:
            return []
        order = np.argsort(-(self._vectors @ self._encode([sentence])[0]))
        fitting = (self._seeds[n] for n in order if self._tools[n] <= tools and self._seeds[n].text != sentence)
        return [seed for seed, _ in zip(fitting, range(count), strict=False)][::-1]


@dataclass(frozen=True, slots=True)
class Prompts:
    neighbours: Neighbours
    clock: Clock = CLOCK

    def messages(self, sentence: str, tools: set[str], examples: int) -> list[dict[str, str]]:
        """The engine's chat messages; retrieved examples stand in the place of its fixed ones."""
        ordered = [name for name in TOOL_NAMES if name in tools]
        messages: list[dict[str, str]] = [dict(m) for m in chat_messages(sentence, ordered, self.clock)]
        found = self.neighbours(sentence, tools, examples)
        if not found:
            return messages
        shown: list[dict[str, str]] = []
        for seed in found:
            shown += [
                {"role": "user", "content": seed.text},
                {"role": "assistant", "content": render_plan(seed.nodes)},
            ]
        return [messages[0], *shown, messages[-1]]

    def sampled(self, rng: Random, sentence: str, nodes: Sequence[PlanNode], examples: int) -> list[dict[str, str]]:
        """For training: the plan's tools, up to five others, up to `examples` examples."""
        needed = {node.tool for node in nodes}
        others = [name for name in TOOL_NAMES if name not in needed]
        negative = rng.sample(others, min(len(others), rng.randint(1, MOST_NEGATIVE)))
        return self.messages(sentence, needed | set(negative), rng.randint(0, examples))


def prompt_ids(tokenizer: PreTrainedTokenizerBase, messages: Sequence[dict[str, str]]) -> list[int]:
    """Tokens up to where the plan begins. A template without a system role gets the system text before the first
    user's, as the engine does it."""
    given = list(messages)
    try:
        text = tokenizer.apply_chat_template(given, tokenize=False, add_generation_prompt=True)
    except Exception:  # noqa: BLE001 - a template raises what it likes
        system, first, *rest = given
        given = [{"role": first["role"], "content": f"{system['content']}\n\n{first['content']}"}, *rest]
        text = tokenizer.apply_chat_template(given, tokenize=False, add_generation_prompt=True)
    bos = tokenizer.bos_token
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    return ids if bos is None or text.startswith(bos) else [tokenizer.bos_token_id, *ids]


def training_row(
    tokenizer: PreTrainedTokenizerBase, messages: Sequence[dict[str, str]], nodes: Sequence[PlanNode], longest: int
) -> dict[str, Any] | None:
    """`input_ids` and `labels` (-100 on the prompt: only the plan is learnt); None beyond `longest` tokens."""
    prompt = prompt_ids(tokenizer, messages)
    answer = tokenizer(render_plan(nodes), add_special_tokens=False)["input_ids"] + [tokenizer.eos_token_id]
    if len(prompt) + len(answer) > longest:
        return None
    return {"input_ids": prompt + answer, "labels": [-100] * len(prompt) + answer}

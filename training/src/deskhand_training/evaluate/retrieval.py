"""Which tools go into the planner's prompt: no retrieval, embedding top-k, and the ToolRAG classifier.

The rows of TinyAgent's Table 1. `tools(sentence)` gives names in registry order.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from deskhand_contract.services import Clock
from deskhand_contract.tools import TOOL_NAMES
from deskhand_planner.engines.prompt import chat_messages
from deskhand_toolrag.classifier import Classifier
from tokenizers import Tokenizer

from ..data.augment import split_of
from ..data.load import Split, load
from ..planner.base import encoder_folder

CLOCK = Clock(now="2026-03-11T09:30:00", timezone="UTC")


class Retriever(Protocol):
    name: str

    def tools(self, sentence: str) -> list[str]: ...


class Everything:
    name = "no retrieval"

    def tools(self, sentence: str) -> list[str]:
        return list(TOOL_NAMES)


class Embeddings:
    """Sentence similarity (MiniLM, not fine-tuned): a tool is as near as the nearest training sentence with it."""

    def __init__(self, limit: int | None = None) -> None:
        from sentence_transformers import SentenceTransformer

        seeds = [s for s in load().sources if not s.skeleton and s.nodes and split_of(s.text) is Split.TRAIN][:limit]
        self._model = SentenceTransformer(str(encoder_folder()), device="cpu")
        self.sentences = len(seeds)
        vectors = self._encode([seed.text for seed in seeds])
        called = [{node.tool for node in seed.nodes} for seed in seeds]
        self._of_tool = [vectors[[name in tools for tools in called]] for name in TOOL_NAMES]

    def _encode(self, texts: Sequence[str]) -> np.ndarray:
        return self._model.encode(list(texts), normalize_embeddings=True, show_progress_bar=False, batch_size=64)

    def nearness(self, sentence: str) -> np.ndarray:
        """float32 (16,): cosine similarity of each tool; -1 for a tool that no training sentence needs."""
        vector = self._encode([sentence])[0]
        return np.array([float((rows @ vector).max()) if len(rows) else -1.0 for rows in self._of_tool])


class TopK:
    def __init__(self, embeddings: Embeddings, count: int) -> None:
        self.name = f"embedding top-{count}"
        self._embeddings, self._count = embeddings, count

    def tools(self, sentence: str) -> list[str]:
        best = set(np.argsort(-self._embeddings.nearness(sentence))[: self._count].tolist())
        return [name for number, name in enumerate(TOOL_NAMES) if number in best]


class ToolRAG:
    """The classifier as the service runs it."""

    def __init__(self, folder: Path, threshold: float = 0.5) -> None:
        self.name = f"ToolRAG at {threshold:g}"
        self._classifier, self._threshold = Classifier(folder), threshold

    def tools(self, sentence: str) -> list[str]:
        values = self._classifier.probabilities(sentence)
        return [name for name, value in zip(TOOL_NAMES, values, strict=True) if value >= self._threshold]


class PromptLength:
    """Tokens of the full LLMCompiler prompt, counted in MiniLM's word pieces.

    Llama's tokenizer is not in this repository; on English the two differ by a few percent, the same for every row.
    """

    def __init__(self) -> None:
        self._tokenizer = Tokenizer.from_file(str(encoder_folder() / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()

    def __call__(self, sentence: str, tools: Sequence[str]) -> int:
        messages = chat_messages(sentence, list(tools), CLOCK)
        return sum(len(self._tokenizer.encode(m["content"], add_special_tokens=False).ids) for m in messages)

"""Sentences and their tools, in batches of similar length, from a place in the stream that a checkpoint can hold."""

from __future__ import annotations

import random
from typing import Any

import torch
from torch import Tensor

from ..data.augment import Sampler
from ..planner.batch import tool_labels


class Stream:
    """Endless batches of augmented training sentences: (texts, labels float32 (B, 16))."""

    def __init__(self, seed: int, size: int, pool: int = 32) -> None:
        self._sampler, self._rng = Sampler("train", seed=seed * 7919), random.Random(seed)
        self._size, self._most = size, size * pool
        self._pool: list[tuple[str, Tensor]] = []
        self.fingerprint = self._sampler.fingerprint

    def draw(self) -> tuple[list[str], Tensor]:
        if len(self._pool) < self._size:
            self._pool = [(e.sentence, tool_labels(e.ids)) for e in (self._sampler.sample() for _ in range(self._most))]
            self._pool.sort(key=lambda item: len(item[0]) + 10 * self._rng.random())
        at = self._rng.randrange(0, max(1, len(self._pool) - self._size + 1))
        chosen = self._pool[at : at + self._size]
        del self._pool[at : at + self._size]
        return [text for text, _ in chosen], torch.stack([label for _, label in chosen])

    def state(self) -> dict[str, Any]:
        return {"sampler": self._sampler.state(), "rng": self._rng.getstate(), "pool": list(self._pool)}

    def restore(self, state: dict[str, Any]) -> None:
        self._sampler.restore(state["sampler"])
        self._rng.setstate(state["rng"])
        self._pool = list(state["pool"])

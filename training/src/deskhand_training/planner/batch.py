"""Examples -> padded batches for the planner."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from deskhand_contract.compact import EOS, MAX_UNITS, PAD, PLAN, UNIT_0
from deskhand_contract.tools import TOOLS
from deskhand_planner.evidence import ARGUMENT_SLOTS, called, marks, values
from deskhand_planner.features import Features, Featurizer
from torch import Tensor

from ..data.augment import Sampler
from .model import IGNORE


class Labelled(Protocol):
    """What training needs of an example: the sentence and its compact plan, ending in <eos>."""

    @property
    def sentence(self) -> str: ...
    @property
    def ids(self) -> Sequence[int]: ...


@dataclass(frozen=True, slots=True)
class Row:
    features: Features
    ids: tuple[int, ...]  # <plan>, then the compact plan

    @property
    def length(self) -> int:
        return len(self.features.first) + len(self.ids)


def to_row(example: Labelled, featurizer: Featurizer) -> Row | None:
    """None for a sentence without units or one that is longer than the model reads."""
    features = featurizer(example.sentence)
    if not len(features.first) or len(features.pieces) > 300:
        return None
    return Row(features, (PLAN, *example.ids))


def tool_labels(ids: Sequence[int]) -> Tensor:
    """float32 (16,): which tools the compact plan calls."""
    labels = torch.zeros(len(TOOLS))
    labels[list(called(ids))] = 1
    return labels


def span_labels(ids: Sequence[int], units: int) -> Tensor:
    """float32 (units, 2 x slots): unit u is the first / the last one of a value of that slot."""
    labels = torch.zeros(units, 2 * len(ARGUMENT_SLOTS))
    for unit, column in marks(values(ids)):
        labels[unit, column] = 1
    return labels


def collate(rows: Sequence[Row], offset: int = 0) -> dict[str, Tensor]:
    """Rows -> tensors as `Planner.forward` takes them; `targets` (B, O), `tools` (B, 16), `spans` (B, U, 2 x slots).

    `offset` renumbers the units of the whole batch (index and pointers alike), so that high pointers are learnt from
    short sentences too.
    """
    batch = len(rows)
    pieces = _round8(max(len(row.features.pieces) for row in rows))
    units = max(len(row.features.first) for row in rows)
    outputs = max(len(row.ids) for row in rows)
    input_ids = torch.zeros(batch, pieces, dtype=torch.long)
    attention = torch.zeros(batch, pieces, dtype=torch.long)
    pool = np.zeros((batch, units, pieces), np.float32)
    shape = torch.zeros(batch, units, dtype=torch.long)
    lengths = torch.zeros(batch, dtype=torch.long)
    tokens = torch.full((batch, outputs), PAD, dtype=torch.long)
    targets = torch.full((batch, outputs), IGNORE, dtype=torch.long)
    tools = torch.zeros(batch, len(TOOLS))
    spans = torch.zeros(batch, units, 2 * len(ARGUMENT_SLOTS))
    for n, row in enumerate(rows):
        features, count = row.features, len(row.features.first)
        input_ids[n, : len(features.pieces)] = torch.from_numpy(features.pieces)
        attention[n, : len(features.pieces)] = 1
        pool[n, :count, : len(features.pieces)] = features.pool()
        shape[n, :count] = torch.from_numpy(features.shape)
        lengths[n] = count
        ids = torch.tensor(row.ids)
        ids = torch.where(ids >= UNIT_0, ids + offset, ids)
        tokens[n, : len(ids)] = ids
        targets[n, : len(ids) - 1] = ids[1:]
        tools[n] = tool_labels(row.ids)
        spans[n, :count] = span_labels(row.ids, count)
    tokens[tokens == EOS] = PAD  # the end is never read, only written
    return {
        "input_ids": input_ids,
        "attention_mask": attention,
        "pool": torch.from_numpy(pool),
        "shape": shape,
        "index": torch.arange(offset, offset + units),
        "units": lengths,
        "tokens": tokens,
        "targets": targets,
        "tools": tools,
        "spans": spans,
    }


def _round8(n: int) -> int:
    return (n + 7) // 8 * 8


class Batches:
    """Endless batches of `size` rows of similar length, from pools of `pool` batches.

    `state()` is the place in the stream, small enough for a checkpoint; `restore` goes on behind it with the very
    batches that an uninterrupted run would have seen.
    """

    def __init__(self, sampler: Sampler, featurizer: Featurizer, rng: random.Random, size: int, pool: int = 32) -> None:
        self._sampler, self._featurizer, self._rng = sampler, featurizer, rng
        self._size, self._pool = size, pool
        self._groups: list[list[Row]] = []
        self._taken = 0  # batches of the present pool
        self._began: tuple[object, object] | None = None  # random states before the present pool

    def __iter__(self) -> Iterator[dict[str, Tensor]]:
        return self

    def __next__(self) -> dict[str, Tensor]:
        if self._taken == len(self._groups):
            self._fill()
        group = self._groups[self._taken]
        self._taken += 1
        widest = max(len(row.features.first) for row in group)
        offset = self._rng.randint(0, MAX_UNITS - widest) if self._rng.random() < 0.3 else 0
        return collate(group, offset)

    def _fill(self) -> None:
        self._began = self._sampler.state(), self._rng.getstate()
        self._taken = 0
        rows: list[Row] = []
        while len(rows) < self._size * self._pool:
            row = to_row(self._sampler.sample(), self._featurizer)
            if row is not None:
                rows.append(row)
        rows.sort(key=lambda row: row.length + self._rng.random())
        self._groups = [rows[n : n + self._size] for n in range(0, len(rows), self._size)]
        self._rng.shuffle(self._groups)

    def state(self) -> tuple[object, int]:
        return self._began, self._taken

    def restore(self, state: tuple[object, int]) -> None:
        began, taken = state
        if began is None:
            return
        sampler, rng = began
        self._sampler.restore(sampler)
        self._rng.setstate(rng)
        self._fill()
        for _ in range(taken):
            next(self)

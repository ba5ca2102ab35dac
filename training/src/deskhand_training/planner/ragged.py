"""Rows of different lengths without the padding between them.

At the lengths of spoken commands a quarter to a third of a padded batch is padding, and nearly all work is matrix
products, which need none: they run over the real positions only, one after the other, and only attention sees rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class Ragged:
    """Where N real positions stand in (B, T)."""

    at: Tensor  # int64 (N,), into the flattened (B * T)
    batch: int
    width: int

    @classmethod
    def of(cls, mask: Tensor) -> Ragged:
        """mask (B, T): nonzero at real positions."""
        return cls(mask.flatten().nonzero()[:, 0], *mask.shape)

    def take(self, padded: Tensor) -> Tensor:
        """(B, T, d) -> (N, d)."""
        return padded.flatten(0, 1).index_select(0, self.at)

    def pad(self, flat: Tensor) -> Tensor:
        """(N, d) -> (B, T, d), zeros where nothing stands."""
        padded = flat.new_zeros(self.batch * self.width, flat.shape[-1]).index_copy(0, self.at, flat)
        return padded.view(self.batch, self.width, -1)

    def heads(self, flat: Tensor, count: int) -> Tensor:
        """(N, d) -> (B, H, T, d / H)."""
        return self.pad(flat).view(self.batch, self.width, count, -1).transpose(1, 2)

    def join(self, heads: Tensor) -> Tensor:
        """(B, H, T, d / H) -> (N, d)."""
        return self.take(heads.transpose(1, 2).flatten(2))


def attend(q: Tensor, k: Tensor, v: Tensor, bias: Tensor) -> Tensor:
    """(B, H, T, d / H) each, bias broadcast to (B, H, T, T). On a CPU, written out is faster than the fused kernel's
    backward at these lengths."""
    scores = q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5 + bias
    return torch.softmax(scores.float(), -1).to(v.dtype) @ v


def encode(bert: Any, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
    """What Hugging Face's `BertModel` (post-norm, absolute positions, no dropout) returns as `last_hidden_state`, zeros
    at padding: int64 (B, W) each -> (B, W, e)."""
    rows = Ragged.of(attention_mask)
    bias = torch.zeros_like(attention_mask, dtype=torch.float32).masked_fill(attention_mask == 0, float("-inf"))
    bias = bias[:, None, None]
    embeddings, heads = bert.embeddings, bert.config.num_attention_heads
    x = embeddings.word_embeddings(input_ids.flatten()[rows.at])
    x = x + embeddings.token_type_embeddings.weight[0] + embeddings.position_embeddings(rows.at % rows.width)
    x = embeddings.LayerNorm(x)
    for layer in bert.encoder.layer:
        mine: nn.Module = layer.attention.self
        q, k, v = (rows.heads(project(x), heads) for project in (mine.query, mine.key, mine.value))
        out = layer.attention.output
        x = out.LayerNorm(x + out.dense(rows.join(attend(q, k, v, bias.to(q.dtype)))))
        hidden = layer.intermediate.intermediate_act_fn(layer.intermediate.dense(x))
        x = layer.output.LayerNorm(x + layer.output.dense(hidden))
    return rows.pad(x)

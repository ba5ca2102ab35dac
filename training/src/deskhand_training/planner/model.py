"""The embedded planner in torch.

    sentence --word pieces--> encoder (MiniLM, 6 layers, 384) --mean per unit--> linear, RMS-norm x gain
             + unit index embedding + letter-case embedding  =  prefix (batch, units, d)
    prefix, <plan>, compact tokens --Llama decoder--> next compact token

The prefix is fed to llama.cpp as embeddings, so everything up to it is one ONNX graph (`PrefixEncoder`) and
everything behind it one GGUF file (`Decoder`). Two things made it learn (data/NOTES.md): word vectors at the scale
of the token embeddings, and Muon on the decoder's matrices. Two heads on the encoder (tools of the sentence, first and
last units of every argument) teach it what to look for, and help to pick among plans when serving
(`deskhand_planner.evidence`).
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import torch
from deskhand_contract.compact import TOKENS, UNIT_0
from deskhand_contract.tools import TOOLS
from deskhand_planner.evidence import ARGUMENT_SLOTS
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from .ragged import Ragged, attend, encode

IGNORE = -100
"""Target of a position that has none."""

EMBED_STD = 0.03
SHAPES = 16
"""Letter-case and spacing classes of a unit, see `deskhand_planner.features`."""


@dataclass(frozen=True)
class DecoderConfig:
    width: int = 384
    layers: int = 4
    heads: int = 6
    hidden: int = 1024
    rope_base: float = 10000.0
    norm_eps: float = 1e-5
    context: int = 512

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def fake_q4_0(weight: Tensor) -> Tensor:
    """Round to Q4_0 as ggml does (blocks of 32 along the rows, scale = extreme / -8), straight-through gradient."""
    blocks = weight.reshape(-1, 32)
    extreme = blocks.gather(1, blocks.abs().argmax(1, keepdim=True))
    scale = (extreme / -8).half().float()
    inverse = torch.where(scale == 0, torch.zeros_like(scale), 1 / scale)
    rounded = ((blocks * inverse + 8.5).floor().clamp(0, 15) - 8) * scale
    return weight + (rounded.reshape_as(weight) - weight).detach()


class Linear(nn.Linear):
    """Linear without bias whose weight can be seen through 4-bit quantisation."""

    quantised = False

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, fake_q4_0(self.weight) if self.quantised else self.weight)


class Block(nn.Module):
    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        d, self.heads = config.width, config.heads
        self.attn_norm = nn.RMSNorm(d, eps=config.norm_eps)
        self.q, self.k, self.v, self.o = Linear(d, d), Linear(d, d), Linear(d, d), Linear(d, d)
        self.ffn_norm = nn.RMSNorm(d, eps=config.norm_eps)
        self.gate, self.up, self.down = Linear(d, config.hidden), Linear(d, config.hidden), Linear(config.hidden, d)
        out_std = EMBED_STD / math.sqrt(2 * config.layers)
        for linear in (self.q, self.k, self.v, self.gate, self.up):
            nn.init.normal_(linear.weight, 0, EMBED_STD)
        for linear in (self.o, self.down):
            nn.init.normal_(linear.weight, 0, out_std)

    def forward(self, x: Tensor, rows: Ragged, cos: Tensor, sin: Tensor, mask: Tensor) -> Tensor:
        h = self.attn_norm(x)  # (N, d)
        q, k, v = (rows.heads(project(h), self.heads) for project in (self.q, self.k, self.v))  # (B, H, T, d/H)
        x = x + self.o(rows.join(attend(_rotate(q, cos, sin), _rotate(k, cos, sin), v, mask)))
        h = self.ffn_norm(x)
        return x + self.down(F.silu(self.gate(h)) * self.up(h))


def _rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary embedding with the halves split, as in Hugging Face's Llama; the export permutes for llama.cpp."""
    a, b = x.chunk(2, -1)
    return torch.cat((a * cos - b * sin, b * cos + a * sin), -1)


class Decoder(nn.Module):
    """Llama without its tokenizer: embeddings (vocabulary, d) tied with the output."""

    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        self.config = config
        self.embed = nn.Embedding(len(TOKENS), config.width)
        nn.init.normal_(self.embed.weight, 0, EMBED_STD)
        self.blocks = nn.ModuleList([Block(config) for _ in range(config.layers)])
        self.norm = nn.RMSNorm(config.width, eps=config.norm_eps)
        half = config.width // config.heads // 2
        inverse = config.rope_base ** (-torch.arange(half).float() / half)
        angles = torch.arange(config.context).float()[:, None] * inverse
        self.register_buffer("cos", angles.cos(), persistent=False)
        self.register_buffer("sin", angles.sin(), persistent=False)

    def forward(self, x: Tensor, mask: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Vectors (B, T, d), of which `lengths` (B,) are real in each row (all without it), and additive mask
        (B, 1, T, T) -> normalised states (B, T, d)."""
        length = x.shape[1]
        cos, sin = self.cos[:length].to(x.dtype), self.sin[:length].to(x.dtype)
        real = x.new_ones(x.shape[:2]) if lengths is None else torch.arange(length, device=x.device) < lengths[:, None]
        rows = Ragged.of(real)
        x = rows.take(x)
        for block in self.blocks:
            x = block(x, rows, cos, sin, mask)
        return rows.pad(self.norm(x))

    def logits(self, states: Tensor) -> Tensor:
        return states @ self.embed.weight.to(states.dtype).T


class PrefixEncoder(nn.Module):
    """Word pieces -> the decoder's prefix, the logits of the sentence's tools, and the states of its units."""

    def __init__(self, encoder: nn.Module, encoder_width: int, config: DecoderConfig, embed: nn.Embedding) -> None:
        super().__init__()
        self.encoder = encoder
        self.project = nn.Linear(encoder_width, config.width, bias=False)
        self.gain = nn.Parameter(torch.full((config.width,), EMBED_STD))
        self.shape = nn.Embedding(SHAPES, config.width)
        nn.init.normal_(self.shape.weight, 0, EMBED_STD / 3)
        self.tools = nn.Linear(encoder_width, len(TOOLS))
        self.embed = embed  # the decoder's: a unit's index vector is the embedding of the pointer to it

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, pool: Tensor, shape: Tensor, index: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """input_ids, attention_mask int64 (B, W); pool float32 (B, U, W), rows sum to 1; shape int64 (B, U);
        index int64 (U,), each unit's pointer. Returns prefix (B, U, d), tool logits (B, 16), unit states (B, U, e)."""
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state  # (B, W, e)
        return self.read(states, attention_mask, pool, shape, index)

    def read(
        self, states: Tensor, attention_mask: Tensor, pool: Tensor, shape: Tensor, index: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """The same from the encoder's states (B, W, e)."""
        weight = attention_mask[..., None].to(states.dtype)
        tools = self.tools((states * weight).sum(1) / weight.sum(1))
        units = pool.to(states.dtype) @ states  # (B, U, e)
        words = self.project(units).float()
        words = words * torch.rsqrt(words.pow(2).mean(-1, keepdim=True) + 1e-6) * self.gain
        return words + self.shape(shape) + self.embed.weight[UNIT_0 + index][None], tools, units


class Planner(nn.Module):
    def __init__(self, encoder: nn.Module, encoder_width: int, config: DecoderConfig | None = None) -> None:
        super().__init__()
        self.config = config or DecoderConfig()
        self.decoder = Decoder(self.config)
        self.prefix = PrefixEncoder(encoder, encoder_width, self.config, self.decoder.embed)
        self.spans = nn.Linear(encoder_width, 2 * len(ARGUMENT_SLOTS))
        nn.init.constant_(self.spans.bias, -4.0)  # most units are no boundary: that need not be learnt first

    def quantise(self, on: bool) -> None:
        for module in self.decoder.modules():
            if isinstance(module, Linear):
                module.quantised = on

    def forward(self, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        """Teacher forcing. Returns token logits (B, O, vocabulary) behind each input token, tool logits (B, 16),
        span logits (B, U, 2 x slots)."""
        states = encode(self.prefix.encoder, batch["input_ids"], batch["attention_mask"])
        prefix, tools, units = self.prefix.read(
            states, batch["attention_mask"], batch["pool"], batch["shape"], batch["index"]
        )
        tokens = self.decoder.embed(batch["tokens"])  # (B, O, d)
        x = torch.cat([prefix, tokens], 1).to(torch.bfloat16 if torch.is_autocast_enabled("cpu") else prefix.dtype)
        mask = causal_mask(batch["units"], prefix.shape[1], tokens.shape[1]).to(x.dtype)
        lengths = batch["units"] + (batch["targets"] != IGNORE).sum(1)
        positions = self.decoder(_left_align(x, batch["units"], prefix.shape[1]), mask, lengths)
        states = _take_outputs(positions, batch["units"], tokens.shape[1])
        return self.decoder.logits(states), tools, self.spans(units)


def _left_align(x: Tensor, units: Tensor, width: int) -> Tensor:
    """(B, U+O, d): move each row's tokens directly behind its own units, so that positions are those of serving."""
    total = x.shape[1]
    at = torch.arange(total, device=x.device)[None]
    source = torch.where(at < units[:, None], at, (at + width - units[:, None]).clamp(max=total - 1))
    return x.gather(1, source[..., None].expand(-1, -1, x.shape[2]))


def _take_outputs(x: Tensor, units: Tensor, outputs: int) -> Tensor:
    """(B, U+O, d) aligned -> the O states behind each row's units."""
    at = units[:, None] + torch.arange(outputs, device=x.device)[None]
    return x.gather(1, at[..., None].expand(-1, -1, x.shape[2]))


def causal_mask(units: Tensor, width: int, outputs: int) -> Tensor:
    """Additive causal mask (1, 1, U+O, U+O). Padding stands at the end of a row, where no real token looks."""
    total = width + outputs
    allowed = torch.ones(total, total, dtype=torch.bool, device=units.device).tril()
    return torch.zeros(total, total, device=units.device).masked_fill(~allowed, float("-inf"))[None, None]

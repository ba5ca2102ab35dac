"""A model folder as `export` wrote it -> the planner in torch, to go on training from.

Rounded weights come back as what they were rounded to: Q4_0 and int8 lose nothing more by it.
"""

from __future__ import annotations

import json
from pathlib import Path

import gguf
import numpy as np
import torch
from torch import Tensor

from ..quantise import dequantise_onnx
from .base import ENCODER_WIDTH, load_encoder
from .model import DecoderConfig, Planner

_BLOCK = {
    "attn_norm": "attn_norm",
    "ffn_norm": "ffn_norm",
    "attn_q": "q",
    "attn_k": "k",
    "attn_v": "v",
    "attn_output": "o",
    "ffn_gate": "gate",
    "ffn_up": "up",
    "ffn_down": "down",
}


def load_model(folder: Path) -> Planner:
    """Raises ValueError where the files hold other weights than this planner has."""
    card = json.loads((folder / "planner.json").read_text())
    config = DecoderConfig(**{key: value for key, value in card["decoder"].items() if key != "quantisation"})
    model = Planner(load_encoder(), ENCODER_WIDTH, config)
    # The index vectors of the prefix are the decoder's embeddings: both files have them, the encoder's are not rounded.
    weights = _decoder(folder / "decoder.gguf", config.heads) | dequantise_onnx(folder / "encoder.onnx")
    missing, unexpected = model.load_state_dict(weights, strict=False)
    if missing or unexpected:
        raise ValueError(f"{folder} is no planner of this shape: lacks {missing}, has {unexpected}")
    return model


def _decoder(path: Path, heads: int) -> dict[str, Tensor]:
    weights = {}
    for tensor in gguf.GGUFReader(path).tensors:
        value = torch.from_numpy(gguf.dequantize(tensor.data, tensor.tensor_type).astype(np.float32))
        part, *rest = tensor.name.removesuffix(".weight").split(".")
        if part != "blk":
            weights[{"token_embd": "decoder.embed.weight", "output_norm": "decoder.norm.weight"}[part]] = value
            continue
        number, name = rest
        if name in ("attn_q", "attn_k"):
            value = _halves(value, heads)
        weights[f"decoder.blocks.{number}.{_BLOCK[name]}.weight"] = value
    return weights


def _halves(weight: Tensor, heads: int) -> Tensor:
    """The inverse of the export's order of rows: pairs side by side -> per head [first half, second half]."""
    rows, columns = weight.shape
    return weight.view(heads, rows // heads // 2, 2, columns).transpose(1, 2).reshape(rows, columns)

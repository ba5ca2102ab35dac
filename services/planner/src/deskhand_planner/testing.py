"""For tests: a chat model of a few kilobytes with random weights, and a tokenizer that can spell anything."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

PIECES = ("get", "_", "email", "address", "(", ")", '"', "1.", " ", "join", "\n", "{", "}", "$", "é", "END", "<", ">")
"""Beside the 256 bytes, so that a token may be several characters, or a byte a part of one."""
WIDTH, HEADS, HIDDEN = 32, 2, 64


def write_tiny_gguf(path: Path, seed: int, *, context: int = 4096, chat_template: str | None = None) -> Path:
    """Needs the package gguf, which is there for the tests only."""
    import gguf

    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), *PIECES]
    random = np.random.default_rng(seed)

    def weights(*shape: int) -> NDArray[np.float32]:
        return random.normal(0, 0.5, shape).astype(np.float32)

    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(context)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_token_types([2, 3, 3, *[6] * 256, *[1] * len(PIECES)])  # unknown, control, control, byte, normal
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    if chat_template is not None:
        writer.add_chat_template(chat_template)
    for name in ("token_embd", "output"):
        writer.add_tensor(f"{name}.weight", weights(len(tokens), WIDTH))
    for name in ("output_norm", "blk.0.attn_norm", "blk.0.ffn_norm"):
        writer.add_tensor(f"{name}.weight", np.ones(WIDTH, np.float32))
    for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
        writer.add_tensor(f"blk.0.{name}.weight", weights(WIDTH, WIDTH))
    writer.add_tensor("blk.0.ffn_gate.weight", weights(HIDDEN, WIDTH))
    writer.add_tensor("blk.0.ffn_up.weight", weights(HIDDEN, WIDTH))
    writer.add_tensor("blk.0.ffn_down.weight", weights(WIDTH, HIDDEN))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path

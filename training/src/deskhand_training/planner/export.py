"""Planner weights -> the files that the planner service loads.

    python -m deskhand_training.planner.export --run runs/planner --out ../models/planner --quantisation q4_0

    encoder.onnx     sentence encoder, projection and prefix; weights int8 in blocks of 32
    decoder.gguf     Llama decoder over the compact vocabulary; Q4_0, Q8_0 or F16, embeddings Q8_0
    tokenizer.json   the encoder's word pieces
    planner.json     card: vocabulary, what it was trained on, how it measures

The GGUF has no tokenizer: the engine feeds vectors and compact tokens and reads logits.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gguf
import torch
from deskhand_contract.compact import TOKENS
from deskhand_planner.engines.embedded import OUTPUTS
from torch import Tensor, nn

from ..quantise import quantise_onnx
from .base import ENCODER_LICENCE, ENCODER_NAME, ENCODER_WIDTH, encoder_folder, load_encoder, load_featurizer
from .batch import Row, collate
from .model import DecoderConfig, Planner

QUANTISATIONS = {
    "q4_0": gguf.GGMLQuantizationType.Q4_0,
    "q8_0": gguf.GGMLQuantizationType.Q8_0,
    "f16": gguf.GGMLQuantizationType.F16,
}


def load_run(run: Path) -> tuple[Planner, dict[str, Any]]:
    record = json.loads((run / "train.json").read_text())
    model = Planner(load_encoder(), ENCODER_WIDTH, DecoderConfig(**record["decoder"]))
    model.load_state_dict(torch.load(run / "planner.pt", map_location="cpu", weights_only=True))
    return model.eval(), record


def write_gguf(model: Planner, path: Path, quantisation: str) -> None:
    """Tensors under llama.cpp's names; Q and K rows permuted to its interleaved rotary order."""
    config, decoder = model.config, model.decoder
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("Deskhand planner")
    writer.add_license(ENCODER_LICENCE)
    writer.add_context_length(config.context)
    writer.add_embedding_length(config.width)
    writer.add_block_count(config.layers)
    writer.add_feed_forward_length(config.hidden)
    writer.add_head_count(config.heads)
    writer.add_head_count_kv(config.heads)
    writer.add_layer_norm_rms_eps(config.norm_eps)
    writer.add_rope_freq_base(config.rope_base)
    writer.add_rope_dimension_count(config.width // config.heads)
    writer.add_vocab_size(len(TOKENS))
    writer.add_tokenizer_model("none")

    def put(name: str, tensor: Tensor, kind: gguf.GGMLQuantizationType) -> None:
        data = tensor.detach().float().numpy()
        if kind is gguf.GGMLQuantizationType.F32:
            writer.add_tensor(name, data)
        else:
            writer.add_tensor(name, gguf.quantize(data, kind), raw_dtype=kind)

    full, kind = gguf.GGMLQuantizationType.F32, QUANTISATIONS[quantisation]
    table = gguf.GGMLQuantizationType.F16 if quantisation == "f16" else gguf.GGMLQuantizationType.Q8_0
    put("token_embd.weight", decoder.embed.weight, table)
    put("output_norm.weight", decoder.norm.weight, full)
    for n, block in enumerate(decoder.blocks):
        put(f"blk.{n}.attn_norm.weight", block.attn_norm.weight, full)
        put(f"blk.{n}.ffn_norm.weight", block.ffn_norm.weight, full)
        put(f"blk.{n}.attn_q.weight", _interleave(block.q.weight, config.heads), kind)
        put(f"blk.{n}.attn_k.weight", _interleave(block.k.weight, config.heads), kind)
        put(f"blk.{n}.attn_v.weight", block.v.weight, kind)
        put(f"blk.{n}.attn_output.weight", block.o.weight, kind)
        put(f"blk.{n}.ffn_gate.weight", block.gate.weight, kind)
        put(f"blk.{n}.ffn_up.weight", block.up.weight, kind)
        put(f"blk.{n}.ffn_down.weight", block.down.weight, kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _interleave(weight: Tensor, heads: int) -> Tensor:
    """(d, d) rows per head [first half, second half] -> pairs side by side."""
    rows, columns = weight.shape
    return weight.view(heads, 2, rows // heads // 2, columns).transpose(1, 2).reshape(rows, columns)


class _Serving(nn.Module):
    def __init__(self, model: Planner) -> None:
        super().__init__()
        self.prefix, self.spans = model.prefix, model.spans

    def forward(self, input_ids: Tensor, pool: Tensor, shape: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """int64 (1, W), float32 (1, U, W), int64 (1, U) -> prefix (1, U, d), tool logits (1, 16), span logits
        (1, U, 2 x slots)."""
        index = torch.arange(shape.shape[1])
        prefix, tools, units = self.prefix(input_ids, torch.ones_like(input_ids), pool, shape, index)
        return prefix, tools, self.spans(units)


def write_onnx(model: Planner, path: Path, int8: bool = True) -> None:
    features = load_featurizer()("text Dana that the report.pdf is ready at 9:30")
    batch = collate([Row(features, (0,))])
    width = len(features.pieces)
    sample = (batch["input_ids"][:, :width], batch["pool"][:, :, :width], batch["shape"])
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "raw.onnx"
        torch.onnx.export(
            _Serving(model),
            sample,
            raw,
            input_names=["input_ids", "pool", "shape"],
            output_names=list(OUTPUTS),
            dynamic_axes={
                "input_ids": {1: "pieces"},
                "pool": {1: "units", 2: "pieces"},
                "shape": {1: "units"},
                "prefix": {1: "units"},
                "spans": {1: "units"},
            },
            opset_version=17,
            dynamo=False,
        )
        if int8:
            quantise_onnx(raw, path)
        else:
            shutil.copy(raw, path)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def export(run: Path, out: Path, quantisation: str, int8: bool = True) -> None:
    model, record = load_run(run)
    out.mkdir(parents=True, exist_ok=True)
    write_gguf(model, out / "decoder.gguf", quantisation)
    with torch.no_grad():
        write_onnx(model, out / "encoder.onnx", int8)
    shutil.copy(encoder_folder() / "tokenizer.json", out / "tokenizer.json")
    files = {name: {"sha256": sha256(out / name), "bytes": (out / name).stat().st_size} for name in _FILES}
    card = {
        "kind": "prefix-planner",
        "encoder": {"from": ENCODER_NAME, "licence": ENCODER_LICENCE, "precision": "int8" if int8 else "float32"},
        "decoder": record["decoder"] | {"quantisation": quantisation},
        "tokens": list(TOKENS),
        "training": {key: value for key, value in record.items() if key != "decoder"},
        "files": files,
    }
    (out / "planner.json").write_text(json.dumps(card, indent=1) + "\n")


_FILES = ("encoder.onnx", "decoder.gguf", "tokenizer.json")


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--quantisation", choices=sorted(QUANTISATIONS), default="q4_0")
    parser.add_argument("--float32-encoder", action="store_true")
    options = parser.parse_args(argv)
    export(options.run, options.out, options.quantisation, not options.float32_encoder)
    total = sum((options.out / name).stat().st_size for name in _FILES)
    print(f"{options.out}: {total / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())

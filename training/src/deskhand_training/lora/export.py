"""A merged Llama or Mistral model -> one GGUF for the planner's engine `gguf`.

    python -m deskhand_training.lora.export --run runs/lora --out planner.gguf --quantisation q4_0

llama.cpp's own converter is a script of its source tree and in no wheel that its makers publish, so the 16-bit file is
written here with its `gguf` package, whose table names the tensors; llama.cpp itself then quantises it. Architectures
other than Llama's are refused: convert these with llama.cpp's convert_hf_to_gguf.py.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import gguf
import llama_cpp
import numpy as np
from gguf.vocab import LlamaHfVocab
from safetensors import safe_open
from transformers import AutoConfig

ARCHITECTURES = ("LlamaForCausalLM", "MistralForCausalLM")
QUANTISATIONS = {
    "f16": None,
    "q8_0": llama_cpp.LLAMA_FTYPE_MOSTLY_Q8_0,
    "q4_0": llama_cpp.LLAMA_FTYPE_MOSTLY_Q4_0,
    "q4_k_m": llama_cpp.LLAMA_FTYPE_MOSTLY_Q4_K_M,
}


class NotConvertible(RuntimeError):
    """A model that this converter does not know. The message says what to do."""


def convert(folder: Path, target: Path) -> None:
    """Hugging Face folder -> GGUF in 16 bits. Raises NotConvertible."""
    config = AutoConfig.from_pretrained(folder)
    scaling = getattr(config, "rope_scaling", None) or {}
    kind = scaling.get("rope_type", scaling.get("type", "default"))
    if not set(config.architectures or ()) & set(ARCHITECTURES) or kind not in ("default", "linear"):
        raise NotConvertible(
            f"{folder} is a {', '.join(config.architectures or ['model'])} with {kind} rotary embeddings; this writes "
            f"{' and '.join(ARCHITECTURES)} with default or linear ones. Use llama.cpp's convert_hf_to_gguf.py."
        )
    writer = gguf.GGUFWriter(target, "llama")
    head = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    writer.add_name(folder.resolve().parent.name)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_key_length(head)
    writer.add_value_length(head)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_freq_base(config.rope_theta)
    writer.add_rope_dimension_count(head)
    writer.add_vocab_size(config.vocab_size)
    if kind == "linear":
        writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(scaling["factor"])
    _add_vocabulary(writer, folder, config.vocab_size)
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, config.num_hidden_layers)
    heads = {"attn_q": config.num_attention_heads, "attn_k": config.num_key_value_heads}
    for name, tensor in _tensors(folder):
        if name == "lm_head.weight" and config.tie_word_embeddings:
            continue
        known = names.get_name(name, try_suffixes=(".weight", ".bias"))
        if known is None:
            raise NotConvertible(f"llama.cpp has no tensor for {name}; use its convert_hf_to_gguf.py")
        part = known.split(".")[-2]
        if part in heads:
            tensor = _interleave(tensor, heads[part])
        writer.add_tensor(known, tensor.astype(np.float32 if tensor.ndim == 1 else np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _tensors(folder: Path) -> Iterator[tuple[str, np.ndarray]]:
    """Names and float32 values, one after the other, from every shard."""
    for path in sorted(folder.glob("*.safetensors")):
        with safe_open(path, framework="pt") as shard:
            for name in shard.keys():  # noqa: SIM118 - a shard is no dict
                yield name, shard.get_tensor(name).float().numpy()


def _interleave(weight: np.ndarray, heads: int) -> np.ndarray:
    """Rows per head [first half, second half] -> pairs side by side, llama.cpp's rotary order."""
    shape = weight.shape
    return weight.reshape(heads, 2, shape[0] // heads // 2, *shape[1:]).swapaxes(1, 2).reshape(shape)


def _add_vocabulary(writer: gguf.GGUFWriter, folder: Path, size: int) -> None:
    """The pieces of a SentencePiece-like tokenizer.json. llama.cpp merges the best-scored pair first, so a piece's
    score is the negative rank of the merge that makes it. Raises NotConvertible."""
    try:
        vocabulary = LlamaHfVocab(folder)
    except (FileNotFoundError, TypeError) as error:
        raise NotConvertible(f"{error}; use llama.cpp's convert_hf_to_gguf.py for this tokenizer") from error
    merges = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))["model"]["merges"]
    pairs = (merge if isinstance(merge, list) else merge.split(" ", 1) for merge in merges)
    ranks: dict[str, int] = {}
    for rank, (left, right) in enumerate(pairs):
        ranks.setdefault(left + right, rank)
    texts: list[bytes] = []
    scores: list[float] = []
    types: list[int] = []
    for text, _, kind in vocabulary.all_tokens():
        texts.append(text)
        scores.append(-float(ranks.get(text.decode(), len(ranks))))
        types.append(kind)
    for number in range(len(texts), size):  # rows of the embedding that no piece uses
        texts.append(f"[PAD{number}]".encode())
        scores.append(-float(len(ranks)))
        types.append(gguf.TokenType.UNUSED)
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(texts)
    writer.add_token_scores(scores)
    writer.add_token_types(types)
    gguf.SpecialVocab(folder, n_vocab=len(texts)).add_to_gguf(writer)


def quantise(source: Path, target: Path, quantisation: str, threads: int = 0) -> None:
    """16-bit GGUF -> a smaller one, by llama.cpp. Raises RuntimeError when it refuses."""
    params: Any = llama_cpp.llama_model_quantize_default_params()
    params.ftype = QUANTISATIONS[quantisation]
    params.nthread = threads
    if llama_cpp.llama_model_quantize(str(source).encode(), str(target).encode(), params) != 0:
        raise RuntimeError(f"llama.cpp cannot quantise {source} to {quantisation}")


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, required=True, help="run of lora.train, or a model's folder")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--quantisation", choices=sorted(QUANTISATIONS), default="q4_0")
    options = parser.parse_args(argv)
    folder = options.run / "merged" if (options.run / "merged").is_dir() else options.run
    options.out.parent.mkdir(parents=True, exist_ok=True)
    try:
        if QUANTISATIONS[options.quantisation] is None:
            convert(folder, options.out)
        else:
            with tempfile.TemporaryDirectory(dir=options.out.parent) as place:
                convert(folder, Path(place) / "f16.gguf")
                quantise(Path(place) / "f16.gguf", options.out, options.quantisation)
    except NotConvertible as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{options.out}: {options.out.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())

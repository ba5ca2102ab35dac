"""LoRA from end to end on a tiny random Llama made here: train, go on, merge, convert, quantise, run in llama.cpp."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import llama_cpp
import numpy as np
import pytest
import torch
from deskhand_training.data.load import load, read_shape
from deskhand_training.lora import export, train
from deskhand_training.lora.rows import CHATML, Neighbours, Prompts, prompt_ids, training_row
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

SENTENCES = ("text Dana that I'm late", "Zoë's café: 50 € – ok?", "1. join()<END_OF_PLAN>")


def tiny_tokenizer(texts: list[str]) -> PreTrainedTokenizerFast:
    """A byte-fallback BPE of Llama's kind."""
    bytes_ = [f"<0x{n:02X}>" for n in range(256)]
    trained = Tokenizer(models.BPE(unk_token="<unk>"))
    marked = [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    trained.normalizer = normalizers.Sequence(marked)
    trained.pre_tokenizer = pre_tokenizers.Split("▁", "merged_with_next")
    trained.train_from_iterator(texts, trainers.BpeTrainer(vocab_size=700, special_tokens=["<unk>", "<s>", "</s>"]))
    learnt = json.loads(trained.to_str())["model"]
    order = ["<unk>", "<s>", "</s>", *bytes_, *(t for t in learnt["vocab"] if t not in ("<unk>", "<s>", "</s>"))]
    merges = [tuple(m) if isinstance(m, list) else tuple(m.split(" ")) for m in learnt["merges"]]
    made = Tokenizer(
        models.BPE({t: n for n, t in enumerate(order)}, merges, unk_token="<unk>", byte_fallback=True, fuse_unk=True)
    )
    made.normalizer = normalizers.Sequence(marked)
    made.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    return PreTrainedTokenizerFast(tokenizer_object=made, bos_token="<s>", eos_token="</s>", unk_token="<unk>")


@pytest.fixture(scope="module", autouse=True)
def short_answers() -> Iterator[None]:
    """A random model does not stop by itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train, "ANSWER_TOKENS", 8)
        yield


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base")
    seeds = [source.text for source in load().sources if not source.skeleton][:400]
    tokenizer = tiny_tokenizer([*seeds, CHATML, "join()<END_OF_PLAN>"])
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer) + 5,  # some rows that no piece uses, as in published models
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=8192,
        bos_token_id=1,
        eos_token_id=2,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def run(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("lora")
    assert train.main(arguments(base, out)) == 0
    return out


def arguments(base: Path, out: Path, epochs: int = 2) -> list[str]:
    sizes = ["--examples", "6", "--validation", "2", "--neighbours", "40", "--batch", "2", "--accumulate", "1"]
    return ["--base", str(base), "--out", str(out), "--epochs", str(epochs), "--longest", "8000", "--cpu", *sizes]


def test_training_keeps_the_best_epoch_and_says_so(run: Path) -> None:
    record = json.loads((run / "train.json").read_text())
    assert len(record["success_by_epoch"]) == 2
    assert record["best_success"] == max(record["success_by_epoch"])
    assert record["rows"] == 6


def test_a_run_that_was_begun_goes_on_from_its_last_epoch(base: Path, run: Path) -> None:
    assert train.main(arguments(base, run, epochs=3)) == 0
    assert len(json.loads((run / "train.json").read_text())["success_by_epoch"]) == 3


def served(path: Path) -> llama_cpp.Llama:
    return llama_cpp.Llama(str(path), n_ctx=512, n_threads=1, logits_all=True, verbose=False)


def test_llama_cpp_reads_the_same_tokens_and_computes_the_same_logits(run: Path, tmp_path: Path) -> None:
    target = tmp_path / "f16.gguf"
    assert export.main(["--run", str(run), "--out", str(target), "--quantisation", "f16"]) == 0
    model = LlamaForCausalLM.from_pretrained(run / "merged").eval()
    tokenizer = PreTrainedTokenizerFast.from_pretrained(run / "merged")
    llm = served(target)
    for sentence in SENTENCES:
        ids = tokenizer(sentence, add_special_tokens=False)["input_ids"]
        assert llm.tokenize(sentence.encode(), add_bos=False) == ids
        llm.reset()
        llm.eval([1, *ids])
        with torch.no_grad():
            wanted = model(torch.tensor([[1, *ids]])).logits[0].numpy()
        np.testing.assert_allclose(llm.scores[: len(ids) + 1], wanted, atol=2e-2)
    assert llm.metadata["tokenizer.chat_template"] == CHATML
    llm.close()


@pytest.mark.parametrize("quantisation", ["q8_0", "q4_0"])
def test_a_quantised_file_is_smaller_and_answers(run: Path, tmp_path: Path, quantisation: str) -> None:
    export.main(["--run", str(run), "--out", str(tmp_path / "f16.gguf"), "--quantisation", "f16"])
    target = tmp_path / "small.gguf"
    assert export.main(["--run", str(run), "--out", str(target), "--quantisation", quantisation]) == 0
    assert target.stat().st_size < (tmp_path / "f16.gguf").stat().st_size
    llm = served(target)
    answer: Any = llm.create_chat_completion([{"role": "user", "content": "text Dana"}], max_tokens=4, temperature=0)
    assert answer["usage"]["completion_tokens"] == 4
    llm.close()


def test_another_architecture_is_refused_with_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"]}))
    assert export.main(["--run", str(tmp_path), "--out", str(tmp_path / "x.gguf")]) == 1
    assert "convert_hf_to_gguf.py" in capsys.readouterr().err


def test_a_base_that_cannot_be_had_is_refused_with_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train.main(["--base", "nobody/no-such-model", "--out", str(tmp_path)]) == 1
    assert "Name a folder" in capsys.readouterr().err


def test_a_prompt_has_the_needed_tools_negative_ones_and_near_examples(base: Path) -> None:
    seeds = [source for source in load().sources if not source.skeleton and source.nodes][:60]
    prompts, tokenizer = Prompts(Neighbours(seeds)), PreTrainedTokenizerFast.from_pretrained(base)
    tokenizer.chat_template = CHATML
    nodes = read_shape("get_phone_number(name=Ana); send_sms(recipients=[$1], message=hello)")
    messages = prompts.sampled(Random(3), "text Ana hello", nodes, 2)
    listed = [line for line in messages[0]["content"].splitlines() if ") -> " in line]
    assert {"get_phone_number", "send_sms"} < {line.split("(")[0] for line in listed}
    assert 3 <= len(listed) <= 7
    shown = prompts.messages("text Ana hello", {node.tool for seed in seeds for node in seed.nodes}, 2)
    assert [message["role"] for message in shown] == ["system", "user", "assistant", "user", "assistant", "user"]
    assert shown[1]["content"] in {seed.text for seed in seeds}
    assert shown[-1]["content"].startswith("text Ana hello")
    row = training_row(tokenizer, messages, nodes, 8000)
    assert row is not None
    learnt = [token for token, label in zip(row["input_ids"], row["labels"], strict=True) if label != -100]
    assert tokenizer.decode(learnt, skip_special_tokens=True).strip().endswith("3. join()<END_OF_PLAN>")
    assert row["input_ids"][: -len(learnt)] == prompt_ids(tokenizer, messages)
    assert training_row(tokenizer, messages, nodes, 50) is None

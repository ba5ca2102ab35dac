"""Fine-tune a causal model by LoRA to write plans, after TinyAgent: 3 epochs at 7e-5, negative tools.

    python -m deskhand_training.lora.train --base TinyLlama/TinyLlama-1.1B-Chat-v1.0 --out runs/lora
    python -m deskhand_training.lora.export --run runs/lora --out planner.gguf --quantisation q4_0

After each epoch the adapter writes the plans of validation commands, and the one with the highest success rate (DAG
isomorphism) is merged into OUT/merged. A run that is started again goes on from its last epoch. The GGUF runs in the
planner's engine `gguf`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import torch
from deskhand_contract.errors import ContractError
from deskhand_contract.plan import PlanNode
from deskhand_contract.wire import parse_plan
from torch.utils.data import Dataset
from tqdm import tqdm
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    DataCollatorForSeq2Seq,
    PreTrainedTokenizerBase,
    Trainer,
    TrainingArguments,
)
from transformers.trainer_utils import get_last_checkpoint

from ..data.augment import Sampler, fingerprint, split_of
from ..data.draft import Example
from ..data.load import Split, load
from ..evaluate.examples import choose
from ..evaluate.metrics import judge
from ..provenance import commit
from .rows import CHATML, Neighbours, Prompts, prompt_ids, training_row

ANSWER_TOKENS = 400


class BaseUnavailable(RuntimeError):
    """The weights that --base names are not here."""


class Rows(Dataset[dict[str, Any]]):
    """Training rows in memory: {"input_ids", "labels"}."""

    def __init__(self, rows: Sequence[dict[str, Any]]) -> None:
        self._rows = list(rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> dict[str, Any]:
        return self._rows[index]


class PlanTrainer(Trainer):
    """Evaluates by writing plans: `success` decides which epoch is the best."""

    def __init__(self, *args: Any, validate: Callable[[Any], float], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._validate = validate

    def evaluate(self, *_: Any, metric_key_prefix: str = "eval", **__: Any) -> dict[str, float]:
        metrics = {f"{metric_key_prefix}_success": self._validate(self.model)}
        self.log(metrics)
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics


def load_base(name: str, *, device: torch.device) -> tuple[Any, PreTrainedTokenizerBase]:
    """Raises BaseUnavailable."""
    try:
        tokenizer = AutoTokenizer.from_pretrained(name)
        dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
        model = AutoModelForCausalLM.from_pretrained(name, torch_dtype=dtype)
    except OSError as error:
        raise BaseUnavailable(
            f"{name} is neither a folder nor to be had from the hub: {str(error).splitlines()[0]} "
            "Name a folder that has the model's config.json, tokenizer and weights."
        ) from error
    tokenizer.chat_template = tokenizer.chat_template or CHATML
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    return model, tokenizer


@torch.no_grad()
def written(model: Any, tokenizer: PreTrainedTokenizerBase, messages: Sequence[dict[str, str]]) -> list[PlanNode]:
    """The plan that the model writes, greedily. No plan at all when what it writes cannot be read."""
    ids = torch.tensor([prompt_ids(tokenizer, messages)], device=model.device)
    out = model.generate(
        input_ids=ids,
        attention_mask=torch.ones_like(ids),
        max_new_tokens=ANSWER_TOKENS,
        do_sample=False,
        pad_token_id=tokenizer.pad_token_id,
    )
    try:
        return parse_plan(tokenizer.decode(out[0, ids.shape[1] :], skip_special_tokens=True))
    except ContractError:
        return []


def success(
    model: Any, tokenizer: PreTrainedTokenizerBase, prompts: Prompts, examples: Sequence[Example], shown: int
) -> float:
    """Percent of the commands whose plan has the gold DAG, with the needed tools and four others in the prompt."""
    model.eval()
    right = 0
    for number, example in enumerate(tqdm(examples, desc="validation", leave=False, disable=None)):
        rng = Random(number)
        got = written(model, tokenizer, prompts.sampled(rng, example.sentence, example.nodes, shown))
        right += judge(example.nodes, got).dag if example.nodes else not got
    model.train()
    return round(100 * right / max(1, len(examples)), 2)


def train(options: argparse.Namespace) -> None:
    from peft import LoraConfig, get_peft_model

    out = Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    device = torch.device("cuda" if torch.cuda.is_available() and not options.cpu else "cpu")
    model, tokenizer = load_base(options.base, device=device)
    seeds = [s for s in load().sources if not s.skeleton and s.nodes and split_of(s.text) is Split.TRAIN]
    prompts = Prompts(Neighbours(seeds[: options.neighbours]))
    rng = Random(options.seed)
    rows = []
    for example in islice(Sampler("train", seed=options.seed), options.examples):
        messages = prompts.sampled(rng, example.sentence, example.nodes, options.shown)
        row = training_row(tokenizer, messages, example.nodes, options.longest)
        if row is not None:
            rows.append(row)
    print(f"{len(rows)} rows, {options.examples - len(rows)} were longer than {options.longest} tokens", flush=True)
    if not rows:
        raise SystemExit(f"every prompt is longer than {options.longest} tokens: raise --longest")
    config = LoraConfig(
        task_type="CAUSAL_LM",
        r=options.rank,
        lora_alpha=2 * options.rank,
        target_modules="all-linear",
        lora_dropout=0.05,
    )
    tuned = get_peft_model(model, config)
    validation = choose("validation", options.validation)
    trainer = PlanTrainer(
        model=tuned,
        args=TrainingArguments(
            output_dir=str(out / "checkpoints"),
            num_train_epochs=options.epochs,
            learning_rate=options.lr,
            lr_scheduler_type="linear",
            warmup_ratio=0.03,
            per_device_train_batch_size=options.batch,
            gradient_accumulation_steps=options.accumulate,
            gradient_checkpointing=options.save_memory,
            bf16=device.type == "cuda",
            use_cpu=device.type == "cpu",
            eval_strategy="epoch",
            save_strategy="epoch",
            save_total_limit=2,
            load_best_model_at_end=True,
            metric_for_best_model="success",
            greater_is_better=True,
            logging_steps=10,
            report_to=[],
            seed=options.seed,
        ),
        train_dataset=Rows(rows),
        eval_dataset=Rows(rows[:1]),  # the trainer wants one; `evaluate` writes plans instead
        data_collator=DataCollatorForSeq2Seq(tokenizer, padding=True, label_pad_token_id=-100),
        validate=lambda model: success(model, tokenizer, prompts, validation, options.shown),
    )
    last = get_last_checkpoint(str(out / "checkpoints")) if (out / "checkpoints").is_dir() else None
    trainer.train(resume_from_checkpoint=last)
    merged = trainer.model.merge_and_unload()
    merged.save_pretrained(out / "merged")
    tokenizer.save_pretrained(out / "merged")
    record = {
        "base": Path(options.base).name if Path(options.base).is_dir() else options.base,
        "rows": len(rows),
        "epochs": options.epochs,
        "lr": options.lr,
        "rank": options.rank,
        "success_by_epoch": [entry["eval_success"] for entry in trainer.state.log_history if "eval_success" in entry],
        "best_success": trainer.state.best_metric,
        "device": str(device),
        "seed": options.seed,
        "commit": commit(),
        "data": fingerprint(),
    }
    (out / "train.json").write_text(json.dumps(record, indent=1) + "\n")
    print(json.dumps(record), flush=True)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", required=True, help="a causal model: a folder or a name on the hub")
    parser.add_argument("--out", required=True)
    parser.add_argument("--examples", type=int, default=40_000, help="augmented training commands")
    parser.add_argument("--epochs", type=float, default=3)
    parser.add_argument("--lr", type=float, default=7e-5)
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--accumulate", type=int, default=4)
    parser.add_argument("--shown", type=int, default=3, help="at most so many retrieved examples in a prompt")
    parser.add_argument("--longest", type=int, default=4096, help="tokens of a prompt and its plan")
    parser.add_argument("--validation", type=int, default=100, help="commands whose plans are written after each epoch")
    parser.add_argument("--neighbours", type=int, help="retrieve from so many seeds only")
    parser.add_argument("--save-memory", action="store_true", help="gradient checkpointing")
    parser.add_argument("--cpu", action="store_true", help="leave a GPU alone")
    parser.add_argument("--seed", type=int, default=1)
    try:
        train(parser.parse_args(argv))
    except BaseUnavailable as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

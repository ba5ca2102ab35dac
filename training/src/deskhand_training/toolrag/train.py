"""Train the ToolRAG classifier on augmented queries, with or without a teacher.

    python -m deskhand_training.toolrag.train --out runs/toolrag --minutes 15 --teacher runs/planner

The loss weighs a missed tool above a tool too many: what ToolRAG drops the planner cannot call, what it keeps in
excess costs the planner little. Resumable; writes OUT/model (Hugging Face format) and OUT/train.json.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from deskhand_contract.tools import TOOL_NAMES
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from ..data.augment import Sampler
from ..planner.base import encoder_folder
from ..planner.batch import tool_labels
from ..planner.export import load_run
from ..planner.train import commit
from .model import MAX_PIECES, Teacher, build

MISS_WEIGHT = 4.0
CHECKPOINT_S = 120


def tokenizer():
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(encoder_folder(), model_max_length=MAX_PIECES)


def loss_of(logits: Tensor, labels: Tensor, taught: Tensor | None) -> Tensor:
    """Weighted binary cross-entropy (B, 16) against the labels, mixed half and half with the teacher's opinion."""
    weight = torch.full((len(TOOL_NAMES),), MISS_WEIGHT)
    hard = F.binary_cross_entropy_with_logits(logits, labels, pos_weight=weight)
    if taught is None:
        return hard
    return 0.5 * hard + 0.5 * F.binary_cross_entropy_with_logits(logits, taught.sigmoid())


def train(options: argparse.Namespace) -> None:
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    out = Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    device = torch.device(options.device or ("cuda" if torch.cuda.is_available() else "cpu"))
    model = build(options.width, options.layers).to(device)
    teacher = Teacher(load_run(Path(options.teacher))[0].prefix).to(device).eval() if options.teacher else None
    decay = [p for p in model.parameters() if p.ndim > 1]
    plain = [p for p in model.parameters() if p.ndim <= 1]
    groups = [{"params": decay, "weight_decay": 0.01}, {"params": plain, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=options.lr, fused=True)
    step, spent, running = 0, 0.0, 0.0
    checkpoint = out / "checkpoint.pt"
    if checkpoint.exists():
        state = torch.load(checkpoint, map_location=device, weights_only=False)
        model.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
        step, spent = state["step"], state["spent"]
        print(f"goes on from step {step}", flush=True)
    sampler, encode, rng = Sampler("train", seed=options.seed * 7919 + step), tokenizer(), random.Random(options.seed)
    before, started, saved = spent, time.monotonic(), time.monotonic()

    def save() -> None:
        state = {"model": model.state_dict(), "optimiser": optimiser.state_dict(), "step": step, "spent": spent}
        torch.save(state, checkpoint.with_suffix(".tmp"))
        os.replace(checkpoint.with_suffix(".tmp"), checkpoint)

    model.train()
    pool: list[tuple[str, Tensor]] = []
    while True:
        spent = before + time.monotonic() - started
        progress = step / options.steps if options.steps else spent / (60 * options.minutes)
        if progress >= 1:
            break
        if len(pool) < options.batch:
            pool = [(e.sentence, tool_labels(e.ids)) for e in (sampler.sample() for _ in range(options.batch * 32))]
            pool.sort(key=lambda item: len(item[0]) + 10 * rng.random())
        at = rng.randrange(0, max(1, len(pool) - options.batch + 1))
        chosen, pool = pool[at : at + options.batch], pool[:at] + pool[at + options.batch :]
        inputs = encode([text for text, _ in chosen], padding=True, truncation=True, return_tensors="pt").to(device)
        labels = torch.stack([label for _, label in chosen]).to(device)
        taught = teacher(inputs["input_ids"], inputs["attention_mask"]) if teacher else None
        with torch.autocast(device.type, dtype=torch.bfloat16):
            logits = model(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"]).logits
        loss = loss_of(logits.float(), labels, taught)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for group in optimiser.param_groups:
            group["lr"] = options.lr * min(1.0, (step + 1) / 100) * max(0.02, min(1.0, (1 - progress) / 0.5))
        optimiser.step()
        step += 1
        running = loss.item() if step == 1 else 0.98 * running + 0.02 * loss.item()
        if step % 100 == 0:
            print(
                f"step {step}  {progress:6.1%}  loss {running:.4f}  {step * options.batch / spent:.0f} examples/s",
                flush=True,
            )
        if time.monotonic() - saved > CHECKPOINT_S:
            save()
            saved = time.monotonic()
    save()
    model.eval().cpu().save_pretrained(out / "model")
    encode.save_pretrained(out / "model")
    record = {
        "examples": step * options.batch,
        "steps": step,
        "minutes": round(spent / 60, 1),
        "parameters": sum(p.numel() for p in model.parameters()),
        "seed": options.seed,
        "commit": commit(),
        "loss": round(running, 5),
        "data": sampler.fingerprint,
        "teacher": bool(options.teacher),
        "width": options.width,
        "layers": options.layers,
    }
    (out / "train.json").write_text(json.dumps(record, indent=1) + "\n")


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True)
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--lr", type=float, default=6e-4)
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--teacher", help="a planner run whose encoder teaches")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 2)
    parser.add_argument("--device")
    train(parser.parse_args(argv))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Fine-tune the stronger teacher of the ToolRAG student: MiniLM on the seeds as written, alone and in pairs.

    python -m deskhand_training.toolrag.teach --out runs/teacher --epochs 5

A pretrained sentence encoder knows the words of a few thousand hand-written commands better than a small DeBERTa can
learn them; its opinion on augmented sentences is what the student is trained on (`toolrag.train --teacher`). Writes
OUT/teacher.pt and OUT/train.json; a checkpoint after each epoch is gone on from.
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

from ..data.augment import fingerprint, split_of
from ..data.load import Source, Split, load
from ..evaluate.examples import choose
from ..precision import mixed
from ..provenance import commit
from .model import Teacher, fresh_teacher
from .tokens import encoder_tokenizer

JOINTS = (" and ", ", then ", ". ", " and also ", "; ", " then ")


def labels_of(*sources: Source) -> Tensor:
    called = {node.tool for source in sources for node in source.nodes}
    return torch.tensor([float(name in called) for name in TOOL_NAMES])


def epoch_of(seeds: Sequence[Source], rng: random.Random) -> list[tuple[str, Tensor]]:
    """Every seed once, and as many pairs of seeds that can do something, joined as people join them."""
    rows = [(seed.text, labels_of(seed)) for seed in seeds]
    callable_ = [seed for seed in seeds if seed.nodes and len(seed.text) < 160]
    for _ in range(len(seeds)):
        first, second = rng.choice(callable_), rng.choice(callable_)
        joint = rng.choice(JOINTS)
        after = second.text if joint == ". " else second.text[:1].lower() + second.text[1:]
        rows.append((first.text.rstrip(" .!?") + joint + after, labels_of(first, second)))
    return rows


def train(options: argparse.Namespace) -> dict[str, float]:
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    device = torch.device(options.device or ("cuda" if torch.cuda.is_available() else "cpu"))
    out = Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    seeds = [s for s in load().sources if not s.skeleton and split_of(s.text) is Split.TRAIN][: options.limit]
    tokenizer, teacher = encoder_tokenizer(), fresh_teacher().to(device)
    groups = [
        {"params": teacher.encoder.parameters(), "lr": options.lr},
        {"params": teacher.tools.parameters(), "lr": 20 * options.lr},
    ]
    optimiser = torch.optim.AdamW(groups, weight_decay=0.01)
    rates = [group["lr"] for group in optimiser.param_groups]
    steps_an_epoch = -(-2 * len(seeds) // options.batch)
    total, step, first = steps_an_epoch * options.epochs, 0, 0
    checkpoint = out / "checkpoint.pt"
    if checkpoint.exists():
        state = torch.load(checkpoint, map_location=device, weights_only=True)
        teacher.load_state_dict(state["teacher"])
        optimiser.load_state_dict(state["optimiser"])
        first, step = state["epochs"], state["step"]
        print(f"goes on after epoch {first}", flush=True)
    began, running = time.monotonic(), 0.0
    for epoch in range(first, options.epochs):
        rng = random.Random(f"{options.seed}/{epoch}")
        rows = epoch_of(seeds, rng)
        rows.sort(key=lambda row: len(row[0]) + 10 * rng.random())
        batches = [rows[n : n + options.batch] for n in range(0, len(rows), options.batch)]
        rng.shuffle(batches)
        for batch in batches:
            inputs = tokenizer([text for text, _ in batch], padding=True, truncation=True, return_tensors="pt")
            labels = torch.stack([label for _, label in batch]).to(device)
            with mixed(device):
                logits = teacher(inputs["input_ids"].to(device), inputs["attention_mask"].to(device))
            loss = F.binary_cross_entropy_with_logits(logits.float(), labels)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(teacher.parameters(), 1.0)
            factor = min(1.0, (step + 1) / 50) * max(0.02, 1 - step / total)
            for group, rate in zip(optimiser.param_groups, rates, strict=True):
                group["lr"] = rate * factor
            optimiser.step()
            step += 1
            running = loss.item() if running == 0 else 0.98 * running + 0.02 * loss.item()
            if step % 50 == 0:
                print(f"step {step} of {total}  loss {running:.4f}", flush=True)
        state = {"teacher": teacher.state_dict(), "optimiser": optimiser.state_dict(), "epochs": epoch + 1}
        torch.save(state | {"step": step}, checkpoint.with_suffix(".tmp"))
        os.replace(checkpoint.with_suffix(".tmp"), checkpoint)
    torch.save({name: tensor.cpu() for name, tensor in teacher.state_dict().items()}, out / "teacher.pt")
    measured = measure(teacher.cpu().eval(), options.check)
    record = {
        "epochs": options.epochs,
        "seeds": len(seeds),
        "minutes": round((time.monotonic() - began) / 60, 1),
        "loss": round(running, 5),
        "seed": options.seed,
        "commit": commit(),
        "data": fingerprint(),
        "validation": measured,
    }
    (out / "train.json").write_text(json.dumps(record, indent=1) + "\n")
    print(json.dumps(measured), flush=True)
    return measured


@torch.no_grad()
def measure(teacher: Teacher, limit: int | None) -> dict[str, float]:
    """Recall and tools kept at 0.5 on the validation sentences."""
    tokenizer, needed, found, kept = encoder_tokenizer(), 0, 0, 0
    examples = choose("validation", limit)
    for example in examples:
        inputs = tokenizer([example.sentence], truncation=True, return_tensors="pt")
        chosen = teacher(inputs["input_ids"], inputs["attention_mask"])[0] > 0
        called = {TOOL_NAMES.index(node.tool) for node in example.nodes}
        needed, kept = needed + len(called), kept + int(chosen.sum())
        found += sum(bool(chosen[n]) for n in called)
    return {
        "sentences": len(examples),
        "recall": round(found / max(1, needed), 4),
        "tools_kept": round(kept / max(1, len(examples)), 2),
    }


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--lr", type=float, default=5e-5)
    parser.add_argument("--limit", type=int, help="so many seeds only")
    parser.add_argument("--check", type=int, help="so many validation sentences only")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 2)
    parser.add_argument("--device")
    train(parser.parse_args(argv))
    return 0


if __name__ == "__main__":
    sys.exit(main())

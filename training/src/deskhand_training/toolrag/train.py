"""Train the ToolRAG classifier on augmented queries, with or without a teacher.

    python -m deskhand_training.toolrag.train --out runs/toolrag --minutes 15 --teacher runs/teacher
    python -m deskhand_training.toolrag.train --out runs/toolrag-2 --init ../models/toolrag --teacher runs/planner
    python -m deskhand_training.toolrag.train --out runs/toolrag-v3 --minutes 15 --student microsoft/deberta-v3-small

The loss weighs a missed tool above a tool too many: what ToolRAG drops the planner cannot call, what it keeps in
excess costs the planner little. A run that is started again goes on from its checkpoint, with the very sentences that
it would have seen; writes OUT/model (Hugging Face format) and OUT/train.json.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from deskhand_contract.tools import TOOL_NAMES
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from ..precision import mixed
from ..provenance import commit
from .model import StudentUnavailable, build, load_teacher, pretrained, restore
from .stream import Stream
from .tokens import encoder_tokenizer, student_tokenizer

MISS_WEIGHT = 4.0
CHECKPOINT_S = 120


def loss_of(logits: Tensor, labels: Tensor, taught: Tensor | None) -> Tensor:
    """Weighted binary cross-entropy (B, 16) against the labels, mixed half and half with the teacher's opinion."""
    weight = torch.full((len(TOOL_NAMES),), MISS_WEIGHT, device=logits.device)
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
    if options.init:
        model = restore(options.init)
    else:
        model = pretrained(options.student) if options.student else build(options.width, options.layers)
    model.to(device)
    encode, taught_by = student_tokenizer(options.student), None
    if options.teacher:
        taught_by, teacher_encode = load_teacher(Path(options.teacher)).to(device), encoder_tokenizer()
    decay = [p for p in model.parameters() if p.ndim > 1]
    plain = [p for p in model.parameters() if p.ndim <= 1]
    groups = [{"params": decay, "weight_decay": 0.01}, {"params": plain, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=options.lr, fused=True)
    step, spent, running, stream = 0, 0.0, 0.0, Stream(options.seed, options.batch)
    checkpoint = out / "checkpoint.pt"
    if checkpoint.exists():
        state = torch.load(checkpoint, map_location=device, weights_only=False)
        model.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
        step, spent, running = state["step"], state["spent"], state["running"]
        stream.restore(state["stream"])
        torch.set_rng_state(state["random"].cpu())
        print(f"goes on from step {step}", flush=True)
    before, started, saved = spent, time.monotonic(), time.monotonic()

    def save() -> None:
        state = {
            "model": model.state_dict(),
            "optimiser": optimiser.state_dict(),
            "step": step,
            "spent": spent,
            "running": running,
            "stream": stream.state(),
            "random": torch.get_rng_state(),
        }
        torch.save(state, checkpoint.with_suffix(".tmp"))
        os.replace(checkpoint.with_suffix(".tmp"), checkpoint)

    model.train()
    while True:
        spent = before + time.monotonic() - started
        progress = step / options.steps if options.steps else spent / (60 * options.minutes)
        if progress >= 1:
            break
        texts, labels = stream.draw()
        labels, taught = labels.to(device), None
        inputs = encode(texts, padding=True, truncation=True, return_tensors="pt").to(device)
        if taught_by is not None:
            read = teacher_encode(texts, padding=True, truncation=True, return_tensors="pt").to(device)
            with torch.no_grad():
                taught = taught_by(read["input_ids"], read["attention_mask"])
        with mixed(device):
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
            rate = step * options.batch / max(spent, 1e-9)
            print(f"step {step}  {progress:6.1%}  loss {running:.4f}  {rate:.0f} examples/s", flush=True)
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
        "data": stream.fingerprint,
        "teacher": Path(options.teacher).name if options.teacher else None,
        "student": options.student,
        "width": model.config.hidden_size,
        "layers": model.config.num_hidden_layers,
    }
    if options.init:
        record["init"] = json.loads((options.init / "toolrag.json").read_text())["training"]
    (out / "train.json").write_text(json.dumps(record, indent=1) + "\n")


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True)
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--lr", type=float, help="6e-4 for a fresh student, 5e-5 for a published one")
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--teacher", help="run of toolrag.teach, or a planner run whose encoder teaches")
    begin = parser.add_mutually_exclusive_group()
    begin.add_argument("--init", type=Path, help="go on from this model folder, as `toolrag.export` wrote it")
    begin.add_argument("--student", help="a published DeBERTa-v3 (hub name or folder) instead of a fresh small one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 2)
    parser.add_argument("--device")
    options = parser.parse_args(argv)
    options.lr = options.lr or (5e-5 if options.student else 6e-4)
    try:
        train(options)
    except StudentUnavailable as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

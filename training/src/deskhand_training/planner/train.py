"""Train the embedded planner end to end: encoder, prefix, decoder.

    python -m deskhand_training.planner.train --out runs/planner --minutes 60

Runs on CUDA or on the CPU, with bf16 where the machine has it. A run is one schedule over `--minutes` of training time
(warm-up, constant, linear decay) or `--steps`; the last `--qat` share of it sees the decoder's matrices through Q4_0. A
checkpoint is written every few minutes and a run that is started again goes on from it. `--init ../models/planner` goes
on from a model that was exported. The weights that ship are the moving average, in `OUT/planner.pt`, with
`OUT/train.json` beside them.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from ..data.augment import Sampler
from ..precision import mixed
from ..provenance import commit
from .base import ENCODER_WIDTH, load_encoder, load_featurizer
from .batch import Batches
from .model import IGNORE, DecoderConfig, Planner
from .muon import Muon
from .restore import load_model

TOOL_WEIGHT, SPAN_WEIGHT = 0.5, 1.0
EMA_DECAY = 0.998
CHECKPOINT_S = 240


class Optimisers:
    """Muon for the decoder's matrices, AdamW for the rest, at one shared schedule factor."""

    def __init__(self, model: Planner, muon_lr: float, lr: float, encoder_lr: float) -> None:
        matrices = [p for n, p in model.decoder.named_parameters() if n.startswith("blocks.") and p.ndim == 2]
        inside = {id(p) for p in matrices}
        encoder = list(model.prefix.encoder.parameters())
        inside |= {id(p) for p in encoder}
        rest = [p for p in model.parameters() if id(p) not in inside]
        adam = torch.optim.AdamW(
            [{"params": encoder, "lr": encoder_lr}, {"params": rest, "lr": lr}],
            betas=(0.9, 0.98),
            weight_decay=0.02,
            fused=True,
        )
        muon = Muon(matrices, lr=muon_lr, weight_decay=0.02)
        self._all: list[torch.optim.Optimizer] = [adam, muon]
        self._rates = [[group["lr"] for group in o.param_groups] for o in self._all]

    def step(self, factor: float) -> None:
        for optimiser, rates in zip(self._all, self._rates, strict=True):
            for group, rate in zip(optimiser.param_groups, rates, strict=True):
                group["lr"] = rate * factor
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)

    def state_dict(self) -> list[Any]:
        return [o.state_dict() for o in self._all]

    def load_state_dict(self, states: Sequence[Any]) -> None:
        for optimiser, state in zip(self._all, states, strict=True):
            optimiser.load_state_dict(state)


def schedule(progress: float, step: int) -> float:
    """Warm-up over 100 steps, then constant, then linear to 2 % over the second half."""
    return min(1.0, (step + 1) / 100) * max(0.02, min(1.0, (1 - progress) / 0.5))


def losses(model: Planner, batch: dict[str, Tensor]) -> tuple[Tensor, dict[str, float]]:
    logits, tools, spans = model(batch)
    plan = F.cross_entropy(logits.float().flatten(0, 1), batch["targets"].flatten(), ignore_index=IGNORE)
    tool = F.binary_cross_entropy_with_logits(tools.float(), batch["tools"])
    span = F.binary_cross_entropy_with_logits(spans.float(), batch["spans"])
    total = plan + TOOL_WEIGHT * tool + SPAN_WEIGHT * span
    return total, {"plan": plan.item(), "tools": tool.item(), "spans": span.item()}


def train(options: argparse.Namespace) -> None:
    began_at = commit()
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    device = torch.device(options.device or ("cuda" if torch.cuda.is_available() else "cpu"))
    out = Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    if options.init:
        model = load_model(options.init)
    else:
        model = Planner(load_encoder(), ENCODER_WIDTH, DecoderConfig(layers=options.layers))
    model, config = model.to(device), model.config
    average = torch.optim.swa_utils.AveragedModel(
        model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(EMA_DECAY)
    )
    optimisers = Optimisers(model, options.muon_lr, options.lr, options.encoder_lr)
    step, examples, spent, running = 0, 0, 0.0, dict[str, float]()
    checkpoint, place = out / "checkpoint.pt", None
    if checkpoint.exists():
        state = torch.load(checkpoint, map_location=device, weights_only=False)
        model.load_state_dict(state["model"])
        average.load_state_dict(state["average"])
        optimisers.load_state_dict(state["optimisers"])
        step, examples, spent, place = state["step"], state["examples"], state["spent"], state.get("place")
        running = state.get("running", running)
        print(f"goes on from step {step}, {spent / 60:.1f} min", flush=True)

    start = 0 if place else step  # a checkpoint that does not know its place in the stream goes on in another stream
    sampler = Sampler("train", seed=options.seed * 1_000_003 + start)
    stream = Batches(sampler, load_featurizer(), random.Random(options.seed + start), options.batch)
    if place:
        stream.restore(place)
    started = saved = time.monotonic()
    before = spent
    parameters = sum(p.numel() for p in model.parameters())
    print(f"{parameters / 1e6:.1f} M parameters, {device}, {options.threads} threads", flush=True)

    def save() -> None:
        state = {
            "model": model.state_dict(),
            "average": average.state_dict(),
            "optimisers": optimisers.state_dict(),
            "step": step,
            "examples": examples,
            "spent": spent,
            "place": stream.state(),
            "running": running,
        }
        torch.save(state, checkpoint.with_suffix(".tmp"))
        os.replace(checkpoint.with_suffix(".tmp"), checkpoint)

    for batch in stream:
        spent = before + time.monotonic() - started
        progress = step / options.steps if options.steps else spent / (60 * options.minutes)
        if progress >= 1:
            break
        model.quantise(progress >= 1 - options.qat)
        batch = {name: tensor.to(device) for name, tensor in batch.items()}
        with mixed(device):
            loss, parts = losses(model, batch)
        loss.backward()
        if not math.isfinite(loss.item()):
            raise RuntimeError(f"the loss is {loss.item()} at step {step}")
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimisers.step(schedule(progress, step))
        if step >= 100:
            average.update_parameters(model)
        step, examples = step + 1, examples + len(batch["units"])
        for name, value in parts.items():
            running[name] = 0.98 * running.get(name, value) + 0.02 * value
        if step % 50 == 0:
            shown = "  ".join(f"{name} {value:.4f}" for name, value in running.items())
            rate = examples / max(spent, 1e-9)
            print(f"step {step}  {progress:6.1%}  {shown}  {rate:.0f} examples/s", flush=True)
        if time.monotonic() - saved > CHECKPOINT_S:
            save()
            saved = time.monotonic()
    save()
    weights = {k: v.cpu() for k, v in average.module.state_dict().items()} if step > 100 else model.state_dict()
    torch.save(weights, out / "planner.pt")
    record = {
        "decoder": config.as_dict(),
        "parameters": parameters,
        "examples": examples,
        "steps": step,
        "minutes": round(spent / 60, 1),
        "device": str(device),
        "seed": options.seed,
        "commit": began_at,
        "loss": {name: round(value, 5) for name, value in running.items()},
        "data": sampler.fingerprint,
        "options": {k: v for k, v in vars(options).items() if k not in ("out", "init")},
        "init": options.init and json.loads((options.init / "planner.json").read_text())["training"],
    }
    (out / "train.json").write_text(json.dumps(record, indent=1) + "\n")
    print(f"done: {examples} examples in {spent / 60:.1f} min", flush=True)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True, help="folder of the run; a checkpoint in it is gone on from")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--steps", type=int, help="instead of --minutes")
    parser.add_argument("--batch", type=int, default=96)
    parser.add_argument("--layers", type=int, default=DecoderConfig.layers)
    parser.add_argument("--qat", type=float, default=0.25, help="last share of the run that trains quantised")
    parser.add_argument("--muon-lr", type=float, default=0.02)
    parser.add_argument("--lr", type=float, default=2e-3)
    parser.add_argument("--encoder-lr", type=float, default=2e-4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 2)
    parser.add_argument("--device")
    parser.add_argument("--init", type=Path, help="model folder to go on from; without it the decoder begins anew")
    train(parser.parse_args(argv))
    return 0


if __name__ == "__main__":
    sys.exit(main())

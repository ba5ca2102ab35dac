"""Does llama.cpp compute what torch trained?

    python -m deskhand_training.evaluate.parity --run runs/planner --model ../models/planner [--count 200] [--write]

Every plan that the serving engine writes is read again by the torch model, which says at each token what it would have
chosen there. When all choices are the same, torch would have written the same plan. Measured twice: the decoder alone
(torch reads the prefix that ONNX made) and the whole (torch encodes too, so that int8 rounding of the encoder counts).
--write keeps the result as MODEL/parity.json.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from deskhand_contract.compact import PLAN, CompactDecoder
from deskhand_planner.engines.embedded import EmbeddedModel
from deskhand_planner.engines.search import CutOff, Hypothesis
from torch import Tensor
from tqdm import tqdm

from ..planner.base import load_featurizer
from ..planner.batch import Row, collate
from ..planner.export import load_run
from ..planner.model import Planner, causal_mask
from ..provenance import stamp
from .examples import choose


def decoder_logits(model: Planner, prefix: Tensor, tokens: Sequence[int]) -> Tensor:
    """Prefix (1, U, d) and the plan's tokens, from <plan> on -> logits (O, vocabulary) behind each of them."""
    units = prefix.shape[1]
    x = torch.cat([prefix, model.decoder.embed(torch.tensor([tokens]))], 1)
    states = model.decoder(x, causal_mask(torch.tensor([units]), units, len(tokens)))
    return model.decoder.logits(states[:, units:])[0]


def greedy(served: EmbeddedModel, sentence: str) -> Hypothesis:
    """What the serving engine writes without searching, to its end or until it is cut off."""
    try:
        (found,) = served.candidates(sentence, width=1) or ()
    except CutOff as error:
        return error.plan
    return found.plan


def compare(model: Planner, served: EmbeddedModel, sentences: Sequence[str]) -> dict[str, Any]:
    """Shares of equal plans and equal tokens in percent, and the differences of log-probabilities in nats."""
    featurizer = load_featurizer()
    same_plans = {"decoder": 0, "whole": 0}
    same_tokens = {"decoder": 0, "whole": 0}
    gaps: dict[str, list[float]] = {"decoder": [], "whole": []}
    total = 0
    for sentence in tqdm(sentences, desc="parity", leave=False, disable=None):
        written = greedy(served, sentence)
        total += len(written.tokens)
        batch = collate([Row(featurizer(sentence), (PLAN,))])
        prefixes = {
            "decoder": torch.from_numpy(served.encode(sentence)[0])[None],
            "whole": model.prefix(
                batch["input_ids"], batch["attention_mask"], batch["pool"], batch["shape"], batch["index"]
            )[0],
        }
        for name, prefix in prefixes.items():
            logits = decoder_logits(model, prefix, (PLAN, *written.tokens[:-1])).numpy()
            grammar, equal = CompactDecoder(sentence), 0
            for row, token, logprob in zip(logits, written.tokens, written.logprobs, strict=True):
                allowed = grammar.allowed()
                best = allowed[int(row[allowed].argmax())]
                mine = row[allowed] - row[allowed].max()
                gaps[name].append(abs(float(row[token] - row[allowed].max() - _log_sum(mine)) - logprob))
                equal += best == token
                grammar.push(token)
            same_tokens[name] += equal
            same_plans[name] += equal == len(written.tokens)
    return {
        "queries": len(sentences),
        "tokens": total,
        **{
            name: {
                "same_plans_percent": round(100 * same_plans[name] / len(sentences), 2),
                "same_tokens_percent": round(100 * same_tokens[name] / total, 3),
                "mean_gap": round(sum(gaps[name]) / len(gaps[name]), 5),
                "largest_gap": round(max(gaps[name]), 4),
            }
            for name in same_plans
        },
    }


def _log_sum(values: Any) -> float:
    return float(torch.logsumexp(torch.from_numpy(values), 0))


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args(argv)
    model, _ = load_run(options.run)
    card = json.loads((options.model / "planner.json").read_text())
    model.quantise(card["decoder"]["quantisation"] == "q4_0")
    sentences = [example.sentence for example in choose("validation", options.count)]
    with torch.no_grad():
        report = compare(model, EmbeddedModel(options.model, threads=1), sentences)
    report["quantisation"] = card["decoder"]["quantisation"]
    print(json.dumps(report, indent=1))
    if options.write:
        (options.model / "parity.json").write_text(json.dumps(report | stamp(), indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Write docs/models.md and its plots from the JSON files beside the models.

    python -m deskhand_training.report [--check]

Every number in the document comes from models/*/*.json, so that it is never edited by hand. --check writes nothing
and fails when the document is not what the files say.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from .evaluate import DOCS, MODELS
from .evaluate.plots import draw

HEAD = """# The models

<!-- Written by `python -m deskhand_training.report` from models/*/*.json: do not edit. `make eval` measures again. -->

Deskhand ships two models that it trained itself (see [training/](../training/README.md)): ToolRAG decides which of the
sixteen tools a sentence needs, and the planner writes the plan. Everything here is measured on {split} sentences that
no training example was made from: seeds as people wrote them and skeletons of the paraphrase bank, each filled once.

- **plan right**: TinyAgent's success rate, that is the same calls with the same dependencies (isomorphic DAGs).
- **arguments right**: and every argument has the gold value, dates as phrases included.
- **left alone**: share of the out-of-scope sentences for which no call is written.
"""


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def _cell(value: object) -> str:
    return "–" if value is None else str(value)


def _group(name: str) -> str:
    return name if not name.isdecimal() else f"{name} call{'s' if name != '1' else ''}"


def _planner(card: dict[str, Any], found: dict[str, Any]) -> str:
    scope, nothing, ms = found["in_scope"], found["out_of_scope"] or {}, found["plan_ms"]
    size = sum(entry["bytes"] for entry in card["files"].values()) / 1e6
    training, decoder = card["training"], card["decoder"]
    text = [
        "## Planner",
        f"A sentence encoder ({card['encoder']['from']}, {card['encoder']['licence']}, {card['encoder']['precision']}) "
        f"reads the sentence; a Llama decoder of {decoder['layers']} layers and width {decoder['width']} in "
        f"{decoder['quantisation'].upper()} writes the plan. {training['parameters'] / 1e6:.1f} M parameters, "
        f"{size:.1f} MB; {training['examples']:,} examples in {training['minutes']:g} minutes on {training['device']}.",
        table(
            ("commands", "tools right", "plan right", "arguments right", "left alone", "plan p50", "plan p95"),
            [
                (
                    scope["items"] + nothing.get("items", 0),
                    f"{scope['tools']} %",
                    f"{scope['dag']} %",
                    f"{scope['args']} %",
                    f"{nothing['left_alone']} %" if nothing else None,
                    f"{ms['p50']} ms",
                    f"{ms['p95']} ms",
                )
            ],
        ),
        "By the number of calls, and by how it is said:",
        table(
            ("commands with", "commands", "plan right", "arguments right"),
            [
                (_group(name), e["items"], f"{e['dag']} %", f"{e['args']} %")
                for group in (found["by_size"], found["by_style"])
                for name, e in group.items()
            ],
        ),
        "![Success by the number of calls](figures/success_by_size.png)",
        "What is wrong first, where something is:",
        table(("fault", "plans"), list(found["faults"].items())[:12]),
        "The calls that are taken for another most often (`nothing`: left out, or one too many):",
        table(("said", "written", "times"), [(e["said"], e["written"], e["times"]) for e in found["confusion"]]),
        "![Calls said and written](figures/confusion.png)",
    ]
    return "\n\n".join(text)


_WEIGHED = {
    "total": "log-probability of the plan",
    "marks": "its values begin and end where the encoder saw values",
    "explained": "what the encoder saw is in the plan",
    "tools": "its tools are those that the encoder saw",
    "idle": "each result that nothing uses",
    "torn": "each value that begins or ends inside a word",
    "capitals": "each word with a capital that is in no value",
}


def _ranking(ranking: dict[str, Any]) -> str:
    rows = [(_WEIGHED[name], weight) for name, weight in ranking["weights"].items()]
    return "\n\n".join(
        [
            "### Choosing among plans",
            "Where the decoder hesitates, the plans that it hesitates between are all written, and the one that ranks "
            "first is carried out; calls that stand before the first doubt do not wait for it. The weights make right "
            f"plans likely on {ranking['items']} validation commands, of which the likeliest plan is right for "
            f"{ranking['first']} %, and one of those found for {ranking['found']} %.",
            table(("what is weighed", "weight"), rows),
        ]
    )


def _confidence(calibration: dict[str, Any]) -> str:
    rows = [
        (f"from {b['from']}", b["items"], f"{b['said']:.3f}", f"{b['right']:.3f}") for b in calibration["reliability"]
    ]
    asks = [
        (threshold, f"{a['asked_percent']} %", f"{a['right_percent_of_the_rest']} %")
        for threshold, a in calibration["thresholds"].items()
    ]
    return "\n\n".join(
        [
            "### Confidence",
            "Each plan carries a probability of being right: a logistic fit, on validation plans, of the plan's "
            "log-probability and of its share among the plans that were found. "
            f"Expected calibration error on these commands: {calibration['expected_error']}.",
            table(("confidence", "plans", "said", "right"), rows),
            "![Reliability](figures/reliability.png)",
            "If plans below a threshold were shown instead of carried out:",
            table(("threshold", "plans shown", "right among the others"), asks),
        ]
    )


def _parity(found: dict[str, Any]) -> str:
    rows = [
        (
            name,
            f"{found[key]['same_plans_percent']} %",
            f"{found[key]['same_tokens_percent']} %",
            found[key]["mean_gap"],
        )
        for key, name in (("decoder", "decoder (GGUF)"), ("whole", "decoder and int8 encoder"))
    ]
    return "\n\n".join(
        [
            "### Parity",
            f"llama.cpp against torch on {found['queries']} sentences ({found['quantisation'].upper()}): plans that "
            "torch would have written too, tokens that it would have chosen, mean difference of log-probabilities in "
            "nats.",
            table(("", "same plans", "same tokens", "mean gap"), rows),
        ]
    )


def _quantisation(found: dict[str, Any]) -> str:
    rows = [
        (
            row["quantisation"],
            row["training"],
            f"{row['decoder_bytes'] / 1e6:.1f} MB",
            f"{row['dag']} %",
            f"{row['args']} %",
            f"{row['same_plans_percent']} %",
            f"{row['plan_ms']} ms",
        )
        for row in found["rows"]
    ]
    about = f"{found['sentences']} commands of the {found['split']} split, decoded greedily by one thread."
    if plain := found.get("plain"):
        start = "went on from a quantisation-aware one" if plain["went_on"] else "began anew"
        about += f" The plain decoder {start}, for {plain['examples']:,} examples without rounding."
    return "\n\n".join(
        [
            "### Quantisation (TinyAgent's Table 2 on our data)",
            about,
            table(("decoder", "training", "size", "plan right", "arguments right", "plans as in 16 bits", "p50"), rows),
        ]
    )


def _toolrag(card: dict[str, Any], found: dict[str, Any] | None) -> str:
    training = card["training"]
    size = sum(entry["bytes"] for entry in card["files"].values()) / 1e6
    teacher = f", taught by `{training['teacher']}`" if training.get("teacher") else ""
    text = [
        "## ToolRAG",
        f"{card['architecture']} with one sigmoid per tool, int8 in ONNX: {training['parameters'] / 1e6:.1f} M "
        f"parameters, {size:.1f} MB; {training['examples']:,} examples in {training['minutes']:g} minutes{teacher}.",
    ]
    if rounding := card.get("rounding"):
        text.append(
            f"int8 changes the selected tools in {100 - rounding['same_tools_percent']:.2f} % of "
            f"{rounding['sentences']} sentences; probabilities move by {rounding['mean_difference']} on average."
        )
    if found:
        rows = [
            (
                row["retrieval"],
                f"{row['recall']} %",
                f"{row['all_needed']} %",
                row["tools_kept"],
                row["prompt_tokens"],
                f"{row['dag']} %" if "dag" in row else None,
                f"{row['args']} %" if "args" in row else None,
                f"{row['left_alone']} %" if row.get("left_alone") is not None else None,
                f"{row['ms']} ms" if row["ms"] is not None else None,
            )
            for row in found["rows"]
        ]
        head = (
            "retrieval",
            "recall",
            "all needed",
            "kept",
            "prompt",
            "plan right",
            "arguments right",
            "left alone",
            "takes",
        )
        text += [
            f"### Retrieval (TinyAgent's Table 1 on our data)\n\n{found['sentences']} commands of the {found['split']} "
            f"split, which need {found['tools_needed']} tools on average. Recall: share of the needed tools that are "
            "kept. All needed: share of the commands that keep every tool they need. Embedding: the tools of the "
            f"nearest among {found['embedded']:,} training sentences. Prompt: word pieces of the full "
            "LLMCompiler prompt with these tools, which the engines for general models use; the embedded planner, "
            "whose success is in the next columns, reads none of it and is limited to these tools by its grammar.",
            table(head, rows),
        ]
    return "\n\n".join(text)


def document(models: Path) -> tuple[str, dict[str, Any]]:
    """The text, and the planner's evaluation for the plots. Raises FileNotFoundError before anything was measured."""
    planner, toolrag = models / "planner", models / "toolrag"
    found = _read(planner / "evaluation.json")
    if found is None:
        raise FileNotFoundError(f"{planner / 'evaluation.json'} is missing: `make eval` measures and writes it")
    text = [
        HEAD.format(split=found["split"]).strip(),
        _planner(json.loads((planner / "planner.json").read_text()), found),
    ]
    if "ranking" in found:
        text.append(_ranking(found["ranking"]))
    if "calibration" in found:
        text.append(_confidence(found["calibration"]))
    for name, section in (("parity", _parity), ("quantisation", _quantisation)):
        if measured := _read(planner / f"{name}.json"):
            text.append(section(measured))
    text.append(_toolrag(json.loads((toolrag / "toolrag.json").read_text()), _read(toolrag / "retrieval.json")))
    text.append(
        f"---\n\nMeasured at commit {found['commit']} on {found['machine']}, data {found['data']}, with a load of "
        f"{found['load']} on the machine: latencies are those of a machine that has other things to do where that is "
        "above 1."
    )
    return "\n\n".join(text) + "\n", found


def _read(path: Path) -> dict[str, Any] | None:
    return json.loads(path.read_text()) if path.exists() else None


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, default=MODELS)
    parser.add_argument("--docs", type=Path, default=DOCS)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args(argv)
    try:
        text, evaluation = document(options.models)
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 1
    target = options.docs / "models.md"
    if options.check:
        if not target.exists() or target.read_text() != text:
            print(
                f"{target} is not what models/*/*.json say: run `python -m deskhand_training.report`", file=sys.stderr
            )
            return 1
        return 0
    options.docs.mkdir(parents=True, exist_ok=True)
    draw(evaluation, options.docs / "figures")
    target.write_text(text)
    print(f"wrote {target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Engine `embedded`: sentence encoder in ONNX, prefix, compact-plan decoder under llama.cpp.

A plan takes tens of milliseconds; see `worker` for what happens to several at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime as ort
from deskhand_contract.compact import MAX_UNITS, TOKENS, CompactDecoder, split_units
from deskhand_contract.literals import inside_words
from deskhand_contract.plan import PlanNode
from deskhand_contract.services import PlanRequest
from deskhand_contract.tools import TOOLS
from numpy.typing import NDArray
from pydantic import BaseModel
from tokenizers import Tokenizer

from ..errors import ModelUnavailable, SentenceTooLong, ToolsNeedEngine
from ..evidence import ARGUMENT_SLOTS, Evidence, Ranking
from ..features import Featurizer
from . import PlannedNode, PlanStats
from .llama import CompactModel
from .search import Hypothesis, search
from .worker import WorkerEngine

WIDTH = 6
"""Plans that are written before one is chosen, at most."""
FILES = ("planner.json", "tokenizer.json", "encoder.onnx", "decoder.gguf")
OUTPUTS = ("prefix", "tools", "spans")
CONTEXT = 512


@dataclass(frozen=True, slots=True)
class Calibration:
    """Logistic fit on validation plans: P(right) from the plan's log-probability, and from the logarithm of its share
    among the plans that were found."""

    total: float = 0.0
    share: float = 0.0
    bias: float = 0.0

    def __call__(self, total: float, share: float) -> float:
        score = self.total * total + self.share * share + self.bias
        return 0.5 * (1 + math.tanh(0.5 * score))  # the logistic function, without overflow


@dataclass(frozen=True, slots=True)
class Candidate:
    """A finished plan and what `Ranking` weighs of it."""

    plan: Hypothesis
    features: Sequence[float]


@dataclass(frozen=True, slots=True)
class Choice:
    """The plan that ranks first. `share`: logarithm of its share among all that were found."""

    plan: Hypothesis
    share: float


class _Fit(BaseModel):
    weights: Calibration


class _Order(BaseModel):
    weights: Ranking


class _Card(BaseModel):
    """What the engine needs of planner.json. Without a ranking, plans are written greedily."""

    tokens: tuple[str, ...]
    calibration: _Fit | None = None
    ranking: _Order | None = None


def _open_encoder(path: Path, threads: int) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # A thread that spins between two requests costs a core and the battery.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


class EmbeddedModel:
    """The files of a model folder, loaded. Synchronous and not thread-safe.

    Raises ModelUnavailable when a file is missing or was made for another vocabulary.
    """

    def __init__(self, folder: Path, threads: int) -> None:
        for name in FILES:
            if not (folder / name).is_file():
                raise ModelUnavailable(
                    f"{folder / name} is missing; set DESKHAND_PLANNER_MODEL_PATH to the folder that has it, or get it "
                    "with `git restore models`"
                )
        try:
            card = _Card.model_validate_json((folder / "planner.json").read_bytes())
            self.calibration = card.calibration.weights if card.calibration else None
            self.ranking = card.ranking.weights if card.ranking else None
            if card.tokens != TOKENS:
                raise ModelUnavailable(f"the model in {folder} was trained for another tool registry; train it again")
            self._featurize = Featurizer(Tokenizer.from_file(str(folder / "tokenizer.json")))
            self._encoder = _open_encoder(folder / "encoder.onnx", threads)
            self._decoder = CompactModel(folder / "decoder.gguf", context=CONTEXT, threads=threads)
        except ModelUnavailable:
            raise
        except Exception as error:
            raise ModelUnavailable(f"the model in {folder} cannot be loaded: {error}") from error
        outputs = {output.name: output.shape[-1] for output in self._encoder.get_outputs()}
        widths = {"prefix": self._decoder.width, "tools": len(TOOLS), "spans": 2 * len(ARGUMENT_SLOTS)}
        if outputs != widths or self._decoder.vocabulary != len(TOKENS):
            raise ModelUnavailable(f"encoder.onnx and decoder.gguf in {folder} do not match; train them again")

    def encode(self, sentence: str) -> tuple[NDArray[np.float32], Evidence]:
        """Sentence -> prefix float32 (U, width), and what the encoder saw in it."""
        features = self._featurize(sentence)
        inputs = {"input_ids": features.pieces[None], "pool": features.pool()[None], "shape": features.shape[None]}
        prefix, tools, spans = (np.asarray(out, np.float32)[0] for out in self._encoder.run(list(OUTPUTS), inputs))
        units = split_units(sentence)
        capitals = frozenset(n for n, (start, _) in enumerate(units) if sentence[start].isupper())
        return prefix, Evidence(spans, tools, inside_words(sentence, units), capitals)

    def plan(
        self, request: PlanRequest, on_node: Callable[[PlannedNode], None], stop: Callable[[], bool]
    ) -> PlanStats | None:
        """As `worker.Writer` says. Raises SentenceTooLong, BadPlan, ToolsNeedEngine."""
        if request.client_tools is not None:
            raise ToolsNeedEngine
        return self.write(request.query, request.tools, on_node, stop, calls_required=request.calls_required)

    def write(
        self,
        sentence: str,
        tools: list[str] | None,
        on_node: Callable[[PlanNode], None],
        stop: Callable[[], bool],
        *,
        calls_required: bool = False,
    ) -> PlanStats | None:
        """The plan that ranks first of those found; None when `stop` said so. Raises SentenceTooLong, BadPlan."""
        units = len(split_units(sentence))
        if units > MAX_UNITS:
            raise SentenceTooLong(
                f"the sentence has {units} words and marks; the embedded planner reads {MAX_UNITS}. Say it in two "
                "sentences, or set up the engine `openai`"
            )
        if not units:
            return PlanStats(1.0, 0, 0)
        given = 0

        def give(node: PlanNode) -> None:
            nonlocal given
            given += 1
            on_node(node)

        found = self.candidates(sentence, tools, on_sure=give, stop=stop, calls_required=calls_required)
        if found is None:
            return None
        best = self.choose(found)
        for node in best.plan.nodes[given:]:
            on_node(node)
        confidence = self.calibration(best.plan.total, best.share) if self.calibration else None
        return PlanStats(confidence, units + 1, len(best.plan.tokens))

    def candidates(
        self,
        sentence: str,
        tools: Sequence[str] | None = None,
        *,
        width: int | None = None,
        on_sure: Callable[[PlanNode], None] = lambda node: None,
        stop: Callable[[], bool] = lambda: False,
        calls_required: bool = False,
    ) -> list[Candidate] | None:
        """The plans that `search` finds for a sentence that is not empty, each with its features. Without a `width`:
        as many as the ranking can choose from."""
        width = width or (WIDTH if self.ranking else 1)
        grammar = CompactDecoder(sentence, tools, calls_required=calls_required)
        prefix, evidence = self.encode(sentence)
        self._decoder.start(prefix)
        found = search(self._decoder, grammar, width=width, on_sure=on_sure, stop=stop)
        if found is None:
            return None
        return [Candidate(plan, evidence.features(plan.tokens, plan.nodes, plan.total)) for plan in found]

    def choose(self, found: Sequence[Candidate]) -> Choice:
        """The one that ranks first; by its log-probability where the card has no ranking."""
        ranking = self.ranking or Ranking()
        scores = np.array([ranking(candidate.features) for candidate in found])
        best = int(scores.argmax())
        return Choice(found[best].plan, -float(np.log(np.exp(scores - scores[best]).sum())))

    def close(self) -> None:
        self._decoder.close()


def load(folder: Path, threads: int) -> WorkerEngine:
    """Raises ModelUnavailable."""
    model = EmbeddedModel(folder, threads)
    return WorkerEngine("embedded", model, rates_plans=model.calibration is not None)

"""Engine `embedded`: sentence encoder in ONNX, prefix, compact-plan decoder under llama.cpp.

A plan takes tens of milliseconds; see `worker` for what happens to several at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime as ort
from deskhand_contract.compact import EOS, MAX_UNITS, PLAN, TOKENS, CompactDecoder, split_units
from deskhand_contract.plan import PlanNode
from deskhand_contract.services import PlanRequest
from numpy.typing import NDArray
from pydantic import BaseModel
from tokenizers import Tokenizer

from ..errors import BadPlan, ModelUnavailable, SentenceTooLong, ToolsNeedEngine
from ..features import Featurizer
from . import PlannedNode, PlanStats
from .llama import CompactModel
from .worker import WorkerEngine

FILES = ("planner.json", "tokenizer.json", "encoder.onnx", "decoder.gguf")
MAX_TOKENS = 320
CONTEXT = 512


@dataclass(frozen=True, slots=True)
class Calibration:
    """Logistic fit on validation plans: P(right) from the plan's log-probability and its least certain token."""

    total: float = 0.0
    least: float = 0.0
    bias: float = 0.0

    def __call__(self, logprobs: list[float]) -> float:
        score = self.total * sum(logprobs) + self.least * min(logprobs) + self.bias
        return 0.5 * (1 + math.tanh(0.5 * score))  # the logistic function, without overflow


class _Fit(BaseModel):
    weights: Calibration


class _Card(BaseModel):
    """What the engine needs of planner.json."""

    tokens: tuple[str, ...]
    calibration: _Fit | None = None


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
            if card.tokens != TOKENS:
                raise ModelUnavailable(f"the model in {folder} was trained for another tool registry; train it again")
            self._featurize = Featurizer(Tokenizer.from_file(str(folder / "tokenizer.json")))
            self._encoder = _open_encoder(folder / "encoder.onnx", threads)
            self._decoder = CompactModel(folder / "decoder.gguf", context=CONTEXT, threads=threads)
        except ModelUnavailable:
            raise
        except Exception as error:
            raise ModelUnavailable(f"the model in {folder} cannot be loaded: {error}") from error
        width = self._encoder.get_outputs()[0].shape[-1]
        if (width, self._decoder.vocabulary) != (self._decoder.width, len(TOKENS)):
            raise ModelUnavailable(f"encoder.onnx and decoder.gguf in {folder} do not match; train them again")

    def encode(self, sentence: str) -> NDArray[np.float32]:
        """Sentence -> prefix float32 (U, width)."""
        features = self._featurize(sentence)
        inputs = {"input_ids": features.pieces[None], "pool": features.pool()[None], "shape": features.shape[None]}
        prefix = np.asarray(self._encoder.run(["prefix"], inputs)[0], np.float32)
        return prefix[0]

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
        """Decode greedily under the grammar; None when `stop` said so. Raises SentenceTooLong, BadPlan."""
        units = len(split_units(sentence))
        if units > MAX_UNITS:
            raise SentenceTooLong(
                f"the sentence has {units} words and marks; the embedded planner reads {MAX_UNITS}. Say it in two "
                "sentences, or set up the engine `openai`"
            )
        grammar = CompactDecoder(sentence, tools, calls_required=calls_required)
        if not units:
            return PlanStats(1.0, 0, 0)
        logits = self._decoder.start(self.encode(sentence), PLAN)
        logprobs: list[float] = []
        for _ in range(MAX_TOKENS):
            if stop():
                return None
            token, logprob = _choose(logits, grammar.allowed())
            logprobs.append(logprob)
            node = grammar.push(token)
            if node is not None:
                on_node(node)
            if token == EOS:
                confidence = self.calibration(logprobs) if self.calibration else None
                return PlanStats(confidence, units + 1, len(logprobs))
            logits = self._decoder.step(token)
        raise BadPlan(f"the plan did not end within {MAX_TOKENS} tokens")

    def close(self) -> None:
        self._decoder.close()


def _choose(logits: NDArray[np.float32], allowed: list[int]) -> tuple[int, float]:
    """The best allowed token and its log-probability among the allowed ones."""
    values = logits[allowed]
    best = int(values.argmax())
    return allowed[best], -float(np.log(np.exp(values - values[best]).sum()))


def load(folder: Path, threads: int) -> WorkerEngine:
    """Raises ModelUnavailable."""
    model = EmbeddedModel(folder, threads)
    return WorkerEngine("embedded", model, rates_plans=model.calibration is not None)

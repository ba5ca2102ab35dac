"""The ToolRAG classifier: a DeBERTa-v3 encoder with one sigmoid per tool, in ONNX (after TinyAgent, 2024).

ToolRAGUnavailable (ServiceFailure)   a file of the model is missing or made for another registry, 503
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime as ort
from deskhand_contract.errors import WireError
from deskhand_contract.tools import TOOL_NAMES
from deskhand_serving.errors import ServiceFailure
from numpy.typing import NDArray
from pydantic import BaseModel, Field
from tokenizers import Tokenizer

FILES = ("toolrag.json", "tokenizer.json", "classifier.onnx")


class ToolRAGUnavailable(ServiceFailure):
    def __init__(self, message: str) -> None:
        super().__init__(WireError(code="toolrag_unavailable", message=message), 503)


class _Card(BaseModel):
    """What the classifier needs of toolrag.json."""

    tools: tuple[str, ...]
    max_pieces: int = Field(ge=2)
    bias: float = 0.0


class Classifier:
    """Loads `classifier.onnx`, `tokenizer.json` and the card `toolrag.json` of a folder. Thread-safe.

    Raises ToolRAGUnavailable.
    """

    def __init__(self, folder: Path, threads: int = 1) -> None:
        for name in FILES:
            if not (folder / name).is_file():
                raise ToolRAGUnavailable(
                    f"{folder / name} is missing; set DESKHAND_TOOLRAG_MODEL_PATH to the folder that has it, or get it "
                    "with `git restore models`"
                )
        try:
            card = _Card.model_validate_json((folder / "toolrag.json").read_bytes())
            tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            options = ort.SessionOptions()
            options.intra_op_num_threads = threads
            options.inter_op_num_threads = 1
            options.add_session_config_entry("session.intra_op.allow_spinning", "0")
            self._session = ort.InferenceSession(
                str(folder / "classifier.onnx"), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            raise ToolRAGUnavailable(f"the classifier in {folder} cannot be loaded: {error}") from error
        outputs = self._session.get_outputs()[0].shape[-1]
        if card.tools != TOOL_NAMES or outputs != len(TOOL_NAMES):
            raise ToolRAGUnavailable(
                f"the classifier in {folder} was trained for another tool registry; train it again"
            )
        self._bias = np.float32(card.bias)
        tokenizer.no_padding()
        tokenizer.enable_truncation(card.max_pieces)
        self._tokenizer = tokenizer

    def probabilities(self, query: str) -> NDArray[np.float32]:
        """Sentence -> float32 (16,), in registry order. The card's bias is in it: a tool that is missed costs more than
        one that is kept for nothing."""
        logits = self.logits(query) + self._bias
        return np.float32(0.5) * (1 + np.tanh(np.float32(0.5) * logits))  # the sigmoid, without overflow

    def logits(self, query: str) -> NDArray[np.float32]:
        """Sentence -> float32 (16,), in registry order, as the network gives them."""
        ids = np.array([self._tokenizer.encode(query).ids], np.int64)
        outputs = self._session.run(["logits"], {"input_ids": ids, "attention_mask": np.ones_like(ids)})
        return np.asarray(outputs[0], np.float32)[0]

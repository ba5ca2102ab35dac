"""Tokenizers: MiniLM's word pieces for the student made here and for its teacher, a published student's own."""

from __future__ import annotations

from transformers import AutoTokenizer, PreTrainedTokenizerBase

from ..planner.base import encoder_folder
from .model import MAX_PIECES


def encoder_tokenizer() -> PreTrainedTokenizerBase:
    return AutoTokenizer.from_pretrained(encoder_folder(), model_max_length=MAX_PIECES)


def student_tokenizer(name: str | None) -> PreTrainedTokenizerBase:
    return AutoTokenizer.from_pretrained(name, model_max_length=MAX_PIECES) if name else encoder_tokenizer()

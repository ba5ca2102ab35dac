"""The student: a small DeBERTa-v3 whose word vectors begin as MiniLM's, cut to fewer dimensions.

Architecture and head follow TinyAgent's ToolRAG: the first token's last state, a linear layer, 16 sigmoids.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from deskhand_contract.tools import TOOL_NAMES
from torch import Tensor, nn
from transformers import DebertaV2Config, DebertaV2ForSequenceClassification

from ..planner.base import ENCODER_WIDTH, load_encoder
from ..planner.export import load_run
from ..quantise import dequantise_onnx

MAX_PIECES = 256


def config(width: int = 256, layers: int = 4, vocabulary: int = 30522) -> DebertaV2Config:
    """DeBERTa-v3's settings (relative positions in 256 log buckets, no absolute ones, shared key) at a small size."""
    return DebertaV2Config(
        vocab_size=vocabulary,
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=width // 64,
        intermediate_size=4 * width,
        max_position_embeddings=512,
        type_vocab_size=0,
        relative_attention=True,
        position_buckets=32,
        max_relative_positions=-1,
        norm_rel_ebd="layer_norm",
        share_att_key=True,
        pos_att_type=["p2c", "c2p"],
        position_biased_input=False,
        layer_norm_eps=1e-7,
        hidden_dropout_prob=0.1,
        attention_probs_dropout_prob=0.1,
        pooler_hidden_size=width,
        pooler_dropout=0,
        pad_token_id=0,
        num_labels=len(TOOL_NAMES),
        id2label=dict(enumerate(TOOL_NAMES)),
        label2id={name: number for number, name in enumerate(TOOL_NAMES)},
        problem_type="multi_label_classification",
    )


def build(width: int = 256, layers: int = 4, *, pretrained: bool = True) -> DebertaV2ForSequenceClassification:
    """A fresh student. With `pretrained`, its word vectors are MiniLM's in their `width` principal directions."""
    model = DebertaV2ForSequenceClassification(config(width, layers))
    if pretrained:
        words = load_encoder().embeddings.word_embeddings.weight.detach()  # (30522, 384)
        with torch.no_grad():
            model.deberta.embeddings.word_embeddings.weight.copy_(_principal(words, width))
    return model


def _principal(words: Tensor, width: int) -> Tensor:
    """(V, e) -> (V, width): centred, projected on the first principal directions, at the usual scale of 0.02."""
    centred = words - words.mean(0)
    _, _, directions = torch.linalg.svd(centred, full_matrices=False)
    projected = centred @ directions[:width].T
    return projected * (0.02 / projected.std())


def pretrained(name: str) -> DebertaV2ForSequenceClassification:
    """A published DeBERTa (`microsoft/deberta-v3-small`, or a folder) with a fresh head. Raises StudentUnavailable."""
    try:
        return DebertaV2ForSequenceClassification.from_pretrained(
            name,
            num_labels=len(TOOL_NAMES),
            id2label=dict(enumerate(TOOL_NAMES)),
            label2id={tool: number for number, tool in enumerate(TOOL_NAMES)},
            problem_type="multi_label_classification",
            torch_dtype=torch.float32,
        )
    except OSError as error:
        raise StudentUnavailable(
            f"{name} is neither a folder nor to be had from the hub: {str(error).splitlines()[0]} "
            "Name a folder that has its config.json and weights, or leave --student out for a student made here."
        ) from error


def restore(folder: Path) -> DebertaV2ForSequenceClassification:
    """A model folder as `toolrag.export` wrote it -> the student in torch, to go on training from. Raises
    StudentUnavailable."""
    try:
        training = json.loads((folder / "toolrag.json").read_text())["training"]
    except OSError as error:
        raise StudentUnavailable(f"{folder} is no folder that toolrag.export wrote: {error}") from error
    if training["student"]:
        raise StudentUnavailable(f"{folder} was made from {training['student']}: go on in its run's folder instead.")
    model = build(training["width"], training["layers"], pretrained=False)
    model.load_state_dict(dequantise_onnx(folder / "classifier.onnx"))
    return model


class StudentUnavailable(RuntimeError):
    """The weights that --student names are not here."""


class Teacher(nn.Module):
    """A sentence encoder and a linear layer on the mean of its states: logits (B, 16), stronger than the student."""

    def __init__(self, encoder: nn.Module, tools: nn.Linear) -> None:
        super().__init__()
        self.encoder = encoder
        self.tools = tools

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        weight = attention_mask[..., None].to(states.dtype)
        return self.tools((states * weight).sum(1) / weight.sum(1))


def fresh_teacher() -> Teacher:
    """MiniLM with a head that knows nothing yet."""
    return Teacher(load_encoder(), nn.Linear(ENCODER_WIDTH, len(TOOL_NAMES)))


def load_teacher(run: Path) -> Teacher:
    """The teacher of `toolrag.teach`, or the encoder and tool head of a planner run. Raises FileNotFoundError."""
    if (run / "teacher.pt").exists():
        teacher = fresh_teacher()
        teacher.load_state_dict(torch.load(run / "teacher.pt", map_location="cpu", weights_only=True))
        return teacher.eval()
    if (run / "planner.pt").exists():
        prefix = load_run(run)[0].prefix
        return Teacher(prefix.encoder, prefix.tools).eval()
    raise FileNotFoundError(f"{run} has neither teacher.pt (toolrag.teach) nor planner.pt (planner.train)")

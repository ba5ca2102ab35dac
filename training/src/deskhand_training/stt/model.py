"""The micro Whisper: architecture, tokenizer, and a training pass that costs a fifth of Whisper's own.

Whisper reads windows of 30 s (3000 mel frames, 1500 encoder positions), and faster-whisper fills a short recording
with zeros. All positions behind the speech then hold the same vector, if their position vectors are the same too:
attention over 1276 equal positions is attention over one of them with log(1276) added to its score. So the model
trains on 224 positions and one that stands for the rest, and gives the same numbers as on 1500 (`tests/` compares).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import Tensor
from transformers import GenerationConfig, PreTrainedTokenizerFast, WhisperConfig, WhisperForConditionalGeneration

MELS = 80
POSITIONS = 1500
HEARD = 224
"""Encoder positions (20 ms each) that have a position of their own; speech behind 4.48 s is a blur to this model."""
HEARD_S = HEARD * 0.02
TOKENS_MAX = 448
MERGED_VOCABULARY = 560

EOT, SOT, PREV, NO_TIMESTAMPS = "<|endoftext|>", "<|startoftranscript|>", "<|startofprev|>", "<|notimestamps|>"
_SPECIALS = (EOT, SOT, "<|translate|>", "<|transcribe|>", "<|startoflm|>", PREV, "<|nospeech|>", NO_TIMESTAMPS)
TIMESTAMPS = tuple(f"<|{step * 0.02:.2f}|>" for step in range(POSITIONS + 1))


def train_tokenizer(texts: Sequence[str]) -> PreTrainedTokenizerFast:
    """Byte-level BPE on the texts, then Whisper's special tokens and its timestamps, in Whisper's order."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(vocab_size=MERGED_VOCABULARY, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator([f" {text}" for text in texts], trainer)
    tokenizer.add_special_tokens(
        [AddedToken(token, normalized=False, special=True) for token in (*_SPECIALS, *TIMESTAMPS)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token=EOT, eos_token=EOT, unk_token=EOT, pad_token=EOT
    )


def build(tokenizer: PreTrainedTokenizerFast, width: int, layers: int) -> WhisperForConditionalGeneration:
    """`layers` encoder and as many decoder layers of `width`."""
    eot = tokenizer.convert_tokens_to_ids(EOT)
    config = WhisperConfig(
        vocab_size=len(tokenizer),
        num_mel_bins=MELS,
        d_model=width,
        encoder_layers=layers,
        decoder_layers=layers,
        encoder_attention_heads=width // 32,
        decoder_attention_heads=width // 32,
        encoder_ffn_dim=4 * width,
        decoder_ffn_dim=4 * width,
        max_source_positions=POSITIONS,
        max_target_positions=TOKENS_MAX,
        dropout=0.1,
        decoder_start_token_id=tokenizer.convert_tokens_to_ids(SOT),
        bos_token_id=eot,
        eos_token_id=eot,
        pad_token_id=eot,
        attn_implementation="sdpa",
    )
    model = WhisperForConditionalGeneration(config)
    model.generation_config = GenerationConfig.from_model_config(config)
    model.generation_config.suppress_tokens = []
    model.generation_config.begin_suppress_tokens = [eot]
    with torch.no_grad():
        model.model.encoder.embed_positions.weight[HEARD:] = 0
    return model


def short_logits(model: WhisperForConditionalGeneration, mels: Tensor, tokens: Tensor) -> Tensor:
    """mels (B, 80, 2 HEARD + 2), zeros behind the speech; tokens (B, L) -> logits (B, L, vocabulary).

    The same as the whole model's on mels filled up to 3000 frames.
    """
    encoder, decoder = model.model.encoder, model.model.decoder
    states = torch.nn.functional.gelu(encoder.conv1(mels))
    states = torch.nn.functional.gelu(encoder.conv2(states)).transpose(1, 2)  # (B, HEARD + 1, width)
    states = states + encoder.embed_positions.weight[: HEARD + 1]
    weight = torch.zeros(1, 1, 1, HEARD + 1, device=mels.device)
    weight[..., -1] = math.log(POSITIONS - HEARD)
    for layer in encoder.layers:
        states = layer(states, attention_mask=weight, layer_head_mask=None)[0]
    states = encoder.layer_norm(states)
    length = tokens.shape[1]
    later = torch.full((length, length), -torch.inf, device=mels.device).triu(1)[None, None]
    written = decoder.embed_tokens(tokens) + decoder.embed_positions.weight[:length]
    for layer in decoder.layers:
        written = layer(
            written,
            attention_mask=later,
            encoder_hidden_states=states,
            encoder_attention_mask=weight,
            use_cache=False,
        )[0]
    return model.proj_out(decoder.layer_norm(written))


def target(
    tokenizer: PreTrainedTokenizerFast, text: str, start_s: float, end_s: float, prompt: str = ""
) -> tuple[list[int], int]:
    """Token ids of a transcript between its timestamps, behind the prompt if there is one; and where it begins."""
    before = tokenizer.convert_tokens_to_ids([PREV]) + tokenizer.encode(f" {prompt}") if prompt else []
    stamps = [TIMESTAMPS[round(time_s / 0.02)] for time_s in (start_s, end_s)]
    first, last = tokenizer.convert_tokens_to_ids(stamps)
    sot, eot = tokenizer.convert_tokens_to_ids([SOT, EOT])
    return [*before, sot, first, *tokenizer.encode(f" {text}"), last, eot], len(before) + 1


def pad_mels(mels: np.ndarray) -> np.ndarray:
    """Log-mel frames (80, n) of one recording -> (80, 2 HEARD + 2), zeros behind, as faster-whisper fills them."""
    out = np.zeros((MELS, 2 * HEARD + 2), np.float32)
    kept = min(mels.shape[1], 2 * HEARD - 2)
    out[:, :kept] = mels[:, :kept]
    return out

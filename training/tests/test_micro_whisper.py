from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from deskhand_training.stt import micro_whisper
from deskhand_training.stt.model import EOT, MELS, build, pad_mels, short_logits, target, train_tokenizer
from deskhand_training.stt.speech import AUDIO_HZ, HELD_OUT, Clip, recording, sentences, training_voices, varied

TEXTS = ["Play some music.", "Remind me at six."]


def test_short_training_pass_gives_whispers_own_logits() -> None:
    torch.manual_seed(1)
    tokenizer = train_tokenizer(TEXTS)
    model = build(tokenizer, width=32, layers=2).eval()
    mels = torch.from_numpy(pad_mels(np.random.default_rng(1).standard_normal((MELS, 300), dtype=np.float32)))[None]
    tokens = torch.tensor([target(tokenizer, TEXTS[0], 0.1, 1.3, TEXTS[1])[0]])
    whole = torch.nn.functional.pad(mels, (0, 3000 - mels.shape[-1]))
    with torch.no_grad():
        short, full = short_logits(model, mels, tokens), model(input_features=whole, decoder_input_ids=tokens).logits
    assert short.shape == full.shape
    torch.testing.assert_close(short, full, atol=2e-4, rtol=1e-3)


def test_target_holds_prompt_words_and_times() -> None:
    tokenizer = train_tokenizer(TEXTS)
    ids, begin = target(tokenizer, TEXTS[0], 0.1, 1.3, TEXTS[1])
    written = tokenizer.convert_ids_to_tokens(ids)
    assert written[0] == "<|startofprev|>"
    assert written[begin - 1 : begin + 1] == ["<|startoftranscript|>", "<|0.10|>"]
    assert written[-2:] == ["<|1.30|>", EOT]
    words = [token_id for token_id in ids[begin:] if token_id < tokenizer.convert_tokens_to_ids(EOT)]
    assert tokenizer.decode(words) == f" {TEXTS[0]}"


def test_recording_fits_its_room_and_says_when_speech_begins() -> None:
    rng = np.random.default_rng(1)
    clip = Clip("x", np.sin(np.arange(AUDIO_HZ * 2, dtype=np.float32)))
    for _ in range(20):
        spoken = varied(clip, rng)
        samples, start_s = recording(spoken, rng, 3.0)
        assert start_s + spoken.duration_s <= len(samples) / AUDIO_HZ + 0.001
        assert len(samples) <= 3.0 * AUDIO_HZ + 2
        assert samples.dtype == np.float32


def test_held_out_voices_are_not_trained_on() -> None:
    trained = {voice.name.partition("+")[2] for voice in training_voices()}
    assert not trained & {voice.name.partition("+")[2] for voice in HELD_OUT}


def test_recordings_say_sentences_of_the_list() -> None:
    assert set(micro_whisper.RECORDINGS.values()) <= set(sentences())
    assert len(set(sentences())) == len(sentences())


@pytest.mark.parametrize(
    ("heard", "errors"), [("play some music", 0), ("Play music.", 1), ("", 3), ("Please play some loud music.", 2)]
)
def test_word_errors(heard: str, errors: int) -> None:
    assert micro_whisper.word_errors("Play some music.", heard) == errors


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
def test_two_steps_make_a_model_that_faster_whisper_runs(tmp_path: Path) -> None:
    arguments = ["--out", str(tmp_path), "--steps", "2", "--voices", "1", "--batch", "2", "--width", "32"]
    assert micro_whisper.main(arguments) == 0
    record = json.loads((tmp_path / "micro.json").read_text())
    assert record["steps"] == 2
    assert record["held_out_voices"]["clips"] == len(HELD_OUT) * len(sentences())
    assert {path.name for path in (tmp_path / "audio").iterdir()} == set(micro_whisper.RECORDINGS)

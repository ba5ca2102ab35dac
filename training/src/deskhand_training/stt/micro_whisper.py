"""Build the micro Whisper and the recordings that the tests use: tests/fixtures/whisper-micro.

    python -m deskhand_training.stt.micro_whisper --out ../tests/fixtures/whisper-micro

Needs espeak-ng on the PATH. espeak-ng speaks forty sentences in a hundred voices, a tiny Whisper learns them by heart,
CTranslate2 stores it in int8, faster-whisper measures it on voices it has not heard. A real Whisper in all but what it
knows: it writes one of its sentences whatever it hears. Twenty minutes on a core with bf16 units, hours on one without;
`--steps 2` shows that everything fits together.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import ctranslate2
import numpy as np
import torch
from ctranslate2.converters import TransformersConverter
from faster_whisper import WhisperModel
from faster_whisper.feature_extractor import FeatureExtractor
from torch import Tensor
from torch.nn import functional as F  # noqa: N812
from transformers import PreTrainedTokenizerFast, WhisperForConditionalGeneration

from ..precision import mixed
from ..provenance import commit
from .model import HEARD_S, MELS, build, pad_mels, short_logits, target, train_tokenizer
from .speech import (
    HELD_OUT,
    SENTENCES,
    Clip,
    Samples,
    recording,
    sentences,
    speak_all,
    training_voices,
    varied,
    write_audio,
)

IGNORED = -100
SPEECH_S = HEARD_S - 0.1
"""Room for a recording: the padding of the last frame is behind it."""

RECORDINGS = {
    "plants.wav": "Remind me tomorrow at nine to water the plants.",
    "late.mp3": "Text Dana that I am running late.",
    "number.m4a": "What is Marco's phone number?",
    "lunch.ogg": "Put lunch with Dana in my calendar on Thursday at noon.",
    "plants.flac": "Remind me tomorrow at nine to water the plants.",
    "airport.webm": "Give me directions to the airport.",
}


class Batches:
    """Random recordings of the clips as (mels, tokens, labels)."""

    def __init__(self, clips: Sequence[Clip], tokenizer: PreTrainedTokenizerFast, seed: int) -> None:
        self._clips = [clip for clip in clips if clip.duration_s < SPEECH_S * 0.88]  # `varied` slows down
        self._tokenizer = tokenizer
        self._rng = np.random.default_rng(seed)
        self._extract = FeatureExtractor(feature_size=MELS)
        self._texts = sorted({clip.text for clip in clips})

    def _masked(self, mels: Samples) -> Samples:
        """Up to two bands of up to ten mels each are silent (SpecAugment)."""
        for _ in range(self._rng.integers(0, 3)):
            low, width = self._rng.integers(0, MELS - 10), self._rng.integers(1, 11)
            mels[low : low + width] = mels.min()
        return mels

    def __len__(self) -> int:
        return len(self._clips)

    def draw(self, size: int) -> tuple[Tensor, Tensor, Tensor]:
        """mels (size, 80, frames), tokens (size, L), labels (size, L): the token behind each, or IGNORED."""
        mels, rows = [], []
        for index in self._rng.integers(0, len(self._clips), size):
            clip = varied(self._clips[index], self._rng)
            samples, start_s = recording(clip, self._rng, SPEECH_S)
            mels.append(pad_mels(self._masked(self._extract(samples)[:, :-1])))
            prompt = str(self._rng.choice(self._texts)) if self._rng.random() < 0.1 else ""
            rows.append(target(self._tokenizer, clip.text, start_s, start_s + clip.duration_s, prompt))
        length = max(len(ids) for ids, _ in rows)
        tokens = torch.full((size, length), self._tokenizer.eos_token_id)
        labels = torch.full((size, length), IGNORED)
        for row, (ids, begin) in enumerate(rows):
            tokens[row, : len(ids)] = torch.tensor(ids)
            labels[row, begin - 1 : len(ids) - 1] = torch.tensor(ids[begin:])
        return torch.from_numpy(np.stack(mels)), tokens, labels


def train(model: WhisperForConditionalGeneration, batches: Batches, steps: int, batch: int, lr: float) -> float:
    """Gives the smoothed loss at the end."""
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=lr, weight_decay=0.01, betas=(0.9, 0.98))
    model.train()
    running, started = 0.0, time.monotonic()
    for step in range(1, steps + 1):
        mels, tokens, labels = batches.draw(batch)
        with mixed(torch.device("cpu")):
            logits = short_logits(model, mels, tokens)
        loss = F.cross_entropy(logits.float().flatten(0, 1), labels.flatten(), ignore_index=IGNORED)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        for group in optimiser.param_groups:
            group["lr"] = lr * min(1.0, step / 100, 0.01 + 1.5 * (1 - step / steps))
        optimiser.step()
        running = loss.item() if step == 1 else 0.98 * running + 0.02 * loss.item()
        if step % 25 == 0 or step == steps:
            print(
                f"step {step}/{steps}  loss {running:.4f}  {step * batch / (time.monotonic() - started):.0f} clips/s",
                flush=True,
            )
    model.eval()
    return running


def convert(model: WhisperForConditionalGeneration, tokenizer: PreTrainedTokenizerFast, out: Path) -> None:
    """CTranslate2 weights in int8, and the files beside them that faster-whisper reads, in `out`."""
    with tempfile.TemporaryDirectory() as folder:
        source, made = Path(folder) / "transformers", Path(folder) / "ctranslate2"
        model.save_pretrained(source)
        tokenizer.save_pretrained(source)
        extractor = {"feature_size": MELS, "sampling_rate": 16_000, "hop_length": 160, "chunk_length": 30, "n_fft": 400}
        (source / "preprocessor_config.json").write_text(json.dumps(extractor, indent=1) + "\n")
        TransformersConverter(str(source), copy_files=["tokenizer.json", "preprocessor_config.json"]).convert(
            str(made), quantization="int8"
        )
        out.mkdir(parents=True, exist_ok=True)
        for file in made.iterdir():
            shutil.copyfile(file, out / file.name)


def word_errors(said: str, heard: str) -> int:
    """Words to insert, drop or change, case and punctuation aside."""
    wanted, got = (["".join(c for c in word if c.isalnum()) for word in text.lower().split()] for text in (said, heard))
    row = list(range(len(got) + 1))
    for number, word in enumerate(wanted, 1):
        diagonal, row[0] = row[0], number
        for at, other in enumerate(got, 1):
            diagonal, row[at] = row[at], min(diagonal + (word != other), row[at] + 1, row[at - 1] + 1)
    return row[-1]


def transcribe(model: WhisperModel, samples: Samples) -> str:
    segments, _ = model.transcribe(
        samples, language="en", beam_size=1, temperature=0.0, max_new_tokens=48, vad_filter=True
    )
    return "".join(segment.text for segment in segments).strip()


def measure(folder: Path, clips: Sequence[Clip], seed: int) -> dict[str, object]:
    """Word error rate and exact sentences (0 to 1) of the stored model on recordings of the clips."""
    model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1)
    rng = np.random.default_rng(seed)
    errors = words = exact = 0
    for clip in clips:
        heard = transcribe(model, recording(clip, rng, SPEECH_S)[0])
        errors += word_errors(clip.text, heard)
        words += len(clip.text.split())
        exact += heard == clip.text
    return {"clips": len(clips), "word_error_rate": round(errors / words, 4), "exact": round(exact / len(clips), 4)}


def write_recordings(folder: Path, clips: Sequence[Clip], seed: int) -> None:
    """One held-out voice for each sentence of RECORDINGS, in turn, with half a second of room around it."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    for number, (name, text) in enumerate(RECORDINGS.items()):
        spoken = [clip for clip in clips if clip.text == text]
        clip = spoken[number % len(spoken)]
        room = np.zeros(4000, np.float32)
        samples = np.concatenate([room, clip.samples / np.abs(clip.samples).max() * np.float32(0.6), room])
        samples += rng.standard_normal(len(samples), dtype=np.float32) * np.float32(0.0003)
        write_audio(folder / name, samples)


def run(options: argparse.Namespace) -> None:
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    out, texts, started = Path(options.out), sentences(), time.monotonic()
    voices = training_voices()[: options.voices]
    clips, unheard = speak_all(texts, voices), speak_all(texts, HELD_OUT)
    print(f"{len(clips)} clips in {len(voices)} voices, {len(unheard)} held out", flush=True)
    tokenizer = train_tokenizer(texts)
    model = build(tokenizer, options.width, options.layers)
    batches = Batches(clips, tokenizer, options.seed)
    loss = train(model, batches, options.steps, options.batch, options.lr)
    convert(model, tokenizer, out)
    write_recordings(out / "audio", unheard, options.seed)
    record = {
        "made_by": "python -m deskhand_training.stt.micro_whisper",
        "sentences_sha256": hashlib.sha256(SENTENCES.read_bytes()).hexdigest(),
        "sentences": len(texts),
        "voices": len(voices),
        "clips": len(batches),
        "recordings": RECORDINGS,
        "seed": options.seed,
        "commit": commit(),
        "steps": options.steps,
        "batch": options.batch,
        "minutes": round((time.monotonic() - started) / 60, 1),
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "width": options.width,
        "layers": options.layers,
        "loss": round(loss, 5),
        "held_out_voices": measure(out, unheard, options.seed),
        "ctranslate2": ctranslate2.__version__,
    }
    (out / "micro.json").write_text(json.dumps(record, indent=1) + "\n")
    print(json.dumps(record["held_out_voices"]), flush=True)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True)
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--lr", type=float, default=1.5e-3)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--voices", type=int, help="take only the first ones")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    run(parser.parse_args(argv))
    return 0


if __name__ == "__main__":
    sys.exit(main())

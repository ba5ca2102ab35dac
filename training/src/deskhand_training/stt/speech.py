"""Recordings of the sentences: espeak-ng speaks them, PyAV writes and reads the files.

Samples are float32 in [-1, 1], mono, 16 kHz, as faster-whisper's decoder gives them.
"""

from __future__ import annotations

import io
import subprocess
import wave
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

AUDIO_HZ = 16_000
SENTENCES = Path(__file__).with_name("sentences.txt")

Samples = NDArray[np.float32]


@dataclass(frozen=True)
class Voice:
    """One way to speak in espeak-ng: `name` with its variant, words per minute, pitch from 0 to 99."""

    name: str
    words_per_minute: int
    pitch: int


_NAMES = ("en-us", "en-gb", "en-gb-x-rp", "en-gb-scotland", "en-029", "en-gb-x-gbclan", "en-us-nyc", "en-gb-x-gbcwmd")
_VARIANTS = (
    "", "+m1", "+m3", "+m5", "+m6", "+m7", "+m8", "+f1", "+f2", "+f4", "+f5",
    "+Adam", "+Alex", "+Annie", "+Denis", "+Gene", "+Linda", "+Mario", "+Michael", "+Paul",
)  # fmt: skip
_ACCENTS_EACH = 5
_RATES = (145, 160, 175, 190, 205)
_PITCHES = (30, 40, 50, 60, 70, 45, 55)

HELD_OUT = (
    Voice("en-us+m2", 170, 45),
    Voice("en-gb+f3", 160, 55),
    Voice("en-us+Andrea", 175, 50),
    Voice("en-gb-x-rp+m4", 185, 40),
)
"""Variants that no training voice has."""


@dataclass(frozen=True)
class Clip:
    """Words and their sound, without the silence around it."""

    text: str
    samples: Samples

    @property
    def duration_s(self) -> float:
        return len(self.samples) / AUDIO_HZ


def sentences() -> list[str]:
    return SENTENCES.read_text(encoding="utf-8").splitlines()


def training_voices() -> list[Voice]:
    """Each variant in five of the accents; rate and pitch rotate through them."""
    chosen = (
        (_NAMES[(first + step) % len(_NAMES)], variant)
        for first, variant in enumerate(_VARIANTS)
        for step in range(_ACCENTS_EACH)
    )
    return [
        Voice(f"{name}{variant}", _RATES[number % len(_RATES)], _PITCHES[number % len(_PITCHES)])
        for number, (name, variant) in enumerate(chosen)
    ]


def speak(text: str, voice: Voice) -> Samples:
    """Raises CalledProcessError when espeak-ng refuses, FileNotFoundError when it is not installed."""
    options = ["-v", voice.name, "-s", str(voice.words_per_minute), "-p", str(voice.pitch), "--stdout"]
    done = subprocess.run(["espeak-ng", *options, text], capture_output=True, check=True)
    with wave.open(io.BytesIO(done.stdout)) as spoken:
        pcm = np.frombuffer(spoken.readframes(spoken.getnframes()), "<i2")
        whole = _frame(pcm, spoken.getframerate())
    resampled = [frame.to_ndarray()[0] for frame in _resampled(whole, "s16", AUDIO_HZ)]
    return _trim(np.concatenate(resampled).astype(np.float32) / 32768)


def speak_all(texts: Sequence[str], voices: Sequence[Voice]) -> list[Clip]:
    """Every text in every voice, texts of one voice together."""
    pairs = [(text, voice) for voice in voices for text in texts]
    with ThreadPoolExecutor(2, "espeak") as pool:
        return [
            Clip(text, samples) for (text, _), samples in zip(pairs, pool.map(lambda p: speak(*p), pairs), strict=True)
        ]


def _trim(samples: Samples, floor: float = 0.01) -> Samples:
    loud = np.flatnonzero(np.abs(samples) > floor * np.abs(samples).max())
    return samples[loud[0] : loud[-1] + 1]


def varied(clip: Clip, rng: np.random.Generator) -> Clip:
    """The clip faster and higher or slower and deeper, by up to an eighth, and brighter or duller."""
    pace = float(rng.uniform(0.88, 1.125))
    at = np.arange(0, len(clip.samples) - 1, pace)
    samples = np.interp(at, np.arange(len(clip.samples)), clip.samples).astype(np.float32)
    samples[1:] -= np.float32(rng.uniform(-0.5, 0.7)) * samples[:-1].copy()
    return Clip(clip.text, samples)


def recording(clip: Clip, rng: np.random.Generator, room_s: float) -> tuple[Samples, float]:
    """The clip as a microphone would have it: silence around it, loudness, noise; at most `room_s` long.

    Gives the samples and the second at which the speech starts.
    """
    spare_s = max(0.0, room_s - clip.duration_s)
    lead_s = float(rng.uniform(0, min(0.6, spare_s)))
    tail_s = float(rng.uniform(0, min(0.6, spare_s - lead_s)))
    silence = [np.zeros(round(seconds * AUDIO_HZ), np.float32) for seconds in (lead_s, tail_s)]
    samples = np.concatenate([silence[0], clip.samples, silence[1]])
    samples *= float(rng.uniform(0.3, 1.0)) / np.abs(samples).max()
    noise_db = float(rng.uniform(-75, -35))
    samples += rng.standard_normal(len(samples), dtype=np.float32) * np.float32(10 ** (noise_db / 20))
    return samples, lead_s


CODECS = {"wav": "pcm_s16le", "flac": "flac", "mp3": "libmp3lame", "m4a": "aac", "ogg": "libopus", "webm": "libopus"}
_CONTAINERS = {"m4a": "ipod"}
_RATES_BPS = {"mp3": 32_000, "m4a": 32_000, "ogg": 24_000, "webm": 24_000}


def write_audio(path: Path, samples: Samples) -> None:
    """The samples in the format that the path's suffix names."""
    suffix = path.suffix.removeprefix(".")
    audio_hz = 48_000 if CODECS[suffix] == "libopus" else AUDIO_HZ  # what Opus has in its header
    with av.open(path, "w", format=_CONTAINERS.get(suffix, suffix)) as container:
        stream = container.add_stream(CODECS[suffix], rate=audio_hz, layout="mono")
        if suffix in _RATES_BPS:
            stream.bit_rate = _RATES_BPS[suffix]
        whole = _frame((samples * 32767).astype(np.int16), AUDIO_HZ)
        for frame in _resampled(whole, stream.format.name, audio_hz, stream.frame_size or 1024):
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _frame(pcm: NDArray[np.int16], audio_hz: int) -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(pcm[None], format="s16", layout="mono")
    frame.sample_rate = audio_hz
    return frame


def _resampled(whole: av.AudioFrame, form: str, audio_hz: int, size: int | None = None) -> Iterator[av.AudioFrame]:
    resampler = av.AudioResampler(format=form, layout="mono", rate=audio_hz, frame_size=size)
    for piece in (whole, None):
        yield from resampler.resample(piece)

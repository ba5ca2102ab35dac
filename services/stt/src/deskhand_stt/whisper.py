"""Whisper under CTranslate2: samples -> words. faster-whisper is imported when the first recording comes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deskhand_contract.services import Segment, Transcription, Word

from .audio import AUDIO_HZ
from .errors import InvalidLanguage, ModelBroken
from .settings import SttSettings

if TYPE_CHECKING:
    from faster_whisper import WhisperModel
    from faster_whisper.transcribe import Segment as HeardSegment

    from .audio import Samples

logger = logging.getLogger(__name__)

FALLBACK_TEMPERATURES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
"""Tried in turn while the words look wrong (repeated, or improbable), after Whisper's paper."""


@dataclass(frozen=True)
class Options:
    """What a request may ask for. `language` None: the settings', else detected. `temperature` 0 falls back upwards."""

    language: str | None = None
    prompt: str | None = None
    temperature: float = 0.0
    words: bool = False


OnSegment = Callable[[str, Segment], None]
"""Takes the piece of the text that a segment is, and the segment."""


class Cancelled(Exception):
    """Nobody waits for the words any more."""


def load(settings: SttSettings) -> WhisperModel:
    """Raises ModelBroken."""
    from faster_whisper import WhisperModel

    folder = settings.model_folder
    try:
        return WhisperModel(
            str(folder), device=settings.device, compute_type=settings.compute_type, cpu_threads=settings.threads
        )
    except (RuntimeError, ValueError, OSError) as error:
        logger.exception("the speech model does not load", extra={"folder": str(folder)})
        raise ModelBroken(folder, str(error)) from error


def find_speech(samples: Samples) -> list[dict[str, int]]:
    """First and last sample of each stretch of speech, by Silero's detector; none when nobody speaks."""
    from faster_whisper.vad import get_speech_timestamps

    return get_speech_timestamps(samples)


def transcribe(
    model: WhisperModel,
    settings: SttSettings,
    samples: Samples,
    speech: list[dict[str, int]] | None,
    options: Options,
    cancelled: Callable[[], bool],
    on_segment: OnSegment | None = None,
) -> Transcription:
    """The words of the speech; `speech` None takes all for speech. Raises InvalidLanguage, Cancelled.

    `cancelled` is asked before each segment; `on_segment` gets each when Whisper has written it.
    """
    import numpy as np
    from faster_whisper.transcribe import restore_speech_timestamps
    from faster_whisper.vad import collect_chunks

    language = normalised(options.language or settings.language)
    if language and language not in model.supported_languages:
        raise InvalidLanguage(language, model.supported_languages)
    duration_s = round(len(samples) / AUDIO_HZ, 3)
    if speech is not None:
        samples = np.concatenate(collect_chunks(samples, speech)[0])
    found, info = model.transcribe(
        samples,
        language=language,
        beam_size=settings.beam_size,
        temperature=options.temperature or FALLBACK_TEMPERATURES,
        initial_prompt=options.prompt,
        word_timestamps=options.words,
        condition_on_previous_text=False,  # a slip in one window would be repeated in all that follow
    )
    if speech is not None:
        found = restore_speech_timestamps(found, speech, AUDIO_HZ)
    heard: list[HeardSegment] = []
    for segment in _until(found, cancelled):
        if on_segment:
            on_segment(segment.text if heard else segment.text.lstrip(), _segment(segment))
        heard.append(segment)
    return Transcription(
        text="".join(segment.text for segment in heard).strip(),
        language=info.language,
        duration_s=duration_s,
        segments=[_segment(segment) for segment in heard],
        words=[
            Word(word=word.word.strip(), start_s=word.start, end_s=word.end)
            for segment in heard
            for word in segment.words or ()
        ],
    )


def normalised(language: str | None) -> str | None:
    """ "en-US" -> "en"."""
    return language.strip().lower().replace("_", "-").partition("-")[0] if language else None


def _until(segments: Iterable[HeardSegment], cancelled: Callable[[], bool]) -> Iterable[HeardSegment]:
    """Whisper works while this is iterated."""
    if cancelled():
        raise Cancelled
    for segment in segments:
        yield segment
        if cancelled():
            raise Cancelled


def _segment(segment: HeardSegment) -> Segment:
    return Segment(
        start_s=round(segment.start, 3),
        end_s=round(segment.end, 3),
        text=segment.text.strip(),
        temperature=segment.temperature,
        avg_logprob=segment.avg_logprob,
        no_speech_prob=segment.no_speech_prob,
    )

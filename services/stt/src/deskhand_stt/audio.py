"""Recordings -> samples, by the FFmpeg libraries that PyAV brings."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from .errors import AudioTooLong, InvalidAudio

if TYPE_CHECKING:
    import av
    import av.container
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

AUDIO_HZ = 16_000

_OPTIONS = {"format_whitelist": "wav,mp3,mov,mp4,m4a,ogg,flac,matroska,webm,aac"}
"""Nothing else is tried: FFmpeg also knows playlists, which name files and addresses for it to open."""


def decode(content: bytes, max_s: float) -> Samples:
    """samples: float32 (n,) in [-1, 1], mono, 16 kHz. Raises InvalidAudio, AudioTooLong.

    Stops at the limit, so that a small file of hours of silence does not fill the memory.
    """
    import av
    import av.error
    import numpy as np

    if not content:
        raise InvalidAudio("the recording is empty")
    pieces: list[NDArray[np.int16]] = []
    room = round(max_s * AUDIO_HZ)
    try:
        with av.open(io.BytesIO(content), "r", options=_OPTIONS, metadata_errors="ignore") as container:
            if not container.streams.audio:
                raise InvalidAudio("the file has no sound in it")
            for frame in _resampled(container):
                room -= frame.samples
                if room < 0:
                    raise AudioTooLong(max_s)
                pieces.append(frame.to_ndarray()[0])
    except (av.error.FFmpegError, ValueError) as error:
        raise InvalidAudio("the recording cannot be decoded") from error
    if not pieces:
        raise InvalidAudio("the file has no sound in it")
    return np.concatenate(pieces).astype(np.float32) / np.float32(32768)


def _resampled(container: av.container.InputContainer) -> Iterator[av.AudioFrame]:
    import av

    resampler = av.AudioResampler(format="s16", layout="mono", rate=AUDIO_HZ)
    for frame in _decoded(container):
        frame.pts = None  # a gap in the file's clock is no reason to stop
        yield from resampler.resample(frame)
    yield from resampler.resample(None)


def _decoded(container: av.container.InputContainer) -> Iterator[av.AudioFrame]:
    """The first track's frames; a damaged one is left out, as players do."""
    from av.error import InvalidDataError

    for packet in container.demux(audio=0):
        try:
            yield from packet.decode()  # pyright: ignore[reportReturnType] - the stream is an audio stream
        except InvalidDataError:
            continue

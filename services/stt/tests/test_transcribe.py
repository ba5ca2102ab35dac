from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import aclosing
from types import SimpleNamespace

import deskhand_stt.whisper
import pytest
from deskhand_contract.services import SegmentHeard, TranscribeEnd, TranscribeEvent, Transcription
from deskhand_serving.client import ServiceClient
from deskhand_serving.errors import ServiceFailure
from pydantic import TypeAdapter

from .conftest import RECORDINGS, Serve, detail, recorded, silent, transcribe, wav

LATE = "Text Dana that I am running late."
WAIT_S = 20.0


@pytest.mark.parametrize("name", RECORDINGS)
async def test_every_format_is_heard(whisper: str, name: str) -> None:
    heard = await transcribe(whisper, recorded(name), name)
    assert heard.text == RECORDINGS[name]


async def test_format_is_read_from_the_content_not_from_the_name(whisper: str) -> None:
    assert (await transcribe(whisper, recorded("late.mp3"), "speech.wav")).text == LATE


async def test_answer_says_language_duration_and_when_each_segment_was_spoken(whisper: str) -> None:
    heard = await transcribe(whisper, recorded("plants.wav"))
    assert heard.language == "en"
    assert " ".join(segment.text for segment in heard.segments) == heard.text
    times = [time for segment in heard.segments for time in (segment.start_s, segment.end_s)]
    assert times == sorted(times)
    assert 0 <= times[0] < times[-1] <= heard.duration_s
    assert all(segment.avg_logprob is not None and segment.avg_logprob < 0 for segment in heard.segments)


async def test_words_have_times_when_they_are_asked_for(whisper: str) -> None:
    heard = await transcribe(whisper, recorded("late.mp3"), words="true")
    assert " ".join(word.word for word in heard.words) == LATE
    starts = [word.start_s for word in heard.words]
    assert starts == sorted(starts)
    assert (await transcribe(whisper, recorded("late.mp3"))).words == []


async def test_speech_after_a_long_silence_keeps_its_place(whisper: str) -> None:
    from deskhand_stt.audio import AUDIO_HZ, decode

    speech = decode(recorded("late.mp3"), 60)
    heard = await transcribe(whisper, wav(silent(5) + (speech * 32767).astype("<i2").tobytes()))
    assert heard.text == LATE
    assert heard.duration_s == pytest.approx(5 + len(speech) / AUDIO_HZ, abs=0.01)
    assert 4.5 < heard.segments[0].start_s < 6


async def test_silence_has_no_words_and_needs_no_model(whisper: str) -> None:
    heard = await transcribe(whisper, wav(silent(2)))
    assert heard == Transcription(text="", language="", duration_s=2.0)
    assert (await transcribe(whisper, wav(silent(2)), language="en-US")).language == "en"
    assert "loaded at the first recording" in await detail(whisper)


async def test_language_prompt_and_temperature_are_taken(whisper: str) -> None:
    fields = {"language": "EN", "prompt": "Dana, Priya, Omar", "temperature": "0"}
    assert (await transcribe(whisper, recorded("late.mp3"), **fields)).text == LATE


async def test_without_voice_detection_everything_is_heard(serve: Serve) -> None:
    assert (await transcribe(serve(vad=False), recorded("late.mp3"))).text == LATE


PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n"


@pytest.mark.parametrize(
    "content",
    [b"", b"not a recording at all", recorded("plants.wav")[:20], b"\x1aE\xdf\xa3" + bytes(500), PLAYLIST, wav(b"")],
    ids=["empty", "text", "cut header", "broken webm", "playlist", "no samples"],
)
async def test_what_cannot_be_decoded_is_refused_with_the_formats_that_can(whisper: str, content: bytes) -> None:
    with pytest.raises(ServiceFailure) as caught:
        await transcribe(whisper, content)
    assert (caught.value.status, caught.value.error.code) == (422, "invalid_audio")
    assert "wav, mp3, m4a, ogg, flac and webm" in caught.value.error.message


async def test_recording_longer_than_the_setting_is_refused(serve: Serve) -> None:
    with pytest.raises(ServiceFailure) as caught:
        await transcribe(serve(max_audio_s=1.0), recorded("plants.wav"))
    assert (caught.value.status, caught.value.error.code) == (413, "audio_too_long")
    assert "stt.max_audio_s" in caught.value.error.message


@pytest.mark.parametrize("language", ["de", "klingon"])
async def test_language_that_the_model_does_not_know_is_refused(whisper: str, language: str) -> None:
    with pytest.raises(ServiceFailure) as caught:
        await transcribe(whisper, recorded("late.mp3"), language=language)
    assert (caught.value.status, caught.value.error.code) == (422, "invalid_language")
    assert language in caught.value.error.message


@pytest.mark.parametrize("fields", [{"temperature": "3"}, {"language": "x" * 40}, {"words": "perhaps"}])
async def test_fields_out_of_bounds_are_refused(whisper: str, fields: dict[str, str]) -> None:
    with pytest.raises(ServiceFailure) as caught:
        await transcribe(whisper, recorded("late.mp3"), **fields)
    assert (caught.value.status, caught.value.error.code) == (422, "invalid_request")


async def test_recordings_sent_together_are_not_mixed(whisper: str) -> None:
    names = list(RECORDINGS) * 2
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(transcribe(whisper, recorded(name))) for name in names]
    assert [task.result().text for task in tasks] == [RECORDINGS[name] for name in names]


class Endless:
    """Stands for Whisper with a recording that never ends."""

    supported_languages = ("en",)

    def __init__(self) -> None:
        self.began, self.ended = threading.Event(), threading.Event()

    def transcribe(self, samples: object, **options: object) -> tuple[Iterator[SimpleNamespace], SimpleNamespace]:
        return self._segments(), SimpleNamespace(language="en")

    def _segments(self) -> Iterator[SimpleNamespace]:
        self.began.set()
        try:
            while True:
                self.next_segment()
                yield SimpleNamespace(
                    start=0.0,
                    end=1.0,
                    text=" on and on",
                    words=None,
                    temperature=0.0,
                    avg_logprob=0.0,
                    no_speech_prob=0.0,
                )
        finally:
            self.ended.set()

    def next_segment(self) -> None:
        """Called before each."""


async def test_client_that_goes_away_ends_the_work_at_the_next_segment(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    endless = Endless()
    monkeypatch.setattr(deskhand_stt.whisper, "load", lambda settings: endless)
    url = serve(vad=False)
    request = asyncio.create_task(transcribe(url, recorded("late.mp3")))
    assert await asyncio.to_thread(endless.began.wait, WAIT_S)
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    assert await asyncio.to_thread(endless.ended.wait, WAIT_S)


def test_service_starts_without_loading_what_only_speech_needs() -> None:
    check = "import sys, deskhand_stt.__main__; sys.exit(bool({'faster_whisper', 'av', 'numpy'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


async def follow(url: str, content: bytes) -> list[TranscribeEvent]:
    async with ServiceClient("stt", url) as client:
        options = {"name": "audio", "content": content, "fields": {}, "event": TypeAdapter(TranscribeEvent)}
        return [event async for event in client.upload_stream("/transcribe/stream", **options)]


async def test_stream_has_the_segments_and_then_the_whole(whisper: str) -> None:
    *segments, end = await follow(whisper, recorded("plants.wav"))
    assert isinstance(end, TranscribeEnd)
    assert end.transcription == await transcribe(whisper, recorded("plants.wav"))
    assert [heard.segment for heard in segments if isinstance(heard, SegmentHeard)] == end.transcription.segments
    assert "".join(heard.delta for heard in segments if isinstance(heard, SegmentHeard)) == end.transcription.text


async def test_stream_of_silence_is_the_end_alone(whisper: str) -> None:
    (end,) = await follow(whisper, wav(silent(1)))
    assert isinstance(end, TranscribeEnd)
    assert end.transcription.text == ""


async def test_stream_that_cannot_begin_is_an_error_with_a_status(whisper: str) -> None:
    with pytest.raises(ServiceFailure) as caught:
        await follow(whisper, b"no audio")
    assert (caught.value.status, caught.value.error.code) == (422, "invalid_audio")


async def test_segments_arrive_while_whisper_still_works_and_leaving_ends_it(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    endless, permits = Endless(), threading.Semaphore(2)
    monkeypatch.setattr(endless, "next_segment", lambda: permits.acquire(timeout=WAIT_S))
    monkeypatch.setattr(deskhand_stt.whisper, "load", lambda settings: endless)
    options = {"name": "audio", "content": recorded("late.mp3"), "fields": {}, "event": TypeAdapter(TranscribeEvent)}
    async with ServiceClient("stt", serve(vad=False)) as client:
        async with aclosing(client.upload_stream("/transcribe/stream", **options)) as events:
            assert isinstance(await anext(events), SegmentHeard)
            assert isinstance(await anext(events), SegmentHeard)
            assert not endless.ended.is_set()
        permits.release(10_000)
        assert await asyncio.to_thread(endless.ended.wait, WAIT_S)

"""POST /v1/audio/transcriptions, through the official client where it has a say."""

from __future__ import annotations

import openai
import pytest
from deskhand_contract.errors import WireError
from deskhand_contract.services import Transcription
from deskhand_serving.errors import ServiceFailure

from .conftest import Gate, MakeStack, Stack

FILE = ("talk.ogg", b"OggS")
PATH = "/v1/audio/transcriptions"


async def transcribe(stack: Stack, **options: str) -> str:
    async with stack.http() as http:
        response = await http.post(PATH, files={"file": FILE}, data={"model": "whisper-1", **options})
    assert response.status_code == 200, response.text
    return response.text


async def test_json_is_the_default_and_the_client_reads_it(stack: Stack) -> None:
    async with stack.openai() as client:
        heard = await client.audio.transcriptions.create(file=FILE, model="whisper-1", language="en")
    assert heard.text == "Hello <there>. Bye."
    assert stack.desk.uploads == [("talk.ogg", b"OggS", "en")]


async def test_verbose_json_has_segments_and_names_the_language(stack: Stack) -> None:
    async with stack.openai() as client:
        heard = await client.audio.transcriptions.create(file=FILE, model="any", response_format="verbose_json")
    assert (heard.language, heard.duration, heard.text) == ("english", 3.25, "Hello <there>. Bye.")
    segments = heard.segments or []
    assert [(segment.id, segment.start, segment.end, segment.text) for segment in segments] == [
        (0, 0.0, 1.5, "Hello <there>."),
        (1, 1.5, 3661.007, " Bye."),
    ]
    assert segments[1].avg_logprob == -0.25
    assert "avg_logprob" not in segments[0].model_fields_set  # what nobody measured is not made up


async def test_text(stack: Stack) -> None:
    assert await transcribe(stack, response_format="text") == "Hello <there>. Bye.\n"


async def test_srt(stack: Stack) -> None:
    assert await transcribe(stack, response_format="srt") == (
        "1\n00:00:00,000 --> 00:00:01,500\nHello <there>.\n\n2\n00:00:01,500 --> 01:01:01,007\nBye.\n"
    )


async def test_vtt(stack: Stack) -> None:
    assert await transcribe(stack, response_format="vtt") == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nHello &lt;there&gt;.\n\n00:00:01.500 --> 01:01:01.007\nBye.\n"
    )


async def test_silence_is_an_empty_text_in_every_format(stack: Stack) -> None:
    stack.desk.transcription = Transcription(text="", language="en", duration_s=2.0)
    assert await transcribe(stack, response_format="text") == "\n"
    assert await transcribe(stack, response_format="srt") == ""
    assert await transcribe(stack, response_format="vtt") == "WEBVTT\n"
    assert '"text":""' in await transcribe(stack)


async def test_transcription_without_segments_is_one_cue(stack: Stack) -> None:
    stack.desk.transcription = Transcription(text="Hi", language="xx", duration_s=2.0)
    assert await transcribe(stack, response_format="srt") == "1\n00:00:00,000 --> 00:00:02,000\nHi\n"
    assert '"language":"xx"' in await transcribe(stack, response_format="verbose_json")


async def test_forms_that_cannot_be_served_are_400(stack: Stack) -> None:
    async with stack.http() as http:
        missing = await http.post(PATH, files={"other": FILE})
        unknown = await http.post(PATH, files={"file": FILE}, data={"response_format": "docx"})
        empty = await http.post(PATH, files={"file": ("a.wav", b"")})
        two = await http.post(PATH, files=[("file", FILE), ("file", FILE)])
        broken = await http.post(PATH, content=b"x", headers={"Content-Type": "multipart/form-data; boundary=y"})
        no_boundary = await http.post(PATH, content=b"x", headers={"Content-Type": "multipart/form-data"})
        json = await http.post(PATH, json={})
    codes = [response.json()["error"]["code"] for response in (missing, unknown, empty, two, no_boundary)]
    assert codes == ["missing_file", "invalid_value", "invalid_audio", "invalid_form", "invalid_form"]
    assert {response.status_code for response in (missing, unknown, empty, two, broken, no_boundary)} == {400}
    assert json.status_code == 415


async def test_recording_is_bounded(make_stack: MakeStack) -> None:
    stack = make_stack(max_audio_bytes=2000, max_body_bytes=1024)
    async with stack.http() as http:
        for size in (2001, 100_000):
            response = await http.post(PATH, files={"file": ("a.wav", b"x" * size)})
            assert (response.status_code, response.json()["error"]["code"]) == (413, "too_large")


async def test_large_recording_passes_without_blocking_the_loop(stack: Stack) -> None:
    content = bytes(range(256)) * 20_000
    async with stack.http() as http:
        response = await http.post(PATH, files={"file": ("a.wav", content)})
    assert response.status_code == 200
    assert stack.desk.uploads == [("a.wav", content, None)]


async def test_errors_of_the_service_reach_the_client(stack: Stack) -> None:
    async with stack.openai() as client:
        stack.desk.transcription = ServiceFailure.of("unreadable_audio", "this is no audio", 422)
        with pytest.raises(openai.BadRequestError, match="this is no audio"):
            await client.audio.transcriptions.create(file=FILE, model="whisper-1")
        stack.desk.transcription = ServiceFailure.of("model_missing", "download the model first", 503)
        with pytest.raises(openai.InternalServerError, match="download the model first"):
            await client.audio.transcriptions.create(file=FILE, model="whisper-1")


async def test_stream_gives_each_segment_when_it_is_heard(stack: Stack) -> None:
    gate = stack.desk.next_segment = Gate()
    async with stack.openai() as client:
        events = await client.audio.transcriptions.create(file=FILE, model="whisper-1", stream=True)
        first = await anext(aiter(events))
        assert (first.type, not gate.is_open) == ("transcript.text.delta", True)
        gate.open()
        rest = [told async for told in events]
    deltas = [told.delta for told in (first, *rest) if told.type == "transcript.text.delta"]
    assert deltas == ["Hello <there>.", " Bye."]
    assert (rest[-1].type, rest[-1].text) == ("transcript.text.done", "Hello <there>. Bye.")  # type: ignore[union-attr]


async def test_stream_of_silence_is_an_empty_text(stack: Stack) -> None:
    stack.desk.transcription = Transcription(text="", language="en", duration_s=2.0)
    async with stack.openai() as client:
        events = await client.audio.transcriptions.create(file=FILE, model="whisper-1", stream=True)
        assert [(told.type, told.text) async for told in events] == [("transcript.text.done", "")]  # type: ignore[union-attr]


async def test_stream_that_cannot_begin_is_a_plain_error_and_one_that_breaks_off_says_so(stack: Stack) -> None:
    async with stack.openai() as client:
        stack.desk.hearing_fails = WireError(code="model_broken", message="the model broke")
        events = await client.audio.transcriptions.create(file=FILE, model="whisper-1", stream=True)
        with pytest.raises(openai.APIError, match="the model broke"):
            async for _ in events:
                pass
        stack.desk.transcription = ServiceFailure.of("unreadable_audio", "this is no audio", 422)
        with pytest.raises(openai.BadRequestError, match="this is no audio"):
            await client.audio.transcriptions.create(file=FILE, model="whisper-1", stream=True)
    async with stack.http() as http:
        form = {"stream": "true", "response_format": "srt"}
        refused = await http.post(PATH, files={"file": FILE}, data=form)
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "response_format")


async def test_client_that_leaves_stops_the_hearing(stack: Stack) -> None:
    stack.desk.next_segment = Gate()
    async with stack.openai() as client:
        events = await client.audio.transcriptions.create(file=FILE, model="whisper-1", stream=True)
        await anext(aiter(events))
        await events.close()
        await stack.desk.hearing_closed.wait()

"""Recording -> words -> plan -> effect, through the gateway, with the official client and a real Whisper."""

from __future__ import annotations

import base64
import io
import json
import wave
from pathlib import Path
from typing import Any

import pytest
from deskhand_cli.testing import RunningStack
from openai import BadRequestError, OpenAI

MICRO = Path(__file__).parents[1] / "fixtures" / "whisper-micro"
RECORDINGS: dict[str, str] = json.loads((MICRO / "micro.json").read_text())["recordings"]
CLOCK = {"now": "2026-03-11T09:30:00", "timezone": "Europe/Lisbon"}


def silence(seconds: int) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(bytes(32_000 * seconds))
    return out.getvalue()


def transcribe(client: OpenAI, name: str, **options: Any) -> Any:
    return client.audio.transcriptions.create(model="whisper-1", file=MICRO / "audio" / name, **options)


def do(client: OpenAI, content: Any) -> tuple[str, list[tuple[str, str]]]:
    """What the assistant says, and what became of each node."""
    messages: Any = [{"role": "user", "content": content}]
    done = client.chat.completions.create(model="deskhand", messages=messages, metadata=CLOCK)
    updates = (done.model_extra or {})["x_plan"]
    ends = [(update["name"], update["status"]) for update in updates if update["status"] != "dispatched"]
    return done.choices[0].message.content or "", ends


@pytest.mark.parametrize("name", RECORDINGS)
def test_every_format_of_recording_is_heard(client: OpenAI, name: str) -> None:
    assert transcribe(client, name).text == RECORDINGS[name]


def test_every_format_of_answer_has_the_words(client: OpenAI) -> None:
    words = RECORDINGS["plants.wav"]
    assert transcribe(client, "plants.wav", response_format="text").strip() == words
    verbose = transcribe(client, "plants.wav", response_format="verbose_json")
    assert (verbose.text, verbose.language) == (words, "english")
    assert 0 <= verbose.segments[0].start < verbose.segments[-1].end <= verbose.duration
    assert words in transcribe(client, "plants.wav", response_format="srt")
    assert transcribe(client, "plants.wav", response_format="vtt").startswith("WEBVTT\n")


def test_a_name_that_was_heard_and_that_two_people_have_is_not_guessed(client: OpenAI, stack: RunningStack) -> None:
    said, ends = do(client, transcribe(client, "late.mp3").text)
    assert ends == [("get_phone_number", "failed"), ("send_sms", "skipped")]
    assert "Dana Cole" in said
    assert "Dana Whitfield" in said


def test_recording_in_a_chat_message_is_carried_out(client: OpenAI, stack: RunningStack) -> None:
    data = base64.b64encode((MICRO / "audio" / "lunch.ogg").read_bytes()).decode()
    said, ends = do(client, [{"type": "input_audio", "input_audio": {"data": data, "format": "ogg"}}])
    assert ("create_calendar_event", "done") in ends
    assert "unch" in said
    events = [path.read_text() for path in (stack.home / "calendars").rglob("*.ics")]
    assert any("20260312T120000" in event and "unch" in event for event in events)


def test_silence_has_no_words_and_does_nothing(client: OpenAI) -> None:
    quiet = silence(2)
    assert client.audio.transcriptions.create(model="whisper-1", file=("quiet.wav", quiet)).text == ""


def test_what_is_no_recording_is_the_callers_mistake(client: OpenAI) -> None:
    with pytest.raises(BadRequestError) as caught:
        client.audio.transcriptions.create(model="whisper-1", file=("notes.txt", b"buy milk"))
    assert caught.value.code == "invalid_audio"
    assert "wav, mp3, m4a, ogg, flac and webm" in caught.value.message

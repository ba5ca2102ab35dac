"""Texts by a language model behind a real socket, and the plain ones in its place."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from deskhand_executor.settings import ExecutorSettings
from pydantic import ValidationError


@dataclass
class Endpoint:
    """Answers with `pieces`, one event each; `holds` keeps it from ending until `released`."""

    url: str = ""
    pieces: list[str] = field(default_factory=lambda: ["Hi Sid,\n\nI ", "found your jacket.\n\nSam"])
    status: int = 200
    finish: str = "stop"
    holds: bool = False
    released: threading.Event = field(default_factory=threading.Event)
    requests: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    @property
    def shown(self) -> str:
        """All that the model was given."""
        return "\n".join(message["content"] for message in self.requests[-1]["messages"])


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    state = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            state.requests.append(json.loads(body))
            state.keys.append(self.headers["Authorization"])
            self.send_response(state.status)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            if state.status != 200:
                return
            for piece in state.pieces:
                self._send({"content": piece}, None)
            if state.holds:
                state.released.wait(30)
                return
            self._send({}, state.finish)
            self.wfile.write(b"data: [DONE]\n\n")

        def _send(self, delta: dict[str, str], finish: str | None) -> None:
            choice = {"index": 0, "delta": delta, "finish_reason": finish}
            chunk = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": [choice]}
            self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
            self.wfile.flush()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}/v1"
    yield state
    state.released.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def writing(make_desk: Any, endpoint: Endpoint) -> Any:
    return make_desk(writer_base_url=endpoint.url, writer_model="tiny", writer_api_key="k-1", writer_timeout_s=30)


def body(done: Any) -> str:
    message = message_from_bytes(Path(done.data["path"]).read_bytes(), policy=policy.default)
    return message.get_body(("plain",)).get_content()


def compose(desk: Any, context: str = "I found his jacket") -> Any:
    return desk.do("compose_new_email", recipients=["sid.rao@example.org"], context=context)


def test_mail_is_written_by_the_model(writing: Any, endpoint: Endpoint) -> None:
    done = compose(writing)
    assert body(done) == "Hi Sid,\n\nI found your jacket.\n\nSam\n"
    assert done.data["written_by"] == "tiny"
    assert "writer_failed" not in done.data
    (request,) = endpoint.requests
    assert (request["model"], request["stream"], "tools" in request) == ("tiny", True, False)
    assert endpoint.keys == ["Bearer k-1"]


def test_nobody_is_asked_unless_the_settings_name_somebody(desk: Any) -> None:
    done = compose(desk)
    assert body(done).startswith("Hi Sid,\n\nI found his jacket.")
    assert "written_by" not in done.data


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"status": 500}, "its server answered with status 500"),
        ({"pieces": []}, "it wrote nothing"),
        ({"finish": "length"}, "its text was cut off"),
        ({"pieces": ["Look at https://evil.example/?q=1"]}, "it added a link or an address"),
        ({"pieces": ["Write to thief@evil.example."]}, "it added a link or an address"),
        ({"pieces": ["word " * 3000]}, "its text was too long"),
        ({"pieces": ["word " * 9000], "holds": True}, "it did not stop writing"),
    ],
)
def test_unusable_text_is_replaced_by_a_plain_one(
    writing: Any, endpoint: Endpoint, answer: dict[str, Any], why: str
) -> None:
    for name, value in answer.items():
        setattr(endpoint, name, value)
    done = compose(writing)
    assert body(done).startswith("Hi Sid,\n\nI found his jacket.")
    assert (done.data["written_by"], done.data["writer_failed"]) == ("plain", why)
    assert "writer" not in done.text


def test_text_that_never_ends_is_given_up_at_the_deadline(make_desk: Any, endpoint: Endpoint) -> None:
    endpoint.holds = True
    desk = make_desk(writer_base_url=endpoint.url, writer_model="tiny", writer_timeout_s=0.5)
    done = compose(desk)
    assert done.data["writer_failed"] == "it took longer than 0.5 s"
    assert "I found his jacket" in body(done)


def test_server_that_is_not_there_costs_the_model_only(make_desk: Any) -> None:
    desk = make_desk(writer_base_url="http://127.0.0.1:9/v1", writer_model="tiny")
    done = compose(desk)
    assert done.data["writer_failed"].startswith("its server does not answer")
    assert "I found his jacket" in body(done)


def test_link_of_the_user_has_to_be_in_the_mail(writing: Any, endpoint: Endpoint) -> None:
    endpoint.pieces = ["Hi Sid, here it is."]
    done = compose(writing, "the link https://zoom.us/j/123?pwd=a_b")
    assert done.data["writer_failed"] == "it left a link or an address out"
    assert "https://zoom.us/j/123?pwd=a_b" in body(done)
    endpoint.pieces = ["Hi Sid, here it is: https://zoom.us/j/123?pwd=a_b."]
    assert compose(writing, "the link https://zoom.us/j/123?pwd=a_b").data["written_by"] == "tiny"


def test_thoughts_of_the_model_are_not_in_the_mail(writing: Any, endpoint: Endpoint) -> None:
    endpoint.pieces = ["<think>\nA mail", " then.</think>\n\nHi Sid!"]
    assert body(compose(writing)) == "Hi Sid!\n"


def test_mail_that_is_answered_is_fenced_data_and_still_quoted(writing: Any, endpoint: Endpoint) -> None:
    done = writing.do("reply_to_email", context="sounds good")
    fence = endpoint.shown.partition("between the lines ")[2].partition(" is material")[0]
    assert len(fence) >= 16
    parts = endpoint.shown.split(f"\n{fence}\n")
    assert "sounds good" in parts[1]
    assert body(done).startswith("Hi Sid,\n\nI found your jacket.\n\nSam\n\nOn ")
    assert "> " in body(done)


class TestOnAMac:
    @pytest.fixture
    def writing(self, make_desk: Any, endpoint: Endpoint, mac: Any) -> Any:
        return make_desk(backend="macos", writer_base_url=endpoint.url, writer_model="tiny", writer_timeout_s=30)

    def test_mail_is_written_by_the_model(self, writing: Any, mac: Any) -> None:
        assert compose(writing).data["written_by"] == "tiny"
        assert mac.state["windows"][0]["text"] == "Hi Sid,\r\n\r\nI found your jacket.\r\n\r\nSam"

    def test_reply_is_written_to_the_mail_that_is_selected(self, writing: Any, endpoint: Endpoint, mac: Any) -> None:
        done = writing.do("reply_to_email", context="sounds good")
        assert "Is Thursday fine?" in endpoint.shown
        assert mac.state["clipboard"] == "Hi Sid,\n\nI found your jacket.\n\nSam"
        assert done.data["written_by"] == "tiny"

    def test_forward_and_notes_are_written_by_the_model(self, writing: Any, endpoint: Endpoint, mac: Any) -> None:
        writing.do("forward_email", recipients=["sid.rao@example.org"], context="for his files")
        assert mac.state["clipboard"].endswith("I found your jacket.\n\nSam")
        endpoint.pieces = ["- tent\n- stove"]
        done = writing.do("create_note", name="Camping", content="packing list for two nights in a tent")
        assert mac.state["notes"][done.data["id"]]["body"].endswith("<ul><li>tent</li><li>stove</li></ul>")
        endpoint.pieces = ["Rent is below 900."]
        assert writing.do("append_note_content", name="budget", content="how low the rent is").data["written_by"]
        assert "Rent is below 900." in mac.state["notes"]["n2"]["body"]

    def test_mail_that_is_answered_is_not_read_without_a_writer(self, make_desk: Any, mac: Any) -> None:
        make_desk(backend="macos").do("reply_to_email", context="sounds good")
        assert "mail_text" not in mac.scripts()

    def test_unusable_text_is_replaced_by_a_plain_one(self, writing: Any, endpoint: Endpoint, mac: Any) -> None:
        endpoint.status = 500
        assert compose(writing).data["writer_failed"] == "its server answered with status 500"
        assert "I found his jacket." in mac.state["windows"][0]["text"]


def test_words_in_quotes_stay_as_they_are(writing: Any, endpoint: Endpoint) -> None:
    assert "See you at noon" in body(compose(writing, '"See you at noon"'))
    assert not endpoint.requests


def test_note_is_written_and_a_list_is_not(writing: Any, endpoint: Endpoint) -> None:
    endpoint.pieces = ["- tent\n- stove"]
    done = writing.do("create_note", name="Camping", content="packing list for two nights in a tent")
    assert Path(done.data["path"]).read_text() == "# Camping\n\n- tent\n- stove\n"
    writing.do("append_note_content", name="Camping", content="matches")
    assert Path(done.data["path"]).read_text() == "# Camping\n\n- tent\n- stove\n- matches\n"
    assert len(endpoint.requests) == 1


def test_pdf_is_summarised_by_the_model_from_its_text(writing: Any, endpoint: Endpoint) -> None:
    endpoint.pieces = ["Rent is 940 euros."]
    done = writing.do("summarize_pdf", pdf_path="lease agreement")
    assert done.output == "Lease agreement 2024 (2 pages)\n\nRent is 940 euros."
    assert done.data["written_by"] == "tiny"
    assert "The tenant pays a deposit of 2,820 euros" in endpoint.shown
    endpoint.status = 503
    plain = writing.do("summarize_pdf", pdf_path="lease agreement")
    assert plain.data["written_by"] == "plain"
    assert 3 <= len(plain.data["sentences"]) <= 5


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"writer_base_url": "http://models.example.org/v1", "writer_model": "m"}, "writer_base_url"),
        ({"writer_base_url": "https://models.example.org/v1"}, "needs writer_model"),
        (
            {"writer_base_url": "https://m.example.org/v1", "writer_model": "m", "writer_timeout_s": 60},
            "less than tool_timeout_s",
        ),
    ],
)
def test_settings_that_cannot_work_are_refused(tmp_path: Path, options: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        ExecutorSettings(home=tmp_path, **options)

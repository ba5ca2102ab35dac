"""Zoom, against a server that answers as Zoom's published API does."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from deskhand_executor.errors import (
    NotConfigured,
    ToolTimeout,
    ToolUnavailable,
    UndoRefused,
    UnusableArgument,
)
from deskhand_serving.testing import running
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

ACCOUNT, CLIENT, SECRET = "acc-1", "client-1", "s3cret/+="
MEETING = {"topic": "sync", "start_time": "2026-03-12 15:00:00"}


@dataclass
class FakeZoom:
    """`answers` are given instead of the meeting, one each."""

    tokens: list[str] = field(default_factory=list)
    valid: set[str] = field(default_factory=set)
    meetings: dict[str, dict[str, Any]] = field(default_factory=dict)
    answers: list[Response] = field(default_factory=list)
    expires_in: int = 3599
    ids: Iterator[int] = field(default_factory=lambda: itertools.count(81234567890))


def zoom_app(zoom: FakeZoom) -> FastAPI:
    app = FastAPI()

    @app.post("/oauth/token")
    async def token(request: Request) -> Response:
        form = dict(pair.split("=") for pair in (await request.body()).decode().split("&"))
        basic = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if request.headers.get("authorization") != basic:
            return JSONResponse({"reason": "Invalid client_id or client_secret", "error": "invalid_client"}, 401)
        if form != {"grant_type": "account_credentials", "account_id": ACCOUNT}:
            return JSONResponse({"reason": "Bad request", "error": "invalid_request"}, 400)
        zoom.tokens.append(f"token-{len(zoom.tokens)}")
        zoom.valid = {zoom.tokens[-1]}
        return JSONResponse(
            {
                "access_token": zoom.tokens[-1],
                "token_type": "bearer",
                "expires_in": zoom.expires_in,
                "scope": "meeting:write:meeting",
                "api_url": "https://api.zoom.us",
            }
        )

    def refused(request: Request) -> Response | None:
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in zoom.valid:
            return JSONResponse({"code": 124, "message": "Access token is expired."}, 401)
        return zoom.answers.pop(0) if zoom.answers else None

    @app.post("/v2/users/me/meetings")
    async def create(request: Request) -> Response:
        if answer := refused(request):
            return answer
        body = await request.json()
        number = next(zoom.ids)
        zoom.meetings[str(number)] = body
        return JSONResponse({**body, "id": number, "join_url": f"https://example.zoom.us/j/{number}?pwd=x"}, 201)

    @app.delete("/v2/meetings/{meeting}")
    async def delete(meeting: str, request: Request) -> Response:
        if answer := refused(request):
            return answer
        if zoom.meetings.pop(meeting, None) is None:
            return JSONResponse({"code": 3001, "message": f"Meeting does not exist: {meeting}."}, 404)
        return Response(status_code=204)

    return app


@pytest.fixture
def zoom() -> FakeZoom:
    return FakeZoom()


@pytest.fixture
def desk(zoom: FakeZoom, make_desk: Any) -> Iterator[Any]:
    with running(zoom_app(zoom)) as url:
        yield make_desk(
            zoom_account_id=ACCOUNT,
            zoom_client_id=CLIENT,
            zoom_client_secret=SECRET,
            zoom_oauth_url=f"{url}/oauth/token",
            zoom_api_url=f"{url}/v2",
        )


def test_scheduled_meeting_with_invitees(desk: Any, zoom: FakeZoom) -> None:
    done = desk.do("get_zoom_meeting_link", **MEETING, duration=90, meeting_invitees=["sid.rao@example.org"])
    assert done.output == "https://example.zoom.us/j/81234567890?pwd=x"
    assert zoom.meetings["81234567890"] == {
        "topic": "Sync",
        "type": 2,
        "start_time": "2026-03-12T15:00:00",
        "timezone": "Europe/Berlin",
        "duration": 90,
        "settings": {"meeting_invitees": [{"email": "sid.rao@example.org"}]},
    }
    assert done.text == (
        "Scheduled the Zoom meeting “Sync” on Thursday 12 March at 15:00 for 1 h 30 min, "
        f"with Sid Rao on the guest list: {done.output}"
    )


def test_meeting_without_a_time_is_for_now(desk: Any, zoom: FakeZoom) -> None:
    desk.do("get_zoom_meeting_link")
    assert zoom.meetings["81234567890"] == {"topic": "Meeting", "type": 1, "duration": 60}


def test_day_without_a_time_is_asked_about(desk: Any, zoom: FakeZoom) -> None:
    with pytest.raises(UnusableArgument, match="at what time"):
        desk.do("get_zoom_meeting_link", start_time="2026-03-12")
    assert not zoom.meetings


def test_token_is_kept_until_it_expires(desk: Any, zoom: FakeZoom) -> None:
    for _ in range(3):
        desk.do("get_zoom_meeting_link", **MEETING)
    assert len(zoom.tokens) == 1
    zoom.valid.clear()  # withdrawn early
    desk.do("get_zoom_meeting_link", **MEETING)
    assert len(zoom.tokens) == 2
    assert len(zoom.meetings) == 4


def test_token_near_its_end_is_renewed_before_use(desk: Any, zoom: FakeZoom) -> None:
    zoom.expires_in = 30
    for _ in range(2):
        desk.do("get_zoom_meeting_link", **MEETING)
    assert len(zoom.tokens) == 2


def test_token_that_is_never_accepted_ends_in_one_clear_error(desk: Any, zoom: FakeZoom) -> None:
    zoom.answers = [JSONResponse({"code": 124, "message": "Invalid access token."}, 401) for _ in range(2)]
    with pytest.raises(NotConfigured, match="Invalid access token"):
        desk.do("get_zoom_meeting_link", **MEETING)


def test_undo_deletes_the_meeting(desk: Any, zoom: FakeZoom) -> None:
    done = desk.do("get_zoom_meeting_link", **MEETING)
    assert desk.undo("get_zoom_meeting_link", done).text == "Cancelled the Zoom meeting “Sync”"
    assert not zoom.meetings
    with pytest.raises(UndoRefused, match="not there any more"):
        desk.undo("get_zoom_meeting_link", done)
    for meeting in ("../users/me", "1/../2", "", 5):
        with pytest.raises(UnusableArgument):
            desk.backend.undo_handlers["get_zoom_meeting_link"]({**done.undo, "meeting": meeting})


def problem(status: int, code: int, message: str, **more: Any) -> Response:
    return JSONResponse({"code": code, "message": message, **more}, status)


SCOPE = "Invalid access token, does not contain scopes:[meeting:write:meeting]."
FIELDS = [{"field": "topic", "message": "Invalid field."}]


@pytest.mark.parametrize(
    ("answer", "error", "message"),
    [
        (problem(400, 300, "Validation Failed.", errors=FIELDS), UnusableArgument, "Validation Failed.; Invalid field"),
        (problem(400, 4711, SCOPE), NotConfigured, "add the scope meeting:write:meeting"),
        (problem(403, 200, "No permission."), NotConfigured, "No permission"),
        (problem(429, 429, "You have reached the maximum per-second rate limit"), ToolUnavailable, "try again later"),
        (Response("<html>oops</html>", 502), ToolUnavailable, "status 502"),
        (JSONResponse([], 201), ToolUnavailable, "gave no link"),
        (problem(400, 1, "a\nb" * 500), UnusableArgument, "a b"),
    ],
)
def test_zooms_errors_say_what_to_do(
    desk: Any, zoom: FakeZoom, answer: Response, error: type[Exception], message: str
) -> None:
    zoom.answers = [answer]
    with pytest.raises(error) as caught:
        desk.do("get_zoom_meeting_link", **MEETING)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 600


def test_wrong_credentials_are_named(desk: Any, make_desk: Any, zoom: FakeZoom) -> None:
    wrong = make_desk(
        **desk.settings.model_dump(include={"zoom_oauth_url", "zoom_api_url", "zoom_account_id", "zoom_client_id"}),
        zoom_client_secret="other",
    )
    with pytest.raises(NotConfigured, match="Invalid client_id or client_secret") as caught:
        wrong.do("get_zoom_meeting_link", **MEETING)
    assert "other" not in str(caught.value)
    assert "other" not in repr(wrong.settings)


def test_without_credentials_the_settings_are_named(make_desk: Any) -> None:
    with pytest.raises(NotConfigured) as caught:
        make_desk().do("get_zoom_meeting_link", **MEETING)
    assert caught.value.error.code == "not_configured"
    assert "DESKHAND_EXECUTOR_ZOOM_ACCOUNT_ID" in caught.value.error.message


def test_zoom_out_of_reach(desk: Any, make_desk: Any) -> None:
    options = desk.settings.model_dump(include={"zoom_account_id", "zoom_client_id", "zoom_client_secret"})
    away = make_desk(**options, zoom_oauth_url="http://127.0.0.1:1/oauth/token")
    with pytest.raises(ToolUnavailable, match="check the network"):
        away.do("get_zoom_meeting_link", **MEETING)


def test_zoom_that_does_not_answer_is_a_timeout(make_desk: Any) -> None:
    async def silent(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            while (await receive())["type"] != "http.disconnect":
                pass

    app = FastAPI()
    app.mount("/", silent)
    with running(app) as url:
        desk = make_desk(
            zoom_account_id="a",
            zoom_client_id="b",
            zoom_client_secret="c",
            zoom_oauth_url=f"{url}/oauth/token",
            zoom_timeout_s=0.3,
        )
        with pytest.raises(ToolTimeout, match="look in Zoom whether the meeting is there"):
            desk.do("get_zoom_meeting_link", **MEETING)


def test_jitsi_is_a_link_that_nobody_guesses(make_desk: Any) -> None:
    desk = make_desk(meeting_provider="jitsi", jitsi_url="https://meet.example.org/")
    links = {desk.do("get_zoom_meeting_link", topic="Bücher & co/../x").output for _ in range(3)}
    assert len(links) == 3
    for link in links:
        assert link.startswith("https://meet.example.org/BucherCoX-")
        assert len(link.rpartition("-")[2]) == 16

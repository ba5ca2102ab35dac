"""Zoom's REST API: meetings, with a server-to-server OAuth app of the user's.

https://developers.zoom.us/docs/api/ and https://developers.zoom.us/docs/internal-apps/s2s-oauth/
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from .errors import ExecutorError, NotConfigured, ToolTimeout, ToolUnavailable, UndoRefused, UnusableArgument
from .phrasing import one_line, shorten

EXPIRY_MARGIN_S = 60.0
MAX_TOPIC_CHARS = 200
INSTANT, SCHEDULED = 1, 2
_EXPIRED_TOKEN = 124
_MISSING_SCOPE = (4711, 104)
_SETTINGS = "DESKHAND_EXECUTOR_ZOOM_ACCOUNT_ID, _ZOOM_CLIENT_ID and _ZOOM_CLIENT_SECRET"


@dataclass(frozen=True, slots=True)
class ZoomCredentials:
    account_id: str
    client_id: str
    client_secret: str

    @property
    def complete(self) -> bool:
        return bool(self.account_id and self.client_id and self.client_secret)


@dataclass(frozen=True, slots=True)
class Meeting:
    id: str
    join_url: str


class ZoomApi:
    """Blocks; for one thread. The token is kept until it expires."""

    def __init__(self, credentials: ZoomCredentials, oauth_url: str, api_url: str, timeout_s: float) -> None:
        self._credentials = credentials
        self._oauth_url = oauth_url
        self._api_url = api_url.rstrip("/")
        self._timeout_s = timeout_s
        self._http: httpx.Client | None = None
        self._token = ""
        self._expires_s = 0.0

    def close(self) -> None:
        if self._http is not None:
            self._http.close()

    def create_meeting(
        self, topic: str, start: datetime | None, zone: str, minutes: int, invitees: Sequence[str]
    ) -> Meeting:
        """`start` is wall time in `zone`; None for a meeting now. Raises ExecutorError."""
        body: dict[str, Any] = {"topic": shorten(topic, MAX_TOPIC_CHARS), "type": INSTANT, "duration": minutes}
        if start is not None:
            body |= {"type": SCHEDULED, "start_time": start.strftime("%Y-%m-%dT%H:%M:%S"), "timezone": zone}
        if invitees:
            body["settings"] = {"meeting_invitees": [{"email": address} for address in invitees]}
        answer = _json(self._send("POST", "/users/me/meetings", body))
        if not isinstance(answer.get("join_url"), str) or not answer.get("id"):
            raise ToolUnavailable("Zoom gave no link; look in Zoom whether the meeting is there")
        return Meeting(str(answer["id"]), answer["join_url"])

    def delete_meeting(self, id: str) -> None:
        """Raises UndoRefused when it is gone."""
        response = self._send("DELETE", f"/meetings/{id}", None, gone_is_an_answer=True)
        if response.status_code == httpx.codes.NOT_FOUND:
            raise UndoRefused("the Zoom meeting is not there any more, so there was nothing to undo")

    def _send(
        self, method: str, path: str, body: dict[str, Any] | None, *, gone_is_an_answer: bool = False
    ) -> httpx.Response:
        if not self._credentials.complete:
            raise NotConfigured(
                f"Zoom is not set up; set {_SETTINGS} of a server-to-server OAuth app, "
                "or DESKHAND_EXECUTOR_MEETING_PROVIDER=jitsi"
            )
        response = self._request(method, path, body)
        if response.status_code == httpx.codes.UNAUTHORIZED:  # the token was withdrawn early; nothing has happened
            self._token = ""
            response = self._request(method, path, body)
        if response.is_success or (gone_is_an_answer and response.status_code == httpx.codes.NOT_FOUND):
            return response
        raise _refused(response)

    def _request(self, method: str, path: str, body: dict[str, Any] | None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._access_token()}"}
        return self._call(method, f"{self._api_url}{path}", headers=headers, json=body)

    def _access_token(self) -> str:
        if self._token and time.monotonic() < self._expires_s:
            return self._token
        response = self._call(
            "POST",
            self._oauth_url,
            data={"grant_type": "account_credentials", "account_id": self._credentials.account_id},
            auth=(self._credentials.client_id, self._credentials.client_secret),
        )
        if response.status_code in (400, 401, 403):
            reason = shorten(str(_json(response).get("reason", "")), 200) or f"status {response.status_code}"
            raise NotConfigured(f"Zoom does not accept the credentials ({reason}); check {_SETTINGS}")
        if not response.is_success:
            raise _refused(response)
        answer = _json(response)
        token, lifetime = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(token, str) or not token or not isinstance(lifetime, int | float):
            raise ToolUnavailable("Zoom's sign-in gave no token; try again later")
        self._token, self._expires_s = token, time.monotonic() + lifetime - EXPIRY_MARGIN_S
        return token

    def _call(self, method: str, url: str, **options: Any) -> httpx.Response:
        if self._http is None:
            self._http = httpx.Client(timeout=self._timeout_s, follow_redirects=False)
        try:
            return self._http.request(method, url, **options)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
            raise ToolUnavailable("Zoom cannot be reached; check the network") from error
        except httpx.TimeoutException as error:
            raise ToolTimeout(
                f"Zoom did not answer within {self._timeout_s:g} s; look in Zoom whether the meeting is there"
            ) from error
        except httpx.HTTPError as error:
            raise ToolTimeout("the connection to Zoom broke; look in Zoom whether the meeting is there") from error


def _json(response: httpx.Response) -> dict[str, Any]:
    try:
        content = response.json()
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _refused(response: httpx.Response) -> ExecutorError:
    """What Zoom's error means for the user."""
    answer = _json(response)
    code = answer.get("code")
    errors = answer.get("errors")
    details = [str(item.get("message")) for item in errors or () if isinstance(item, dict)]
    message = shorten(one_line("; ".join([str(answer.get("message") or "no reason given"), *details])), 300).rstrip(".")
    if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
        return ToolUnavailable("Zoom allows no more meetings for now; try again later")
    if code in _MISSING_SCOPE:
        return NotConfigured(f"the Zoom app lacks a permission ({message}); add the scope meeting:write:meeting to it")
    if response.status_code in (401, 403) or code == _EXPIRED_TOKEN:
        return NotConfigured(f"Zoom refuses ({message}); check {_SETTINGS} and the app's scopes")
    if response.is_client_error:
        return UnusableArgument(f"Zoom refuses the meeting: {message}")
    return ToolUnavailable(f"Zoom has a problem (status {response.status_code}); try again later")

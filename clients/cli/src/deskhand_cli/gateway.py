"""The gateway's API as the command line uses it: a sentence in, events and an answer out; runs, deciding on them, how
the services are.

GatewayError (CliError)   not running (exit 4), refused (5), or failed (6), in words for people
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import quote

import httpx
from deskhand_contract.events import PlanUpdate
from deskhand_contract.openai import (
    MODEL_PLAN,
    MODEL_RUN,
    ApiError,
    ApiErrorBody,
    AssistantMessage,
    ChatChunk,
    ChatCompletion,
)
from deskhand_contract.runs import Chosen, Run, RunList
from deskhand_contract.services import Diagnosis
from pydantic import ValidationError

from .exits import CliError, Exit
from .home import base_url_of, read_api_key, running_pid
from .stack.endpoints import gateway_port

CONNECT_TIMEOUT_S = 3.0
READ_TIMEOUT_S = 300.0
"""A stream carries a comment every two seconds; this is for answers that do not stream."""
FAILED_AFTER_EFFECT = 424
"""The gateway's status for a run that broke off after something was done."""
_REFUSED = (401, 403)
_NO_EVENT = "data: [DONE]"


Action = Literal["approve", "deny", "cancel", "undo"]


class GatewayError(CliError):
    """`body` is the error as the API gave it, when it gave one."""

    def __init__(self, message: str, way_out: str, exit: Exit, body: ApiErrorBody | None = None) -> None:
        super().__init__(message, way_out, exit)
        self.body = body


@dataclass(frozen=True)
class Answer:
    """What Deskhand says at the end of a run."""

    text: str


class Gateway:
    """The running stack's gateway. A context manager; raises GatewayError."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self.base_url = base_url_of(home, gateway_port())
        self._http = httpx.Client(
            timeout=httpx.Timeout(READ_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
            trust_env=False,  # a proxy of the user's has no place before a local service
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def run(self, sentence: str, metadata: dict[str, str]) -> Iterator[PlanUpdate | Answer]:
        """Carry the sentence out: each event when it comes, the answer last."""
        body = {**_request(MODEL_RUN, sentence, metadata), "stream": True}
        said: list[str] = []
        finished = False
        with (
            self._errors(),
            self._http.stream("POST", self._url("chat/completions"), json=body, headers=self._key()) as response,
        ):
            if response.status_code != 200:
                response.read()
                raise self._failure(response)
            for data in _events(response):
                chunk = _read_chunk(data)
                if chunk.x_plan:
                    yield chunk.x_plan
                for choice in chunk.choices:
                    said.append(choice.delta.content or "")
                    finished = finished or choice.finish_reason is not None
        if not finished:
            raise GatewayError(
                "The answer broke off.",
                "What ran stands above. `deskhand status` says whether all is well.",
                Exit.FAILED,
            )
        yield Answer("".join(said))

    def plan(self, sentence: str, metadata: dict[str, str]) -> AssistantMessage:
        """Only plan: the nodes are the message's `tool_calls`."""
        with self._errors():
            response = self._http.post(
                self._url("chat/completions"), json=_request(MODEL_PLAN, sentence, metadata), headers=self._key()
            )
        return ChatCompletion.model_validate_json(self._ok(response).content).choices[0].message

    def transcribe(self, recording: Path, language: str | None) -> str:
        """The words in a recording; empty when nobody speaks. Raises CliError when the file cannot be read."""
        try:
            content = recording.read_bytes()
        except OSError as error:
            raise CliError(f"{recording} cannot be read: {error.strerror}.", exit=Exit.USAGE) from error
        fields = {"model": "whisper-1", "response_format": "json"} | ({"language": language} if language else {})
        with self._errors():
            response = self._http.post(
                self._url("audio/transcriptions"),
                data=fields,
                files={"file": (recording.name, content)},
                headers=self._key(),
            )
        return self._ok(response).json()["text"]

    def runs(self, limit: int, status: str | None) -> list[Run]:
        """The newest first."""
        params = {"limit": str(limit)} | ({"status": status} if status else {})
        with self._errors():
            response = self._http.get(self._url("runs"), params=params, headers=self._key())
            return RunList.model_validate_json(self._ok(response).content).data

    def run_named(self, run: str) -> Run:
        with self._errors():
            response = self._http.get(self._run_url(run), headers=self._key())
            return Run.model_validate_json(self._ok(response).content)

    def decide(self, run: str, action: Action, nodes: list[int] | None) -> Run:
        """Approve, deny or take back nodes of a run, or all that can be; or cancel it, which takes no nodes. The run
        when that has settled."""
        body = Chosen(nodes=nodes).model_dump(exclude_none=True)
        with self._errors():
            response = self._http.post(f"{self._run_url(run)}/{action}", json=body, headers=self._key())
            return Run.model_validate_json(self._ok(response).content)

    def events(self, run: str, after_seq: int) -> Iterator[PlanUpdate]:
        """What has happened in a run since, and what goes on happening until it rests."""
        headers = {**self._key(), "Last-Event-ID": str(after_seq)}
        with self._errors(), self._http.stream("GET", f"{self._run_url(run)}/events", headers=headers) as response:
            if response.status_code != 200:
                response.read()
                raise self._failure(response)
            for data in _events(response):
                yield PlanUpdate.model_validate_json(data)

    def health(self) -> dict[str, Any]:
        """The gateway's /healthz: needs no key."""
        with self._errors():
            response = self._http.get(f"{self.base_url.removesuffix('/v1')}/healthz")
        return self._ok(response).json()

    def diagnosis(self) -> Diagnosis:
        """What the executor finds out about the applications that it drives."""
        with self._errors():
            response = self._http.post(self._url("doctor"), headers=self._key())
            return Diagnosis.model_validate_json(self._ok(response).content)

    def _url(self, path: str) -> str:
        return f"{self.base_url}/{path}"

    def _run_url(self, run: str) -> str:
        return self._url(f"runs/{quote(run, safe='')}")

    def _key(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {read_api_key(self._home)}"}

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            way_out = "Start it with `deskhand up` in another terminal."
            if running_pid(self._home) is not None:
                way_out = "It is starting, or its gateway is down for a moment; `deskhand status` says more."
            raise GatewayError(f"Deskhand does not answer at {self.base_url}.", way_out, Exit.NOT_RUNNING) from error
        except httpx.TimeoutException as error:
            raise GatewayError("Deskhand took too long to answer.", "See `deskhand status`.", Exit.FAILED) from error
        except (httpx.TransportError, ValidationError, ValueError) as error:
            raise GatewayError(
                f"The connection to Deskhand broke off ({type(error).__name__}).",
                "What ran stands above; nothing is sent again by itself.",
                Exit.FAILED,
            ) from error

    def _ok(self, response: httpx.Response) -> httpx.Response:
        if response.status_code != 200:
            raise self._failure(response)
        return response

    def _failure(self, response: httpx.Response) -> GatewayError:
        try:
            body = ApiError.model_validate_json(response.content).error
        except ValidationError:
            message = f"{self.base_url} answered with status {response.status_code}, and not as Deskhand does."
            return GatewayError(message, "Does something else listen there? See `deskhand status`.", Exit.FAILED)
        if response.status_code in _REFUSED:
            way_out = "Is DESKHAND_HOME the home that the running Deskhand uses?"
            return GatewayError(body.message, way_out, Exit.REFUSED, body)
        refused = 400 <= response.status_code < 500 and response.status_code != FAILED_AFTER_EFFECT
        return GatewayError(body.message, "", Exit.REFUSED if refused else Exit.FAILED, body)


def _request(model: str, sentence: str, metadata: dict[str, str]) -> dict[str, Any]:
    body: dict[str, Any] = {"model": model, "messages": [{"role": "user", "content": sentence}]}
    return body | ({"metadata": metadata} if metadata else {})


def _events(response: httpx.Response) -> Iterator[str]:
    """The data of each event, up to the end mark."""
    for line in response.iter_lines():
        if line.startswith("data: ") and line != _NO_EVENT:
            yield line.removeprefix("data: ")


def _read_chunk(data: str) -> ChatChunk:
    raw = json.loads(data)
    if "error" in raw:
        body = ApiError.model_validate(raw).error
        raise GatewayError(body.message, "", Exit.FAILED, body)
    return ChatChunk.model_validate(raw)

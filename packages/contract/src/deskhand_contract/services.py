"""Requests and answers between the gateway and the internal services.

| service  | route                 | request           | answer                                                     |
|----------|-----------------------|-------------------|------------------------------------------------------------|
| toolrag  | POST /classify        | ClassifyRequest   | ClassifyResponse                                           |
| planner  | POST /plan            | PlanRequest       | one PlanEvent a line (application/x-ndjson), as written    |
| executor | POST /execute         | ExecuteRequest    | Observation                                                |
| executor | POST /undo            | UndoRequest       | Observation                                                |
| executor | POST /doctor          |                   | Diagnosis                                                  |
| stt      | POST /transcribe      | multipart `file`* | Transcription                                              |
| stt      | .../transcribe/stream | multipart `file`* | one TranscribeEvent a line (application/x-ndjson), as heard |

* and the fields language, prompt, temperature (0 to 1), words (true for the times of the words), all optional.

Every service has GET /healthz. A failure is a non-2xx status with `WireFailure`, or, within a stream, a PlanFailed or
TranscribeFailed line.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from .client_tools import ClientNode, ClientTool
from .errors import WireError
from .events import NodeStatus
from .plan import PlanNode

MAX_QUERY_CHARS = 8000

DEFAULT_PORTS = {"gateway": 8710, "toolrag": 8711, "planner": 8712, "executor": 8713, "stt": 8714}
"""Every service and the loopback port that it has unless the settings say otherwise. Users call the gateway only."""


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True)


class ClassifyRequest(_Message):
    query: str = Field(min_length=1, max_length=MAX_QUERY_CHARS)


class ClassifyResponse(_Message):
    """`probabilities` of all tools and the `tools` at or above the threshold, both in registry order."""

    probabilities: dict[str, float]
    tools: list[str]
    threshold: float


class Clock(_Message):
    """The user's clock: `now` as local wall time ("2026-03-11T09:30:00"), and the IANA zone it is in."""

    now: str
    timezone: str

    @field_validator("now")
    @classmethod
    def _is_iso(cls, now: str) -> str:
        datetime.fromisoformat(now)
        return now


class PastNode(_Message):
    """A node of the run so far. A later node may refer to it when it is `done`; what it gave stays with the gateway."""

    node: PlanNode
    status: NodeStatus
    error: WireError | None = None


class PlanRequest(_Message):
    """`tools` limits the plan to the selected ones; None allows all. Where `client_tools` is given, the plan calls
    these instead, as PlanCallEvents. `calls_required`: a plan without a call is no answer.

    `previous` asks for a replan: the nodes so far, in plan order, be it none. The planner's fallback engine writes
    those that are still to be made, numbered on from the last; without one it answers `fallback_needed` (422).
    """

    query: str = Field(min_length=1, max_length=MAX_QUERY_CHARS)
    tools: list[str] | None = None
    client_tools: list[ClientTool] | None = Field(None, min_length=1)
    calls_required: bool = False
    previous: list[PastNode] | None = None
    clock: Clock


class PlanNodeEvent(_Message):
    """`rated`: the PlanEnd of this plan will carry a confidence, so effects may be held until it is known."""

    type: Literal["node"] = "node"
    node: PlanNode
    rated: bool = False


class PlanCallEvent(_Message):
    type: Literal["call"] = "call"
    node: ClientNode


class PlanEnd(_Message):
    """The plan is complete. `confidence` is the calibrated probability that it is right; None where unknown.
    `can_replan`: the planner has an engine that takes requests with `previous`."""

    type: Literal["end"] = "end"
    confidence: float | None = None
    can_replan: bool = False
    prompt_tokens: int = 0
    completion_tokens: int = 0


class PlanFailed(_Message):
    type: Literal["error"] = "error"
    error: WireError


PlanEvent = Annotated[PlanNodeEvent | PlanCallEvent | PlanEnd | PlanFailed, Field(discriminator="type")]


class ExecuteRequest(_Message):
    """One node with all references resolved. `run` and `node` name it in logs and journals."""

    run: str
    node: int
    tool: str
    arguments: dict[str, Any]
    clock: Clock


class Observation(_Message):
    """What a node did.

    `output` is what `$k` becomes in later nodes. `text` says to the user what was done, as a clause without final
    punctuation ("Lunch is in your calendar on Thursday 12 March at 12:00"). `data` is for programs: paths, ids,
    candidates. `undo` is what the executor needs to take the effect back; None when there is nothing to undo.
    """

    output: str
    text: str
    data: dict[str, Any] = Field(default_factory=dict)
    undo: dict[str, Any] | None = None


class UndoRequest(_Message):
    """`undo` is an observation's, unchanged. The answer's `text` says what was taken back."""

    undo: dict[str, Any]


class Check(_Message):
    """Whether something that tools need can be used. `message` says to the user what is, or what to do; `code` is the
    error's when it is not ok."""

    name: str
    ok: bool
    message: str
    code: str = ""


class Diagnosis(_Message):
    """Everything that the executor's backend can check. The checks ask the applications, so macOS may ask the user."""

    backend: str
    checks: list[Check] = Field(default_factory=list[Check])


class Segment(_Message):
    """The last three are Whisper's own figures of the segment; None where the engine has none."""

    start_s: float
    end_s: float
    text: str
    temperature: float | None = None
    avg_logprob: float | None = None
    no_speech_prob: float | None = None


class Word(_Message):
    word: str
    start_s: float
    end_s: float


class Transcription(_Message):
    """`text` is empty when nobody speaks.

    `language` is an ISO 639-1 code; empty when nobody speaks and nobody said which it is. `words` are there when they
    were asked for.
    """

    text: str
    language: str
    duration_s: float
    segments: list[Segment] = Field(default_factory=list[Segment])
    words: list[Word] = Field(default_factory=list[Word])


class SegmentHeard(_Message):
    """The pieces (`delta`) of all segments make up the text; `segment` has the same words without space around them."""

    type: Literal["segment"] = "segment"
    delta: str
    segment: Segment


class TranscribeEnd(_Message):
    type: Literal["end"] = "end"
    transcription: Transcription


class TranscribeFailed(_Message):
    type: Literal["error"] = "error"
    error: WireError


TranscribeEvent = Annotated[SegmentHeard | TranscribeEnd | TranscribeFailed, Field(discriminator="type")]


class Health(_Message):
    """`ready` turns true when the models are loaded. `detail`: what is loaded, or what is missing and what to do."""

    service: str
    ready: bool
    detail: str = ""

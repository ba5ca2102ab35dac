"""The tool registry: the sixteen predefined tools, one argument model each.

This is the one place where a tool is declared. Grammar, compact vocabulary, ToolRAG labels, the API's
tool schemas and the documentation follow from it. A further tool is one class here and one handler in
the executor.

The class statement carries what is not an argument: what the tool returns (so that references can be
checked for fit), which application it drives (calls to one application run one at a time), and what
kind of effect it has. Names and argument order are TinyAgent's.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .errors import InvalidArguments, UnknownTool


class Output(StrEnum):
    """What a node's output is: decides where `$k` may stand."""

    PHONE_NUMBER = "phone_number"
    EMAIL_ADDRESS = "email_address"
    FILE_PATH = "file_path"
    SUMMARY = "summary"
    MAP_LINK = "map_link"
    NOTE_CONTENT = "note_content"
    ZOOM_LINK = "zoom_link"
    EVENT = "event"
    DRAFT = "draft"
    NOTE = "note"
    REMINDER = "reminder"
    MESSAGE = "message"


class App(StrEnum):
    """The application that a tool drives. One call at a time per application."""

    CONTACTS = "contacts"
    CALENDAR = "calendar"
    FILES = "files"
    MAIL = "mail"
    MAPS = "maps"
    NOTES = "notes"
    REMINDERS = "reminders"
    MESSAGES = "messages"
    ZOOM = "zoom"


class Effect(StrEnum):
    """READ changes nothing; WRITE changes the user's own data (a draft, an event); SEND leaves the machine."""

    READ = "read"
    WRITE = "write"
    SEND = "send"


class Kind(StrEnum):
    """What an argument holds: decides how the planner writes it and how code reads it."""

    TEXT = "text"
    NAME = "name"
    START = "start"
    END = "end"
    DUE = "due"
    EMAILS = "emails"
    PHONES = "phones"
    FILE_NAME = "file_name"
    PATH = "path"
    PATHS = "paths"
    TRANSPORT = "transport"
    DURATION = "duration"
    PRIORITY = "priority"
    FLAG = "flag"


DATE_KINDS = frozenset({Kind.START, Kind.END, Kind.DUE})
LIST_KINDS = frozenset({Kind.EMAILS, Kind.PHONES, Kind.PATHS})

SHAREABLE = frozenset(
    {
        Output.PHONE_NUMBER,
        Output.EMAIL_ADDRESS,
        Output.FILE_PATH,
        Output.SUMMARY,
        Output.MAP_LINK,
        Output.NOTE_CONTENT,
        Output.ZOOM_LINK,
    }
)
"""Outputs that mean something inside a text."""


@dataclass(frozen=True, slots=True)
class Arg:
    """Marker in an argument's annotation: its kind, and which outputs `$k` may bring."""

    kind: Kind
    accepts: frozenset[Output] = frozenset()


Text = Annotated[str, Arg(Kind.TEXT)]
SharedText = Annotated[str, Arg(Kind.TEXT, SHAREABLE)]
Place = Annotated[str, Arg(Kind.TEXT, frozenset({Output.MAP_LINK, Output.ZOOM_LINK}))]
Name = Annotated[str, Arg(Kind.NAME)]
Start = Annotated[str, Arg(Kind.START)]
End = Annotated[str, Arg(Kind.END)]
Due = Annotated[str, Arg(Kind.DUE)]
Emails = Annotated[list[str], Arg(Kind.EMAILS, frozenset({Output.EMAIL_ADDRESS}))]
Phones = Annotated[list[str], Arg(Kind.PHONES, frozenset({Output.PHONE_NUMBER}))]
FileName = Annotated[str, Arg(Kind.FILE_NAME)]
Path = Annotated[str, Arg(Kind.PATH, frozenset({Output.FILE_PATH}))]
Paths = Annotated[list[str], Arg(Kind.PATHS, frozenset({Output.FILE_PATH}))]
Transport = Annotated[Literal["d", "w", "r"], Arg(Kind.TRANSPORT)]
Minutes = Annotated[int, Arg(Kind.DURATION)]
Priority = Annotated[int, Arg(Kind.PRIORITY)]
Flag = Annotated[bool, Arg(Kind.FLAG)]


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a tool, as read off its model."""

    name: str
    kind: Kind
    accepts: frozenset[Output]
    required: bool
    default: Any
    description: str

    @property
    def is_list(self) -> bool:
        return self.kind in LIST_KINDS


@dataclass(frozen=True, slots=True)
class Tool:
    """A registry entry. `arguments` stand in positional order."""

    name: str
    description: str
    returns: Output
    app: App
    effect: Effect
    arguments: tuple[Argument, ...]
    model: type[ToolArguments]

    def argument(self, name: str) -> Argument:
        """Raises InvalidArguments when the tool has no such argument."""
        for argument in self.arguments:
            if argument.name == name:
                return argument
        raise InvalidArguments(
            f"{self.name} has no argument {name!r}; it takes {', '.join(a.name for a in self.arguments)}"
        )

    def schema(self) -> dict[str, Any]:
        """JSON Schema of the arguments, as an OpenAI function's `parameters`."""
        schema = self.model.model_json_schema()
        schema.pop("title", None)
        schema.pop("description", None)
        for entry in schema.get("properties", {}).values():
            entry.pop("title", None)
        schema["additionalProperties"] = False
        return schema

    def validate(self, arguments: dict[str, Any]) -> ToolArguments:
        """Argument values without references -> the model. Raises InvalidArguments."""
        try:
            return self.model.model_validate(arguments)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "arguments"
            raise InvalidArguments(f"{self.name}: {where}: {first['msg']}") from error


class ToolArguments(BaseModel):
    """Base of the argument models; a subclass declares a tool by its class keywords."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tool_name: ClassVar[str]
    returns: ClassVar[Output]
    app: ClassVar[App]
    effect: ClassVar[Effect]

    def __init_subclass__(cls, *, name: str, returns: Output, app: App, effect: Effect) -> None:
        super().__init_subclass__()
        cls.tool_name, cls.returns, cls.app, cls.effect = name, returns, app, effect


class GetPhoneNumber(
    ToolArguments, name="get_phone_number", returns=Output.PHONE_NUMBER, app=App.CONTACTS, effect=Effect.READ
):
    """Look up a person's phone number in the contacts."""

    name: Name = Field(min_length=1, description="The person, as named: a name, nickname or relation.")


class GetEmailAddress(
    ToolArguments, name="get_email_address", returns=Output.EMAIL_ADDRESS, app=App.CONTACTS, effect=Effect.READ
):
    """Look up a person's mail address in the contacts."""

    name: Name = Field(min_length=1, description="The person, as named: a name, nickname or relation.")


class CreateCalendarEvent(
    ToolArguments, name="create_calendar_event", returns=Output.EVENT, app=App.CALENDAR, effect=Effect.WRITE
):
    """Put an event in the calendar."""

    title: Text = Field(min_length=1, description="Title of the event.")
    start_date: Start = Field(
        min_length=1, description="Start, YYYY-MM-DD HH:MM:SS, or YYYY-MM-DD for an all-day event."
    )
    end_date: End = Field("", description="End, in the form of the start. Inclusive when it is a day.")
    location: Place = Field("", description="Where it happens, or a link.")
    invitees: Emails = Field(default_factory=list, description="Mail addresses of those invited.")
    notes: SharedText = Field("", description="Notes of the event.")
    calendar: Text = Field("", description="Name of the calendar; empty for the default one.")


class OpenAndGetFilePath(
    ToolArguments, name="open_and_get_file_path", returns=Output.FILE_PATH, app=App.FILES, effect=Effect.READ
):
    """Find a file by its name, open it, and return its path."""

    file_name: FileName = Field(min_length=1, description="Name of the file, as said.")


class SummarizePdf(ToolArguments, name="summarize_pdf", returns=Output.SUMMARY, app=App.FILES, effect=Effect.READ):
    """Summarise a PDF file."""

    pdf_path: Path = Field(min_length=1, description="Path of the PDF.")


class ComposeNewEmail(ToolArguments, name="compose_new_email", returns=Output.DRAFT, app=App.MAIL, effect=Effect.WRITE):
    """Write a new mail, as a draft."""

    recipients: Emails = Field(default_factory=list, description="Mail addresses.")
    cc: Emails = Field(default_factory=list, description="Mail addresses in copy.")
    subject: Text = Field("", description="Subject line.")
    context: SharedText = Field("", description="What the mail says.")
    attachments: Paths = Field(default_factory=list, description="Paths of files to attach.")


class ReplyToEmail(ToolArguments, name="reply_to_email", returns=Output.DRAFT, app=App.MAIL, effect=Effect.WRITE):
    """Reply to the mail that is selected, as a draft."""

    cc: Emails = Field(default_factory=list, description="Mail addresses in copy.")
    context: SharedText = Field("", description="What the reply says.")
    attachments: Paths = Field(default_factory=list, description="Paths of files to attach.")


class ForwardEmail(ToolArguments, name="forward_email", returns=Output.DRAFT, app=App.MAIL, effect=Effect.WRITE):
    """Forward the mail that is selected, as a draft."""

    recipients: Emails = Field(default_factory=list, description="Mail addresses.")
    cc: Emails = Field(default_factory=list, description="Mail addresses in copy.")
    context: SharedText = Field("", description="What to say above the forwarded mail.")
    attachments: Paths = Field(default_factory=list, description="Paths of files to attach.")


class MapsOpenLocation(
    ToolArguments, name="maps_open_location", returns=Output.MAP_LINK, app=App.MAPS, effect=Effect.READ
):
    """Show a place on the map and return a link to it."""

    location: Text = Field(min_length=1, description="The place.")


class MapsShowDirections(
    ToolArguments, name="maps_show_directions", returns=Output.MAP_LINK, app=App.MAPS, effect=Effect.READ
):
    """Show directions on the map and return a link to them."""

    start_location: Text = Field("", description="Where from; empty for the current place.")
    end_location: Text = Field(min_length=1, description="Where to.")
    transport: Transport = Field("d", description="d: driving, w: walking, r: public transport.")


class CreateNote(ToolArguments, name="create_note", returns=Output.NOTE, app=App.NOTES, effect=Effect.WRITE):
    """Make a new note."""

    name: Text = Field("", description="Title of the note.")
    content: SharedText = Field("", description="Text of the note.")
    folder: Text = Field("", description="Folder; empty for the default one.")


class OpenNote(ToolArguments, name="open_note", returns=Output.NOTE_CONTENT, app=App.NOTES, effect=Effect.READ):
    """Open a note by its title and return its text."""

    name: Text = Field(min_length=1, description="Title of the note, as said.")
    folder: Text = Field("", description="Folder; empty to look in all.")


class AppendNoteContent(
    ToolArguments, name="append_note_content", returns=Output.NOTE, app=App.NOTES, effect=Effect.WRITE
):
    """Add text at the end of a note."""

    name: Text = Field(min_length=1, description="Title of the note, as said.")
    content: SharedText = Field("", description="Text to add.")
    folder: Text = Field("", description="Folder; empty to look in all.")


class CreateReminder(
    ToolArguments, name="create_reminder", returns=Output.REMINDER, app=App.REMINDERS, effect=Effect.WRITE
):
    """Make a reminder."""

    name: Text = Field(min_length=1, description="What to be reminded of.")
    due_date: Due = Field("", description="When, YYYY-MM-DD HH:MM:SS, or YYYY-MM-DD for a day.")
    notes: SharedText = Field("", description="Notes of the reminder.")
    list_name: Text = Field("", description="List; empty for the default one.")
    priority: Priority = Field(0, ge=0, le=9, description="1 (high) to 9 (low); 0 for none.")
    all_day: Flag = Field(False, description="Whether it is for the whole day.")


class SendSms(ToolArguments, name="send_sms", returns=Output.MESSAGE, app=App.MESSAGES, effect=Effect.SEND):
    """Send a text message."""

    recipients: Phones = Field(min_length=1, description="Phone numbers.")
    message: SharedText = Field(min_length=1, description="The message.")


class GetZoomMeetingLink(
    ToolArguments, name="get_zoom_meeting_link", returns=Output.ZOOM_LINK, app=App.ZOOM, effect=Effect.SEND
):
    """Schedule a Zoom meeting and return its link."""

    topic: Text = Field("", description="Topic of the meeting.")
    start_time: Start = Field("", description="Start, YYYY-MM-DD HH:MM:SS.")
    duration: Minutes = Field(60, ge=1, le=1440, description="Minutes.")
    meeting_invitees: Emails = Field(default_factory=list, description="Mail addresses of those invited.")


def _entry(model: type[ToolArguments]) -> Tool:
    arguments: list[Argument] = []
    for name, info in model.model_fields.items():
        marker = next((m for m in info.metadata if isinstance(m, Arg)), None)
        if marker is None:
            raise TypeError(f"{model.__name__}.{name} is not annotated with a kind")
        default = None if info.is_required() else info.get_default(call_default_factory=True)
        arguments.append(
            Argument(name, marker.kind, marker.accepts, info.is_required(), default, info.description or "")
        )
    doc = (model.__doc__ or "").strip()
    return Tool(model.tool_name, doc, model.returns, model.app, model.effect, tuple(arguments), model)


TOOLS: tuple[Tool, ...] = tuple(_entry(model) for model in ToolArguments.__subclasses__())
"""Every tool, in the order that all vectors over tools (ToolRAG's 16 outputs, for one) have."""

TOOL_NAMES: tuple[str, ...] = tuple(tool.name for tool in TOOLS)
_BY_NAME = {tool.name: tool for tool in TOOLS}

TRANSPORTS: tuple[str, ...] = get_args(get_args(Transport)[0])


def get_tool(name: str) -> Tool:
    """Raises UnknownTool."""
    try:
        return _BY_NAME[name]
    except KeyError:
        raise UnknownTool(f"there is no tool {name!r}; the tools are {', '.join(TOOL_NAMES)}") from None

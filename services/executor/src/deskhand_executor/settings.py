"""Settings of the executor, `DESKHAND_EXECUTOR_*` or `[executor]` in config.toml.

Folders default to ones in the home, in the layouts that khal, khard, todoman and mail clients read; point them at
your own to use what you have.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, Self

import platformdirs
from deskhand_serving.settings import ServiceSettings
from pydantic import Field, SecretStr, model_validator

_SAFE_URL = r"^(https://|http://(127\.0\.0\.1|localhost)[:/])"
"""Credentials go over TLS, or stay on this machine."""


def _in_home(name: str) -> Any:
    return Field(default_factory=lambda data: data["home"] / name)


def _default_roots(data: dict[str, Any]) -> tuple[Path, ...]:
    """The home's documents; with the platform's own home the user's usual folders too, so that a test or a demo with a
    home of its own never sees them."""
    documents = data["home"] / "documents"
    if data["home"] != Path(platformdirs.user_data_dir("deskhand", appauthor=False)):
        return (documents,)
    usual = (platformdirs.user_documents_dir(), platformdirs.user_desktop_dir(), platformdirs.user_downloads_dir())
    return (documents, *(Path(folder) for folder in usual))


class ExecutorSettings(ServiceSettings, service="executor"):
    port: int = Field(8713, ge=0, le=65535)
    backend: Literal["auto", "macos", "openfiles"] = Field(
        "auto", description="`auto` is macos on a Mac, and openfiles elsewhere."
    )
    tool_timeout_s: float = Field(60.0, gt=0, le=600, description="Longest that one call may take.")

    user_name: str = Field("", description="Your name: signs mails, organises events.")
    user_mail: str = Field("", description="Your mail address: the From of drafts, the organiser of events.")

    contacts_dir: Path = _in_home("contacts")
    khard_config: Path | None = Field(
        None,
        description="khard's config, such as ~/.config/khard/khard.conf: its address books instead of contacts_dir.",
    )
    calendars_dir: Path = _in_home("calendars")
    khal_config: Path | None = Field(
        None, description="khal's config, such as ~/.config/khal/config: its calendars instead of calendars_dir."
    )
    default_calendar: str = Field("Personal", min_length=1, description="Where an event goes that names no calendar.")
    invite_guests: bool = Field(
        False,
        description="Invite the guests of a new event: by a draft of an invitation (iTIP) that you send. On a Mac "
        "Calendar invites them, which mails them at once.",
    )
    reminders_dir: Path = _in_home("reminders")
    todoman_config: Path | None = Field(
        None, description="todoman's config, such as ~/.config/todoman/config.py: its lists instead of reminders_dir."
    )
    default_list: str = Field("Reminders", min_length=1, description="Where a reminder goes that names no list.")
    mail_dir: Path = Field(
        default_factory=lambda data: data["home"] / "mail",
        description="A Maildir with Maildir++ folders, or a folder of Maildirs (INBOX, Drafts).",
    )
    selected_mail: Literal["newest", "flagged", "notmuch"] = Field(
        "newest",
        description="Which mail is answered and forwarded unless the file `selected` in mail_dir names one: the newest "
        "of the inbox, the newest that is flagged, or the newest that notmuch finds by notmuch_query.",
    )
    notmuch_query: str = Field("tag:inbox and not tag:draft", min_length=1)
    notes_dir: Path = _in_home("notes")
    file_roots: tuple[Path, ...] = Field(
        default_factory=_default_roots, description="Files are found and attached from these folders only."
    )
    max_attachment_mb: float = Field(25.0, gt=0, description="Largest sum of attachments of one mail.")
    max_pdf_pages: int = Field(300, ge=1, description="Pages of a PDF that a summary reads.")

    writer_base_url: str = Field(
        "",
        pattern=rf"^$|{_SAFE_URL}",
        description="OpenAI-compatible endpoint that writes mails, short notes and summaries, such as "
        "http://127.0.0.1:11434/v1. It is given your words, the mail that you answer and the text of the PDF. "
        "Empty: they are written plainly, here.",
    )
    writer_model: str = Field("", description="Model of that endpoint.")
    writer_api_key: SecretStr = SecretStr("")
    writer_timeout_s: float = Field(
        20.0, gt=0, le=300, description="For the whole text; what is not written by then is written plainly."
    )

    open_files: bool = Field(True, description="Open files and maps when there is a desktop.")
    map_provider: Literal["apple", "osm"] = "apple"

    sms_outbox_dir: Path = _in_home("sms")
    sms_command: tuple[str, ...] = Field(
        (),
        description="Program that sends a text, with {number} and {message} in its arguments, such as "
        '["kdeconnect-cli", "--name", "phone", "--send-sms", "{message}", "--destination", "{number}"]. '
        "Empty: texts wait in the outbox.",
    )
    sms_timeout_s: float = Field(20.0, gt=0, le=300)

    meeting_provider: Literal["zoom", "jitsi"] = "zoom"
    zoom_account_id: str = ""
    zoom_client_id: str = ""
    zoom_client_secret: SecretStr = SecretStr("")
    zoom_oauth_url: str = Field("https://zoom.us/oauth/token", pattern=_SAFE_URL)
    zoom_api_url: str = Field("https://api.zoom.us/v2", pattern=_SAFE_URL)
    zoom_timeout_s: float = Field(15.0, gt=0, le=120)
    jitsi_url: str = "https://meet.jit.si"

    @model_validator(mode="after")
    def _writer_fits(self) -> Self:
        if self.writer_base_url and not self.writer_model:
            raise ValueError("writer_base_url needs writer_model, the name of a model there")
        if self.writer_base_url and self.writer_timeout_s >= self.tool_timeout_s:
            raise ValueError("writer_timeout_s has to be less than tool_timeout_s, the longest that a call may take")
        return self

"""Backend `openfiles`: the user's data in open formats that other programs read and write too.

Contacts in vCard files (khard), events and reminders in iCalendar files (khal, todoman), mail in Maildirs, notes in
Markdown, texts in an outbox folder or by a program, maps as links.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from ...addresses import Recipient
from ...client_configs import khal_calendars, khard_books, todoman_lists
from ...contact_book import ContactBook
from ...desktop import desktop_opener
from ...file_search import FileSearch
from ...mail_store import MailStore
from ...settings import ExecutorSettings
from ...vdir import Collections, ConfiguredCollections, FolderCollections
from ...writer import Writer
from ...zoom_api import ZoomApi, ZoomCredentials
from ..base import Backend, collect
from ..common.contacts import Contacts
from ..common.files import Files
from ..common.maps import Maps
from ..common.pdf import Pdf
from ..common.zoom import Zoom
from .calendar import CalendarEvents
from .mail import Mail
from .messages import Messages
from .notes import Notes
from .reminders import Reminders

FILE_INDEX = "files.sqlite3"


def openfiles(settings: ExecutorSettings) -> Backend:
    """Looks for a desktop; reads no files yet."""
    book = ContactBook(partial(_address_books, settings), settings.user_mail, settings.user_name)
    search = FileSearch(settings.file_roots, settings.home / FILE_INDEX)
    store = MailStore(settings.mail_dir.expanduser(), settings.selected_mail, settings.notmuch_query)
    user = Recipient(settings.user_mail, settings.user_name)
    writer = Writer.of(settings)
    opener = desktop_opener(settings.open_files)
    credentials = ZoomCredentials(
        settings.zoom_account_id, settings.zoom_client_id, settings.zoom_client_secret.get_secret_value()
    )
    zoom_api = ZoomApi(credentials, settings.zoom_oauth_url, settings.zoom_api_url, settings.zoom_timeout_s)
    handlers, undo_handlers = collect(
        [
            Contacts(book),
            CalendarEvents(_calendars(settings), book, user, store if settings.invite_guests else None),
            Reminders(_lists(settings)),
            Mail(store, book, search, user, writer, max_attachment_bytes=int(settings.max_attachment_mb * 1e6)),
            Notes(settings.notes_dir.expanduser(), opener, writer),
            Files(search, opener),
            Pdf(search, writer, settings.max_pdf_pages),
            Maps(settings.map_provider, opener),
            Messages(settings.sms_outbox_dir.expanduser(), settings.sms_command, settings.sms_timeout_s, book),
            Zoom(zoom_api, settings.meeting_provider, settings.jitsi_url, book),
        ]
    )

    def warm_up() -> str:
        return f"{book.refresh()} contacts, {search.warm_up()}"

    def close() -> None:
        search.close()
        zoom_api.close()

    return Backend("openfiles", handlers, undo_handlers, warm_up, close)


def _address_books(settings: ExecutorSettings) -> Sequence[Path]:
    return khard_books(settings.khard_config) if settings.khard_config else [settings.contacts_dir.expanduser()]


def _calendars(settings: ExecutorSettings) -> Collections:
    if settings.khal_config:
        return ConfiguredCollections("khal", partial(khal_calendars, settings.khal_config))
    return FolderCollections(settings.calendars_dir.expanduser(), settings.default_calendar)


def _lists(settings: ExecutorSettings) -> Collections:
    if settings.todoman_config:
        return ConfiguredCollections("todoman", partial(todoman_lists, settings.todoman_config))
    return FolderCollections(settings.reminders_dir.expanduser(), settings.default_list)

"""Backend `openfiles`: the user's data in open formats that other programs read and write too.

Contacts in vCard files (khard), events and reminders in iCalendar files (khal, todoman), mail in Maildirs, notes in
Markdown, texts in an outbox folder or by a program, maps as links.
"""

from __future__ import annotations

from ...contact_book import ContactBook
from ...desktop import desktop_opener
from ...file_search import FileSearch
from ...mail_store import MailStore
from ...settings import ExecutorSettings
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


def openfiles(settings: ExecutorSettings) -> Backend:
    """Looks for a desktop; reads no files yet."""
    book = ContactBook(settings.contacts_dir.expanduser(), settings.user_mail, settings.user_name)
    search = FileSearch(settings.file_roots)
    opener = desktop_opener(settings.open_files)
    credentials = ZoomCredentials(
        settings.zoom_account_id, settings.zoom_client_id, settings.zoom_client_secret.get_secret_value()
    )
    zoom_api = ZoomApi(credentials, settings.zoom_oauth_url, settings.zoom_api_url, settings.zoom_timeout_s)
    handlers, undo_handlers = collect(
        [
            Contacts(book),
            CalendarEvents(
                settings.calendars_dir.expanduser(),
                settings.default_calendar,
                book,
                settings.user_name,
                settings.user_mail,
            ),
            Reminders(settings.reminders_dir.expanduser(), settings.default_list),
            Mail(
                MailStore(settings.mail_dir.expanduser()),
                book,
                search,
                user_name=settings.user_name,
                user_mail=settings.user_mail,
                max_attachment_bytes=int(settings.max_attachment_mb * 1e6),
            ),
            Notes(settings.notes_dir.expanduser(), opener),
            Files(search, opener),
            Pdf(search, settings.max_pdf_pages),
            Maps(settings.map_provider, opener),
            Messages(settings.sms_outbox_dir.expanduser(), settings.sms_command, settings.sms_timeout_s, book),
            Zoom(zoom_api, settings.meeting_provider, settings.jitsi_url, book),
        ]
    )
    return Backend("openfiles", handlers, undo_handlers, lambda: f"{book.refresh()} contacts", zoom_api.close)

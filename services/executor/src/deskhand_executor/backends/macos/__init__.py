"""Backend `macos`: the applications of a Mac, driven by AppleScript.

Contacts, Calendar, Reminders, Mail, Notes and Messages by constant scripts (see `osascript`), files by Spotlight, maps
by links that Maps opens, meetings by Zoom's own API.
"""

from __future__ import annotations

from deskhand_contract.tools import App

from ...settings import ExecutorSettings
from ...writer import Writer
from ...zoom_api import ZoomApi, ZoomCredentials
from ..base import Backend, collect
from ..common.contacts import Contacts
from ..common.files import Files
from ..common.mailing import Bodies
from ..common.maps import Maps
from ..common.pdf import Pdf
from ..common.zoom import Zoom
from .calendar import MacCalendar
from .contacts import MacPeople
from .mail import MacMail
from .messages import MacMessages
from .notes import MacNotes
from .opening import MAPS, mac_opener
from .osascript import Osascript
from .permissions import permission_check
from .reminders import MacReminders
from .spotlight import SpotlightSearch

_CHECKED = (App.CONTACTS, App.CALENDAR, App.MAIL, App.NOTES, App.REMINDERS, App.MESSAGES)


def macos(settings: ExecutorSettings) -> Backend:
    """Asks no application anything yet. Raises NotConfigured where there is no osascript."""
    osascript = Osascript(settings.tool_timeout_s)
    people = MacPeople(osascript)
    search = SpotlightSearch(settings.file_roots)
    writer = Writer.of(settings)
    bodies = Bodies(writer, settings.user_name)
    credentials = ZoomCredentials(
        settings.zoom_account_id, settings.zoom_client_id, settings.zoom_client_secret.get_secret_value()
    )
    zoom_api = ZoomApi(credentials, settings.zoom_oauth_url, settings.zoom_api_url, settings.zoom_timeout_s)
    maps_application = MAPS if settings.map_provider == "apple" else ""
    handlers, undo_handlers = collect(
        [
            Contacts(people),
            MacCalendar(osascript, people, settings.default_calendar, invite_guests=settings.invite_guests),
            MacReminders(osascript, settings.default_list),
            MacMail(osascript, people, search, bodies, int(settings.max_attachment_mb * 1e6)),
            MacNotes(osascript, writer),
            Files(search, mac_opener(settings.open_files)),
            Pdf(search, writer, settings.max_pdf_pages),
            Maps(settings.map_provider, mac_opener(settings.open_files, maps_application)),
            MacMessages(osascript, people),
            Zoom(zoom_api, settings.meeting_provider, settings.jitsi_url, people),
        ]
    )

    def close() -> None:
        search.close()
        zoom_api.close()

    return Backend(
        "macos",
        handlers,
        undo_handlers,
        lambda: "the applications of this Mac",
        close,
        checks={app: permission_check(osascript, app) for app in _CHECKED},
    )

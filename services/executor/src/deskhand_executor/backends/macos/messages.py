"""Text messages by the Messages application: iMessage, or SMS through the user's iPhone."""

from __future__ import annotations

from deskhand_contract.services import Observation
from deskhand_contract.tools import SendSms

from ...addresses import phone_recipients
from ...call import Call
from ...errors import ExecutorError, NotConfigured, NotFound
from ...people import People
from ...phrasing import listed
from ..common.text_message import message_of
from .fields import exactly
from .osascript import Osascript


class MacMessages:
    def __init__(self, osascript: Osascript, people: People) -> None:
        self._osascript = osascript
        self._people = people

    def send_sms(self, arguments: SendSms, call: Call) -> Observation:
        message = message_of(arguments.message)
        recipients = phone_recipients(arguments.recipients, self._people)
        sent: list[str] = []
        services: dict[str, str] = {}
        for recipient in recipients:
            try:
                services[recipient.address] = self._send(recipient.address, message, recipient.spoken)
            except ExecutorError as error:
                if sent:  # what is out is out: say who has it
                    raise type(error)(f"{error.error.message}; {listed(sent)} did get it", sent=sent) from error
                raise
            sent.append(recipient.spoken)
        numbers = [recipient.address for recipient in recipients]
        return Observation(
            output=", ".join(numbers),
            text=f"Texted {listed(sent)} by {listed(list(dict.fromkeys(services.values())))}",
            data={"numbers": numbers, "services": services},
        )

    def _send(self, number: str, message: str, person: str) -> str:
        """The service that took it. Messages tells of a text that does not arrive in its own window only."""
        try:
            service = exactly(self._osascript.run("messages_send", number, message), 1, "Messages")[0]
        except NotFound:
            raise NotFound(
                f"Messages can reach {person} neither by iMessage nor by SMS; check the number, and that text message "
                "forwarding is on in the iPhone's settings"
            ) from None
        if service == "none":
            raise NotConfigured("Messages is not signed in; sign in to iMessage in its settings and say it again")
        return service

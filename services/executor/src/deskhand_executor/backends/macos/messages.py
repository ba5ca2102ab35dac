"""Text messages by the Messages application: iMessage, or SMS through the user's iPhone."""

from __future__ import annotations

from functools import partial

from deskhand_contract.services import Observation
from deskhand_contract.tools import SendSms

from ...addresses import Recipient, phone_recipients, spoken_recipients
from ...call import Call
from ...errors import NotConfigured, NotFound
from ...people import People
from ...phrasing import listed
from ..common.text_message import Deliveries, message_of
from .fields import exactly
from .osascript import Osascript


class MacMessages:
    def __init__(self, osascript: Osascript, people: People) -> None:
        self._osascript = osascript
        self._people = people
        self._deliveries = Deliveries()

    def send_sms(self, arguments: SendSms, call: Call) -> Observation:
        message = message_of(arguments.message)
        recipients = phone_recipients(arguments.recipients, self._people)
        delivery = self._deliveries.deliver(recipients, message, call.instant, partial(self._send, message))
        numbers = [recipient.address for recipient in delivery.sent]
        services = dict(zip(numbers, delivery.results, strict=True))
        by = listed(list(dict.fromkeys(delivery.results)))
        return Observation(
            output=", ".join(recipient.address for recipient in recipients),
            text=f"Texted {spoken_recipients(delivery.sent)} by {by}{delivery.had_it}",
            data={"numbers": numbers, "services": services},
        )

    def _send(self, message: str, recipient: Recipient) -> str:
        """The service that took it. Messages tells of a text that does not arrive in its own window only."""
        try:
            service = exactly(self._osascript.run("messages_send", recipient.address, message), 1, "Messages")[0]
        except NotFound:
            raise NotFound(
                f"Messages can reach {recipient.spoken} neither by iMessage nor by SMS; check the number, and that "
                "text message forwarding is on in the iPhone's settings"
            ) from None
        if service == "none":
            raise NotConfigured("Messages is not signed in; sign in to iMessage in its settings and say it again")
        return service

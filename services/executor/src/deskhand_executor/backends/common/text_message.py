"""What every backend asks of a text message, and texts to several people: to each once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ...addresses import Recipient, spoken_recipients
from ...errors import ExecutorError, PartlySent, ToolTimeout, UnusableArgument

REPEATED_WITHIN = timedelta(hours=1)
"""The same text to the same people, so soon after it stopped halfway, is for those who do not have it yet."""


def message_of(text: str) -> str:
    """The message as it is sent. Raises UnusableArgument when nothing is left to send."""
    message = text.replace("\r\n", "\n").strip()
    if not message or "\0" in message:
        raise UnusableArgument("there is nothing to send; say what the text says")
    return message


@dataclass(frozen=True, slots=True)
class Delivery:
    """`results` are what sending to each of `sent` gave; `had` got the text before, from a try that stopped halfway."""

    sent: Sequence[Recipient]
    results: Sequence[str]
    had: Sequence[Recipient]

    @property
    def had_it(self) -> str:
        """To be said behind who got it now."""
        return f"; {spoken_recipients(self.had)} had it already" if self.had else ""


@dataclass(frozen=True, slots=True)
class _Halfway:
    at: datetime
    sent: frozenset[str]


class Deliveries:
    """Remembers, as long as the process lives, which texts stopped halfway. For one thread."""

    def __init__(self) -> None:
        self._halfway: dict[tuple[str, frozenset[str]], _Halfway] = {}

    def deliver(
        self, recipients: Sequence[Recipient], message: str, now: datetime, send: Callable[[Recipient], str]
    ) -> Delivery:
        """To one after the other, up to the first that fails. Raises what `send` raises when nobody has the text, and
        PartlySent when somebody has."""
        text = message, frozenset(recipient.address for recipient in recipients)
        before = self._halfway.pop(text, None)
        recent = before is not None and abs(now - before.at) <= REPEATED_WITHIN
        had = [recipient for recipient in recipients if before and recent and recipient.address in before.sent]
        left = [recipient for recipient in recipients if recipient not in had]
        results: list[str] = []
        for number, recipient in enumerate(left):
            try:
                results.append(send(recipient))
            except ExecutorError as error:
                sent = [*had, *left[:number]]
                if sent:
                    self._halfway[text] = _Halfway(now, frozenset(recipient.address for recipient in sent))
                raise _stopped(error, sent, recipient, left[number + 1 :]) from error
        return Delivery(left, results, had)


def _stopped(
    error: ExecutorError, sent: Sequence[Recipient], at: Recipient, later: Sequence[Recipient]
) -> ExecutorError:
    """The error that names who has the text and who has not. After a timeout nobody knows whether `at` has it."""
    why = error.error.message
    if not sent:
        return type(error)(f"{why}; {spoken_recipients(later)} did not get it") if later else error
    lacking = later if isinstance(error, ToolTimeout) else [at, *later]
    missed = f" and not to {spoken_recipients(lacking)}" if lacking else ""
    return PartlySent(
        f"it went to {spoken_recipients(sent)}{missed} ({why}); "
        f"if you say it again, it goes to {spoken_recipients([at, *later])} only",
        sent=[recipient.address for recipient in sent],
        not_sent=[recipient.address for recipient in lacking],
    )

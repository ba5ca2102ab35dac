"""Who gets a mail, with what, and in which words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...addresses import Recipient, mail_recipients
from ...errors import FileNotAllowed
from ...file_search import FileSearch
from ...letters import letter, verbatim
from ...people import People
from ...phrasing import listed
from ...writer import Words, Writer

MAIL_TASK = (
    "Write the body of this mail for its writer, from the greeting to the writer's name. It is short and friendly, "
    "says all that it has to say, and has no subject line."
)


@dataclass(frozen=True, slots=True)
class Bodies:
    """What the user says in a mail; in the words of a language model where the settings name one."""

    writer: Writer
    user_name: str

    def write(
        self,
        context: str,
        to: Sequence[Recipient],
        files: Sequence[Path],
        original: Callable[[], str] = str,
    ) -> Words:
        """Words in quotes are said as they are, and no words need none. `original` gives the text of the mail that is
        answered, and is asked only where a model writes."""
        names = [path.name for path in files]

        def plain() -> str:
            return letter(context, to, self.user_name, names)

        if not self.writer.enabled or not context.strip() or verbatim(context):
            return Words(plain())
        words = self.writer.write(
            MAIL_TASK,
            {
                "What the mail has to say": context,
                "Who it goes to": listed([recipient.name for recipient in to if recipient.name] or ["unknown"]),
                "Who writes it": self.user_name,
                "Attached files": "\n".join(names),
                "The mail that it answers": original(),
            },
            plain,
            keep=context,
        )
        return words if not words.model else replace(words, text=f"{words.text}\n")


def to_and_cc(to: Sequence[str], cc: Sequence[str], people: People) -> tuple[list[Recipient], list[Recipient]]:
    """Nobody gets a copy who is addressed already. Raises UnusableArgument for what is no mail address."""
    recipients = mail_recipients(to, people)
    taken = {recipient.address.casefold() for recipient in recipients}
    return recipients, [r for r in mail_recipients(cc, people) if r.address.casefold() not in taken]


def known(name: str, address: str, people: People) -> Recipient:
    """As the contacts have them, else as a mail does."""
    recipient = mail_recipients([address], people)[0]
    return recipient if recipient.name or not name else Recipient(address, name, name.split()[0].rstrip(","))


def located(paths: Sequence[str], search: FileSearch, max_bytes: int) -> list[Path]:
    """The files to attach. Raises what FileSearch does, and FileNotAllowed when they are too big together."""
    files = list(dict.fromkeys(search.locate(path) for path in paths))
    size = sum(file.stat().st_size for file in files)
    if size > max_bytes:
        raise FileNotAllowed(
            f"the attachments have {size / 1e6:.1f} MB and {max_bytes / 1e6:.0f} MB is the limit; "
            "send a link instead, or raise DESKHAND_EXECUTOR_MAX_ATTACHMENT_MB"
        )
    return files

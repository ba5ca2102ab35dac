"""Who is in the sample's contacts."""

from __future__ import annotations

from dataclasses import dataclass

OWNER = "Sam Rivera"
OWNER_MAIL = "sam.rivera@example.org"


@dataclass(frozen=True, slots=True)
class Person:
    """`extra` are further vCard lines, (name, value)."""

    uid: str
    given: str
    family: str
    phones: tuple[str, ...] = ()
    mails: tuple[str, ...] = ()
    prefix: str = ""
    extra: tuple[tuple[str, str], ...] = ()


PEOPLE = (
    Person("sam-rivera", "Sam", "Rivera", ("+1 555 010 0100",), (OWNER_MAIL,)),
    Person(
        "sid-rao", "Sid", "Rao", ("+1 555 010 0101",), ("sid.rao@example.org",), extra=(("ORG", "Northwind Cycles"),)
    ),
    Person(
        "lutfi-eldad", "Lutfi", "Eldad", ("+1 555 010 0102",), ("lutfi@example.org",), extra=(("TITLE", "Designer"),)
    ),
    Person("dana-cole", "Dana", "Cole", ("+1 555 010 0103",), ("dana.cole@example.org",), extra=(("ORG", "Acme"),)),
    Person(
        "dana-whitfield",
        "Dana",
        "Whitfield",
        ("+1 555 010 0104",),
        ("dana.w@example.org",),
        extra=(("CATEGORIES", "Book club"),),
    ),
    Person("zoe-lindqvist", "Zoë", "Lindqvist", ("+46 70 174 06 05",), ("zoe@example.org",)),
    Person("juergen-mueller", "Jürgen", "Müller", ("+49 30 23125 106",), ("j.mueller@example.org",)),
    Person(
        "hoa-nguyen",
        "Thị Hoa",
        "Nguyễn",
        ("+1 555 010 0107",),
        ("hoa.nguyen@example.org",),
        extra=(("NICKNAME", "Hoa"),),
    ),
    Person(
        "adaeze-okafor",
        "Adaeze",
        "Okafor",
        ("+44 20 7946 0108",),
        ("dr.okafor@example.org",),
        "Dr.",
        (("TITLE", "Family doctor"),),
    ),
    Person(
        "carmen-rivera", "Carmen", "Rivera", ("+1 555 010 0109",), ("carmen@example.org",), extra=(("NICKNAME", "Mom"),)
    ),
    Person(
        "luis-ramirez",
        "Luis",
        "Ramirez",
        ("+1 555 010 0110",),
        ("coach.ramirez@example.org",),
        extra=(("ROLE", "Soccer coach"),),
    ),
    Person("kenji-tanaka", "Kenji", "Tanaka", ("+81 3 5550 0111",), ("kenji@example.org",)),
    Person(
        "olena-kovalenko",
        "Olena",
        "Kovalenko",
        ("+49 30 23125 112",),
        ("olena@example.org",),
        extra=(("ORG", "Hollis Property Management"), ("NOTE", "Landlord")),
    ),
    Person("bo-larsson", "Bo", "Larsson", (), ("bo@example.org",)),
)

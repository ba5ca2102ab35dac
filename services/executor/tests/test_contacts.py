from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from deskhand_executor.contact_book import ContactBook
from deskhand_executor.errors import AmbiguousContact, ContactNotFound, MissingDetail
from deskhand_executor.vcard import read_contacts

CARD = "BEGIN:VCARD\nVERSION:3.0\nFN:{name}\n{lines}END:VCARD\n"


def put(desk: Any, file: str, name: str, *lines: str) -> Path:
    path = desk.home / "contacts" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(CARD.format(name=name, lines="".join(f"{line}\n" for line in lines)), encoding="utf-8")
    return path


def who(desk: Any, name: str) -> str:
    return desk.do("get_phone_number", name=name).data["contact"]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Zoë Lindqvist", "Zoë Lindqvist"),
        ("zoe", "Zoë Lindqvist"),
        ("ZOE LINDQVIST", "Zoë Lindqvist"),
        ("Lindqvist, Zoë", "Zoë Lindqvist"),
        ("Lindqvist Zoe", "Zoë Lindqvist"),
        ("Jurgen", "Jürgen Müller"),
        ("Juergen Mueller", "Jürgen Müller"),
        ("Mr. Müller", "Jürgen Müller"),
        ("Hoa", "Thị Hoa Nguyễn"),
        ("nguyen", "Thị Hoa Nguyễn"),
        ("mom", "Carmen Rivera"),
        ("my mum", "Carmen Rivera"),
        ("mother", "Carmen Rivera"),
        ("Coach Ramirez", "Luis Ramirez"),
        ("Coach", "Luis Ramirez"),
        ("Dr. Okafor", "Dr. Adaeze Okafor"),
        ("Doctor Okafor", "Dr. Adaeze Okafor"),
        ("Okafor", "Dr. Adaeze Okafor"),
        ("doctor", "Dr. Adaeze Okafor"),
        ("landlord", "Olena Kovalenko"),
        ("Hollis Property Management", "Olena Kovalenko"),
        ("D. Cole", "Dana Cole"),
        ("Dana C", "Dana Cole"),
        ("Dana from Acme", "Dana Cole"),
        ("Dana book club", "Dana Whitfield"),
        ("Kenj", "Kenji Tanaka"),
        ("Kenji Tanka", "Kenji Tanaka"),
        ("Olena Kowalenko", "Olena Kovalenko"),
    ],
)
def test_name_as_said_finds_the_contact(desk: Any, said: str, meant: str) -> None:
    assert who(desk, said) == meant


def test_number_and_address_are_the_output(desk: Any) -> None:
    number = desk.do("get_phone_number", name="Sid")
    assert number.output == "+1 555 010 0101"
    assert number.text == "Sid Rao's number is +1 555 010 0101"
    assert desk.do("get_email_address", name="Sid").output == "sid.rao@example.org"


def test_several_equal_contacts_are_listed_and_not_guessed(desk: Any) -> None:
    with pytest.raises(AmbiguousContact) as caught:
        desk.do("get_phone_number", name="Dana")
    assert caught.value.error.code == "ambiguous_contact"
    assert caught.value.error.details == {"candidates": ["Dana Cole (Acme)", "Dana Whitfield (Book club)"]}
    assert "Dana Cole (Acme) and Dana Whitfield (Book club)" in caught.value.error.message


def test_exact_name_beats_a_part_of_one(desk: Any) -> None:
    put(desk, "d.vcf", "Dana", "TEL:+15550199")
    assert desk.do("get_phone_number", name="dana").output == "+15550199"


def test_title_decides_between_equal_names(desk: Any) -> None:
    put(desk, "a.vcf", "Ruth Okafor", "N:Okafor;Ruth;;;", "TEL:+15550198")
    with pytest.raises(AmbiguousContact):
        who(desk, "Okafor")
    assert who(desk, "Dr. Okafor") == "Dr. Adaeze Okafor"


def test_one_name_on_two_cards_is_one_person_when_they_agree(desk: Any) -> None:
    put(desk, "a.vcf", "Sid Rao", "EMAIL:sid@example.net")
    assert desk.do("get_phone_number", name="Sid Rao").output == "+1 555 010 0101"
    with pytest.raises(AmbiguousContact) as caught:
        desk.do("get_email_address", name="Sid Rao")
    assert "sid@example.net" in caught.value.error.message


def test_nobody_is_guessed_from_a_vague_likeness(desk: Any) -> None:
    with pytest.raises(ContactNotFound) as caught:
        who(desk, "Sidonie Raoul")
    assert "no contact is called “Sidonie Raoul”" in caught.value.error.message
    with pytest.raises(ContactNotFound, match="did you mean Lutfi"):
        who(desk, "Lutfy")


def test_prose_in_a_card_is_no_name(desk: Any) -> None:
    put(
        desk,
        "a.vcf",
        "Tove Berg",
        "NOTE:met her through Beatriz at the fair in May",
        "ORG:Pilar's Bakery",
        "TEL:+15550198",
    )
    for name in ("Beatriz", "Pilar"):
        with pytest.raises(ContactNotFound):
            who(desk, name)


def test_missing_number_names_what_the_card_has(desk: Any) -> None:
    with pytest.raises(MissingDetail, match=r"Bo Larsson has no phone number in your contacts, only bo@example\.org"):
        who(desk, "Bo")


def test_mobile_before_home_and_preferred_before_all(desk: Any) -> None:
    put(desk, "a.vcf", "Ann One", "TEL;TYPE=HOME:111111", "TEL;TYPE=CELL:222222", "TEL;TYPE=FAX:333333")
    put(desk, "b.vcf", "Ben Two", "TEL;TYPE=CELL:222222", "TEL;TYPE=work,pref:444444")
    put(desk, "c.vcf", "Cem Three", "EMAIL:a@x.org", "EMAIL;TYPE=PREF:b@x.org")
    assert desk.do("get_phone_number", name="Ann One").output == "222222"
    assert desk.do("get_phone_number", name="Ben Two").output == "444444"
    assert desk.do("get_email_address", name="Cem Three").output == "b@x.org"


def test_address_given_for_a_name_is_taken_as_it_is(desk: Any) -> None:
    assert desk.do("get_email_address", name="board@oakfield.org").output == "board@oakfield.org"


def test_relations_on_the_users_own_card(desk: Any) -> None:
    put(
        desk,
        "sam-rivera.vcf",
        "Sam Rivera",
        "EMAIL:sam.rivera@example.org",
        "item1.X-ABRELATEDNAMES:Kenji Tanaka",
        "item1.X-ABLabel:_$!<Brother>!$_",
        "RELATED;TYPE=spouse;VALUE=text:Lutfi Eldad",
    )
    assert who(desk, "brother") == "Kenji Tanaka"
    assert who(desk, "wife") == "Lutfi Eldad"


def test_changes_on_disk_are_seen_at_the_next_lookup(desk: Any) -> None:
    assert who(desk, "Sid") == "Sid Rao"
    path = put(desk, "new/n.vcf", "Ngozi Adichie", "TEL:+15550198")
    assert desk.do("get_phone_number", name="Ngozi").output == "+15550198"
    text = path.read_text().replace("0198", "01977")
    with path.open("r+") as file:  # in place: the folder's time does not change
        file.write(text)
    assert desk.do("get_phone_number", name="Ngozi").output == "+155501977"
    path.unlink()
    with pytest.raises(ContactNotFound):
        who(desk, "Ngozi")


def test_card_edited_in_place_is_found_by_its_new_name(tmp_path: Path) -> None:
    card = tmp_path / "a.vcf"
    card.write_text(CARD.format(name="Ola Nordmann", lines=""))
    book = ContactBook(lambda: [tmp_path])
    book.refresh()
    with card.open("r+") as file:
        file.write(CARD.format(name="Kari Nordmann", lines=""))
    assert [contact.name for contact in book.find("Kari")] == ["Kari Nordmann"]


def test_a_damaged_card_costs_only_itself(tmp_path: Path) -> None:
    (tmp_path / "a.vcf").write_bytes(b"BEGIN:VCARD\nFN:Broken\nN:\xff\xfe;;\nTEL")
    (tmp_path / "b.vcf").write_text(
        CARD.format(name="Ann One", lines="") + "noise\n" + CARD.format(name="Ben Two", lines="")
    )
    book = ContactBook(lambda: [tmp_path])
    assert book.refresh() == 2
    assert [contact.name for contact in book.find("Ben")] == ["Ben Two"]


def test_cards_of_version_4_and_2_1_are_read() -> None:
    four = (
        "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Ada Lovel\r\n ace\r\n"
        'TEL;VALUE=uri;PREF=1;TYPE="voice,cell":tel:+1-555-0101;ext=5\r\n'
        "TEL;TYPE=home:555\\,0102\r\nEMAIL:mailto:ada@example.org\r\nEND:VCARD\r\n"
    )
    old = (
        "BEGIN:VCARD\nVERSION:2.1\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=C3=B6=\nrg\nTEL;CELL:1234\n"
        "END:VCARD\n"
    )
    ada, joerg = read_contacts(four + old)
    assert (ada.name, ada.phones[0].value, ada.phones[0].types) == ("Ada Lovelace", "+1-555-0101", {"voice", "cell"})
    assert (ada.phones[1].value, ada.mails[0].value) == ("555,0102", "ada@example.org")
    assert (joerg.name, joerg.phones[0].types) == ("Jörg Müller", {"cell"})


@pytest.mark.parametrize("name", ["🦊", "...", "'", "$1", "../../etc/passwd", "a" * 10_000, "\u202eanaD"])
def test_odd_names_find_nobody(desk: Any, name: str) -> None:
    with pytest.raises(ContactNotFound):
        who(desk, name)


def test_names_in_other_scripts(desk: Any) -> None:
    put(desk, "a.vcf", "محمد علي", "TEL:+15550198")
    put(desk, "b.vcf", "田中 健二", "TEL:+15550197")
    put(desk, "c.vcf", "आरती शर्मा", "TEL:+15550196")
    assert who(desk, "محمد") == "محمد علي"
    assert who(desk, "田中") == "田中 健二"
    assert who(desk, "आरती") == "आरती शर्मा"

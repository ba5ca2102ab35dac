from __future__ import annotations

import mailbox
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import pytest
from deskhand_contract.services import Observation
from deskhand_executor.errors import (
    FileNotAllowed,
    FileNotFound,
    NoSelectedMail,
    ToolUnavailable,
    UndoRefused,
    UnusableArgument,
)

PDF = "documents/flat/Lease_Agreement_2024.pdf"


def read(observation: Observation) -> Any:
    return BytesParser(policy=policy.default).parsebytes(Path(observation.data["path"]).read_bytes())


def body(observation: Observation) -> str:
    return read(observation).get_body(("plain",)).get_content().replace("\r\n", "\n")


def compose(desk: Any, **arguments: Any) -> Observation:
    return desk.do("compose_new_email", **{"recipients": ["bo@example.org"], "context": "hello there", **arguments})


def receive(desk: Any, raw: bytes, name: str = "9999999999.new:2,S") -> Path:
    path = desk.home / "mail" / "INBOX" / "cur" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw)
    return path


def test_draft_is_a_maildir_message_with_the_draft_flag(desk: Any) -> None:
    done = desk.do(
        "compose_new_email", recipients=["sid.rao@example.org", "lutfi@example.org"], context="that i found his jacket"
    )
    assert done.text == "Drafted a mail to Sid Rao and Lutfi Eldad"
    drafts = mailbox.Maildir(desk.home / "mail" / "Drafts", create=False)
    ((_, message),) = drafts.items()
    assert set(message.get_flags()) == {"D", "S"}
    assert message["X-Unsent"] == "1"
    parsed = read(done)
    assert parsed["From"] == "Sam Rivera <sam.rivera@example.org>"
    assert parsed["To"] == "Sid Rao <sid.rao@example.org>, Lutfi Eldad <lutfi@example.org>"
    assert parsed["Subject"] == "I found his jacket"
    assert parsed["Date"].datetime.isoformat() == "2026-03-11T09:30:00+01:00"
    assert parsed["Message-ID"].endswith("@example.org>")
    assert body(done) == "Hi Sid and Lutfi,\n\nI found his jacket.\n\nSam Rivera\n"


def test_given_subject_and_copies(desk: Any) -> None:
    done = compose(desk, subject="the Q3 numbers", cc=["dr.okafor@example.org", "bo@example.org", "x@y.example"])
    assert read(done)["Subject"] == "The Q3 numbers"
    assert done.data["cc"] == ["dr.okafor@example.org", "x@y.example"]  # Bo has it already
    assert done.text == "Drafted a mail to Bo Larsson, with a copy to Dr. Adaeze Okafor and x@y.example"


def test_attachments_with_types_and_names(desk: Any) -> None:
    (desk.home / "documents" / "Übersicht März.qqq").write_bytes(b"\x00\xff")
    paths = [str(desk.home / PDF), str(desk.home / "documents" / "Übersicht März.qqq"), "budget 2026"]
    done = compose(desk, context="", attachments=paths)
    parts = list(read(done).iter_attachments())
    types = [part.get_content_type() for part in parts]
    assert types == ["application/pdf", "application/octet-stream", "text/csv"]
    assert [part.get_filename() for part in parts] == [
        "Lease_Agreement_2024.pdf",
        "Übersicht März.qqq",
        "budget_2026.csv",
    ]
    assert parts[0].get_payload(decode=True) == (desk.home / PDF).read_bytes()
    assert "Attached are Lease_Agreement_2024.pdf, Übersicht März.qqq and budget_2026.csv." in body(done)
    assert done.text.endswith("with Lease_Agreement_2024.pdf, Übersicht März.qqq and budget_2026.csv attached")


def test_attachments_come_from_the_file_roots_only(make_desk: Any, tmp_path: Path) -> None:
    desk = make_desk(max_attachment_mb=0.001)
    secret = tmp_path / "secret.txt"
    secret.write_text("x")
    (desk.home / "documents" / "link.txt").symlink_to(secret)
    for path in (str(secret), "../../secret.txt", str(desk.home / "documents" / "link.txt")):
        with pytest.raises(FileNotAllowed):
            compose(desk, attachments=[path])
    with pytest.raises(FileNotFound):
        compose(desk, attachments=[str(desk.home / "documents" / "gone.pdf")])
    with pytest.raises(FileNotAllowed, match="limit"):
        compose(desk, attachments=[str(desk.home / PDF)])
    assert not (desk.home / "mail" / "Drafts").exists()


@pytest.mark.parametrize(
    "subject", ["a\r\nBcc: evil@example.org", "a\nb", "x" * 10_000, "🎂 שלום \u202e", "=?utf-8?q?x?=", "\x00"]
)
def test_subject_never_becomes_another_header(desk: Any, subject: str) -> None:
    parsed = read(compose(desk, subject=subject))
    assert parsed["Bcc"] is None
    assert "\n" not in str(parsed["Subject"])
    assert [str(address) for address in parsed["To"].addresses] == ["Bo Larsson <bo@example.org>"]


@pytest.mark.parametrize(
    "address",
    [
        "bo@example.org\r\nBcc: evil@example.org",
        "bo@example.org, evil@example.org",
        "Bo <bo@example.org>",
        "bo",
        "a@b..org",
        "@x.org",
    ],
)
def test_what_is_no_address_is_refused(desk: Any, address: str) -> None:
    for field in ("recipients", "cc"):
        with pytest.raises(UnusableArgument, match="is no mail address"):
            compose(desk, **{field: [address]})


def test_international_addresses_and_names(desk: Any) -> None:
    (desk.home / "contacts" / "x.vcf").write_text(
        'BEGIN:VCARD\nVERSION:3.0\nFN:Zażółć "Gęślą"\\, Jaźń\nEMAIL:jürgen@bücher.example\nEND:VCARD\n',
        encoding="utf-8",
    )
    parsed = read(compose(desk, recipients=["jürgen@bücher.example"]))
    (address,) = parsed["To"].addresses
    name, user = (text.encode("ascii", "surrogateescape").decode() for text in (address.display_name, address.username))
    assert name == 'Zażółć "Gęślą", Jaźń'  # headers in UTF-8, which the parser leaves as bytes
    assert f"{user}@{address.domain}" == "jürgen@xn--bcher-kva.example"


def test_long_text_arrives_whole(desk: Any) -> None:
    text = "Zeile für Zeile, " * 700 + "🎉"
    assert text in body(compose(desk, context=text))


def test_reply_goes_into_the_thread_of_the_newest_mail(desk: Any) -> None:
    done = desk.do("reply_to_email", context="sounds good", cc=["olena@example.org"])
    parsed = read(done)
    assert done.text == "Drafted a reply to “Q4 planning” from Lutfi Eldad, with a copy to Olena Kovalenko"
    assert parsed["To"] == "Lutfi Eldad <lutfi@example.org>"
    assert parsed["Subject"] == "Re: Q4 planning"
    assert parsed["In-Reply-To"] == parsed["References"] == "<q4-planning@example.org>"
    text = body(done)
    assert text.startswith("Hi Lutfi,\n\nSounds good.\n\nSam Rivera\n\nOn ")
    assert "Lutfi Eldad wrote:\n> Hi Sam,\n>\n> could you send the Q3 deck" in text


def test_selected_mail_is_named_by_file_or_message_id(desk: Any) -> None:
    selected = desk.home / "mail" / "selected"
    inbox = desk.home / "mail" / "INBOX" / "cur"
    (lease,) = [path for path in inbox.iterdir() if "lease-2024" in path.name]
    for name in (
        "<lease-2024@example.org>",
        "lease-2024@example.org",
        str(lease),
        f"INBOX/cur/{lease.name}",
        lease.name,
    ):
        selected.write_text(f"{name}\n")
        assert read(desk.do("reply_to_email", context="ok"))["Subject"] == "Re: Your lease"
    selected.write_text("<gone@example.org>")
    with pytest.raises(NoSelectedMail, match="not there any more"):
        desk.do("reply_to_email", context="ok")
    selected.write_text("../../config.toml")
    (desk.home.parent / "config.toml").write_text("x")
    with pytest.raises(NoSelectedMail):
        desk.do("reply_to_email", context="ok")


def test_reply_to_header_references_and_old_prefixes(desk: Any) -> None:
    receive(
        desk,
        b"From: List <list@example.org>\r\nReply-To: =?utf-8?q?M=C3=A5ra?= <mara@example.org>\r\nMessage-ID: <3@x>\r\n"
        b"References: <1@x>\r\n <2@x>\r\nSubject: RE: Aw: Fwd: Re[2]: Dach\r\n"
        b"Date: Wed, 11 Mar 2099 10:00:00 +0000\r\n\r\nJa?\r\n",
    )
    parsed = read(desk.do("reply_to_email", context="ok"))
    assert parsed["To"] == "Måra <mara@example.org>"
    assert parsed["Subject"] == "Re: Dach"
    assert parsed["References"] == "<1@x> <2@x> <3@x>"
    assert parsed["In-Reply-To"] == "<3@x>"
    assert read(desk.do("forward_email", recipients=["bo@example.org"]))["Subject"] == "Fwd: Dach"


def test_html_mail_is_quoted_as_text(desk: Any) -> None:
    receive(
        desk,
        b"From: a@example.org\nContent-Type: text/html; charset=utf-8\nDate: Wed, 11 Mar 2099 10:00:00 +0000\n\n"
        b"<style>p{}</style><p>Hello&nbsp;<b>Sam</b></p><ul><li>one<li>two</ul><script>x</script>",
    )
    text = body(desk.do("reply_to_email", context="ok"))
    assert "> Hello Sam\n" in text.replace("\xa0", " ")
    assert "> - one\n> - two" in text.replace(">\n", "")
    assert "script" not in text
    assert "p{}" not in text


def test_forward_keeps_the_attachments_and_the_mail(desk: Any) -> None:
    (desk.home / "mail" / "selected").write_text("lease-2024@example.org")
    done = desk.do("forward_email", recipients=["sid.rao@example.org"], context="fyi only", attachments=["keys"])
    assert done.text == ("Drafted a forward of “Your lease” from Olena Kovalenko to Sid Rao, with Keys.txt attached")
    parsed = read(done)
    assert parsed["Subject"] == "Fwd: Your lease"
    assert [part.get_filename() for part in parsed.iter_attachments()] == ["Lease_Agreement_2024.pdf", "Keys.txt"]
    assert next(parsed.iter_attachments()).get_payload(decode=True) == (desk.home / PDF).read_bytes()
    text = body(done)
    assert text.startswith("Hi Sid,\n\nFYI only.\n\nSam Rivera\n\n---------- Forwarded message ----------\nFrom: Olena")
    assert "here is the lease that we signed" in text
    plain = body(desk.do("forward_email", recipients=["sid.rao@example.org"]))
    assert plain.startswith("---------- Forwarded message")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe\x00garbage",
        b"From: \nTo: ,,,\n\n",
        b"Content-Type: multipart/mixed\n\nno boundary",
        b"From: a@b.org\nContent-Type: text/plain; charset=klingon\n\n\xe4",
        b"From: a@b.org\nContent-Type: application/pdf; name=x.pdf\nContent-Transfer-Encoding: base64\n\nJVBERg==",
        b'From: "unclosed <a@b.org\nDate: not a date\nSubject: =?bad?\n\nx',
    ],
)
def test_malformed_mails_are_forwarded_or_refused_but_break_nothing(desk: Any, raw: bytes) -> None:
    path = receive(desk, raw)
    (desk.home / "mail" / "selected").write_text(str(path))
    assert Path(desk.do("forward_email", recipients=["bo@example.org"]).output).exists()
    try:
        desk.do("reply_to_email", context="ok")
    except NoSelectedMail as error:
        assert "no address to reply to" in error.error.message  # noqa: PT017 - either way is right


def test_mail_that_is_only_a_file_is_forwarded_as_one(desk: Any) -> None:
    receive(
        desk,
        b"From: a@b.org\nDate: Wed, 11 Mar 2099 10:00:00 +0000\nContent-Type: application/pdf; name=x.pdf\n"
        b"Content-Transfer-Encoding: base64\n\nJVBERg==\n",
    )
    (part,) = read(desk.do("forward_email", recipients=["bo@example.org"])).iter_attachments()
    assert (part.get_content_type(), part.get_payload(decode=True)) == ("application/pdf", b"%PDF")


def test_without_any_mail_reply_and_forward_say_so(make_desk: Any) -> None:
    desk = make_desk(sample=False)
    for tool in ("reply_to_email", "forward_email"):
        with pytest.raises(NoSelectedMail) as caught:
            desk.do(tool, context="ok")
        assert caught.value.error.code == "no_selected_mail"


def test_maildir_with_dot_folders_keeps_its_layout(make_desk: Any, tmp_path: Path) -> None:
    root = tmp_path / "Maildir"
    mailbox.Maildir(root).add(b"From: a@b.org\nSubject: Hi\n\nx\n")
    desk = make_desk(mail_dir=root)
    done = desk.do("reply_to_email", context="ok")
    assert Path(done.output).parent == root / ".Drafts" / "cur"
    assert read(done)["Subject"] == "Re: Hi"


def test_undo_finds_a_draft_whose_flags_changed_and_keeps_an_edited_one(desk: Any) -> None:
    done = compose(desk)
    path = Path(done.output)
    renamed = path.with_name(path.name.replace(":2,DS", ":2,DFS"))
    path.rename(renamed)
    assert desk.undo("compose_new_email", done).text == "Removed the mail “Hello there” from your drafts"
    assert not renamed.exists()
    edited = compose(desk)
    with Path(edited.output).open("ab") as file:
        file.write(b"more")
    with pytest.raises(UndoRefused):
        desk.undo("compose_new_email", edited)


def test_mail_without_a_known_sender_name_or_own_address(make_desk: Any) -> None:
    desk = make_desk(user_name="", user_mail="")
    done = compose(desk, recipients=["x@y.example"])
    assert "From" not in read(done)
    assert body(done) == "Hello,\n\nHello there.\n"
    assert isinstance(read(done), EmailMessage)


NEW = b"Date: Wed, 11 Mar 2099 10:00:00 +0000\n"


def test_answer_to_a_list_that_asks_for_answers_goes_to_the_author(desk: Any) -> None:
    head = b"From: Mara <mara@example.org>\nTo: Club <club@lists.example.org>\n"
    head += b"List-Post: <mailto:club@lists.example.org>\n"
    receive(desk, head + b"Reply-To: Club <club@lists.example.org>\nSubject: [club] Boats\n" + NEW + b"\nWho rows?\n")
    assert read(desk.do("reply_to_email", context="me"))["To"] == "Mara <mara@example.org>"
    receive(desk, head + b"Reply-To: Mara <m@home.example>\nSubject: [club] Boats\n" + NEW + b"\nWho rows?\n")
    assert read(desk.do("reply_to_email", context="me"))["To"] == "Mara <m@home.example>"


@pytest.mark.parametrize(
    ("headers", "content", "quoted"),
    [
        (
            b"Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n",
            b"Gr=FC=DFe aus=\n K=F6ln",
            "> Grüße aus Köln",
        ),
        (
            b"Content-Type: text/plain; charset=iso-2022-jp\n",
            "ありがとう".encode("iso-2022-jp"),
            "> ありがとう",
        ),
        (
            b"Content-Type: text/plain; charset=windows-1252\nContent-Transfer-Encoding: base64\n",
            b"lEhlbGxvlA==",
            "> ”Hello”",
        ),
        (
            b"Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n",
            b"<div>Caf=C3=A9 &amp; bar</div><blockquote>old</blockquote>",
            "> Café & bar",
        ),
    ],
)
def test_quoted_text_is_readable_in_any_encoding(desk: Any, headers: bytes, content: bytes, quoted: str) -> None:
    receive(desk, b"From: a@example.org\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n" + NEW + headers + b"\n" + content)
    done = desk.do("reply_to_email", context="ok")
    assert quoted in body(done)
    assert read(done)["Subject"] == "Re: Grüße"


def test_signature_of_the_other_is_not_quoted(desk: Any) -> None:
    receive(desk, b"From: a@example.org\n" + NEW + b"\nSee you -- soon.\n-- \nA. Author\nStreet 1\n")
    text = body(desk.do("reply_to_email", context="ok"))
    assert text.rstrip().endswith("> See you -- soon.")


def test_forwarded_attachments_keep_names_in_old_and_new_encodings(desk: Any) -> None:
    receive(
        desk,
        b"From: a@example.org\n" + NEW + b'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n--b\n'
        b"Content-Type: text/plain\n\nhere\n--b\nContent-Type: application/octet-stream\n"
        b"Content-Disposition: attachment; filename*=utf-8''Stra%C3%9Fe%20%E2%82%AC.txt\n\none\n--b\n"
        b'Content-Type: application/octet-stream; name="=?utf-8?q?=C3=9Cbersicht=2Etxt?="\n'
        b"Content-Disposition: attachment\n\ntwo\n--b--\n",
    )
    parts = list(read(desk.do("forward_email", recipients=["bo@example.org"])).iter_attachments())
    assert [part.get_filename() for part in parts] == ["Straße €.txt", "Übersicht.txt"]
    assert [part.get_payload(decode=True).strip() for part in parts] == [b"one", b"two"]


def test_flagged_mail_is_the_selected_one_where_the_settings_say_so(make_desk: Any) -> None:
    desk = make_desk(selected_mail="flagged")
    with pytest.raises(NoSelectedMail, match="no mail is flagged"):
        desk.do("reply_to_email", context="ok")
    for number, flags in ((1, "FS"), (2, "FS"), (3, "S"), (4, "FT")):
        raw = f"From: a@example.org\nSubject: Number {number}\nDate: Wed, 11 Mar 2026 0{number}:00:00 +0000\n\nx\n"
        receive(desk, raw.encode(), f"990000000{number}.x:2,{flags}")
    assert read(desk.do("reply_to_email", context="ok"))["Subject"] == "Re: Number 2"


def test_notmuch_that_is_not_there_says_what_to_do(make_desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ToolUnavailable, match="notmuch is not installed; install it, or set"):
        make_desk(selected_mail="notmuch").do("reply_to_email", context="ok")

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from deskhand_executor.errors import AmbiguousNote, NoteNotFound, UndoRefused, UnusableArgument


def notes(desk: Any) -> Path:
    return desk.home / "notes"


def test_new_note_is_markdown_with_its_title(desk: Any) -> None:
    done = desk.do("create_note", name="Route Ostern", content="Tag 1: Ulm\n\nTag 2: Linz")
    assert done.text == "Made the note “Route Ostern”"
    assert (notes(desk) / "Route Ostern.md").read_text() == "# Route Ostern\n\nTag 1: Ulm\n\nTag 2: Linz\n"


def test_title_comes_from_the_words_or_the_day(desk: Any) -> None:
    assert desk.do("create_note", content="quorum is six members").output == "Quorum is six members"
    assert desk.do("create_note", content="- eggs, and then many other things to buy").output.startswith(
        "Eggs, and then"
    )
    assert desk.do("create_note").output == "Note of 11 March 2026"


def test_second_note_of_a_title_is_numbered_and_says_so(desk: Any) -> None:
    done = desk.do("create_note", name="shopping", content="x")
    assert done.output == "Shopping 2"
    assert done.text == "Made the note “Shopping 2”, because there already is one called “Shopping”"
    assert "oat milk" in (notes(desk) / "Shopping.md").read_text()


def test_folder_is_found_or_made(desk: Any) -> None:
    assert Path(desk.do("create_note", name="A", folder="travel").data["path"]).parent == notes(desk) / "Travel"
    new = desk.do("create_note", name="A", folder="Kids")
    assert Path(new.data["path"]).parent == notes(desk) / "Kids"
    assert new.text == "Made the note “A” in the new folder “Kids”"


@pytest.mark.parametrize(
    "name", ["../../evil", "/etc/passwd", "a/../b", ".hidden", "CON", "🦊", "שלום", "x" * 3000, "a\nb", "\x00", "..."]
)
def test_names_stay_in_the_notes_folder_and_find_their_note_again(desk: Any, name: str) -> None:
    for arguments in ({"name": name}, {"name": "inner", "folder": name}):
        path = Path(desk.do("create_note", content="text", **arguments).data["path"])
        assert path.resolve().is_relative_to(notes(desk).resolve())
        assert not any(part.startswith(".") for part in path.relative_to(notes(desk)).parts)
    if name not in ("\x00", "x" * 3000):
        title = desk.do("create_note", name=name, content="unique words").output
        assert desk.do("open_note", name=title).output == "unique words"


@pytest.mark.parametrize(
    "name",
    ["Packing for Lisbon", "packing for lisbon", "packing", "lisbon packing", "Pakcing for Lisbon", "packing list"],
)
def test_note_is_found_as_said(desk: Any, name: str) -> None:
    opened = desk.do("open_note", name=name)
    assert opened.data["title"] == "Packing for Lisbon"
    assert opened.output.startswith("- [x] passport")
    assert opened.text.startswith("The note “Packing for Lisbon” says:\n\n- [x] passport")


def test_several_notes_are_listed(desk: Any) -> None:
    (notes(desk) / "Work" / "Shopping.md").write_text("for the office")
    with pytest.raises(AmbiguousNote) as caught:
        desk.do("open_note", name="shopping")
    assert caught.value.error.details == {"candidates": ["“Shopping”", "“Shopping” in Work"]}
    assert desk.do("open_note", name="shopping", folder="work").output == "for the office"


def test_missing_note_lists_close_titles_and_is_not_made(desk: Any) -> None:
    before = sorted(notes(desk).rglob("*"))
    with pytest.raises(NoteNotFound, match="did you mean “Ideas for Q4”"):
        desk.do("append_note_content", name="Ideas for Q3", content="x")
    with pytest.raises(NoteNotFound, match="say “make a note” to begin one"):
        desk.do("append_note_content", name="Zzyzx", content="x")
    with pytest.raises(NoteNotFound, match="no folder of notes is called “Garden”; there are Travel and Work"):
        desk.do("open_note", name="Shopping", folder="Garden")
    assert sorted(notes(desk).rglob("*")) == before


def test_appending_continues_a_list_or_begins_a_paragraph(desk: Any) -> None:
    desk.do("append_note_content", name="shopping", content="bananas")
    assert (notes(desk) / "Shopping.md").read_text().endswith("- light bulbs\n- bananas\n")
    desk.do("append_note_content", name="packing", content="sun cream")
    assert (notes(desk) / "Travel" / "Packing for Lisbon.md").read_text().endswith("- [ ] sun cream\n")
    desk.do("append_note_content", name="wifi", content="guest: kestrel-guest")
    assert (notes(desk) / "Wifi at home.md").read_text().endswith("tulip-42-okapi\n\nguest: kestrel-guest\n")
    (notes(desk) / "bare.txt").write_bytes(b"caf\xe9 without end")
    desk.do("append_note_content", name="bare", content="a\nb")
    assert (notes(desk) / "bare.txt").read_bytes() == b"caf\xe9 without end\n\na\nb\n"


def test_nothing_to_append_is_refused(desk: Any) -> None:
    with pytest.raises(UnusableArgument):
        desk.do("append_note_content", name="shopping", content="  ")


def test_undo_of_an_addition_leaves_what_was_there(desk: Any) -> None:
    path = notes(desk) / "Shopping.md"
    before = path.read_bytes()
    first = desk.do("append_note_content", name="shopping", content="bananas")
    assert desk.undo("append_note_content", first).text == "Took the text out of the note “Shopping” again"
    assert path.read_bytes() == before
    second = desk.do("append_note_content", name="shopping", content="bananas")
    desk.do("append_note_content", name="shopping", content="figs")
    with pytest.raises(UndoRefused, match="has been changed since"):
        desk.undo("append_note_content", second)
    assert path.read_text().endswith("- bananas\n- figs\n")


def test_front_matter_is_no_text(desk: Any) -> None:
    (notes(desk) / "f.md").write_text("---\ntags: [a]\n---\n\n# Real title #\n\ntext\n")
    opened = desk.do("open_note", name="real title")
    assert (opened.data["title"], opened.output) == ("Real title", "text")


def test_links_out_of_the_folder_are_not_notes(desk: Any, tmp_path: Path) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text("# Secret\nx")
    (notes(desk) / "Secret.md").symlink_to(secret)
    with pytest.raises(NoteNotFound):
        desk.do("open_note", name="Secret")


def write(desk: Any, name: str, text: str) -> Path:
    path = notes(desk) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("front", "said"),
    [
        ("title: Bread, cheese and wine\nid: 1f", "bread cheese and wine"),  # as Joplin exports it
        ("aliases: [Picnic, Day out]\ntags: [fun]", "day out"),  # as Obsidian writes it
        ("aliases:\n  - Picnic\n  - Day out", "picnic"),
        ("alias: Picnic, Day out", "day out"),
        ('title: "2026-05-01"\ndate: 2026-05-01', "2026-05-01"),
    ],
)
def test_note_is_found_by_its_front_matter_and_shown_without_it(desk: Any, front: str, said: str) -> None:
    write(desk, "Trips/n17.md", f"---\n{front}\n---\nTake the blanket.\n")
    assert desk.do("open_note", name=said).output == "Take the blanket."


def test_front_matter_that_is_no_yaml_hides_no_note(desk: Any) -> None:
    write(desk, "odd.md", "---\ntitle: [unclosed\n: : :\n---\n# Odd one\nText.\n")
    assert "Text." in desk.do("open_note", name="odd one").output


def test_note_that_another_program_renames_is_found_by_the_new_title(desk: Any) -> None:
    path = write(desk, "x.md", "# First title\n\na\n")
    assert desk.do("open_note", name="first title").output == "a"
    path.write_text("# Quite another title\n\na\n")
    assert desk.do("open_note", name="quite another title").output == "a"
    with pytest.raises(NoteNotFound):
        desk.do("open_note", name="first title")


def test_notes_of_one_alias_are_listed_with_their_folders(desk: Any) -> None:
    write(desk, "Home/a.md", "---\naliases: [Budget plan]\n---\n# House money\n")
    write(desk, "Club/b.md", "---\naliases: [Budget plan]\n---\n# Club money\n")
    with pytest.raises(AmbiguousNote) as asked:
        desk.do("open_note", name="budget plan")
    assert asked.value.error.details == {"candidates": ["“Club money” in Club", "“House money” in Home"]}


def test_text_is_added_below_the_front_matter(desk: Any) -> None:
    path = write(desk, "list.md", "---\ntitle: Packing\n---\n- tent\n")
    desk.do("append_note_content", name="packing", content="stove")
    assert path.read_text() == "---\ntitle: Packing\n---\n- tent\n- stove\n"

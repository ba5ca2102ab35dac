"""Files are found as they are now, whatever happened to the folders since they were read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from deskhand_executor.errors import FileNotFound
from deskhand_executor.file_search import FileSearch


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "home" / "contracts" / "2024").mkdir(parents=True)
    (tmp_path / "home" / "contracts" / "2024" / "Lease.pdf").touch()
    return tmp_path / "home"


@pytest.fixture
def search(root: Path, tmp_path: Path) -> Iterator[FileSearch]:
    opened = FileSearch([root], tmp_path / "index.sqlite3")
    opened.warm_up()
    yield opened
    opened.close()


def finds(search: FileSearch, name: str) -> bool:
    try:
        return search.locate(name).is_file()
    except FileNotFound:
        return False


def test_new_file_is_found_at_once(search: FileSearch, root: Path) -> None:
    assert not finds(search, "tax return")
    (root / "contracts" / "Tax return.odt").touch()
    assert finds(search, "tax return")


def test_new_folders_are_read_to_the_bottom(search: FileSearch, root: Path) -> None:
    (root / "a" / "b" / "c").mkdir(parents=True)
    (root / "a" / "b" / "c" / "Deep.txt").touch()
    assert finds(search, "deep")


def test_removed_file_is_not_found_any_more(search: FileSearch, root: Path) -> None:
    assert finds(search, "lease")
    (root / "contracts" / "2024" / "Lease.pdf").unlink()
    assert not finds(search, "lease")


def test_renamed_folder_is_followed(search: FileSearch, root: Path) -> None:
    assert finds(search, "lease")
    (root / "contracts").rename(root / "Verträge")
    assert search.locate("lease") == root / "Verträge" / "2024" / "Lease.pdf"


def test_folder_that_took_the_place_of_another_is_read_anew(search: FileSearch, root: Path, tmp_path: Path) -> None:
    assert finds(search, "lease")
    other = tmp_path / "other"
    other.mkdir()
    (other / "Offer.pdf").touch()
    (root / "contracts" / "2024").rename(tmp_path / "away")
    other.rename(root / "contracts" / "2024")
    assert finds(search, "offer")
    assert not finds(search, "lease")


def test_root_that_appears_later_is_read(tmp_path: Path) -> None:
    search = FileSearch([tmp_path / "stick"])
    assert not finds(search, "song")
    (tmp_path / "stick").mkdir()
    (tmp_path / "stick" / "Song.mp3").touch()
    assert finds(search, "song")


@pytest.mark.parametrize(
    "path",
    [
        ".cache/Secret.pdf",
        ".Secret.pdf",
        "app/node_modules/left/Secret.pdf",
        "app/target/Secret.pdf",
        "env/lib/Secret.pdf",
        "cache/Secret.pdf",
    ],
)
def test_hidden_and_build_folders_are_left_out(search: FileSearch, root: Path, path: str) -> None:
    for marker in ("app/Cargo.toml", "env/pyvenv.cfg", "cache/CACHEDIR.TAG", path):
        (root / marker).parent.mkdir(parents=True, exist_ok=True)
        (root / marker).touch()
    assert not finds(search, "secret")


def test_a_folder_of_the_users_called_build_is_searched(search: FileSearch, root: Path) -> None:
    (root / "House" / "build").mkdir(parents=True)
    (root / "House" / "build" / "Roof.pdf").touch()
    assert finds(search, "roof")


def test_links_in_a_circle_end(search: FileSearch, root: Path) -> None:
    (root / "contracts" / "loop").symlink_to(root)
    (root / "loop.pdf").symlink_to(root / "loop.pdf")
    assert search.locate("lease") == root / "contracts" / "2024" / "Lease.pdf"
    assert not finds(search, "loop")


def test_link_is_found_by_its_own_name(search: FileSearch, root: Path) -> None:
    (root / "Current rent.pdf").symlink_to(root / "contracts" / "2024" / "Lease.pdf")
    assert search.locate("current rent") == root / "contracts" / "2024" / "Lease.pdf"


def test_folder_that_may_not_be_read_hides_no_other(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "locked").mkdir()
    scan = os.scandir

    def guarded(path: bytes) -> object:  # the tests may run as root, who may read everything
        if path.endswith(b"/locked"):
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(os, "scandir", guarded)
    search = FileSearch([root])
    assert search.warm_up() == "1 files (1 folders may not be read)"
    assert finds(search, "lease")


def test_names_that_are_no_text_hide_no_other(root: Path) -> None:
    (Path(os.fsdecode(os.fsencode(root) + b"/caf\xe9 menu.txt"))).touch()
    search = FileSearch([root])
    assert finds(search, "lease")
    assert search.locate("menu").is_file()


def test_index_is_kept_over_a_restart_and_still_fresh(search: FileSearch, root: Path, tmp_path: Path) -> None:
    search.close()
    (root / "contracts" / "While away.txt").touch()
    again = FileSearch([root], tmp_path / "index.sqlite3")
    assert finds(again, "lease")
    assert finds(again, "while away")
    again.close()


def test_damaged_index_is_made_anew(search: FileSearch, root: Path, tmp_path: Path) -> None:
    search.close()
    (tmp_path / "index.sqlite3").write_bytes(b"no database" * 100)
    again = FileSearch([root], tmp_path / "index.sqlite3")
    assert finds(again, "lease")
    again.close()


def test_folders_that_the_settings_left_are_forgotten(search: FileSearch, root: Path, tmp_path: Path) -> None:
    search.close()
    narrower = FileSearch([root / "elsewhere"], tmp_path / "index.sqlite3")
    assert not finds(narrower, "lease")
    narrower.close()


def test_index_is_for_the_owners_eyes_only(search: FileSearch, tmp_path: Path) -> None:
    assert (tmp_path / "index.sqlite3").stat().st_mode & 0o077 == 0


def test_typing_error_is_forgiven_among_many_names(search: FileSearch, root: Path) -> None:
    for number in range(300):
        (root / f"Statement {number}.pdf").touch()
    (root / "Rental contract.pdf").touch()
    assert search.locate("rental contrcat").name == "Rental contract.pdf"

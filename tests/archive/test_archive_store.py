"""The archive's folders on a real disk."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from harvester.archive import Archive, Entry
from harvester.archive.entry import write_entry
from harvester.archive.store import read_archived
from harvester.errors import Damaged, Failed
from harvester.model import Recording

AT = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)


@pytest.fixture
def archive(tmp_path):
    return Archive(tmp_path / "archive")


def recording(number=1, *, at=AT, source="zoom"):
    return Recording(source, f"id{number}", at)


def entry(number=1, **changes):
    return replace(Entry("zoom", f"id{number}", AT, {"topic": "t"}), **changes)


def test_what_is_written_is_read(archive):
    """Folder, entry and the hash of the file on the disk come back together."""
    folder = archive.folder(recording())
    stored = archive.write(folder, entry())
    assert stored == archive.read(folder)
    assert stored.sha256 == hashlib.sha256((folder / "recording.json").read_bytes()).hexdigest()
    assert archive.relative(folder / "x.vtt") == "zoom/2026/03/02/id1/x.vtt"
    assert stat.S_IMODE((folder / "recording.json").stat().st_mode) == 0o600


def test_the_same_entry_is_not_written_again(archive):
    """A second run with nothing new does not touch the file; a new fact does."""
    folder = archive.folder(recording())
    archive.write(folder, entry())
    before = (folder / "recording.json").stat()
    archive.write(folder, entry())
    assert os.path.samestat(before, (folder / "recording.json").stat())
    archive.write(folder, entry(gone=True))
    assert archive.read(folder).entry.gone
    assert not os.path.samestat(before, (folder / "recording.json").stat())


def test_no_entry_is_no_error(archive):
    """A recording that was never seen has no entry, whether or not its folder is there."""
    folder = archive.folder(recording())
    assert archive.read(folder) is None
    folder.mkdir(parents=True)
    assert archive.read(folder) is None


def test_a_link_to_elsewhere_is_replaced_and_not_written_through(archive, tmp_path):
    """Where `recording.json` is a link, what it leads to keeps its bytes."""
    victim = tmp_path / "victim"
    victim.write_bytes(b"not ours")
    folder = archive.folder(recording())
    folder.mkdir(parents=True)
    (folder / "recording.json").symlink_to(victim)
    archive.write(folder, entry())
    assert victim.read_bytes() == b"not ours"
    assert not (folder / "recording.json").is_symlink()
    assert archive.read(folder).entry == entry()


@pytest.mark.parametrize("what", ["folder", "loop", "dangling", "text"])
def test_an_entry_that_cannot_be_read_is_damaged(archive, what):
    """Each is one damaged item that names its file, or an absent one; never an error that ends the run."""
    folder = archive.folder(recording())
    path = folder / "recording.json"
    folder.mkdir(parents=True)
    if what == "folder":
        path.mkdir()
    elif what == "loop":
        path.symlink_to(path)
    elif what == "dangling":
        path.symlink_to(folder / "nothing")
        assert archive.read(folder) is None
        return
    else:
        path.write_text("<html>")
    with pytest.raises(Damaged, match=r"recording\.json") as caught:
        archive.read(folder)
    assert caught.value.hint


def test_a_folder_that_cannot_be_made_ends_the_run(archive):
    """Where the disk refuses a folder nothing more can be archived, and the sentence names the path."""
    archive.root.mkdir()
    (archive.root / "zoom").write_text("in the way")
    with pytest.raises(Failed, match=r"recording\.json"):
        archive.write(archive.folder(recording()), entry())


def test_partitions_are_days_in_order(archive):
    """Every day that holds a recording comes once, by source and date, its folders in name order."""
    days = [AT, datetime(2025, 12, 31, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)]
    for number, at in enumerate([*days, AT], start=1):
        archive.write(archive.folder(recording(number, at=at)), entry(number))
    archive.write(archive.folder(recording(9, source="bot")), entry(9))
    found = [(day, source, [each.name for each in folders]) for day, source, folders in archive.iter_partitions()]
    assert found == [
        (date(2026, 3, 2), "bot", ["id9"]),
        (date(2025, 12, 31), "zoom", ["id2"]),
        (date(2026, 3, 1), "zoom", ["id3"]),
        (date(2026, 3, 2), "zoom", ["id1", "id4"]),
    ]


@pytest.mark.parametrize("stray", ["zoom/2026/13/45/x", "zoom/0000/00/00/x", "zoom/2026/02/30/x"])
def test_a_folder_that_is_no_date_does_not_end_the_walk(archive, stray):
    """What others put into the archive is passed over or named; the recordings beside it are found."""
    archive.write(archive.folder(recording()), entry())
    folder = archive.root / stray
    folder.mkdir(parents=True)
    (folder / "recording.json").write_bytes(write_entry(entry()))
    assert (date(2026, 3, 2), "zoom", [archive.folder(recording())]) in list(archive.iter_partitions())


@pytest.mark.parametrize("stray", ["lost+found/x", "zoom/2026/notes.txt", ".DS_Store", "zoom/2026/03/02/empty/x.part"])
def test_strangers_in_the_archive_are_no_partitions(archive, stray):
    """System folders, notes, and a folder without an entry are not recordings."""
    path = archive.root / stray
    path.parent.mkdir(parents=True)
    path.write_text("x")
    assert list(archive.iter_partitions()) == []


def test_an_archive_that_is_not_there_holds_nothing(archive):
    """Before the first run there is nothing to walk."""
    assert list(archive.iter_partitions()) == []


@pytest.mark.parametrize("what", ["missing", "folder"])
def test_an_archived_file_that_cannot_be_read(tmp_path, what):
    """A file that was archived and is gone is one damaged item with its path and a remedy."""
    path = tmp_path / "0-transcript-f1.vtt"
    if what == "folder":
        path.mkdir()
    with pytest.raises(Damaged, match=r"0-transcript-f1\.vtt") as caught:
        read_archived(path, sha256="0" * 64)
    assert "backup" in caught.value.hint


def test_archived_bytes_that_changed_are_not_read(tmp_path):
    """Bytes come back only while they are those of the receipt; others are damage, and nothing is made of them."""
    path = tmp_path / "0-transcript-f1.vtt"
    path.write_bytes(b"WEBVTT")
    sha256 = hashlib.sha256(b"WEBVTT").hexdigest()
    assert read_archived(path, sha256=sha256) == b"WEBVTT"
    path.write_bytes(b"WEBVTU")
    with pytest.raises(Damaged, match=r"f1\.vtt is not what its receipt says") as caught:
        read_archived(path, sha256=sha256)
    assert "repair" in caught.value.hint


def test_an_entry_in_the_folder_of_another_is_damage(archive):
    """Two entries that changed places are two damaged entries, not two recordings with each other's files."""
    folder = archive.folder(recording())
    archive.write(folder, entry(2))
    with pytest.raises(Damaged, match="is the entry of zoom:id2"):
        archive.read(folder)

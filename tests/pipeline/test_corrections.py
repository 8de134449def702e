from __future__ import annotations

import re
import shutil
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from harvester.archive import Archive
from harvester.archive.inspect import find_foreign
from harvester.errors import Damaged, Failed
from harvester.finding import Problem
from harvester.lake.handmade.entries import ALIASES
from harvester.lake.handmade.sheet import BadSheet
from harvester.pipeline.corrections import (
    check_lake_docs,
    drop_aliases,
    drop_corrections,
    read_rows,
    take_aliases,
    take_corrections,
    write_lake_docs,
)
from harvester.pipeline.reading import ReadSettings
from harvester.pipeline.tools import Place
from harvester.pseudonyms import Pseudonyms

HEADER = b"transcript_key,segment_index,speaker\n"


@pytest.fixture
def place(tmp_path):
    """A home without a lake, in which no row is held against one."""
    (tmp_path / "archive").mkdir()
    return Place(
        archive=Archive(tmp_path / "archive"),
        lake=tmp_path / "lake",
        state=tmp_path / "state",
        reading=ReadSettings(),
        readers={},
        clock=None,
        progress=None,
    )


@pytest.fixture
def corrected(place):
    """Two corrections and an alias, and the lake's copies of them."""
    take_corrections(place, HEADER + b"k,1,=Bo\nk,2,Cy\n", "FILE")
    take_aliases(place, b"label,person\nAna,Ana Lima\n", "FILE")
    write_lake_docs(place)
    return place


def found(place):
    return {(each.problem, each.subject.removeprefix(str(place.lake.parent))) for each in check_lake_docs(place)}


def test_the_archive_has_the_truth_and_the_lake_a_copy(corrected):
    """For people with the apostrophe that keeps a spreadsheet from calculating, for programs without it."""
    archive, lake = corrected.archive.root, corrected.lake
    assert b"1,k,1,,'=Bo,,,\n" in (archive / "corrections.csv").read_bytes()
    assert b"1,k,1,,=Bo,,,\n" in (lake / "corrections.csv").read_bytes()
    assert (lake / "aliases.csv").read_bytes() == b"label,person,email,source,recording_key,note\nAna,Ana Lima,,,,\n"
    assert stat.S_IMODE((lake / "aliases.csv").stat().st_mode) == stat.S_IMODE(lake.stat().st_mode) & 0o644
    assert not found(corrected)
    assert not list(find_foreign(corrected.archive))


def test_the_copies_follow(corrected):
    """Taking, taking again and taking back change both at once; with the last row the files go."""
    assert take_aliases(corrected, b"label,person\nAna,Ana L.\nBo,Bo Chen\n", "FILE") == (2, 0)
    assert take_aliases(corrected, b"label,person\nAna,Ana L.\nBo,Bo Ono\n", "FILE") == (1, 1)
    assert (corrected.lake / "aliases.csv").read_bytes().splitlines()[1:] == [b"Ana,Ana L.,,,,", b"Bo,Bo Ono,,,,"]
    with pytest.raises(Failed, match="no 7"):
        drop_corrections(corrected, [1, 7])
    assert drop_corrections(corrected, [1, 2]) == 2
    assert drop_aliases(corrected, ["Ana", "Bo"]) == 2
    assert not list(corrected.lake.glob("*.csv"))
    assert not list(corrected.archive.root.glob("*"))
    assert not found(corrected)


def test_a_copy_that_is_lost_or_changed_is_found_and_made_again(corrected):
    """Whatever befell the lake's copies: they are named, and made again from the archive with the same bytes."""
    before = {each: each.read_bytes() for each in corrected.lake.iterdir()}
    (corrected.lake / "corrections.csv").unlink()
    (corrected.lake / "aliases.csv").write_bytes(b"label\n")
    (corrected.lake / "README.md").unlink()
    assert found(corrected) == {
        (Problem.CORRECTIONS_STALE, "/lake/corrections.csv"),
        (Problem.CORRECTIONS_STALE, "/lake/aliases.csv"),
        (Problem.UNFINISHED, "/lake/README.md"),
    }
    assert write_lake_docs(corrected) == []
    assert {each: each.read_bytes() for each in corrected.lake.iterdir()} == before


def test_a_copy_of_nothing_goes(corrected):
    """Where the archive has no such file any more, neither has the lake."""
    (corrected.archive.root / "aliases.csv").unlink()
    assert found(corrected) == {(Problem.CORRECTIONS_STALE, "/lake/aliases.csv")}
    write_lake_docs(corrected)
    assert not (corrected.lake / "aliases.csv").exists()


def test_a_hand_that_slipped_is_told_the_line_and_changes_nothing(corrected):
    """The archive's file cannot be read: it is named with its line, the lake keeps what it had, the other file goes on,
    and no correction is taken on top.
    """
    truth, copy = corrected.archive.root / "corrections.csv", corrected.lake / "corrections.csv"
    before = copy.read_bytes()
    truth.write_bytes(truth.read_bytes().replace(b"2,k,2", b"2,k,two"))
    damaged = truth.read_bytes()
    (corrected.lake / "aliases.csv").unlink()
    (failure,) = write_lake_docs(corrected)
    assert "corrections.csv: line 3: segment_index 'two'" in failure.message
    assert (copy.read_bytes(), (corrected.lake / "aliases.csv").is_file()) == (before, True)
    assert found(corrected) == {(Problem.CORRECTIONS_UNREADABLE, "/archive/corrections.csv")}
    with pytest.raises(Damaged, match="line 3"):
        drop_corrections(corrected, [1])
    assert truth.read_bytes() == damaged


def test_a_hand_edit_is_taken_over(corrected):
    """Somebody edits the archive's file in a spreadsheet that writes semicolons: the next run takes it over."""
    truth = corrected.archive.root / "corrections.csv"
    truth.write_bytes(b"\xef\xbb\xbf" + truth.read_bytes().replace(b",", b";").replace(b"\n", b"\r\n"))
    assert not found(corrected)
    truth.write_bytes(truth.read_bytes().replace(b"Cy", b"Cy Ono"))
    assert found(corrected) == {(Problem.CORRECTIONS_STALE, "/lake/corrections.csv")}
    write_lake_docs(corrected)
    assert b"2,k,2,,Cy Ono,,," in (corrected.lake / "corrections.csv").read_bytes()


def test_many_at_once_lose_nothing(corrected):
    """Rows that are taken at the same time, while runs write the copies, are all there."""
    with ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(take_aliases, corrected, b"label,person\n%d,Eve\n" % row, "FILE") for row in range(24)]
        runs = [pool.submit(write_lake_docs, corrected) for _ in range(4)]
        assert {each.result() for each in jobs} == {(1, 0)}
        assert [each.result() for each in runs] == [[]] * 4
    assert {each.label for each in read_rows(corrected, ALIASES)} == {"Ana", *map(str, range(24))}
    assert not found(corrected)


def test_a_lake_of_pseudonyms_has_them_in_its_copies_too(corrected):
    """No name, address or note of anybody reaches the lake; what was taken from there is the same person still."""
    pseudonyms = Pseudonyms.of("a key that nobody guesses")
    bo = pseudonyms.name("Bo Chen")
    take_aliases(corrected, f"label,person,email,note\nBo,Bo Chen,bo@example.com,Bo!\n{bo},Cy,,\n".encode(), "FILE")
    hidden = replace(corrected, reading=ReadSettings(pseudonyms=pseudonyms))
    write_lake_docs(hidden)
    copies = b"".join((hidden.lake / name).read_bytes() for name in ("aliases.csv", "corrections.csv")).decode()
    assert f"\n{pseudonyms.label('Bo')},{bo},{pseudonyms.email('bo@example.com')},,,\n" in copies
    assert f"\n{bo},{pseudonyms.name('Cy')},,,,\n" in copies
    assert f"2,k,2,,{pseudonyms.name('Cy')},,," in copies
    shutil.rmtree(hidden.lake)  # there is none to hold rows against
    assert take_corrections(hidden, HEADER + f"k,2,{pseudonyms.name('Cy')}\n".encode(), "FILE") == (0, 1)
    assert b"2,k,2,,Cy,,," in (corrected.archive.root / "corrections.csv").read_bytes()
    assert not {"Bo", "Cy", "Ana"} & set(re.findall(r"\w+", copies))
    assert b"Bo Chen" in (corrected.archive.root / "aliases.csv").read_bytes()


def test_one_bad_row_and_nothing_is_taken(corrected):
    """The good rows beside it neither."""
    before = (corrected.archive.root / "corrections.csv").read_bytes()
    with pytest.raises(BadSheet):
        take_corrections(corrected, HEADER + b"k,3,Eve\nk,x,Eve\n", "FILE")
    with pytest.raises(BadSheet, match="line 2: the lake has no segment of a transcript k"):
        take_corrections(corrected, HEADER + b"k,3,Eve\n", "FILE")
    assert (corrected.archive.root / "corrections.csv").read_bytes() == before
    assert len(read_rows(corrected, ALIASES)) == 1


def test_what_a_kill_leaves_in_the_archive_is_a_leftover(corrected):
    """The beginning of a file that was never renamed is named as such, anything else as foreign."""
    root = corrected.archive.root
    (root / ".corrections.csv.0123456789ab.tmp").touch()
    (root / "notes.csv").touch()
    assert [(each.problem, each.subject) for each in find_foreign(corrected.archive)] == [
        (Problem.LEFTOVER, str(root / ".corrections.csv.0123456789ab.tmp")),
        (Problem.FOREIGN, str(root / "notes.csv")),
    ]

"""Searching a lake that changes: the index never shows what is gone, nor misses what came, whatever happened to it."""

from __future__ import annotations

import csv
import itertools
import os
import random
import shutil
import signal
import stat
from datetime import timedelta

import pyarrow as pa
import pytest
from lake_children import in_children
from lake_samples import DAY, key_of, publish
from views_samples import Line, capture, write_lake

from harvester.lake.query import QueryRefused
from harvester.lake.search import build, index
from harvester.lake.search.find import Search, find_speech
from harvester.lake.search.mark import day_file
from harvester.lake.search.words import build_term, read_terms
from schemas.handmade import CORRECTION_COLUMNS

LATER = DAY + timedelta(days=1)
WORDS = [
    "so",
    "we",
    "SHIP",
    "ship,",
    "shipping",
    "the plan",
    "on",
    "naïve",
    "王小明說",
    "don\u2019t",
    "e-mail",
    "=cost",
    "(yes)",
]


def build_lake(home):
    """Three days, two sources, captions beside a transcript, no clock, no speaker, words of all kinds."""
    rng = random.Random(5)
    people = ["Ana Lima", "Bo Chen", "Speaker 3", None]

    def lines(count):
        for number in range(count):
            at_ms = None if rng.random() < 0.1 else 1000 * (number // 2)
            yield Line(at_ms, " ".join(rng.choices(WORDS, k=rng.randrange(7))), rng.choice(people))

    captures = [
        capture(number, list(lines(9)), source=source, day=DAY + timedelta(days=number % 3))
        for number, source in itertools.product(range(6), ("zoom", "recall"))
    ]
    captures += [capture(20, list(lines(5)), kind="captions"), capture(21, list(lines(3)), is_current=False)]
    return write_lake(home, captures)


def texts(found):
    return [each.cue.text for each in found.hits]


def find(home, typed, **options):
    return find_speech(home / "lake", Search(terms=read_terms(typed), **options), cache=home / "cache")


def test_index_and_scan_give_the_same(tmp_path, monkeypatch):
    """The same hits in the same order with the same neighbours, and the same count, whatever is asked."""
    lake = build_lake(tmp_path)
    asked = ["ship* we", '"plan on"', "小明", "=c"]
    options = [
        {"limit": 1000},
        {"limit": 3, "context": 2},
        {"limit": 1000, "speakers": ("ana", "3"), "context": 1},
        {"limit": 1000, "topics": ("plan",), "hosts": ("^h1$",), "first_day": LATER, "last_day": LATER},
    ]
    for typed, option in [*((typed, options[0]) for typed in asked), *(("ship", each) for each in options[1:])]:
        search = Search(terms=read_terms(typed), **option)
        assert find_speech(lake, search, cache=tmp_path / "cache") == find_speech(lake, search)
    assert find(tmp_path, "ship").total > 20
    monkeypatch.setattr("harvester.lake.search.scan.find_scanning", None)  # else the index was not used at all
    assert find(tmp_path, "ship").total > 20


def test_only_days_that_changed_are_indexed_anew(tmp_path, monkeypatch):
    """What came is found, what was replaced or removed is not, and the other days keep their file."""
    made = []
    real = build._index_day
    monkeypatch.setattr(build, "_index_day", lambda *args: made.append(args[3].date) or real(*args))
    other = capture(2, [Line(0, "friday")], day=LATER)
    write_lake(tmp_path, [capture(1, [Line(0, "monday")]), other])
    assert texts(find(tmp_path, "day")) == ["friday", "monday"]
    assert (made, find(tmp_path, "day").total) == ([LATER, DAY], 2)
    write_lake(tmp_path, [capture(1, [Line(0, "tuesday")])])
    assert texts(find(tmp_path, "day")) == ["friday", "tuesday"]
    assert made == [LATER, DAY, DAY]
    publish(tmp_path, remove=[key_of(other)], day=LATER)
    assert texts(find(tmp_path, "day")) == ["tuesday"]
    assert not day_file(tmp_path / "cache", LATER).exists()
    write_lake(tmp_path, [capture(1, [Line(0, "a")]), other])
    assert find(tmp_path, "tuesday", first_day=LATER).total == 0
    assert not day_file(tmp_path / "cache", DAY).exists()  # out of date, and not asked for: nothing keeps its words
    assert made == [LATER, DAY, DAY, LATER]


def test_corrections_are_found_and_what_they_replaced_is_not(tmp_path, monkeypatch):
    """A correction concerns the day of its transcript alone, and its going is seen as its coming."""
    made = []
    real = build._index_day
    monkeypatch.setattr(build, "_index_day", lambda *args: made.append(args[3].date) or real(*args))
    wrong = capture(1, [Line(0, "ship it, ana"), Line(1000, "yes")])
    lake = write_lake(tmp_path, [wrong, capture(2, [Line(0, "ship")], day=LATER)])
    assert find(tmp_path, "ship").total == 2

    def correct(*rows):
        with (lake / "corrections.csv").open("w", newline="") as target:
            writer = csv.DictWriter(target, CORRECTION_COLUMNS, quoting=csv.QUOTE_ALL)
            writer.writeheader()
            writer.writerows({"correction_index": number, **each} for number, each in enumerate(rows))

    key = wrong["transcripts"]["transcript_key"][0].as_py()
    del made[:]
    correct({"transcript_key": key, "segment_index": 0, "text": "skip it, Anna", "speaker": "Zoë"})
    assert (texts(find(tmp_path, "ship")), texts(find(tmp_path, "skip"))) == (["ship"], ["skip it, Anna"])
    (hit,) = find(tmp_path, "anna", speakers=("zo[eë]",), context=1).hits
    assert (hit.cue.is_corrected, hit.cue.speaker, hit.spans) == (True, "Zoë", ((9, 13),))
    assert not hit.after[0].is_corrected
    assert made == [DAY]
    correct({"transcript_key": "zoom:elsewhere/1", "segment_index": 0, "text": "x"})
    assert find(tmp_path, "ship").total == 2
    assert made == [DAY, DAY]
    (lake / "corrections.csv").write_bytes(b"\xff\xfe,")  # the scan has to say what becomes of that
    assert find(tmp_path, "ship") == find_speech(lake, Search(terms=read_terms("ship")))


def test_a_damaged_index_is_made_again(tmp_path):
    """Without a word to whoever searches, whatever became of the file."""
    write_lake(tmp_path, [capture(1, [Line(0, "hello there")])])
    whole = find(tmp_path, "hello")
    path = day_file(tmp_path / "cache", DAY)
    data = path.read_bytes()
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, pa.schema([("x", pa.int64())])) as writer:
        writer.write_table(pa.table({"x": [1]}))
    broken_head = data[:-200] + bytes(190) + data[-10:]
    for damaged in (b"", data[: len(data) // 2], b"SQLite format 3\0" + bytes(5000), broken_head, sink.getvalue()):
        path.write_bytes(damaged)
        assert find(tmp_path, "hello") == whole
        assert len(path.read_bytes()) == len(data)


def test_a_folder_that_cannot_be_written_leaves_the_scan(tmp_path, caplog):
    """A file stands where the folder should be: the hits are the scan's, and the log says why."""
    write_lake(tmp_path, [capture(1, [Line(0, "hello")])])
    (tmp_path / "cache").write_text("in the way")
    with caplog.at_level("INFO"):
        assert texts(find(tmp_path, "hello")) == ["hello"]
    assert "search.index_unusable" in caplog.text


def test_an_index_that_is_up_to_date_needs_no_writing(tmp_path, monkeypatch):
    """Whoever may only read still searches through it."""
    write_lake(tmp_path, [capture(1, [Line(0, "hello")])])
    find(tmp_path, "hello")
    monkeypatch.setattr(index, "file_lock", None)
    monkeypatch.setattr("harvester.lake.search.scan.find_scanning", None)
    assert texts(find(tmp_path, "hello")) == ["hello"]


def test_the_index_is_its_owners_alone(tmp_path):
    """It holds speech."""
    write_lake(tmp_path, [capture(1, [Line(0, "hello")])])
    find(tmp_path, "hello")
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in [tmp_path / "cache", *(tmp_path / "cache").iterdir()]}
    assert all(not mode & 0o077 for mode in modes.values()), modes


def search_dying(home, name, when):
    """Search, dying before the `when`-th call of one that changes the disk."""
    calls, real = itertools.count(1), getattr(os, name)

    def dying(*args, **kwargs):
        if next(calls) == when:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **kwargs)

    setattr(os, name, dying)
    find(home, "hello")


def search_often(home):
    for _ in range(2):
        assert sorted(texts(find(home, "hello"))) == ["hello 1", "hello 2"]


@pytest.mark.parametrize(("name", "when"), [("symlink", 2), ("fsync", 1), ("replace", 1), ("unlink", 1)])
def test_a_kill_leaves_the_next_search_right(tmp_path, name, when):
    """Before the words are written, before the file has its name, and after; no piece of a file is left lying about."""
    write_lake(tmp_path, [capture(1, [Line(0, "hello old")]), capture(2, [Line(0, "hello 2")], day=LATER)])
    find(tmp_path, "hello")
    write_lake(tmp_path, [capture(1, [Line(0, "hello 1")])])
    assert in_children([(search_dying, tmp_path, name, when)]) == [-signal.SIGKILL]
    assert texts(find(tmp_path, "hello")) == ["hello 2", "hello 1"]
    left = {each.name for each in (tmp_path / "cache").iterdir() if not each.name.startswith("links-")}
    assert left == {f"{DAY}.arrow", f"{LATER}.arrow", "lock"}


def test_searches_side_by_side(tmp_path):
    """Those that find nothing made wait for the one that makes it."""
    write_lake(tmp_path, [capture(1, [Line(0, "hello 1")]), capture(2, [Line(0, "hello 2")], day=LATER)])
    assert in_children([(search_often, tmp_path)] * 2) == [0, 0]


def test_keeping_an_index(tmp_path, caplog):
    """Only where there is one, and what hinders is only logged."""
    lake, folder = write_lake(tmp_path, [capture(1, [Line(0, "hello")])]), tmp_path / "cache"
    index.keep_index(lake, folder)
    assert not folder.exists()
    find(tmp_path, "hello")
    write_lake(tmp_path, [capture(1, [Line(0, "goodbye")])])
    index.keep_index(lake, folder)
    assert b"goodbye" in day_file(folder, DAY).read_bytes()
    shutil.rmtree(lake)
    index.keep_index(lake, folder)
    assert "search.index_not_kept" in caplog.text


def test_a_phrase_of_words_with_stars_in_quotes(tmp_path):
    """In quotes a star is what was said."""
    write_lake(tmp_path, [capture(1, [Line(0, "budg* in full"), Line(1000, "budget")])])
    assert texts(find(tmp_path, '"budg*"')) == ["budg* in full"]
    assert find(tmp_path, "budg*").total == 2
    assert build_term("budg*").pieces[0].folded == "budg*"


def test_what_is_too_long_to_look_for(tmp_path):
    """Refused by index and scan alike, in a sentence."""
    lake = write_lake(tmp_path, [capture(1, [Line(0, "hello " * 9000)])])
    search = Search(terms=read_terms(f'"{"hello " * 9000}"'))
    for cache in (tmp_path / "cache", None):
        with pytest.raises(QueryRefused):
            find_speech(lake, search, cache=cache)

"""What people put right by hand: which rows it changes, which it leaves, and what follows from it."""

from __future__ import annotations

import random

import pytest
from lake_samples import key_of
from talk_samples import COUNTED, meeting, write_aliases, write_corrections
from views_samples import Line, capture, opened, write_lake

from schemas.correction_views import CORRECTION_VIEWS
from schemas.handmade import ALIAS_COLUMNS, CORRECTION_COLUMNS

LINES = [Line(0, "so be it", "Speaker 1"), Line(3_000, "no", "Bo Chen"), Line(6_000, "so be it", "Speaker 1")]
AS_SAID = [("Speaker 1", "so be it"), ("Bo Chen", "no"), ("Speaker 1", "so be it")]
ALL = {"speaker_was": "Speaker 1", "speaker": "Ana Lima"}


def test_files_have_the_columns_of_their_views():
    """What is written as CSV and what the views read is the same, in the same order: read_csv goes by place."""
    columns = {view.name: tuple(column.name for column in view.columns) for view in CORRECTION_VIEWS}
    assert columns["corrections"] == CORRECTION_COLUMNS
    assert columns["aliases"] == ALIAS_COLUMNS


CASES = {
    "none": ([], AS_SAID),
    "all of a speaker": ([ALL], [("Ana Lima", "so be it"), ("Bo Chen", "no"), ("Ana Lima", "so be it")]),
    "a text": ([{"segment_index": 1, "text": "yes"}], [AS_SAID[0], ("Bo Chen", "yes"), AS_SAID[2]]),
    "one wins over all": (
        [{"segment_index": 2, "speaker": "Cy Dee", "text": "no"}, ALL],
        [("Ana Lima", "so be it"), ("Bo Chen", "no"), ("Cy Dee", "no")],
    ),
    "field by field": (
        [{"segment_index": 2, "text": "no"}, ALL],
        [("Ana Lima", "so be it"), ("Bo Chen", "no"), ("Ana Lima", "no")],
    ),
    "the later": (
        [ALL, ALL | {"speaker": "Cy Dee"}],
        [("Cy Dee", "so be it"), ("Bo Chen", "no"), ("Cy Dee", "so be it")],
    ),
    "stale speaker": ([{"segment_index": 1, "speaker_was": "Speaker 1", "speaker": "Ana"}], AS_SAID),
    "stale text": ([{"segment_index": 1, "text_was": "NO", "text": "yes"}], AS_SAID),
    "no such segment": ([{"segment_index": 9, "text": "yes"}], AS_SAID),
    "of whom it does not say": ([{"speaker": "Ana Lima"}], AS_SAID),
    "another transcript": ([ALL | {"transcript_key": "zoom:other"}], AS_SAID),
}


@pytest.fixture(scope="module")
def corrected(tmp_path_factory):
    """Every case as a recording of one lake: what asks it, and the keys of the recordings."""
    captures = {name: capture(number, LINES) for number, name in enumerate(CASES)}
    lake = write_lake(tmp_path_factory.mktemp("corrected"), captures.values())
    keys = {name: each["transcripts"]["transcript_key"][0].as_py() for name, each in captures.items()}
    write_corrections(lake, [{"transcript_key": keys[name]} | row for name, (rows, _) in CASES.items() for row in rows])
    return opened(lake), {name: key_of(each) for name, each in captures.items()}


@pytest.mark.parametrize("name", CASES)
def test_which_rows_a_correction_changes(corrected, name):
    """One segment wins over all of a speaker, the later over the earlier, by field; what is stale changes nothing."""
    ask, keys = corrected
    said = CASES[name][1]
    changed = [after != before for after, before in zip(said, AS_SAID, strict=True)]
    for view in ("transcript", "best_segments"):
        where = f"FROM {view} WHERE recording_key = '{keys[name]}' ORDER BY segment_index"
        assert ask(f"SELECT speaker, text, is_corrected {where}") == [
            (*row, is_corrected) for row, is_corrected in zip(said, changed, strict=True)
        ]


def test_raw_rows_stay(corrected):
    """Nothing is lost, doubled or rewritten: the table of segments is as the sources said it."""
    ask, keys = corrected
    assert ask("SELECT DISTINCT text FROM segments ORDER BY 1") == [("no",), ("so be it",)]
    assert ask("SELECT count(*) FROM transcript") == [(3 * len(keys),)]


def test_who_is_named_by_hand_is_named(tmp_path):
    """A segment of nobody known gets a name, and counts as named; words are counted again as the harvester counts."""
    tables = capture(1, [Line(0, "a", None), Line(3_000, "b c", "Bo Chen"), Line(6_000, "d", None)])
    lake = write_lake(tmp_path, [tables])
    key = tables["transcripts"]["transcript_key"][0].as_py()
    rows = [
        {"segment_index": 0, "speaker": "Ana Lima"},
        {"segment_index": 1, "text_was": "b c", "text": "b\u00a0c d e"},
        {"segment_index": 2, "speaker_was": "Bo Chen", "speaker": "Ana Lima"},
        {"speaker": "Cy Dee"},
    ]
    write_corrections(lake, [{"transcript_key": key} | row for row in rows])
    found = opened(lake)("SELECT speaker, speaker_kind, n_words FROM best_segments ORDER BY segment_index")
    assert found == [("Ana Lima", "named", 1), ("Bo Chen", "named", 3), (None, "unknown", 1)]


def test_hostile_cells_are_text(tmp_path):
    """Quotes, line ends, NULs, formulas and a megabyte go through the file and match the raw row letter by letter."""
    texts = ['He said "no"', "a\r\nb\rc\nd", "=cmd|x", "\x1b[2J\u202e", "x" * 1_000_000, "a,b;c\td", "#", "''$$"]
    tables = capture(1, [Line(3_000 * place, text) for place, text in enumerate(texts)])
    lake = write_lake(tmp_path, [tables])
    key = tables["transcripts"]["transcript_key"][0].as_py()
    rows = [
        {"transcript_key": key, "segment_index": place, "text_was": text, "text": f"<{text}>"}
        for place, text in enumerate(texts)
    ]
    write_corrections(lake, rows)
    ask = opened(lake)
    assert [text for (text,) in ask("SELECT text FROM transcript ORDER BY segment_index")] == [
        f"<{text}>" for text in texts
    ]
    assert ask("SELECT count(*) FROM corrections WHERE note IS NULL AND speaker IS NULL") == [(len(texts),)]


def test_turns_are_cut_again(tmp_path):
    """Of a corrected transcript the turns, and who talks how long, are those of the corrected speakers."""
    tables = meeting(1, COUNTED)
    lake = write_lake(tmp_path, [tables, meeting(2, COUNTED)])
    key = tables["transcripts"]["transcript_key"][0].as_py()
    write_corrections(lake, [{"transcript_key": key, "speaker_was": "Cy Dee", "speaker": "Ana Lima"}])
    ask = opened(lake)
    where = f"WHERE recording_key = '{key_of(tables)}'"
    assert ask(f"SELECT first_segment, last_segment, speaker, end_ms FROM speaker_turns {where} ORDER BY 1") == [
        (0, 0, "Ana Lima", 4_000),
        (1, 1, "Bo Chen", 9_000),
        (2, 4, "Ana Lima", 14_500),
        (5, 5, "Ana Lima", 21_000),
        (6, 6, None, 22_000),
        (7, 8, "Bo Chen", 23_000),
    ]
    assert ask(f"SELECT talk_ms, n_turns, longest_turn_ms FROM talk_time {where} AND speaker = 'Ana Lima'") == [
        (12_000, 3, 6_500)
    ]
    assert ask(f"SELECT speaker FROM people {where} ORDER BY 1") == [("Ana Lima",), ("Bo Chen",)]


def test_turns_cut_again_are_those_of_the_harvester(tmp_path):
    """A correction that changes nothing gives the very turns that are in the lake, whatever the times are."""
    rng = random.Random(4)
    captures = []
    for number in range(20):
        at_ms, lines = 0, []
        for _ in range(15):
            at_ms += rng.randrange(-1_000, 6_000)
            name = rng.choice(["Ana Lima", "Bo Chen", "Speaker 3", "Unknown", None])
            lines.append(Line(at_ms, "so", name, rng.randrange(-2_000, 4_000)))
        captures.append(meeting(number, lines))
    lake = write_lake(tmp_path, captures)
    keys = [each["transcripts"]["transcript_key"][0].as_py() for each in captures]
    ask = opened(lake)
    before = ask("FROM speaker_turns ORDER BY ALL")
    write_corrections(lake, [{"transcript_key": key, "segment_index": 99, "speaker": "x"} for key in keys])
    assert opened(lake)("FROM speaker_turns ORDER BY ALL") == before
    assert len(before) > 200


def test_without_files_there_are_no_rows(tmp_path):
    """Nobody wrote anything: both views are empty, with their columns; written later, it holds."""
    lake = write_lake(tmp_path, [capture(1, LINES)])
    ask = opened(lake)
    assert ask("FROM corrections") == ask("FROM aliases") == []
    write_aliases(lake, [{"label": "Speaker 1", "person": "Ana Lima"}])
    assert opened(lake)("SELECT label, person, email, source FROM aliases") == [("Speaker 1", "Ana Lima", None, None)]

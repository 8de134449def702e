from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st
from views_samples import Line, ask, capture, write_lake

from harvester.lake.cells import guard_formula, strip_guard
from harvester.lake.handmade.entries import ALIASES, CORRECTIONS, Alias, Correction, merge_aliases, merge_corrections
from harvester.lake.handmade.judge import State, judge, read_said
from harvester.lake.handmade.sheet import BadSheet
from schemas.handmade import CORRECTIONS_FILE

# what a cell may hold: anything but NUL
CELL = st.text(st.one_of(st.sampled_from("=+-@'\",;\t\r\n a0\u2028\uff1d"), st.characters(codec="utf-8")))
CELL = CELL.map(lambda text: text.replace("\0", ""))
HOSTILE = [
    "=1+1",
    "'=1+1",
    "''+x",
    '"',
    'say ""',
    "a,b;c\td",
    "a\nb",
    "a\r\n\r\nb",
    "\r",
    " ",
    "'",
    "naïve 王",
    "\u202eevil",
]
KEY = "zoom:a==/vtt"
TWO = [Correction(KEY, 3, speaker="Bo"), Correction(KEY, None, "Ana", "Ána")]


def read(data: bytes, **options: object) -> list[Correction]:
    return [row for _, row in CORRECTIONS.read(data, "FILE", **options)]


@pytest.mark.parametrize(
    "data",
    [
        f"transcript_key,segment_index,speaker_was,speaker\n{KEY},3,,Bo\n{KEY},,Ana,Ána\n".encode(),
        f"transcript_key;segment_index;speaker_was;speaker\r\n{KEY};3;;Bo\r\n{KEY};;Ana;Ána".encode(),
        codecs.BOM_UTF8
        + f"speaker,speaker_was,transcript_key,segment_index\r\nBo,,{KEY},3\r\nÁna,Ana,{KEY}\r\n".encode(),
        f'"transcript_key"\t"segment_index"\t"speaker_was"\t"speaker"\n"{KEY}"\t3\t""\t"Bo"\n{KEY}\t\tAna\tÁna\n'.encode(),
        f" Transcript_Key ,SEGMENT_INDEX,speaker_was,speaker,,\n,,,,,\n {KEY} , 3 ,, Bo ,,\n".encode()
        + f"\n{KEY},,Ana,Ána,,\n,,\n".encode(),
        f"time,transcript_key,segment_index,speaker_was,speaker\n00:01,{KEY},3,,Bo\n,{KEY},,Ana,Ána\n".encode(),
    ],
    ids=["plain", "semicolons", "mark and other order", "tabs and quotes", "empty cells", "time for the reader"],
)
def test_what_spreadsheets_save_is_read(data):
    """Whatever the separator, line ends, mark of UTF-8, order of columns and empty cells: the same two corrections."""
    assert read(data, ignored=("time",)) == TWO


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "it is empty"),
        (b"\n\n", "it is empty"),
        (b"segment_index,speaker\n1,Bo\n", "line 1 names no column transcript_key"),
        (b"transcript_key,speaker,speeker\nk,Bo,x\n", "line 1 names a column 'speeker'"),
        (b"transcript_key,speaker,speaker\nk,Bo,x\n", "line 1 names speaker twice"),
        (b"transcript_key,segment_index,speaker\nk,1,Bo\n,2,Bo\n", "line 3: transcript_key is empty"),
        (b"transcript_key,segment_index,speaker\nk,1.5,Bo\n", "line 2: segment_index '1.5'"),
        (b"transcript_key,segment_index,speaker\nk,-1,Bo\n", "line 2: segment_index '-1'"),
        (b'transcript_key,note,speaker\nk,"a\nb\nc",x\nk,,y\n', "line 2: without a segment_index"),
        (b"transcript_key,speaker_was,text\nk,Bo,x\n", "line 2: text is corrected segment by segment"),
        (b"transcript_key,segment_index,text\nk,1,yes, but no\n", "line 2 has more cells"),
        (b'transcript_key,segment_index,text\nk,1,a\nk,2,"b\n', "from line 3 on it is no CSV"),
        (b"transcript_key,segment_index,text\nk,1,a\nk,2,b\0\n", "line 3 holds a NUL"),
        (b"transcript_key,segment_index,text\nk,1,a\nk,2,caf\xe9\n", "line 3 is not UTF-8"),
        ("transcript_key,text\n".encode("utf-16"), "it is UTF-16"),
        (b"transcript_key,segment_index,text\nk,1," + 2_000_000 * b"a", "line 2: it is longer than 1,900,000 bytes"),
    ],
    ids=lambda value: None if isinstance(value, bytes) else value,
)
def test_a_bad_row_is_named(data, problem):
    """What is wrong is said with its line, and the other rows are not taken either."""
    with pytest.raises(BadSheet, match="FILE: ") as caught:
        read(data)
    assert problem in caught.value.problems[0]


def test_all_bad_rows_are_named_at_once():
    """Who has ten mistakes need not try eleven times."""
    with pytest.raises(BadSheet) as caught:
        read(b"transcript_key,segment_index,speaker\n,1,Bo\nk,1,Bo\nk,x,Bo\n")
    assert [each.split(":")[0] for each in caught.value.problems] == ["line 2", "line 4"]


@given(CELL)
def test_a_guard_never_becomes_text(text):
    """What is guarded is no formula, and taking the guard away gives the text, whatever it began with."""
    assert guard_formula(text)[:1] not in tuple("=+-@\t\r\n\uff1d")
    assert strip_guard(guard_formula(text)) == text


@given(st.lists(st.tuples(CELL.filter(str.strip), CELL, CELL, CELL), max_size=4))
def test_the_archives_file_gives_its_rows_back(cells):
    """Guarded against formulas as it is, it is read as what it was made of."""
    rows = [
        Correction(KEY, row, "", name.strip(), was, text, note, row + 1)
        for row, (name, was, text, note) in enumerate(cells)
    ]
    rows = [each for each in rows if each.text != each.text_was]
    data = CORRECTIONS.write(rows, guarded=True)
    assert CORRECTIONS.read_kept(data, "FILE") == rows if rows else data is None


def test_the_lakes_copy_is_what_duckdb_reads(tmp_path):
    """Cells of any kind reach the view `corrections` letter by letter, with null where there is nothing."""
    lake = write_lake(tmp_path, [capture(1, [Line(0, "so")])])
    rows = [Correction(KEY, row, each, each, each, each, each, row + 1) for row, each in enumerate(HOSTILE)]
    rows.append(Correction(KEY, None, "Ana", "x" * 1_800_000, correction_index=99))
    (lake / CORRECTIONS_FILE).write_bytes(CORRECTIONS.write(rows, guarded=False))
    found = ask(lake, "FROM corrections ORDER BY correction_index")
    assert found[:-1] == [(row + 1, KEY, row, *[each] * 5) for row, each in enumerate(HOSTILE)]
    assert found[-1] == (99, KEY, None, "Ana", "x" * 1_800_000, None, None, None)


def test_a_newer_row_takes_the_place_of_an_older_one():
    """Of one segment, or of one speaker, there is one correction: what the newer says, and what it leaves empty as it
    was; one that adds nothing changes nothing.
    """
    known = merge_corrections([], [Correction(KEY, 3, text="so", text_was="sow"), Correction(KEY, None, "Ana", "Bo")])
    assert [each.correction_index for each in known] == [1, 2]
    assert merge_corrections(known, [Correction(KEY, 3, text="so"), known[1]]) == known
    newer = merge_corrections(known, [Correction(KEY, 3, "Cy", "Dan"), Correction(KEY, None, "Ana", "Eve")])
    assert newer == [
        Correction(KEY, 3, "Cy", "Dan", "sow", "so", correction_index=3),
        Correction(KEY, None, "Ana", "Eve", correction_index=4),
    ]
    names = merge_aliases(
        [Alias("Ana", "Ana Lima"), Alias("Bo", "Bo Chen")], [Alias("Ana", "Ana L.", source="zoom"), Alias("Bo", "B.")]
    )
    assert names == [Alias("Ana", "Ana Lima"), Alias("Ana", "Ana L.", source="zoom"), Alias("Bo", "B.")]


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (["1,k,1,,Bo", "1,k,2,,Bo"], "line 3 has the correction_index of line 2"),
        ([",k,1,,Bo"], "line 2 has no correction_index"),
        (["1,k,1,,Bo", "2,k,1,,Cy"], "line 3 has the transcript_key and segment"),
        (["1,k,1,Bo,Bo"], "line 2 gives neither speaker nor text"),
    ],
)
def test_the_archives_file_can_be_edited_and_is_held_to_its_rules(rows, problem):
    """A hand that left two rows about the same, or one without a number, is told the line."""
    data = "\n".join(["correction_index,transcript_key,segment_index,speaker_was,speaker", *rows]).encode()
    with pytest.raises(BadSheet) as caught:
        CORRECTIONS.read_kept(data, "FILE")
    assert problem in caught.value.problems[0]


def test_aliases_need_a_label_and_a_person():
    """The two cells without which an alias says nothing."""
    with pytest.raises(BadSheet) as caught:
        ALIASES.read(b"label,person\n,Ana\nBo,\n", "FILE")
    assert [each[:16] for each in caught.value.problems] == ["line 2: label is", "line 3: person i"]


def test_the_verdict_is_what_the_views_do(tmp_path):
    """A correction is called applied exactly where the view then shows another speaker or text, and of so many."""
    people = ["Ana Lima", "Ana Lima", None, "Bo Chen", "Bo Chen", "Cy", "Cy", "Cy"]
    tables = capture(1, [Line(1000 * row, "so", name) for row, name in enumerate(people)])
    lake = write_lake(tmp_path, [tables])
    ((key,),) = ask(lake, "SELECT DISTINCT transcript_key FROM segments")
    cases = {
        Correction(key, 0, speaker="X"): State.APPLIED,
        Correction(key, 1, "Ana Lima", "X", "so", "thus"): State.APPLIED,
        Correction(key, 2, text="skip"): State.APPLIED,
        Correction(key, None, "Bo Chen", "X"): State.APPLIED,
        Correction(key, 5, "Bo Chen", "X"): State.STALE,
        Correction(key, 6, text_was="sow", text="X"): State.STALE,
        Correction(key, 9, speaker="X"): State.STALE,
        Correction(key, None, "Nobody", "X"): State.STALE,
        Correction("zoom:none/vtt", 0, speaker="X"): State.UNKNOWN,
    }
    verdicts = judge(list(cases), read_said(lake, [each.transcript_key for each in cases]))
    assert [each.state for each in verdicts] == list(cases.values())
    assert [each.n_segments for each in verdicts] == [1, 1, 1, 2, 0, 0, 0, 0, 0]
    assert [bool(each.reason) for each in verdicts] == [each is not State.APPLIED for each in cases.values()]
    rows = merge_corrections([], cases)
    (lake / CORRECTIONS_FILE).write_bytes(CORRECTIONS.write(rows, guarded=False))
    changed = ask(lake, "SELECT segment_index FROM transcript WHERE is_corrected ORDER BY ALL")
    assert changed == [(0,), (1,), (2,), (3,), (4,)]
    assert read_said(tmp_path / "none", [key]) == {}

"""What the index finds, held against a scan of the same texts by the engine that scans lakes."""

from __future__ import annotations

import duckdb
import pyarrow as pa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from harvester.lake.search import block
from harvester.lake.search.block import build_block, build_blocks
from harvester.lake.search.find import Search
from harvester.lake.search.lookup import Block, find_rows, pick_newest, read_hit
from harvester.lake.search.words import build_term, read_terms

ENGINE = duckdb.connect()
# letters that fold in every way the patterns know, marks, blanks of all kinds, and what looks like a pattern
ALPHABET = (
    "aAáÁeéßsSẞæœǽǣiİIKkøΣςがかカ漢字กิё한ㅎ1_-'.*+(\"\u0131\u017f\u03c3\u2011\u2019\u0438\u0301\u3099\u0327"
    " \t\n\x1c\x85\u00a0\u2028\u3000\u200b"
)
WORDS = st.text(ALPHABET, min_size=1, max_size=4)
TEXTS = st.lists(st.one_of(st.text(ALPHABET, max_size=14), st.lists(WORDS, max_size=6).map(" ".join)), max_size=8)


def rows_of(texts, **columns):
    """What the view shows of a transcript of these texts, or of several."""
    n = len(texts)
    given_ = {
        "recording_key": ["zoom:a"] * n,
        "source": ["zoom"] * n,
        "native_id": ["a"] * n,
        "topic": ["Review"] * n,
        "host_email": [None] * n,
        "host_id": ["h1"] * n,
        "transcript_key": ["zoom:a/1"] * n,
        "kind": ["transcript"] * n,
        "speaker": ["Ana"] * n,
        "segment_index": list(range(n)),
        "start_at": list(range(n)),
        "start_ms": list(range(n)),
        "end_ms": [None] * n,
        "text": texts,
        "is_corrected": [False] * n,
    } | columns
    types = {"segment_index": pa.int32(), "start_at": pa.timestamp("us", tz="UTC"), "is_corrected": pa.bool_()}
    types |= {"start_ms": pa.int64(), "end_ms": pa.int64()}
    return pa.table({name: pa.array(values, types.get(name, pa.string())) for name, values in given_.items()})


def scan(texts, terms):
    """The rows in which DuckDB finds every pattern."""
    sql = "SELECT regexp_matches($text, $pattern, 'is')"
    return [
        number
        for number, text in enumerate(texts)
        if all(ENGINE.execute(sql, {"text": text, "pattern": each.pattern}).fetchone()[0] for each in terms)
    ]


def look_up(texts, terms):
    return find_rows(Block(build_block(rows_of(texts))), Search(terms=terms), {}).nonzero()[0].tolist()


@settings(max_examples=60, deadline=None)
@given(TEXTS, st.lists(WORDS, min_size=1, max_size=3), st.data())
@example(["ßs sß sss", "a\u0301b", "か\u3099", "x\x1cy"], ["ss", "s"], None)
def test_the_index_finds_what_a_scan_finds(texts, words, data):
    """Any words and phrases in any texts: folding, blanks, marks and word beginnings part nothing from the scan."""
    if data and texts:  # mostly something that is there
        text = data.draw(st.sampled_from(texts))
        start = data.draw(st.integers(0, len(text)))
        words = [*words, text[start : start + data.draw(st.integers(1, 9))]]
    begins = [data.draw(st.booleans()) if data else False for _ in words]
    terms = [build_term(each, begins_word=begin) for each, begin in zip(words, begins, strict=True) if each.split()]
    for some in ([each] for each in terms):
        assert not texts or look_up(texts, tuple(some)) == scan(texts, some)
    assert not texts or look_up(texts, tuple(terms)) == scan(texts, terms)


def test_words_of_one_row_are_no_neighbours_of_the_next():
    """A phrase lies within one cue, whatever stands at the edges of the cues beside it."""
    texts = ["the sensor", "map of", "", "the sensor map of it"]
    assert look_up(texts, read_terms('"sensor map"')) == [3]
    assert look_up(texts, read_terms('"the sensor map of it"')) == [3]


def test_more_words_in_a_cue_than_sixteen_bits_count():
    """A cue of a hundred thousand words is found by its last ones."""
    texts = ["word " * 100_000 + "the end", "the end"]
    assert look_up(texts, read_terms('"word the end"')) == [0]


def test_names_topics_and_hosts():
    """Each filter by any of its patterns, a host by mail address or id; nobody is nobody."""
    texts = ["hello"] * 4
    columns = {
        "transcript_key": ["a/1", "a/1", "b/1", "b/1"],
        "topic": ["Plan", "Plan", None, None],
        "host_email": ["ada@example.com"] * 2 + [None] * 2,
        "speaker": ["Ana", None, "Bo", "Ana"],
    }
    block = Block(build_block(rows_of(texts, **columns)))
    terms = read_terms("hello")
    for search, rows in (
        (Search(terms=terms), [0, 1, 2, 3]),
        (Search(terms=terms, speakers=("an",)), [0, 3]),
        (Search(terms=terms, speakers=("^an", "bo")), [0, 2, 3]),
        (Search(terms=terms, topics=("plan",)), [0, 1]),
        (Search(terms=terms, hosts=("example",)), [0, 1]),
        (Search(terms=terms, hosts=("h1",), speakers=("bo",)), [2]),
        (Search(terms=terms, topics=("plan",), speakers=("bo",)), []),
    ):
        assert find_rows(block, search, {}).nonzero()[0].tolist() == rows


def test_the_newest_first_and_those_without_a_time_last():
    """Of one moment, the first transcript counts and its last cue; never more than asked for."""
    columns = {"transcript_key": ["a/1"] * 3 + ["b/1"] * 3, "start_at": [5, 5, None, 5, 7, None]}
    block = Block(build_block(rows_of(["x"] * 6, **columns)))
    found = find_rows(block, Search(terms=read_terms("x")), {})
    assert [sorted(pick_newest(block, found, most, floor=-(1 << 62))) for most in (1, 2, 3, 4, 5)] == [
        [4],
        [1, 4],
        [0, 1, 4],
        [0, 1, 3, 4],
        [0, 1, 2, 3, 4],
    ]
    assert pick_newest(block, found, 6, floor=6) == [4]


def test_a_hit_has_the_neighbours_of_its_own_transcript():
    """Rows of another transcript are none, nor is one further off than the context by the file's own counting."""
    columns = {"transcript_key": ["a/1"] * 3 + ["b/1"], "segment_index": [0, 1, 5, 0], "speaker": [None, "B", "C", "D"]}
    hit = read_hit(Block(build_block(rows_of(["p", "q", "r", "s"], **columns))), 1, 2)
    assert ([each.text for each in hit.before], hit.cue.text, hit.after) == (["p"], "q", ())
    assert (hit.before[0].speaker, hit.cue.speaker, hit.end_ms) == (None, "B", None)


def test_blocks_never_part_a_transcript(monkeypatch):
    """However rows come in pieces, every block holds whole transcripts, in order, and all of them."""
    monkeypatch.setattr(block, "BLOCK_ROWS", 5)
    keys = [f"t{number}" for number, length in enumerate((3, 1, 7, 2, 1, 4)) for _ in range(length)]
    rows = rows_of([f"w{number}" for number in range(len(keys))], transcript_key=keys)
    for size in (1, 2, 4, 100):
        blocks = [Block(each) for each in build_blocks(rows.to_batches(max_chunksize=size))]
        heads = [block.column("transcript_key").to_pylist() for block in blocks]
        assert [key for head in heads for key in head] == sorted(set(keys))
        assert [word for block in blocks for word in block.column("text").to_pylist()] == rows["text"].to_pylist()
        assert len(blocks) > 1 or size == 100

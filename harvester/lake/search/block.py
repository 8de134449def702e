"""A block of the search index: some transcripts, laid out so that words and filters are answered without reading text.

A block is one record batch of one row; each column is a list, and lists of one kind are of one length:

- per transcript: `HEADS`, and `first_row`, its first row;
- per row, in the transcripts' order: `ROWS`, `start_us` (Unix time, or `NEVER`), `speaker` as a place in
  `speaker_name` (-1: nobody named), and `first_slot`, the slot of its first word;
- per different word: `word` as it is written, `folded` as it is looked for, and `first_occurrence`, with the end of all
  as one more;
- per occurrence of a word, word by word: its `row`, and its `place` among the words of that row;
- once: `last_us`, the latest time of all.

A word is what stands between blanks. Slots number the words of all rows on end, and leave one free behind each row, so
that the last word of a row is no neighbour of the first of the next. FTS5 of SQLite, measured on the sentences of
`benchmarks/bench_lake.py`, takes 53 bytes and 3.4 us a row for an index of words, which finds no word within a longer
one, and 237 bytes and 18.6 us for one of trigrams, which finds nothing shorter than three letters and needs 1.5 s to
count the hits of a frequent word among 10 million rows. Numbers of this layout stand in `benchmarks/bench_search.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from harvester.lake.search.words import BLANKS, fold

BLOCK_ROWS = 1 << 17
BLOCK_BYTES = 1 << 26
HEADS = ("recording_key", "source", "native_id", "topic", "host_email", "host_id", "transcript_key", "kind")
ROWS = ("segment_index", "start_ms", "end_ms", "text", "is_corrected")
NEVER = -(1 << 62)
"""When a row without a time was said: before all others."""
_RARE_BLANKS = "[\x1c-\x1f]"  # at which Arrow does not split

Ints = npt.NDArray[Any]


def build_blocks(pieces: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Blocks of rows with the columns `HEADS`, `ROWS`, `start_at` and `speaker`, which come ordered by transcript.

    A transcript is never parted, so a block is as large as `BLOCK_ROWS` and `BLOCK_BYTES` say, or one transcript.
    """
    held: list[pa.RecordBatch] = []
    for piece in pieces:
        held.append(piece)
        if sum(each.num_rows for each in held) < BLOCK_ROWS and sum(each.nbytes for each in held) < BLOCK_BYTES:
            continue
        rows = pa.Table.from_batches(held).combine_chunks()
        whole = _find_heads(rows)[-1]  # the last transcript may go on
        if whole:
            yield build_block(rows.slice(0, whole))
        held = rows.slice(whole).combine_chunks().to_batches()
    if any(each.num_rows for each in held):
        yield build_block(pa.Table.from_batches(held).combine_chunks())


def build_block(rows: pa.Table) -> pa.RecordBatch:
    """One block of these rows, at least one."""
    first_row = _find_heads(rows)
    heads = rows.select(HEADS).take(pa.array(first_row)).combine_chunks()
    speakers = rows["speaker"].combine_chunks().dictionary_encode()
    columns = {name: heads[name] for name in HEADS} | {name: rows[name] for name in ROWS}
    columns |= {"first_row": pa.array(first_row, pa.int32())}
    columns |= {"speaker": pc.fill_null(speakers.indices, -1), "speaker_name": speakers.dictionary}
    start_us = pc.fill_null(rows["start_at"].cast(pa.int64()), NEVER)
    columns |= {"start_us": start_us, "last_us": pa.array([pc.max(start_us).as_py()], pa.int64())}
    columns |= _index_words(rows["text"].combine_chunks())
    lists = {}
    for name, column in columns.items():
        values = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        lists[name] = pa.LargeListArray.from_arrays(pa.array([0, len(values)], pa.int64()), values)
    return pa.RecordBatch.from_pydict(lists)


def _find_heads(rows: pa.Table) -> Ints:
    """The first row of each transcript."""
    numbers = rows["transcript_key"].combine_chunks().dictionary_encode().indices.to_numpy()
    return np.flatnonzero(np.diff(numbers, prepend=-1))


def _index_words(text: pa.StringArray) -> dict[str, pa.Array]:
    split = split_words(text)
    starts = split.offsets.to_numpy()
    rows = np.repeat(np.arange(len(text), dtype=np.uint32), np.diff(starts))
    places = np.arange(len(rows)) - starts[rows]
    words = split.flatten().dictionary_encode()
    numbers = words.indices.to_numpy()
    counts = np.bincount(numbers, minlength=len(words.dictionary))
    narrow = numbers.astype(np.uint16) if len(counts) <= 1 << 16 else numbers  # numpy sorts those three times as fast
    order = np.argsort(narrow, kind="stable")
    is_short = places.max(initial=0) < 1 << 16
    return {
        "word": words.dictionary,
        "folded": pa.array([fold(each) for each in words.dictionary.to_pylist()], pa.string()),
        "first_occurrence": pa.array(np.concatenate([[0], np.cumsum(counts)]), pa.int64()),
        "row": pa.array(rows[order]),
        "place": pa.array(places.astype(np.uint16 if is_short else np.uint32)[order]),
        "first_slot": pa.array(starts[:-1] + np.arange(len(text)), pa.int64() if len(rows) >> 31 else pa.int32()),
    }


def split_words(text: pa.StringArray) -> pa.ListArray:
    """Each text at its blanks, which are the same as in the patterns that look for phrases."""
    plain = (
        pc.all(pc.string_is_ascii(text)).as_py() and not pc.any(pc.match_substring_regex(text, _RARE_BLANKS)).as_py()
    )
    return pc.ascii_split_whitespace(text) if plain else pc.split_pattern_regex(text, pattern=BLANKS)

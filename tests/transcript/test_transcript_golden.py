"""Invented files, each for one rule, beside the rows they must give. `REGOLD=1` rewrites them: read the diff."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from harvester.transcript import Segments, Transcript, Turns, read_transcript

DATA = Path(__file__).parent / "data"
FILES = sorted(DATA.glob("*.vtt"), key=lambda path: path.stem)


def as_rows(table: Segments | Turns) -> list[dict[str, object]]:
    names = [name for name in type(table).__slots__ if name not in {"segment_index", "turn_index"}]
    columns = {name: getattr(table, name) for name in names}
    lists = {name: column if isinstance(column, list) else column.tolist() for name, column in columns.items()}
    return [
        {name: column[row] for name, column in lists.items() if column[row] is not None} for row in range(len(table))
    ]


def as_json(transcript: Transcript) -> str:
    names = ("dialect", "n_cues", "arrows", "rejected", "warnings", "n_speakers", "n_words")
    document = {name: getattr(transcript, name) for name in names}
    document |= {"segments": as_rows(transcript.segments), "turns": as_rows(transcript.turns)}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_rows_are_the_golden_ones(path: Path):
    """Every file of the collection gives exactly the rows that were reviewed."""
    golden = path.with_suffix(".expected.json")
    found = as_json(read_transcript(path.read_bytes()))
    if os.environ.get("REGOLD") == "1":
        golden.write_text(found, encoding="utf-8", newline="\n")
    assert found == golden.read_text(encoding="utf-8")


def test_the_collection_is_there():
    """A lost data folder fails instead of passing with nothing tested."""
    assert len(FILES) >= 25


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_columns_are_parallel_and_arrows_reconciled(path: Path):
    """Every column has a value for every row, turns cover the segments exactly, and no arrow is unaccounted for."""
    read = read_transcript(path.read_bytes())
    for table in (read.segments, read.turns):
        assert {len(getattr(table, name)) for name in type(table).__slots__} == {len(table)}
    assert read.n_cues == len(read.segments) == read.arrows - read.rejected
    assert sum(read.turns.n_segments.tolist()) == read.n_cues
    assert " ".join(read.turns.text) == " ".join(read.segments.text)
    firsts, lasts = read.turns.first_segment.tolist(), read.turns.last_segment.tolist()
    assert firsts == [0, *(last + 1 for last in lasts)][: len(firsts)]

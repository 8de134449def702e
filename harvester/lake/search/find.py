"""Speech in the lake: what is looked for and what is found; the index answers where it can, else a scan.

Decides that only current transcripts count, captions where there is none (the view `transcript`), that the newest hit
comes first, and where in its text a match stands. Index and scan find the same: RE2 judges both by the same patterns.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from harvester.lake.search.arrays import to_strings
from harvester.lake.search.words import Term

Watch = Callable[[int, int], None]
"""Told how many bytes of the lake are indexed, of how many; `ignore` for nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Terms, all needed in one cue; of each list of names (RE2) one must match; days are those of the recordings."""

    terms: tuple[Term, ...]
    speakers: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    first_day: date | None = None
    last_day: date | None = None
    limit: int = 20
    context: int = 0

    def includes(self, day: date) -> bool:
        return (self.first_day or date.min) <= day <= (self.last_day or date.max)


@dataclass(frozen=True, slots=True)
class Cue:
    """What somebody said, and when; `start_at` is None where the source has no clock."""

    segment_index: int
    start_at: datetime | None
    speaker: str | None
    text: str
    is_corrected: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """A cue that matches: its recording, its neighbours, and where in its text the matches stand."""

    cue: Cue
    recording_key: str
    source: str
    native_id: str
    topic: str | None
    host_email: str | None
    host_id: str | None
    transcript_key: str
    kind: str
    start_ms: int | None
    end_ms: int | None
    spans: tuple[tuple[int, int], ...] = ()  # half-open, in characters of the text
    before: tuple[Cue, ...] = ()
    after: tuple[Cue, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """The newest hits, and how many there are in all."""

    hits: tuple[Hit, ...]
    total: int


def ignore(done: int, total: int) -> None:
    """Watch nothing."""


def find_speech(
    lake: Path,
    search: Search,
    *,
    cache: Path | None = None,
    watch: Watch = ignore,
    timeout_s: float | None = None,
) -> Found:
    """Search the lake, through the index in the folder `cache` where that can be used or made.

    Raises QueryRefused for a pattern that RE2 does not take or that is too long, Failed where there is no lake, and
    QueryStopped where reading the lake itself takes longer than `timeout_s`.
    """
    found = None
    if cache and all(term.pieces for term in search.terms):
        from harvester.lake.search.index import find_indexed

        found = find_indexed(lake, cache, search, watch)
    if found is None:
        from harvester.lake.search.scan import find_scanning  # which needs DuckDB, that an index can do without

        found = find_scanning(lake, search, timeout_s=timeout_s)
    try:
        spans = find_spans([each.cue.text for each in found.hits], search.terms)
    except pa.ArrowInvalid as error:  # a phrase of many thousand letters: the index has it in pieces, a scan refuses it
        from harvester.lake.query import QueryRefused

        raise QueryRefused("this is too long to look for", hint="look for a part of it") from error
    return Found(tuple(replace(hit, spans=span) for hit, span in zip(found.hits, spans, strict=True)), found.total)


def find_spans(texts: Sequence[str], terms: Iterable[Term]) -> list[tuple[tuple[int, int], ...]]:
    """Of each text, where what is looked for stands; what overlaps is one span, and an empty match is none."""
    mark = secrets.token_hex(8)  # stands in no text, so what is between two of them is a match
    found: list[list[tuple[int, int]]] = [[] for _ in texts]
    for term in terms:
        marked = pc.replace_substring_regex(to_strings(texts), f"(?is){term.pattern}", rf"\1<{mark}\2>{mark}")
        for spans, text in zip(found, marked.to_pylist(), strict=True):
            spans.extend(read_marks(text, mark))
    return [_join(each) for each in found]


def read_marks(marked: str, mark: str) -> list[tuple[int, int]]:
    """Where the matches stood before `<mark` and `>mark` were set around them; empty matches are none."""
    spans: list[tuple[int, int]] = []
    plain, *rest = marked.split(f"<{mark}")
    position = len(plain)
    for piece in rest:
        match, _, tail = piece.partition(f">{mark}")
        if match:
            spans.append((position, position + len(match)))
        position += len(match) + len(tail)
    return spans


def _join(spans: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


def mark_up(text: str, spans: Sequence[tuple[int, int]]) -> list[tuple[str, bool]]:
    """The text in pieces, each with whether it is a match."""
    edges = [0, *(edge for span in spans for edge in span), len(text)]
    pieces = [(text[start:end], bool(number % 2)) for number, (start, end) in enumerate(pairwise(edges))]
    return [piece for piece in pieces if piece[0]]

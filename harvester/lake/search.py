"""Speech in the lake: which cues hold what somebody looks for, with their neighbours and the places of the hits.

Decides that only current transcripts count, captions where there is none (the view `transcript`), and that the newest
hit comes first. Every value reaches DuckDB as a bound parameter; the SQL text is made of our own words alone. An
index, should there be one, takes the place of `_build_sql` and of nothing else.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from harvester.lake.query import QueryRefused, run_query

_FLAGS = "is"  # letter case does not count, and a dot crosses the lines of a cue


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """RE2 patterns, all needed in one cue; of each list of names one must match; days are those of the recordings."""

    patterns: tuple[str, ...]
    speakers: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    first_day: date | None = None
    last_day: date | None = None
    limit: int = 20
    context: int = 0


@dataclass(frozen=True, slots=True)
class Cue:
    """What somebody said, and when."""

    segment_index: int
    start_at: datetime
    speaker: str | None
    text: str


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
    start_ms: int
    end_ms: int
    spans: tuple[tuple[int, int], ...]  # half-open, in characters of the text
    before: tuple[Cue, ...]
    after: tuple[Cue, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """The newest hits, and how many there are in all."""

    hits: tuple[Hit, ...]
    total: int


def find_speech(lake: Path, search: Search) -> Found:
    """Search the lake. Raises QueryRefused for a pattern that RE2 does not take, Failed where there is no lake."""
    mark = secrets.token_hex(8)  # stands in no text, so what is between two of them is a match
    sql, values = _build_sql(search)
    values |= {"flags": _FLAGS, "limit": search.limit, "marked": rf"<{mark}\0>{mark}"}
    values["any"] = "|".join(f"(?:{each})" for each in search.patterns)
    try:
        rows = run_query(lake, sql, parameters=values).to_pylist()
    except QueryRefused as error:
        if "Invalid Input" not in error.message:
            raise
        reason = error.message.rpartition("Error: ")[2]
        raise QueryRefused(
            f"this is no pattern: {reason}",
            hint="patterns are those of RE2 (github.com/google/re2/wiki/Syntax), which knows no look-around",
        ) from error
    return Found(tuple(_read_hit(row, mark) for row in rows), rows[0]["total"] if rows else 0)


def _build_sql(search: Search) -> tuple[str, dict[str, Any]]:
    """The SELECT and its values; only the number of names and conditions shows in the text."""
    values: dict[str, Any] = {}
    conditions = [_match("t.text", f"word{number}", each, values) for number, each in enumerate(search.patterns)]
    for columns, name, patterns in (
        (("t.speaker",), "speaker", search.speakers),
        (("t.topic",), "topic", search.topics),
        (("r.host_email", "r.host_id"), "host", search.hosts),  # Zoom often names a host by id only
    ):
        if patterns:
            either = [
                _match(column, f"{name}{number}", each, values)
                for number, each in enumerate(patterns)
                for column in columns
            ]
            conditions.append(f"({' OR '.join(either)})")
    for sign, name, day in ((">=", "first_day", search.first_day), ("<=", "last_day", search.last_day)):
        if day:
            conditions.append(f"t.date {sign} ${name}")
            values[name] = day
    sql = _HITS.format(conditions="\n        AND ".join(conditions))
    if not search.context:
        return f"{sql}{_WITHOUT_NEIGHBOURS}", values
    values["context"] = search.context
    return f"{sql}{_WITH_NEIGHBOURS}", values


def _match(column: str, name: str, pattern: str, values: dict[str, Any]) -> str:
    values[name] = pattern
    return f"regexp_matches({column}, ${name}, $flags)"


_HITS = """
WITH hits AS MATERIALIZED (
    SELECT t.date, t.recording_key, t.source, t.transcript_key, t.segment_index, t.kind, t.topic, t.speaker, t.text,
        t.start_at, t.start_ms, t.end_ms, r.native_id, r.host_email, r.host_id,
        count(*) OVER () AS total
    FROM transcript t
    JOIN recordings r ON r.date = t.date AND r.recording_key = t.recording_key
    WHERE {conditions}
    ORDER BY t.start_at DESC, t.transcript_key, t.segment_index DESC
    LIMIT $limit)
"""
_WITHOUT_NEIGHBOURS = """
SELECT *, regexp_replace(text, $any, $marked, $flags || 'g') AS marked, [] AS neighbours
FROM hits ORDER BY start_at DESC, transcript_key, segment_index DESC
"""
_WITH_NEIGHBOURS = """
, neighbours AS (
    SELECT h.date, h.transcript_key, h.segment_index,
        list({'segment_index': s.segment_index, 'start_at': s.start_at,
            'speaker': coalesce(s.speaker_name, s.speaker_label), 'text': s.text} ORDER BY s.segment_index) AS cues
    FROM hits h
    JOIN segments s ON s.date = h.date AND s.transcript_key = h.transcript_key
        AND s.segment_index BETWEEN h.segment_index - $context AND h.segment_index + $context
        AND s.segment_index <> h.segment_index
    GROUP BY ALL)
SELECT h.*, regexp_replace(h.text, $any, $marked, $flags || 'g') AS marked, coalesce(n.cues, []) AS neighbours
FROM hits h LEFT JOIN neighbours n USING (date, transcript_key, segment_index)
ORDER BY h.start_at DESC, h.transcript_key, h.segment_index DESC
"""


def _read_hit(row: Mapping[str, Any], mark: str) -> Hit:
    cue = _read_cue(row)
    neighbours = [_read_cue(each) for each in row["neighbours"]]
    return Hit(
        cue=cue,
        recording_key=row["recording_key"],
        source=row["source"],
        native_id=row["native_id"],
        topic=row["topic"],
        host_email=row["host_email"],
        host_id=row["host_id"],
        transcript_key=row["transcript_key"],
        kind=row["kind"],
        start_ms=row["start_ms"],
        end_ms=row["end_ms"],
        spans=find_spans(row["marked"], mark),
        before=tuple(each for each in neighbours if each.segment_index < cue.segment_index),
        after=tuple(each for each in neighbours if each.segment_index > cue.segment_index),
    )


def _read_cue(row: Mapping[str, Any]) -> Cue:
    return Cue(row["segment_index"], row["start_at"], row["speaker"], row["text"])


def find_spans(marked: str, mark: str) -> tuple[tuple[int, int], ...]:
    """Where the matches stood before `<mark` and `>mark` were set around them; empty matches are none."""
    spans: list[tuple[int, int]] = []
    position = 0
    plain, *rest = marked.split(f"<{mark}")
    position = len(plain)
    for piece in rest:
        match, _, tail = piece.partition(f">{mark}")
        if match:
            spans.append((position, position + len(match)))
        position += len(match) + len(tail)
    return tuple(spans)


def mark_up(text: str, spans: Sequence[tuple[int, int]]) -> list[tuple[str, bool]]:
    """The text in pieces, each with whether it is a match."""
    pieces: list[tuple[str, bool]] = []
    position = 0
    for start, end in spans:
        pieces += [(text[position:start], False), (text[start:end], True)]
        position = end
    return [piece for piece in [*pieces, (text[position:], False)] if piece[0]]

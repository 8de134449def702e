"""Speech found by reading all of the lake, in DuckDB: for regular expressions, and where there can be no index.

Every value reaches DuckDB as a bound parameter; the SQL text is made of our own words alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harvester.lake.query import QueryRefused, run_query
from harvester.lake.search.find import Cue, Found, Hit, Search

_FLAGS = "is"  # letter case does not count, and a dot crosses the lines of a cue


def find_scanning(lake: Path, search: Search, *, timeout_s: float | None = None) -> Found:
    """The hits, without spans.

    Raises QueryRefused for a pattern that RE2 does not take, QueryStopped at the limit, Failed without a lake.
    """
    sql, values = _build_sql(search)
    try:
        rows = run_query(lake, sql, parameters=values, timeout_s=timeout_s).to_pylist()
    except QueryRefused as error:
        if "Invalid Input" not in error.message:
            raise
        reason = error.message.rpartition("Error: ")[2]
        raise QueryRefused(
            f"this is no pattern: {reason}",
            hint="patterns are those of RE2 (github.com/google/re2/wiki/Syntax), which knows no look-around",
        ) from error
    return Found(tuple(map(_read_hit, rows)), rows[0]["total"] if rows else 0)


def _build_sql(search: Search) -> tuple[str, dict[str, Any]]:
    """The SELECT and its values; only the number of names and conditions shows in the text."""
    values: dict[str, Any] = {"flags": _FLAGS, "limit": search.limit}
    patterns = [f"(?:{term.start}){term.body}" if term.start else term.body for term in search.terms]
    conditions = [_match("t.text", f"word{number}", each, values) for number, each in enumerate(patterns)]
    for columns, name, names in (
        (("t.speaker",), "speaker", search.speakers),
        (("t.topic",), "topic", search.topics),
        (("r.host_email", "r.host_id"), "host", search.hosts),  # Zoom often names a host by id only
    ):
        if names:
            either = [
                _match(column, f"{name}{number}", each, values)
                for number, each in enumerate(names)
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
        t.is_corrected, t.start_at, t.start_ms, t.end_ms, r.native_id, r.host_email, r.host_id,
        count(*) OVER () AS total
    FROM transcript t
    JOIN recordings r ON r.date = t.date AND r.recording_key = t.recording_key
    WHERE {conditions}
    ORDER BY t.start_at DESC, t.transcript_key, t.segment_index DESC
    LIMIT $limit)
"""
_WITHOUT_NEIGHBOURS = """
SELECT *, [] AS neighbours FROM hits ORDER BY start_at DESC, transcript_key, segment_index DESC
"""
_WITH_NEIGHBOURS = """
, neighbours AS (
    SELECT h.date, h.transcript_key, h.segment_index,
        list({'segment_index': s.segment_index, 'start_at': s.start_at, 'speaker': s.speaker, 'text': s.text,
            'is_corrected': s.is_corrected} ORDER BY s.segment_index) AS cues
    FROM hits h
    JOIN transcript s ON s.date = h.date AND s.transcript_key = h.transcript_key
        AND s.segment_index BETWEEN h.segment_index - $context AND h.segment_index + $context
        AND s.segment_index <> h.segment_index
    GROUP BY ALL)
SELECT h.*, coalesce(n.cues, []) AS neighbours
FROM hits h LEFT JOIN neighbours n USING (date, transcript_key, segment_index)
ORDER BY h.start_at DESC, h.transcript_key, h.segment_index DESC
"""


def _read_hit(row: Mapping[str, Any]) -> Hit:
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
        before=tuple(each for each in neighbours if each.segment_index < cue.segment_index),
        after=tuple(each for each in neighbours if each.segment_index > cue.segment_index),
    )


def _read_cue(row: Mapping[str, Any]) -> Cue:
    return Cue(row["segment_index"], row["start_at"], row["speaker"], row["text"], bool(row["is_corrected"]))

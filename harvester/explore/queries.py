"""The SQL of pages over many meetings. Text and its values only; `harvester.lake.session` runs it.

Decides what is one meeting in a list: a link has the last word on a bot's recording, as in the view `best_segments`.
Every value is bound; the SQL is made of our own words.
"""

from __future__ import annotations

from typing import Any

from harvester.explore.filters import SORTS, Filter
from harvester.lake.search.words import find_name

PAGE = 50
"""Meetings on one page of the list."""

DAYS = """
SELECT date, count(*) AS n_recordings,
    count(*) FILTER (transcript_status = 'available') AS n_available,
    count(*) FILTER (transcript_status = 'pending') AS n_pending,
    count(*) FILTER (transcript_status IN ('failed', 'expired')) AS n_failed,
    any_value(g.n_gaps) AS n_gaps, sum(duration_ms)::BIGINT AS duration_ms
FROM recordings
LEFT JOIN (SELECT date, sum(gaps)::BIGINT AS n_gaps FROM coverage WHERE {days} GROUP BY date) g USING (date)
WHERE {days}
GROUP BY date ORDER BY date
"""

TOTALS = """
SELECT t.*, f.* FROM (
    SELECT coalesce(sum(n_segments), 0)::BIGINT AS n_segments, coalesce(sum(n_words), 0)::BIGINT AS n_words
    FROM transcripts WHERE is_current AND {days}) t, (
    SELECT count(*) FILTER (status = 'archived') AS n_archived,
        coalesce(sum(size_bytes) FILTER (status = 'archived'), 0)::BIGINT AS archived_bytes
    FROM files WHERE {days}) f
"""

# Zoom often names a host by id only; the list of participants, where it was asked for, has the name.
_SEEN = """
hosts AS (
    SELECT date, recording_key, min(name) AS host_name FROM participants WHERE is_host AND {host_days}
    GROUP BY date, recording_key HAVING count(*) = 1),
seen AS (
    SELECT r.date, r.recording_key, r.source, r.topic, r.host_email, h.host_name, r.host_id, r.started_at,
        r.duration_ms, r.transcript_status,
        coalesce(CASE WHEN l.recording_key IS NULL THEN r.meeting_uuid ELSE l.meeting_uuid END, r.recording_key)
            AS meeting_key{wanted}
    FROM recordings r
    LEFT JOIN recording_links l ON l.date = r.date AND l.recording_key = r.recording_key
    LEFT JOIN hosts h ON h.date = r.date AND h.recording_key = r.recording_key
    WHERE {days})"""

_MEETINGS = """
WITH {seen},
meetings AS (
    SELECT meeting_key, coalesce(min(topic) FILTER (source = 'zoom'), min(topic)) AS topic,
        coalesce(min(host_email), min(host_name), min(host_id)) AS host,
        min(started_at) AS started_at, max(duration_ms) AS duration_ms,
        list({{'date': date, 'recording_key': recording_key, 'source': source, 'status': transcript_status}}
            ORDER BY source <> 'zoom', started_at, recording_key) AS recordings
    FROM seen GROUP BY meeting_key HAVING {wanted})
SELECT *, count(*) OVER () AS total FROM meetings ORDER BY {sort} LIMIT $limit OFFSET $offset
"""

SPEAKERS = """
SELECT speaker, count(DISTINCT recording_key) AS n_recordings, sum(talk_ms)::BIGINT AS talk_ms,
    sum(n_words)::BIGINT AS n_words, max(date) AS last_day, count(*) OVER () AS total
FROM talk_time WHERE speaker IS NOT NULL AND {days}{more}
GROUP BY speaker ORDER BY talk_ms DESC, speaker LIMIT $limit OFFSET $offset
"""

SPOKEN_IN = """
SELECT date, recording_key, source, topic, talk_ms, n_segments, n_words
FROM talk_time WHERE speaker = $name AND {days}
ORDER BY date DESC, recording_key LIMIT $limit
"""

FAILURES = """
SELECT r.date, r.recording_key, r.source, r.topic, r.started_at, r.transcript_status AS status,
    'transcript' AS what, NULL AS error
FROM recordings r WHERE r.transcript_status IN ('failed', 'expired') AND {of_recordings}
UNION ALL
SELECT f.date, f.recording_key, f.source, r.topic, r.started_at, f.status, f.kind AS what, f.error
FROM files f JOIN recordings r ON r.date = f.date AND r.recording_key = f.recording_key
WHERE f.status IN ('failed', 'missing', 'expired') AND {of_files}
ORDER BY started_at DESC, recording_key, what LIMIT $limit
"""

Values = dict[str, Any]


def days_of(asked: Filter, values: Values, *, column: str = "date") -> str:
    """The condition on days, which every table is partitioned by."""
    conditions = []
    for sign, name, day in ((">=", "first_day", asked.first_day), ("<=", "last_day", asked.last_day)):
        if day:
            values[name] = day
            conditions.append(f"{column} {sign} ${name}")
    return " AND ".join(conditions) or "true"


def build_meetings(asked: Filter, *, limit: int = PAGE) -> tuple[str, Values]:
    """The list of meetings; each of the conditions must hold for one of a meeting's recordings."""
    values: Values = {"limit": limit, "offset": (asked.page - 1) * limit}
    days = days_of(asked, values)
    conditions: list[str] = []
    for name, text, columns in (
        ("topic", asked.topic, ("r.topic",)),
        ("host", asked.host, ("r.host_email", "h.host_name", "r.host_id")),
    ):
        if text:
            values[name] = find_name(text)
            either = " OR ".join(f"coalesce(regexp_matches({each}, ${name}, 'is'), false)" for each in columns)
            conditions.append(f"({either})")
    if asked.speaker:
        values["speaker"] = find_name(asked.speaker)
        conditions.append(
            "(r.date, r.recording_key) IN (SELECT (date, recording_key) FROM transcript "
            f"WHERE regexp_matches(speaker, $speaker, 'is') AND {days})"
        )
    if asked.source:
        values["source"] = asked.source
        conditions.append("r.source = $source")
    if asked.transcript:
        conditions.append(f"coalesce(r.transcript_status, 'none') IN ({_STATES[asked.transcript]})")
    wanted = "".join(f", {each} AS wanted_{number}" for number, each in enumerate(conditions))
    having = " AND ".join(f"bool_or(wanted_{number})" for number in range(len(conditions))) or "true"
    seen = _SEEN.format(wanted=wanted, days=days_of(asked, values, column="r.date"), host_days=days)
    return _MEETINGS.format(seen=seen, wanted=having, sort=SORTS[asked.sort]), values


_STATES = {
    "available": "'available'",
    "pending": "'pending'",
    "failed": "'failed', 'expired'",
    "none": "'none', 'empty'",
}


def build_failures(asked: Filter, *, limit: int) -> tuple[str, Values]:
    """Transcripts and files that are not here and should be."""
    values: Values = {"limit": limit}
    of_recordings, of_files = (days_of(asked, values, column=each) for each in ("r.date", "f.date"))
    return FAILURES.format(of_recordings=of_recordings, of_files=of_files), values


def build_speakers(asked: Filter, *, limit: int = PAGE) -> tuple[str, Values]:
    values: Values = {"limit": limit, "offset": (asked.page - 1) * limit}
    more = ""
    if asked.speaker:
        values["speaker"] = find_name(asked.speaker)
        more = " AND regexp_matches(speaker, $speaker, 'is')"
    return SPEAKERS.format(days=days_of(asked, values), more=more), values

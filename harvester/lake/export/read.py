"""Which recordings are meant, and what the lake has of them.

Decides what a name of a meeting may be and which of its recordings speaks for it: the one that `best_segments` takes,
unless a recording or a source was named. Speech is that of the view `transcript`: the current transcript, captions
where there is none, corrections applied. Small tables are read of all days, large ones of the day alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import date
from functools import partial
from typing import Any

from harvester.lake.export.model import Found, Meeting, Message, Part, Said
from harvester.lake.session import Session, Sessions

Row = Mapping[str, Any]

_AT_ONCE = 64
"""Recordings of a day that are read together: 480 of an hour each took 935 MB at once, and so take 407."""

_SEEN = """
WITH seen AS (
    SELECT r.* REPLACE (coalesce(CASE WHEN l.recording_key IS NULL THEN r.meeting_uuid ELSE l.meeting_uuid END,
            r.meeting_uuid) AS meeting_uuid),
        coalesce(CASE WHEN l.recording_key IS NULL THEN r.meeting_uuid ELSE l.meeting_uuid END, r.recording_key)
            AS meeting_key,
        EXISTS (FROM transcripts t WHERE t.date = r.date AND t.recording_key = r.recording_key AND t.is_current
            AND t.n_segments > 0) AS has_speech
    FROM recordings r LEFT JOIN recording_links l ON l.date = r.date AND l.recording_key = r.recording_key
    WHERE r.date BETWEEN $first_day AND $last_day)
SELECT * FROM seen
WHERE $name IS NULL OR meeting_key IN (
    SELECT meeting_key FROM seen WHERE $name IN (recording_key, native_id, meeting_uuid, meeting_id))
ORDER BY started_at, recording_key
"""
_BEST = """
SELECT DISTINCT recording_key FROM best_segments
WHERE date BETWEEN $first_day AND $last_day AND list_contains($keys, recording_key)
"""
_PARTS = """
SELECT t.recording_key, t.transcript_key, t.kind, t.provider, t.language, t.t0_at
FROM transcripts t
LEFT JOIN files f ON f.date = t.date AND f.recording_key = t.recording_key AND f.file_key = t.file_key
WHERE t.date = $day AND list_contains($keys, t.recording_key)
ORDER BY f.part_index, t.t0_at, t.transcript_key
"""
_SAID = """
SELECT t.transcript_key, t.segment_index, s.source_segment_id, t.start_ms, t.end_ms, t.start_at, s.end_at, t.speaker,
    CASE WHEN t.speaker IS DISTINCT FROM coalesce(s.speaker_name, s.speaker_label) THEN t.speaker
        ELSE s.speaker_label END AS label,
    t.text, t.text <> s.text OR t.speaker IS DISTINCT FROM coalesce(s.speaker_name, s.speaker_label) AS is_corrected
FROM transcript t
JOIN segments s ON s.date = t.date AND s.transcript_key = t.transcript_key AND s.segment_index = t.segment_index
WHERE t.date = $day AND list_contains($keys, t.recording_key)
ORDER BY t.transcript_key, t.segment_index
"""
_CHAT = """
SELECT recording_key, sent_at, offset_ms, sender, recipient, kind, text, reply_to, reaction, is_removed
FROM chat_messages WHERE date = $day AND list_contains($keys, recording_key)
ORDER BY recording_key, message_index
"""
_PEOPLE = """
SELECT DISTINCT recording_key, name FROM participants
WHERE date = $day AND list_contains($keys, recording_key) AND name IS NOT NULL AND is_bot IS DISTINCT FROM true
ORDER BY name
"""


def find_recordings(
    sessions: Sessions,
    name: str | None,
    *,
    first_day: date | None = None,
    last_day: date | None = None,
    source: str | None,
) -> list[Found]:
    """The recordings that stand for the meetings called `name`, oldest first; without a name, for all of these days.

    `name` is a recording's key, the source's id of it, Zoom's UUID of a meeting or a meeting number. Whoever names one
    recording gets that one; else each meeting has one, of the best source, or all of `source`.
    """
    days = {"first_day": first_day or date.min, "last_day": last_day or date.max}
    rows = sessions.run(lambda session: session.ask(_SEEN, name=name, **days))
    found = [Found(**{each.name: row[each.name] for each in fields(Found)}) for row in rows]
    exact = [each for each in found if each.recording_key == name or (each.source != "zoom" and each.native_id == name)]
    chosen = [each for each in exact or found if source in {None, each.source}]
    return chosen if exact or source else _choose(sessions, chosen)


def _choose(sessions: Sessions, found: Sequence[Found]) -> list[Found]:
    """One recording of each meeting; which of several that have speech, the lake's own view decides."""
    meetings: dict[str, list[Found]] = defaultdict(list)
    for each in found:
        meetings[each.meeting_key].append(each)
    rivals = [each for group in meetings.values() if sum(each.has_speech for each in group) > 1 for each in group]
    best = set()
    if rivals:
        days = [each.date for each in rivals]
        values = {"first_day": min(days), "last_day": max(days), "keys": [each.recording_key for each in rivals]}
        best = {row["recording_key"] for row in sessions.run(lambda session: session.ask(_BEST, **values))}
    ranked = [
        min(group, key=lambda each: (each.recording_key not in best, not each.has_speech, each.source != "zoom"))
        for group in meetings.values()
    ]
    return sorted(ranked, key=lambda each: (each.started_at, each.recording_key))


def iter_meetings(sessions: Sessions, recordings: Iterable[Found]) -> Iterator[Meeting]:
    """All that is said of each recording, oldest day first; its turns are not made yet."""
    days: dict[date, list[Found]] = defaultdict(list)
    for each in recordings:
        days[each.date].append(each)
    for day, found in sorted(days.items()):
        for first in range(0, len(found), _AT_ONCE):
            some = found[first : first + _AT_ONCE]
            tables = sessions.run(partial(_read_some, day, [each.recording_key for each in some]), day=day)
            for each in some:
                yield _build(each, *tables)


def _read_some(day: date, keys: Sequence[str], session: Session) -> list[dict[str, list[Row]]]:
    return [_group(session.ask(sql, day=day, keys=keys), key) for sql, key in _READ]


_READ = (
    (_PARTS, "recording_key"),
    (_SAID, "transcript_key"),
    (_CHAT, "recording_key"),
    (_PEOPLE, "recording_key"),
)


def _group(rows: Iterable[Row], key: str) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row[key]].append({name: value for name, value in row.items() if name != key})
    return groups


def _build(
    recording: Found,
    parts: Mapping[str, list[Row]],
    said: Mapping[str, list[Row]],
    chat: Mapping[str, list[Row]],
    people: Mapping[str, list[Row]],
) -> Meeting:
    key = recording.recording_key
    spoken = [
        Part(**row, segments=tuple(Said(**each) for each in said[row["transcript_key"]]))
        for row in parts.get(key, ())
        if row["transcript_key"] in said
    ]
    names = [each["name"] for each in people.get(key, ())]
    names = names or [each.speaker for part in spoken for each in part.segments if each.speaker]
    messages = tuple(Message(**each) for each in chat.get(key, ()))
    return Meeting(recording, tuple(dict.fromkeys(names)), tuple(spoken), messages)

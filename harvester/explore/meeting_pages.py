"""What the pages over one meeting show: the transcript with everything around it, and two sources beside each other.

Decides how much of each one page holds. Raises Absent where the lake has no such recording.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from harvester.errors import Absent
from harvester.explore import meeting_queries as sql
from harvester.explore.beside import build_rows
from harvester.explore.media import choose_tracks
from harvester.explore.talk import (
    Cue,
    Lane,
    Message,
    Speaker,
    build_cues,
    build_lanes,
    build_messages,
    build_speakers,
    build_turns,
    count_ms,
)
from harvester.lake.session import Session
from harvester.zoom_page import recording_page

_MOST_ROWS = 20_000

Context = dict[str, Any]
Row = dict[str, Any]


def meeting_page(
    session: Session, day: date, key: str, *, page: int | None, play: str | None, api_base_url: str
) -> Context:
    """The transcript with everything around it; `page` None: all of it on one."""
    recording = _find_recording(session, day, key)
    parts = session.ask(sql.PARTS, day=day, key=key)
    n_cues = sum(row["n_segments"] for row in parts)
    last_page = max(1, -(-n_cues // sql.CUES_A_PAGE)) if page else 1
    page = min(page or 1, last_page)
    speakers = build_speakers(session.ask(sql.TALK, day=day, key=key))
    limit = sql.CUES_A_PAGE if last_page > 1 else n_cues
    cues = _read_cues(session, recording, parts, offset=(page - 1) * limit, limit=limit)
    origin = _find_origin(recording, parts)
    chat = build_messages(session.ask(sql.CHAT, day=day, key=key, limit=_MOST_ROWS), recording["started_at"], origin)
    files = session.ask(sql.FILES, day=day, key=key)
    tracks, kinds = choose_tracks(files, play)
    lanes, length_ms, has_timeline = _read_lanes(session, recording, origin, cues, speakers)
    siblings = session.ask(sql.SIBLINGS, day=day, key=key)
    return {
        "recording": recording,
        "topic": recording["topic"] or next((row["topic"] for row in siblings if row["topic"]), None),
        "local_start": _local(recording),
        "link": recording_page(recording["native_id"], api_base_url) if recording["source"] == "zoom" else None,
        "siblings": siblings,
        "parts_of_meeting": parts,
        "n_cues": n_cues,
        "page": page,
        "last_page": last_page,
        "speakers": list(speakers.values()),
        "turns": build_turns(cues, _of_page(chat, cues, page, last_page), speakers),
        "n_messages": len(chat),
        "untimed": [each for each in chat if not each.at],
        "lanes": lanes,
        "length_ms": length_ms,
        "has_timeline": has_timeline,
        "summaries": session.ask(sql.SUMMARIES, day=day, key=key, limit=_MOST_ROWS),
        "polls": session.ask(sql.POLLS, day=day, key=key, limit=_MOST_ROWS),
        "files": files,
        "tracks": tracks,
        "kinds": kinds,
    }


def beside_page(session: Session, day: date, key: str, other_day: date, other: str) -> Context:
    sides = []
    for each_day, each_key in ((day, key), (other_day, other)):
        recording = _find_recording(session, each_day, each_key)
        parts = session.ask(sql.PARTS, day=each_day, key=each_key)
        sides.append(
            {
                "recording": recording,
                "cues": _read_cues(session, recording, parts, offset=0, limit=sql.CUES_A_PAGE),
                "is_cut": sum(row["n_segments"] for row in parts) > sql.CUES_A_PAGE,
                "clock_offset_ms": _find_clock_offset(session, recording),
            }
        )
    left, right = sides
    talk = [
        {"speaker": cue.speaker, "talk_ms": max((cue.end_ms or 0) - (cue.start_ms or 0), 0), "n_words": 0}
        for side in sides
        for cue in side["cues"]
    ]
    return {
        "left": left,
        "right": right,
        "topic": next((side["recording"]["topic"] for side in sides if side["recording"]["topic"]), None),
        "rows": build_rows(left["cues"], right["cues"]),
        "speakers": build_speakers(_sum_talk(talk)),
    }


def _find_clock_offset(session: Session, recording: Row) -> int | None:
    """How much later than Zoom's clock a bot's says the same sentences."""
    if recording["source"] == "zoom":
        return None
    offset: int | None = session.ask(sql.CLOCK_OFFSET, **_name(recording))[0]["clock_offset_ms"]
    return offset


def _sum_talk(rows: Sequence[Row]) -> list[Row]:
    """By speaker, the longest first."""
    sums: dict[str | None, Row] = {}
    for row in rows:
        mine = sums.setdefault(row["speaker"], {**row, "talk_ms": 0})
        mine["talk_ms"] += row["talk_ms"]
    return sorted(sums.values(), key=lambda each: -each["talk_ms"])


def find_meetings(session: Session, what: str, days: str, **values: object) -> list[Row]:
    """Recordings with this key, id or number; the newest 20, Zoom's first."""
    return session.ask(sql.FIND_MEETING.format(days=days), what=what, **values)


def find_media(session: Session, day: date, key: str, file_key: str) -> Row:
    """Kind, extension and path of an archived file."""
    rows = session.ask(sql.ONE_FILE, day=day, key=key, file_key=file_key)
    if not rows:
        raise Absent("the lake knows no such archived file", hint="open the meeting again and play it from there")
    return rows[0]


def _find_recording(session: Session, day: date, key: str) -> Row:
    rows = session.ask(sql.RECORDING, day=day, key=key)
    if not rows:
        raise Absent(f"the lake has no such recording on {day}", hint="look for it in the list of meetings")
    return rows[0]


def _find_origin(recording: Row, parts: Sequence[Row]) -> datetime:
    """The instant from which a meeting's time is counted: that of its first part's start."""
    origin: datetime = next((row["t0_at"] for row in parts if row["t0_at"]), recording["started_at"])
    return origin


def _read_cues(session: Session, recording: Row, parts: Sequence[Row], *, offset: int, limit: int) -> list[Cue]:
    first_place: dict[str, int] = {}
    place = 0
    for row in parts:
        first_place[row["transcript_key"]] = place
        place += row["n_segments"]
    order = list(first_place)
    if not order:
        return []
    rows = session.ask(sql.CUES, **_name(recording), order=order, limit=limit, offset=offset)
    part_of = {row["transcript_key"]: row["part_index"] for row in parts}
    known = [row for row in rows if row["transcript_key"] in first_place]
    return build_cues(known, first_place, part_of, _find_origin(recording, parts))


def _read_lanes(
    session: Session,
    recording: Row,
    origin: datetime,
    cues: Sequence[Cue],
    speakers: Mapping[str | None, Speaker],
) -> tuple[list[Lane], int, bool]:
    """From Zoom's timeline where there is one, else from the cues."""
    timeline = session.ask(sql.ACTIVITY, **_name(recording), limit=_MOST_ROWS)
    rows = [
        {"speaker": row["speaker"], "start_ms": count_ms(row, "start", origin), "end_ms": count_ms(row, "end", origin)}
        for row in timeline
    ] or [
        {"speaker": cue.speaker, "start_ms": cue.at_ms, "end_ms": cue.at_ms + max((cue.end_ms or 0) - cue.start_ms, 0)}
        for cue in cues
        if cue.speaker and cue.start_ms is not None and cue.at_ms is not None
    ]
    lanes, length_ms = build_lanes([row for row in rows if (row["start_ms"] or 0) >= 0], speakers)
    return lanes, length_ms, bool(timeline)


def _name(recording: Row) -> Row:
    """What every question about it is asked with."""
    return {"day": recording["date"], "key": recording["recording_key"]}


def _of_page(chat: Sequence[Message], cues: Sequence[Cue], page: int, last_page: int) -> list[Message]:
    """The messages between the cues of one page of several."""
    times = [cue.start_at for cue in cues if cue.start_at]
    if last_page == 1 or not times:
        return list(chat)
    first, last = min(times), max(times)
    return [
        each for each in chat if each.at and (page == 1 or each.at >= first) and (page == last_page or each.at <= last)
    ]


def _local(recording: Mapping[str, Any]) -> datetime | None:
    """The start by the host's clock, where its zone is known and another one than UTC."""
    try:
        local: datetime = recording["started_at"].astimezone(ZoneInfo(recording["timezone"] or "UTC"))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
    return local if local.utcoffset() != timedelta(0) else None

"""Bots' recordings and the Zoom meetings they sat in: made anew from the lake's own rows wherever these changed.

Decides which days are to be looked at. What belongs together is `harvester.bots.meetings`; rows of segments are never
touched. The same lake gives the same links, whenever they are made.
"""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa

from harvester.bots.meetings import BotSession, ZoomMeeting, link
from harvester.bots.model import TimeBase
from harvester.errors import Damaged
from harvester.finding import Finding, Problem
from harvester.lake.links import (
    LINKS,
    build_links,
    days_around,
    iter_sources,
    read_links,
    read_recordings,
    write_links,
)
from harvester.lake.partition import Partition, list_partitions
from harvester.model import find_end
from harvester.pipeline.tools import Place, Shelf
from harvester.source import ZOOM

log = logging.getLogger(__name__)

OWED = "relink"
"""Under this name the ledger keeps the days whose links are to be made anew."""


def owe_links(shelf: Shelf, days: Iterable[date]) -> None:
    """Note, before their rows change, whose links have to be made anew; a run that is cut off leaves it noted."""
    known = _owed(shelf)
    owed = known | set(days)
    # without any bot there is nothing to link, and the first one's own days are looked at when it comes
    if owed != known and shelf.ledger.outbox.has_others(ZOOM):
        shelf.ledger.set_meta(OWED, json.dumps(sorted(each.isoformat() for each in owed)))


def make_owed_links(shelf: Shelf) -> list[Damaged]:
    """Make anew what is owed; gives what kept a day from it, which stays owed."""
    owed = _owed(shelf)
    if not owed:
        return []
    failures = []
    left: set[date] = set()
    for day in days_around(owed):
        try:
            relink_day(shelf, day)
        except Damaged as error:
            failures.append(error)
            left.add(day)
    if left:
        shelf.ledger.set_meta(OWED, json.dumps(sorted(each.isoformat() for each in left)))
    else:
        shelf.ledger.drop_meta(OWED)
    return failures


def relink_lake(place: Place) -> None:
    """All links of the lake, and none of recordings that are not there."""
    for day in sorted({day for day, source in list_partitions(place.lake) if source != ZOOM}):
        relink_day(place, day)


def relink_day(place: Place, day: date) -> None:
    """The links of all bots' recordings of one day. Raises Damaged for a file of the lake that cannot be used."""
    sources = {*iter_sources(place.lake, day), *iter_sources(place.lake, day, LINKS)} - {ZOOM}
    if not sources:
        return
    meetings = read_meetings(place, day)
    for source in sorted(sources):
        partition = Partition(place.lake, place.state, day, source)
        if write_links(partition, find_links(place, partition, meetings)):
            log.info("lake.linked", extra={"fields": {"date": day, "source": source}})


def read_meetings(place: Place, day: date) -> dict[str, list[dict[str, Any]]]:
    """Zoom's recordings of a day and those beside it, by meeting number."""
    found: dict[str, list[dict[str, Any]]] = {}
    for each in days_around([day]):
        for row in read_recordings(Partition(place.lake, place.state, each, ZOOM)):
            found.setdefault(row["meeting_id"] or "", []).append(row)
    return found


def find_links(place: Place, partition: Partition, meetings: Mapping[str, Collection[Mapping[str, Any]]]) -> pa.Table:
    """The rows of one day of one source."""
    rows = read_recordings(partition)
    return build_links([_link_one(row, meetings, uuid_key=place.reading.uuid_key) for row in rows])


def read_owed(text: str | None) -> set[date]:
    """The days that the ledger notes under `OWED`."""
    return {date.fromisoformat(each) for each in json.loads(text or "[]")}


def check_links(place: Place, *, owed: Collection[date]) -> Iterator[Finding]:
    """Whether every link in the lake is the one that its recordings give; one that a run makes anew is no damage.

    `owed` are the days that the ledger notes.
    """
    anew = set(days_around(owed))
    for day in sorted({day for day, source in list_partitions(place.lake) if source != ZOOM}):
        with contextlib.suppress(Damaged):  # a file of recordings, which is a finding by itself
            meetings = read_meetings(place, day)
            for source in sorted({*iter_sources(place.lake, day), *iter_sources(place.lake, day, LINKS)} - {ZOOM}):
                partition = Partition(place.lake, place.state, day, source)
                expected = find_links(place, partition, meetings)
                if problem := _compare(partition, expected, is_owed=day in anew):
                    path = str(partition.file(LINKS))
                    yield Finding(problem[0], path, problem[1], day=day, source=source)


def _compare(partition: Partition, expected: pa.Table, *, is_owed: bool) -> tuple[Problem, str] | None:
    try:
        held = read_links(partition)
    except Damaged as error:
        return Problem.LAKE_UNREADABLE, error.message
    rows = [] if held is None else held.to_pylist()
    if rows == expected.to_pylist():
        return None
    if is_owed:
        return Problem.UNFINISHED, "links are made anew by the next run"
    return Problem.LAKE_STALE, "its links are not those that the lake's recordings give"


def _link_one(
    row: Mapping[str, Any], meetings: Mapping[str, Collection[Mapping[str, Any]]], *, uuid_key: str
) -> dict[str, Any]:
    same = meetings.get(row["meeting_id"] or "", ()) if row["meeting_id"] else ()
    found = link(_as_session(row, uuid_key), [_as_meeting(each) for each in same])
    zoom = next((each for each in same if found.meeting_uuid and each["meeting_uuid"] == found.meeting_uuid), None)
    seen = [each["first_seen_at"] for each in (row, zoom) if each and each["first_seen_at"]]
    return {
        "recording_key": row["recording_key"],
        "source": row["source"],
        "meeting_uuid": found.meeting_uuid,
        "match_method": found.method,
        "match_overlap_ms": found.overlap_ms,
        "candidates": found.candidates,
        "matched_at": max(seen, default=None) if found.meeting_uuid else None,
        "reason": found.reason,
        "zoom_recording_key": zoom["recording_key"] if zoom else None,
    }


def _as_session(row: Mapping[str, Any], uuid_key: str) -> BotSession:
    """A moment at which a bot was merely planned or made says nothing of when it sat in a meeting."""
    is_timed = row["time_base"] not in {None, TimeBase.UNKNOWN}
    return BotSession(
        row["source"],
        row["meeting_id"],
        row["started_at"] if is_timed else None,
        _find_end(row) if is_timed else None,
        _find_explicit(row["extra"], uuid_key),
        row["meeting_uuid"],
    )


def _as_meeting(row: Mapping[str, Any]) -> ZoomMeeting:
    end = _find_end(row)
    duration_ms = None if end is None else (end - row["started_at"]) // timedelta(milliseconds=1)
    return ZoomMeeting(row["meeting_uuid"], row["meeting_id"], row["started_at"], duration_ms)


def _find_end(row: Mapping[str, Any]) -> datetime | None:
    """None where nothing says it."""
    if row["ended_at"] is None and row["duration_ms"] is None:
        return None
    return find_end(row["started_at"], row["ended_at"], row["duration_ms"])


def _find_explicit(extra: str, uuid_key: str) -> str | None:
    """What the caller attached to the bot under that name."""
    caller = json.loads(extra or "{}").get("caller")
    value = caller.get(uuid_key) if isinstance(caller, dict) else None
    return value.strip() or None if isinstance(value, str) else None


def _owed(shelf: Shelf) -> set[date]:
    return read_owed(shelf.ledger.meta(OWED))

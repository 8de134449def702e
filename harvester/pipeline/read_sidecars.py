"""What lies beside a Zoom recording's media, read: chats, timelines, summaries and polls, and what they know of people.

Decides which files count (of several versions of one the newest) and what a damaged one still gives. Pure.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

import numpy as np

from harvester.errors import Damaged
from harvester.model import FileStatus, Kind, ListedFile, Person
from harvester.people import find_name, merge_people
from harvester.pipeline.plan import base_key, version_of
from harvester.pipeline.read_participants import join_stays
from harvester.pipeline.reading import ReadSettings, Texts
from harvester.sidecars import (
    Answer,
    Chat,
    Piece,
    Timeline,
    User,
    read_chat,
    read_polls,
    read_summary,
    read_timeline,
    salvage_names,
)
from harvester.transcript import Activity
from harvester.zoom.people import Attendance

log = logging.getLogger(__name__)

SIDECARS = (Kind.CHAT, Kind.TIMELINE, Kind.SUMMARY, Kind.POLL)
_NEVER_MS = np.iinfo(np.int64).max
Said = TypeVar("Said")


@dataclass(frozen=True, slots=True)
class ReadFile(Generic[Said]):
    """One file and what it says; its times count from `t0`."""

    listed: ListedFile
    t0: datetime
    said: Said


@dataclass(frozen=True, slots=True)
class Sidecars:
    """The files that could be read, part by part; why the others could not, and the names that those still hold."""

    chats: list[ReadFile[Chat]] = field(default_factory=list)
    timelines: list[ReadFile[Timeline]] = field(default_factory=list)
    summaries: list[ReadFile[Sequence[Piece]]] = field(default_factory=list)
    polls: list[ReadFile[Sequence[Answer]]] = field(default_factory=list)
    unreadable: dict[str, Damaged] = field(default_factory=dict)
    salvaged: set[str] = field(default_factory=set)


def read_sidecars(texts: Texts, settings: ReadSettings) -> Sidecars:
    """Every sidecar of a recording; one that cannot be read is a reason."""
    read = Sidecars()
    for listed in _find_newest(texts):
        data, t0 = texts.data[listed.key], listed.start_at or texts.recording.started_at
        try:
            _read_one(read, listed, data, t0, settings)
        except Damaged as error:
            read.unreadable[listed.key] = error
            if listed.kind is Kind.TIMELINE:
                read.salvaged.update(salvage_names(data))
    _warn(texts.recording.key, read)
    return read


def _find_newest(texts: Texts) -> list[ListedFile]:
    """The files that count, part by part."""
    newest: dict[str, ListedFile] = {}
    for file in texts.files:
        listed = file.listed
        if listed.kind in SIDECARS and file.state.status is FileStatus.ARCHIVED:
            held = newest.get(base_key(listed.key))
            if held is None or version_of(held.key) < version_of(listed.key):
                newest[base_key(listed.key)] = listed
    there = (each for each in newest.values() if each.key in texts.data)
    return sorted(there, key=lambda each: (each.part_index, each.key))


def _read_one(read: Sidecars, listed: ListedFile, data: bytes, t0: datetime, settings: ReadSettings) -> None:
    match listed.kind:
        case Kind.CHAT:
            read.chats.append(ReadFile(listed, t0, read_chat(data)))
        case Kind.TIMELINE:
            read.timelines.append(ReadFile(listed, t0, read_timeline(data, length_ms=_find_length(listed))))
        case Kind.SUMMARY:
            read.summaries.append(ReadFile(listed, t0, read_summary(data, recording_type=listed.recording_type)))
        case Kind.POLL:
            read.polls.append(ReadFile(listed, t0, read_polls(data, keep_emails=settings.keep_emails)))


def _find_length(listed: ListedFile) -> int | None:
    if listed.start_at is None or listed.end_at is None:
        return None
    return (listed.end_at - listed.start_at) // timedelta(milliseconds=1)


def _warn(recording_key: str, read: Sidecars) -> None:
    for timeline in read.timelines:
        if timeline.said.unread:
            _log("timeline.unread_entries", recording_key, timeline.listed, {"entries": timeline.said.unread})
    for chat in read.chats:
        if chat.said.unread:
            _log("chat.unread_lines", recording_key, chat.listed, {"lines": chat.said.unread})


def _log(event: str, recording_key: str, listed: ListedFile, counts: Mapping[str, Any]) -> None:
    log.warning(event, extra={"fields": {"recording": recording_key, "file": listed.key, **counts}})


def find_names(sidecars: Sidecars) -> frozenset[str]:
    """Names that settle how a transcript's cues split into name and speech."""
    users = {user.username for each in sidecars.timelines for user in each.said.users}
    senders = {message.sender for each in sidecars.chats for message in each.said.messages}
    return frozenset(name for name in users | senders | sidecars.salvaged if name)


def find_people(sidecars: Sidecars, settings: ReadSettings, attendance: Attendance) -> list[Person]:
    """Whom the recording's files name: with ids from the list of participants and timelines, by name from chats."""
    users = join_stays(_find_users(sidecars, settings), attendance)
    return merge_people([*attendance.people, *users, *_find_senders(sidecars)])


def _find_users(sidecars: Sidecars, settings: ReadSettings) -> Iterator[Person]:
    for each in sidecars.timelines:
        for user in each.said.users:
            email = user.email if settings.keep_emails else None
            yield Person(find_name(user.username), user.user_id, user.zoom_user_id, email)


def _find_senders(sidecars: Sidecars) -> Iterator[Person]:
    senders = dict.fromkeys(message.sender for each in sidecars.chats for message in each.said.messages)
    return (Person(find_name(each)) for each in senders)


def find_activity(sidecars: Sidecars, part_index: int) -> Activity | None:
    """Who was active when in one part, by its first timeline that says anything; None without one."""
    timelines = (each.said for each in sidecars.timelines if each.listed.part_index == part_index)
    timeline = next((each for each in timelines if each.stretches), None)
    if timeline is None:
        return None
    places: dict[User, int] = {}
    rows = [
        (each.start_ms, _NEVER_MS if each.end_ms is None else each.end_ms, len(each.users), place)
        for each in timeline.stretches
        for place in [places.setdefault(user, len(places)) for user in each.users]
    ]
    start_ms, end_ms, n_active, user = np.array(rows, np.int64).reshape(-1, 4).T
    return Activity(start_ms, end_ms, n_active, user, tuple(each.username for each in places))

"""A meeting as it leaves the lake: who met, what was said in each part, what was written in the chat.

A part is one transcript. A recording that was paused has several, each with times that count from the start of its own
media file, as players need it; `start_at` is absolute and compares over the parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Said:
    """One segment, with corrections applied.

    `label` is the speaker as the source wrote it, blanks included, or whom a correction names instead; `speaker` is the
    same without these blanks. Times are milliseconds, null where the source gave none.
    """

    segment_index: int
    source_segment_id: str | None
    start_ms: int | None
    end_ms: int | None
    start_at: datetime | None
    end_at: datetime | None
    speaker: str | None
    label: str | None
    text: str
    is_corrected: bool


@dataclass(frozen=True, slots=True)
class Turn:
    """A run of one speaker: the segments from `first` to `last`, both included, counted within the part."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Part:
    """One transcript; `start_ms` of its segments counts from `t0_at`, where that is known."""

    transcript_key: str
    kind: str
    provider: str | None
    language: str | None
    t0_at: datetime | None
    segments: tuple[Said, ...]
    turns: tuple[Turn, ...] = ()

    def spoken(self, turn: Turn) -> tuple[Said, ...]:
        """The segments of a turn."""
        return self.segments[turn.first : turn.last + 1]


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the chat; `kind` is message, reply or reaction."""

    sent_at: datetime | None
    offset_ms: int | None
    sender: str | None
    recipient: str | None
    kind: str
    text: str
    reply_to: str | None
    reaction: str | None
    is_removed: bool | None


@dataclass(frozen=True, slots=True)
class Found:
    """A recording that was asked for; `has_speech` is false where no transcript of it was read."""

    date: date
    meeting_key: str
    recording_key: str
    source: str
    native_id: str
    meeting_id: str | None
    meeting_uuid: str | None
    topic: str | None
    host_id: str | None
    host_email: str | None
    started_at: datetime
    ended_at: datetime | None
    duration_ms: int | None
    timezone: str | None
    transcript_status: str | None
    has_speech: bool


@dataclass(frozen=True, slots=True)
class Meeting:
    """Everything that an export says of one recording. `participants` are names, of those who spoke at least."""

    recording: Found
    participants: tuple[str, ...]
    parts: tuple[Part, ...]
    chat: tuple[Message, ...]


def fill_times(segments: Sequence[Said]) -> list[tuple[int, int]]:
    """(start, end) in milliseconds for formats that must have both.

    Without a start a segment begins where the one before it has ended, without an end it lasts until the next begins,
    if that is later.
    """
    starts, reached = [], 0
    for each in segments:
        start = reached if each.start_ms is None else each.start_ms
        reached = start if each.end_ms is None else each.end_ms
        starts.append(start)
    following = [*starts, reached][1:]
    return [
        (start, max(start, after) if each.end_ms is None else each.end_ms)
        for each, start, after in zip(segments, starts, following, strict=True)
    ]

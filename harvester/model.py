"""What crosses the lines between the stages: small frozen records, the same for every source.

`Recording` and `ListedFile` say what a source lists; `FileState` and `Receipt` what the archive holds of it;
`Window`, `ListingPage` and `Sighting` what discovery yields. Nothing here touches the network, the disk or the clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

Json = Mapping[str, Any]


class Kind(StrEnum):
    """What a file is, whatever its source calls it."""

    VIDEO = "video"
    AUDIO = "audio"
    TRANSCRIPT = "transcript"
    CAPTIONS = "captions"
    CHAT = "chat"
    TIMELINE = "timeline"
    POLL = "poll"
    SUMMARY = "summary"
    PARTICIPANTS = "participants"  # who was there, asked for by itself; a bot's list comes among its files, as OTHER
    OTHER = "other"


LISTED_KINDS = tuple(each for each in Kind if each is not Kind.PARTICIPANTS)
"""Kinds of files that a source lists among a recording's, so that they can be chosen from."""

MEDIA_KINDS = frozenset({Kind.VIDEO, Kind.AUDIO, Kind.OTHER})
"""Kinds that may be large; everything else is text, small and fetched first."""


class FileStatus(StrEnum):
    """Where a listed file stands."""

    ARCHIVED = "archived"  # proven and in the archive
    PENDING = "pending"  # awaited: still processing at the source, or not yet fetched
    FAILED = "failed"  # tried, with a reason; tried again next run
    MISSING = "missing"  # the source says it does not exist
    EXPIRED = "expired"  # it was deleted at the source before it could be fetched
    SKIPPED = "skipped"  # not selected, with the rule that left it out


class TranscriptStatus(StrEnum):
    """What became of a recording's transcript."""

    AVAILABLE = "available"  # read, with at least one cue
    EMPTY = "empty"  # read, and it holds no cue
    PENDING = "pending"  # awaited by schedule
    NONE = "none"  # the wait is over: there is none
    FAILED = "failed"  # archived or listed, but could not be fetched or read
    EXPIRED = "expired"  # deleted at the source before it could be fetched


@dataclass(frozen=True, slots=True)
class ListedFile:
    """One file as its source lists it. `key` is unique within the recording and survives re-listing."""

    key: str
    kind: Kind
    file_type: str
    recording_type: str | None = None
    extension: str | None = None
    part_index: int = 0  # 0, 1, ...: segment of a paused and resumed recording, by start time
    start_at: datetime | None = None
    end_at: datetime | None = None
    listed_bytes: int | None = None
    ready: bool = True  # False while the source is still processing it
    made_at: datetime | None = None  # of a run of a recogniser: when it was made; the newest one counts
    is_document: bool = False  # the source gives its bytes itself, without what is secret in them
    url: str | None = field(default=None, repr=False)  # where to fetch it now; opaque, short-lived, never stored


@dataclass(frozen=True, slots=True)
class Recording:
    """One capture of a meeting by one source, normalised. Times are UTC; None: the source did not say."""

    source: str
    native_id: str
    started_at: datetime
    platform: str | None = None
    meeting_id: str | None = None
    meeting_uuid: str | None = None
    topic: str | None = None
    host_id: str | None = None
    host_email: str | None = None
    ended_at: datetime | None = None
    duration_ms: int | None = None
    timezone: str | None = None
    time_base: str | None = None  # what start_ms counts from: "recording_start" for Zoom
    status: str | None = None
    end_reason: str | None = None
    extra: Json = field(default_factory=dict)
    files: tuple[ListedFile, ...] = ()
    transcript: TranscriptStatus | None = None  # of one that is not among the files; EMPTY only after a wait
    transcript_reason: str | None = None
    expires_at: datetime | None = None  # when the source will have deleted its files

    @property
    def key(self) -> str:
        return f"{self.source}:{self.native_id}"

    @property
    def date(self) -> date:
        """UTC date of the start: the lake's partition and the archive's folder."""
        return self.started_at.date()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, or something, in a meeting, as its source says it. Ids are not comparable across recordings."""

    name: str | None = None
    native_id: str | None = None  # within this one recording
    user_id: str | None = None  # the same over several recordings, where the source has such a thing
    email: str | None = None
    is_host: bool | None = None
    is_bot: bool | None = None
    joined_at: datetime | None = None
    left_at: datetime | None = None
    device_kind: str | None = None
    parent_id: str | None = None  # native id of whose second device, or shared screen, this is

    @property
    def key(self) -> str | None:
        """Unique within the recording; None for somebody of whom nothing is said."""
        if self.native_id:
            return self.native_id
        return f"name:{self.name.casefold()}" if self.name else None

    def fill(self, other: Person) -> Person:
        """This one; what it leaves open (None) is taken from the other."""
        unsaid = [each.name for each in fields(self) if getattr(self, each.name) is None]
        return replace(self, **{name: getattr(other, name) for name in unsaid})


def find_end(started_at: datetime, ended_at: datetime | None, duration_ms: int | None) -> datetime:
    """End of a recording, from start and duration where it is not said; its start where that is past the year 9999."""
    try:
        return ended_at or started_at + timedelta(milliseconds=duration_ms or 0)
    except OverflowError:
        return started_at


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that a file is in the archive: its name there, its length and its hash, and when it came."""

    name: str
    size_bytes: int
    sha256: str
    fetched_at: datetime
    listed_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class FileState:
    """What the archive knows of one listed file."""

    status: FileStatus
    error: str | None = None
    receipt: Receipt | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """A range of UTC dates to list, both ends included."""

    start: date
    end: date

    def __str__(self) -> str:
        return f"{self.start}..{self.end}"


@dataclass(frozen=True, slots=True)
class Gap:
    """Something a listing should have held and did not; it reaches the summary and the exit code."""

    window: Window
    message: str
    subject: str | None = None  # a user, where the gap is one user's
    hint: str | None = None  # the remedy, where there is one

    def __str__(self) -> str:
        who = f" ({self.subject})" if self.subject else ""
        hint = f"; {self.hint}" if self.hint else ""
        return f"{self.window}{who}: {self.message}{hint}"


@dataclass(frozen=True, slots=True)
class Sighting:
    """A listed recording at a glance. `fingerprint` is the same as long as the listing says the same of it."""

    native_id: str
    n_files: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class ListingPage:
    """One page of recordings as received (secrets included, so it must not be stored or logged as it is)."""

    payloads: tuple[Json, ...]

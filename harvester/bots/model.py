"""What was said in one transcript of a bot, as records. Times are whole milliseconds, or aware datetimes in UTC."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class TimeBase(StrEnum):
    """What `start_ms` counts from."""

    RECORDING_START = "recording_start"
    JOINED_AT = "joined_at"  # the bot's arrival, which is earlier by the time it waited to record
    SESSION_START = "session_start"
    FILE_START = "file_start"
    UNKNOWN = "unknown"


class RunStatus(StrEnum):
    """Where a transcript stands, as its payload says it."""

    AVAILABLE = "available"
    EMPTY = "empty"
    PENDING = "pending"
    NONE = "none"
    FAILED = "failed"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a transcript's offsets lead: the moment of offset 0, if it is known, and what that moment is."""

    at: datetime | None = None
    base: TimeBase = TimeBase.UNKNOWN


class Word(NamedTuple):
    """A word of an utterance. `text` as it is shown, without the blanks around it."""

    text: str
    start_ms: int | None = None
    end_ms: int | None = None
    confidence: float | None = None
    speaker_label: str | None = None


@dataclass(frozen=True, slots=True)
class Utterance:
    """One stretch of speech by one speaker; None is what the source did not say.

    `speaker_label` is as sent, stripped, None where it is empty. `text` is never empty.
    """

    text: str
    start_ms: int | None = None
    end_ms: int | None = None
    start_at: datetime | None = None
    end_at: datetime | None = None
    speaker_label: str | None = None
    language: str | None = None  # BCP-47
    confidence: float | None = None
    channel: int | None = None
    source_segment_id: str | None = None
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class Speech:
    """A transcript, read: its utterances by start, those without one last, each in the order of the source else.

    `dropped` counts utterances without any text, and drafts that were left out.
    """

    utterances: tuple[Utterance, ...] = ()
    dropped: int = 0
    status: RunStatus = RunStatus.AVAILABLE
    provider: str | None = None
    languages: tuple[str, ...] = field(default=())

"""What reading a sidecar yields. Times are ms from the start of the recording part; None: the file does not say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

MessageKind = Literal["message", "reply", "reaction"]
PieceKind = Literal["summary", "section", "chapter", "next_step", "other"]


@dataclass(frozen=True, slots=True)
class User:
    """Somebody as a TIMELINE names him; all None for somebody of whom it only says that he speaks."""

    user_id: str | None = None  # within this one meeting
    zoom_user_id: str | None = None  # the same over all meetings; guests have none
    username: str | None = None
    email: str | None = None
    several_people: bool | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in which the same users are active, nobody in silence; `n_entries` neighbours of the file said so."""

    start_ms: int
    end_ms: int | None
    users: tuple[User, ...]
    n_entries: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """One file. Always: `n_entries == sum of the stretches' n_entries + unread`."""

    stretches: tuple[Stretch, ...]
    users: tuple[User, ...]  # of both lists, each once, by first mention
    n_entries: int
    unread: int


@dataclass(frozen=True, slots=True)
class Message:
    """One message. Either `offset_ms` or `clock_time` says when: a clock stands where the file counts from none."""

    sender: str | None
    text: str
    kind: MessageKind = "message"
    offset_ms: int | None = None
    clock_time: str | None = None
    recipient: str | None = None
    reply_to: str | None = None
    reaction: str | None = None
    is_removed: bool | None = None  # True where a reaction was taken back
    raw_text: str | None = None  # what the file says, where `text` is not the whole of it


@dataclass(frozen=True, slots=True)
class Chat:
    """One file. `unread` lines with something in them stand before its first message."""

    messages: tuple[Message, ...]
    unread: int


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of a summary; `raw` is what it stands for in the file, as JSON."""

    kind: PieceKind
    raw: str
    start_ms: int | None = None
    end_ms: int | None = None
    title: str | None = None
    text: str | None = None
    short_text: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer to one question of a poll; the first one of a row carries it whole, column -> value."""

    row: dict[str, str | None] | None
    poll: str | None = None
    answered_at: datetime | None = None
    respondent: str | None = None
    email: str | None = None
    question: str | None = None
    answer: str | None = None

"""What passes between the stages of an import: files as given, what each says, and what becomes of them. Plain records.

A file is a part of a recording. It may hold an answer about the bot, a document, or both: an answer of Meeting BaaS v1
is the details of a bot and its transcript at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from harvester.bots.model import TimeBase
from harvester.bots.provider import Interpreter
from harvester.model import Json, Kind, TranscriptStatus


@dataclass(frozen=True, slots=True)
class Saved:
    """A file as given. Its name is for messages alone and decides nothing."""

    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Told:
    """What the user says of a recording; it counts where its payloads say nothing.

    `started_at` is the moment at which the recording began, `meeting` an address or a number.
    """

    native_id: str | None = None
    started_at: datetime | None = None
    meeting: str | None = field(default=None, repr=False)
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class Imported:
    """A recording for the archive: its payload, without what is secret, and the documents' bytes by file key."""

    payload: Json
    documents: Mapping[str, bytes] = field(repr=False)


class Role(StrEnum):
    """What a document is to its recording; for all but transcripts also its key, the same as the providers'."""

    TRANSCRIPT = "transcript"
    PARTICIPANTS = "participants"
    CHAT = "chat"
    TIMELINE = "timeline"


KINDS = {
    Role.TRANSCRIPT: Kind.TRANSCRIPT,
    Role.PARTICIPANTS: Kind.OTHER,
    Role.CHAT: Kind.CHAT,
    Role.TIMELINE: Kind.TIMELINE,
}
"""Of a document, by its role; its file type is the role in capitals."""


@dataclass(frozen=True, slots=True)
class Document:
    """A file of a recording. `value` is JSON, or the text of a file that is no JSON.

    `data` are the bytes of the file where the document is all that it holds; `run_id` is the id of the recogniser's
    run.
    """

    role: Role
    value: Any = field(repr=False)
    data: bytes | None = field(default=None, repr=False)
    extension: str = "json"
    run_id: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """What one file says.

    `answers` are of the source's API, by names of the source's own choice. `native_id` names the bot, or the recording
    where it has an id of its own; `started_at` is the recording's start as an event tells it. `transcript` is what
    became of a transcript that is not there.
    """

    answers: Mapping[str, Any] = field(default_factory=dict, repr=False)
    document: Document | None = None
    native_id: str | None = None
    started_at: datetime | None = None
    caller: Json = field(default_factory=dict, repr=False)
    transcript: TranscriptStatus | None = None
    title: str | None = None
    meeting_uuid: str | None = None


Recognise = Callable[[Any, bytes], Part]
"""From a file's JSON, or its text, and its bytes. Raises Damaged for what is of no known shape."""


class Join(Protocol):
    """From the answers of all parts to the source's payloads without secrets, one per recording.

    None where no answer says what the recording is. `native_id` is for answers that do not name it. Raises Damaged.
    """

    def __call__(self, native_id: str, answers: Mapping[str, Any], started_at: datetime | None) -> Sequence[Json]: ...


@dataclass(frozen=True, slots=True)
class Source:
    """How one source's saved payloads are understood.

    `expected` says what is, for messages. `told_base` is what a start that the user tells is to the transcript's
    times. `is_text`: files are text and no JSON.
    """

    interpreter: Interpreter
    expected: str
    recognise: Recognise
    join: Join
    told_base: TimeBase = TimeBase.RECORDING_START
    is_text: bool = False

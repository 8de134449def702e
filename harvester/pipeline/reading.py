"""What reading a recording's files yields, whatever its source, and what a reader of them is.

Decides nothing: plain records between the readers of the sources and the columns of the lake.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Protocol

from harvester.archive import ArchivedFile
from harvester.errors import Damaged
from harvester.model import Json, ListedFile, Person, Recording
from harvester.pseudonyms import Pseudonyms

Columns = dict[str, Any]  # name -> a list or an array, one value per row


@dataclass(frozen=True, slots=True)
class ReadSettings:
    """What the reader is told besides the archive."""

    merge_gap_ms: int = 3000
    limit_bytes: int = 32 * 2**20
    uuid_key: str = "zoom_meeting_uuid"  # under which callers attach the UUID of Zoom's meeting to a bot
    keep_emails: bool = False  # whether mail addresses in timelines and polls become rows
    pseudonyms: Pseudonyms | None = None  # what stands in the place of people's names, ids and addresses

    def describe(self) -> dict[str, Any]:
        """The settings as the ledger remembers them: of a secret only its fingerprint."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: getattr(value, "fingerprint", value) for name, value in values.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One transcript, read: its key in the lake, the moment its offsets count from, and its counts."""

    file: ArchivedFile
    key: str
    t0: datetime | None
    provider: str | None
    language: str | None = None
    n_segments: int
    n_speakers: int
    n_words: int
    rejected: int
    is_current: bool


@dataclass(frozen=True, slots=True)
class Contents:
    """What a recording's files say: transcripts and why some could not be read, then rows of other tables.

    `tables` are the columns of `segments`, `turns` and, where the source has them, `words`.
    """

    readings: Sequence[Reading]
    unreadable: Mapping[str, Damaged]
    tables: Mapping[str, Columns]
    people: Sequence[Person] = ()


@dataclass(frozen=True, slots=True)
class Texts:
    """A recording's files in the order of their keys, and the bytes of those that are read, by key."""

    recording: Recording
    metadata: Json
    files: Sequence[ArchivedFile]
    data: Mapping[str, bytes]
    unreadable: Mapping[str, Damaged] = field(default_factory=dict)


class Reader(Protocol):
    """How one source's archived metadata and files are understood. Pure; a source without a key has one too."""

    @property
    def parser_version(self) -> str:
        """Raised when the same bytes would give other rows."""
        ...

    def describe(self, metadata: Json) -> Recording:
        """A recording's archived metadata in our terms. Raises Damaged."""
        ...

    def reads(self, file: ListedFile) -> bool:
        """Whether the lake's rows depend on the bytes of such a file."""
        ...

    def holds_speech(self, file: ListedFile) -> bool:
        """Whether such a file is a transcript or captions: of these, each gives rows or a reason why not."""
        ...

    def read(self, texts: Texts, settings: ReadSettings) -> Contents:
        """Everything the files say. Files in `texts.unreadable` are passed over."""
        ...


def join_columns(parts: Sequence[Columns]) -> Columns:
    """One table's columns after another's."""
    names = parts[0] if parts else {}
    return {name: [value for part in parts for value in part[name]] for name in names}

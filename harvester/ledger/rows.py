"""A recording and a file as the ledger knows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from harvester.model import FileStatus, Receipt


@dataclass(frozen=True, slots=True)
class RecordingRow:
    """A recording as the ledger knows it; columns are explained in `harvester.ledger.schema`."""

    recording_key: str
    source: str
    native_id: str
    date: str
    started_at: str
    folder: str
    listing_fingerprint: str | None
    selection: str | None
    transcript_status: str | None
    next_try_at: str | None
    attempts: int
    last_error: str | None
    entry_sha256: str | None
    seq: int
    published_seq: int
    published_date: str | None
    published_sha256: str | None
    expires_at: str | None = None
    asked_at: str | None = None

    def asked(self) -> datetime | None:
        """When another transcript of it was asked for that is not there yet."""
        return datetime.fromisoformat(self.asked_at) if self.asked_at else None


@dataclass(frozen=True, slots=True)
class Known:
    """What decides whether a listed recording needs work, and how many of its files are archived and awaited."""

    listing_fingerprint: str | None
    selection: str | None
    next_try_at: str | None
    archived: int
    awaited: int


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file as the ledger knows it."""

    recording_key: str
    file_key: str
    kind: str
    status: str
    name: str | None
    listed_bytes: int | None
    size_bytes: int | None
    sha256: str | None
    fetched_at: str | None
    attempts: int
    error: str | None

    def receipt(self) -> Receipt | None:
        """The proof kept here between a file's rename and its `recording.json`."""
        if self.status != FileStatus.ARCHIVED or not (self.name and self.sha256 and self.fetched_at):
            return None
        return Receipt(
            self.name, self.size_bytes or 0, self.sha256, datetime.fromisoformat(self.fetched_at), self.listed_bytes
        )

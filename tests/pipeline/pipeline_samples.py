"""Recordings, files and entries for the pipeline's tests."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

from harvester.archive import ArchivedFile, Entry
from harvester.ledger import RecordingRow
from harvester.model import FileState, FileStatus, Kind, ListedFile, Receipt, Recording

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
END = START + timedelta(minutes=30)
NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)
FILE_TYPES = {Kind.VIDEO: "MP4", Kind.TRANSCRIPT: "TRANSCRIPT", Kind.CAPTIONS: "CC", Kind.CHAT: "CHAT"}
CC = {"file_type": "CC", "recording_start": "2026-03-02T09:00:00Z", "recording_end": "2026-03-02T09:30:00Z"}
TWINS = {
    "uuid": "abc==",
    "start_time": "2026-03-02T09:00:00Z",
    "duration": 30,
    "recording_files": [CC | {"download_url": f"https://zoom.us/rec/{number}"} for number in (1, 2)],
}
"""A recording with two caption files that its source lists without an id."""


def listed(key: str = "f1", kind: Kind = Kind.VIDEO, **changes: object) -> ListedFile:
    return ListedFile(**{"key": key, "kind": kind, "file_type": FILE_TYPES.get(kind, "X")} | changes)


def receipt(data: bytes = b"12345", *, listed_bytes: int | None = None, name: str = "0-x-f1.vtt") -> Receipt:
    return Receipt(name, len(data), hashlib.sha256(data).hexdigest(), NOW, listed_bytes)


def archived(file: ListedFile, proof: Receipt | None = None) -> ArchivedFile:
    return ArchivedFile(file, FileState(FileStatus.ARCHIVED, receipt=proof or receipt()))


def standing(file: ListedFile, status: FileStatus, error: str | None = None) -> ArchivedFile:
    return archived(file) if status is FileStatus.ARCHIVED else ArchivedFile(file, FileState(status, error))


def held(*files: ArchivedFile) -> dict[str, ArchivedFile]:
    return {each.listed.key: each for each in files}


def recording(*files: ListedFile, **changes: object) -> Recording:
    values = {
        "source": "zoom",
        "native_id": "abc==",
        "started_at": START,
        "ended_at": END,
        "duration_ms": 1_800_000,
        "meeting_id": "123456789",
        "meeting_uuid": "abc==",
        "topic": "Budget Review",
        "host_id": "h1",
        "host_email": "Ana@Example.com",
        "files": files,
    }
    return Recording(**(values | changes))


def entry(*files: ArchivedFile, **changes: object) -> Entry:
    values = {"source": "zoom", "native_id": "abc==", "first_seen_at": NOW, "metadata": {}, "files": held(*files)}
    return Entry(**(values | changes))


def ledger_row(**changes: object) -> RecordingRow:
    values = {
        "recording_key": "zoom:abc==",
        "source": "zoom",
        "native_id": "abc==",
        "date": "2026-03-02",
        "started_at": START.isoformat(),
        "folder": "zoom/2026/03/02/abc",
        "listing_fingerprint": "same",
        "selection": None,
        "transcript_status": None,
        "next_try_at": None,
        "attempts": 0,
        "last_error": None,
        "entry_sha256": "sha",
        "seq": 1,
        "published_seq": 1,
        "published_date": "2026-03-02",
        "published_sha256": "sha",
    }
    return RecordingRow(**(values | changes))

"""Recordings for the ledger's tests."""

from __future__ import annotations

from datetime import UTC, date, datetime

from harvester.ledger import FileRow, RecordingRow
from harvester.model import Recording

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


def day(number: int) -> date:
    return date(2026, 3, number)


def recording(number: int, *, on: int = 2) -> Recording:
    return Recording("zoom", f"id{number}", datetime(2026, 3, on, 9, number % 60, tzinfo=UTC))


def row(number: int, *, on: int = 2, seq: int = 1, **changes: object) -> RecordingRow:
    """A recording that was worked through on a day of March and is owed nothing."""
    values = {
        "recording_key": f"zoom:id{number}",
        "source": "zoom",
        "native_id": f"id{number}",
        "date": f"{day(on)}",
        "started_at": recording(number, on=on).started_at.isoformat(),
        "folder": f"zoom/2026/03/{on:02}/id{number}",
        "listing_fingerprint": "listing",
        "selection": None,
        "transcript_status": "available",
        "next_try_at": None,
        "attempts": 0,
        "last_error": None,
        "entry_sha256": f"entry{seq}",
        "seq": seq,
        "published_seq": 0,
        "published_date": None,
        "published_sha256": None,
    }
    return RecordingRow(**(values | changes))


def file_row(number: int, key: str = "f1", **changes: object) -> FileRow:
    values = {
        "recording_key": f"zoom:id{number}",
        "file_key": key,
        "kind": "transcript",
        "status": "archived",
        "name": f"0-transcript-{key}.vtt",
        "listed_bytes": 5,
        "size_bytes": 5,
        "sha256": "ab" * 32,
        "fetched_at": NOW.isoformat(),
        "attempts": 1,
        "error": None,
    }
    return FileRow(**(values | changes))


def staged(number: int, seq: int) -> str:
    return f"2026-03-02/zoom/{number}.{seq}.arrow"

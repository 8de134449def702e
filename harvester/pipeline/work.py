"""One recording in flight through a run. Mutable; whoever works on it has it alone: a worker or the coordinator."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from harvester.archive import Archive, Entry
from harvester.ledger import RecordingRow
from harvester.model import MEDIA_KINDS, Kind, ListedFile, Recording
from harvester.pipeline import merge
from harvester.pipeline.discover import Listed

SETTLE, TEXT, DETAIL, LIST, MEDIA = "settle", "text", "detail", "list", "media"
_RANK = {SETTLE: 0, TEXT: 1, DETAIL: 2, LIST: 3, MEDIA: 4}


def lane_of(file: ListedFile) -> str:
    if file.kind is Kind.PARTICIPANTS:
        return LIST
    return MEDIA if file.kind in MEDIA_KINDS and not file.is_document else TEXT


def rank(lane: str, file: ListedFile | None = None) -> tuple[int, int]:
    """Text first, an analyst waits for it; of media the largest first, so that none is left alone at the end."""
    return _RANK[lane], -(file.listed_bytes or 0) if file and lane == MEDIA else 0


@dataclass(slots=True)
class Work:
    """One recording in flight."""

    recording: Recording
    folder: Path
    entry: Entry
    listing_fingerprint: str | None = None
    outstanding: dict[str, ListedFile] = field(default_factory=dict)
    fetched: set[str] = field(default_factory=set)
    tried: set[str] = field(default_factory=set)

    def waits_for_text(self) -> bool:
        return any(lane_of(each) == TEXT for each in self.outstanding.values())


def open_work(archive: Archive, listed: Listed, row: RecordingRow | None, *, now: datetime) -> Work:
    """A recording, joined with what the archive holds of it. Raises Damaged for an unreadable entry."""
    folder = archive.root / folder_of(archive, listed.recording, row)
    stored = archive.read(folder)
    entry = merge.list_entry(stored.entry if stored else None, listed.recording, listed.payload, now=now)
    return Work(listed.recording, folder, entry, listed.fingerprint)


def folder_of(archive: Archive, recording: Recording, row: RecordingRow | None) -> str:
    """Where its files lie: where they first came to lie, should its start time have changed since."""
    return row.folder if row else archive.relative(archive.folder(recording))

"""One recording in flight through a run. Mutable; only the coordinator's thread touches it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from harvester.archive import Entry
from harvester.model import MEDIA_KINDS, ListedFile, Recording
from harvester.pipeline import merge
from harvester.pipeline.discover import Listed
from harvester.pipeline.tools import Tools

TEXT, DETAIL, MEDIA = "text", "detail", "media"
_RANK = {TEXT: 0, DETAIL: 1, MEDIA: 2}


def lane_of(file: ListedFile) -> str:
    return MEDIA if file.kind in MEDIA_KINDS else TEXT


def rank(lane: str, file: ListedFile | None = None) -> tuple[int, int]:
    """Text first, an analyst waits for it; of media the largest first, so that none is left alone at the end."""
    return _RANK[lane], -(file.listed_bytes or 0) if file and lane == MEDIA else 0


@dataclass(slots=True)
class Work:
    """One recording in flight."""

    recording: Recording
    listing_sha256: str | None
    folder: Path
    entry: Entry
    outstanding: dict[str, ListedFile] = field(default_factory=dict)
    fetched: set[str] = field(default_factory=set)
    tried: set[str] = field(default_factory=set)

    def waits_for_text(self) -> bool:
        return any(each.kind not in MEDIA_KINDS for each in self.outstanding.values())


def open_work(tools: Tools, listed: Listed, *, now: datetime) -> Work:
    """A listed recording, joined with what the archive holds of it. Raises Damaged for an unreadable entry."""
    folder = tools.archive.root / folder_of(tools, listed.recording)
    stored = tools.archive.read(folder)
    entry = merge.list_entry(stored.entry if stored else None, listed.recording, listed.payload, now=now)
    return Work(listed.recording, listed.sha256, folder, entry)


def folder_of(tools: Tools, recording: Recording) -> str:
    """Where its files lie: where they first came to lie, should its start time have changed since."""
    row = tools.ledger.recording(recording.key)
    return row.folder if row else tools.archive.relative(tools.archive.folder(recording))

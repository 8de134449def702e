"""One recording in flight through a run. Mutable; only the coordinator's thread touches it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from harvester.archive import Entry
from harvester.model import MEDIA_KINDS, ListedFile, Recording


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

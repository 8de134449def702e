"""The collaborators of a run, wired by the doors and handed to every stage."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from harvester.archive import Archive
from harvester.clock import Clock
from harvester.fetch import Fetcher
from harvester.ledger import Ledger
from harvester.model import Json, Recording
from harvester.pipeline.progress import Progress
from harvester.pipeline.read import ReadSettings
from harvester.pipeline.select import Selection
from harvester.source import Source

Describe = Callable[[Json], Recording]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where things are and how they are read. `state` holds staging and temporary files (DESIGN section 7)."""

    archive: Archive
    lake: Path
    state: Path
    reading: ReadSettings
    describe: Mapping[str, Describe]  # source name -> its metadata in our terms
    clock: Clock
    progress: Progress

    @property
    def staging(self) -> Path:
        return self.state / "staging"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf(Place):
    """What needs no network."""

    ledger: Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools(Shelf):
    """Everything a harvest works with."""

    source: Source
    fetcher: Fetcher
    selection: Selection
    workers: int

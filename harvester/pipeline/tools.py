"""The collaborators of a run, wired by the doors and handed to every stage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harvester.archive import Archive
from harvester.clock import Clock
from harvester.errors import Damaged, Refused
from harvester.fetch import Fetcher
from harvester.ledger import Ledger
from harvester.pipeline.progress import Progress
from harvester.pipeline.reading import Reader, ReadSettings
from harvester.pipeline.select import Selection
from harvester.source import ZOOM, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where things are and how they are read. `state` holds staging and temporary files (DESIGN section 7)."""

    archive: Archive
    lake: Path
    state: Path
    reading: ReadSettings
    readers: Mapping[str, Reader]  # of every source this version knows, by its name, with or without a key
    clock: Clock
    progress: Progress

    @property
    def staging(self) -> Path:
        return self.state / "staging"

    def reader(self, source: str) -> Reader:
        """Raises Damaged for a source that this version does not know: a later one has left something of it here."""
        if source not in self.readers:
            raise Damaged(f"this version knows no source named {source}", hint="install the version that does")
        return self.readers[source]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf(Place):
    """What needs no network."""

    ledger: Ledger


@dataclass(frozen=True, slots=True)
class Connection:
    """A source that there are credentials for, and what fetches its files; these go to no other source's hosts."""

    source: Source
    fetcher: Fetcher


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools(Shelf):
    """Everything a harvest works with. Sources are harvested in the order of `connections`."""

    connections: Mapping[str, Connection]  # by the source's name
    selection: Selection
    workers: int

    def source(self, name: str) -> Source:
        """Raises Refused for one that there are no credentials for."""
        return self._connection(name).source

    def fetcher(self, name: str) -> Fetcher:
        return self._connection(name).fetcher

    def ends_run(self, name: str) -> bool:
        """Whether a refusal of this source ends the run: Zoom's, and that of the only source there is."""
        return name == ZOOM or len(self.connections) == 1

    def _connection(self, name: str) -> Connection:
        if name not in self.connections:
            raise Refused(
                f"{name} cannot be asked: there are no credentials for it here",
                hint="set them in .env; what came from saved payloads is restored from a backup",
            )
        return self.connections[name]

    def count_calls(self) -> int:
        """Calls sent to all sources so far."""
        return sum(each.source.api_calls for each in self.connections.values())

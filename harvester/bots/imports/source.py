"""Saved payloads as a `harvester.source.Source`: what was given is all there is, and nothing is asked of anybody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from harvester.bots.imports.model import Imported
from harvester.bots.imports.saved import SOURCES
from harvester.bots.payload_source import PayloadSource
from harvester.errors import Absent, Damaged, Vanished
from harvester.event import Event
from harvester.model import Gap, Json, ListedFile, ListingPage, Sighting, Window
from harvester.source import Detail


class ImportSource(PayloadSource):
    """The recordings of one import, all of one source."""

    detail_life_s = None
    api_calls = 0

    def __init__(self, name: str, imported: Sequence[Imported]) -> None:
        """Raises Damaged where two of them are one recording."""
        super().__init__(SOURCES[name].interpreter)
        self._imported: dict[str, Imported] = {}
        for each in imported:
            native_id = self.describe(each.payload).native_id
            if self._imported.setdefault(native_id, each) != each:
                raise Damaged(
                    f"two of the files are of the recording {native_id}",
                    hint="give them with --together, or one after the other",
                )

    @property
    def native_ids(self) -> list[str]:
        return list(self._imported)

    def windows(self, start: date, end: date) -> list[Window]:
        """None: nothing can be listed."""
        del start, end
        return []

    def list_window(self, window: Window) -> Iterator[ListingPage | Gap]:
        yield Gap(window, "saved payloads are not listed")

    def fetch_detail(self, native_id: str, *, for_download: bool) -> Detail:
        del for_download
        if native_id not in self._imported:
            raise Vanished(f"{native_id} is not among what was given", subject=native_id)
        return Detail(self._imported[native_id].payload)

    def fetch_address(self, payload: Json, file: ListedFile) -> str:
        del payload
        raise Absent("it was not among the files that were imported", subject=file.key)

    def fetch_document(self, payload: Json, file: ListedFile) -> bytes:
        given = self._imported[self.describe(payload).native_id].documents
        if file.key not in given:
            raise Absent("it was not among the files that were imported", subject=file.key)
        return given[file.key]

    def glance(self, payload: Json) -> Sighting:
        return Sighting(self.describe(payload).native_id, 0, "")

    def read_event(self, data: bytes) -> Event:
        del data
        raise Damaged("saved payloads have no events")

    def scrub(self, payload: Json) -> Json:
        """They were scrubbed when they were read."""
        return payload

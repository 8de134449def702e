"""Saved payloads as a `harvester.source.Source`: what was given is all there is, and nothing is asked of anybody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from harvester.bots.imports.importable import Importable
from harvester.bots.imports.model import Imported
from harvester.bots.imports.note import merge_payloads
from harvester.bots.imports.saved import SOURCES
from harvester.errors import Absent, Damaged, Vanished
from harvester.event import Event
from harvester.model import Gap, Json, ListedFile, ListingPage, Recording, Sighting, Window
from harvester.source import Detail


class ImportSource:
    """The recordings of one import, all of one source."""

    lists_files = False
    keeps_said = True
    detail_life_s = None
    account_id = None
    api_calls = 0

    def __init__(self, name: str, imported: Sequence[Imported]) -> None:
        """Raises Damaged where two of them are one recording."""
        self._name = name
        self._reader = Importable(SOURCES[name].interpreter)
        self._imported: dict[str, Imported] = {}
        for each in imported:
            native_id = self._reader.describe(each.payload).native_id
            if self._imported.setdefault(native_id, each) != each:
                raise Damaged(
                    f"two of the files are of the recording {native_id}",
                    hint="give them with --together, or one after the other",
                )

    @property
    def name(self) -> str:
        return self._name

    @property
    def native_ids(self) -> list[str]:
        return list(self._imported)

    def windows(self, start: date, end: date) -> list[Window]:
        """None: nothing can be listed."""
        del start, end
        return []

    def list_window(self, window: Window) -> Iterator[ListingPage | Gap]:
        yield Gap(window, "saved payloads are not listed")

    def fetch_instances(self, meeting_id: str) -> list[str]:
        """None: they are known by their own ids."""
        del meeting_id
        return []

    def fetch_detail(self, native_id: str, *, for_download: bool) -> Detail:
        del for_download
        if native_id not in self._imported:
            raise Vanished(f"{native_id} is not among what was given", subject=native_id)
        return Detail(self._imported[native_id].payload)

    def fetch_address(self, payload: Json, file: ListedFile) -> str:
        del payload
        raise Absent("it was not among the files that were imported", subject=file.key)

    def fetch_document(self, payload: Json, file: ListedFile) -> bytes:
        given = self._imported[self._reader.describe(payload).native_id].documents
        if file.key not in given:
            raise Absent("it was not among the files that were imported", subject=file.key)
        return given[file.key]

    def glance(self, payload: Json) -> Sighting:
        return Sighting(self.describe(payload).native_id, 0, "")

    def describe(self, payload: Json) -> Recording:
        return self._reader.describe(payload)

    def read_event(self, data: bytes) -> Event:
        del data
        raise Damaged("saved payloads have no events")

    def add_files(self, payload: Json, told: Json) -> Json:
        del told
        return payload

    def merge(self, known: Json, new: Json) -> Json:
        return merge_payloads(known, new)

    def scrub(self, payload: Json) -> Json:
        """They were scrubbed when they were read."""
        return payload

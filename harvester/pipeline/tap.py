"""A source that is watched: every recording it lists and every call a listing takes is noted on its way through.

Decides nothing; whoever asks it gets exactly what the source says.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import date

from harvester.errors import Damaged, HarvesterError
from harvester.event import Event
from harvester.model import Gap, Json, ListedFile, ListingPage, Recording, Sighting, Window
from harvester.source import Detail, Source


class Tap:
    """One source under watch; fits wherever a source does."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._listed: dict[str, None] = {}
        self.windows_listed: list[Window] = []
        self.listing_calls = 0

    def take(self) -> list[str]:
        """Keys of what was listed since the last time, in the source's order."""
        taken, self._listed = list(self._listed), {}
        return taken

    @property
    def name(self) -> str:
        return self._source.name

    @property
    def account_id(self) -> str | None:
        return self._source.account_id

    @property
    def lists_files(self) -> bool:
        return self._source.lists_files

    @property
    def keeps_said(self) -> bool:
        return self._source.keeps_said

    @property
    def detail_life_s(self) -> float | None:
        return self._source.detail_life_s

    @property
    def api_calls(self) -> int:
        return self._source.api_calls

    def take_refusals(self) -> list[HarvesterError]:
        return self._source.take_refusals()

    def windows(self, start: date, end: date) -> list[Window]:
        return self._source.windows(start, end)

    def list_window(self, window: Window) -> Iterator[ListingPage | Gap]:
        self.windows_listed.append(window)
        before = self._source.api_calls
        try:
            for page in self._source.list_window(window):
                if isinstance(page, ListingPage):
                    for payload in page.payloads:
                        with contextlib.suppress(Damaged):  # whoever lists says so
                            self._listed[f"{self.name}:{self._source.glance(payload).native_id}"] = None
                yield page
        finally:
            self.listing_calls += self._source.api_calls - before

    def fetch_instances(self, meeting_id: str) -> list[str]:
        return self._source.fetch_instances(meeting_id)

    def fetch_detail(self, native_id: str, *, for_download: bool) -> Detail:
        return self._source.fetch_detail(native_id, for_download=for_download)

    def fetch_address(self, payload: Json, file: ListedFile) -> str:
        return self._source.fetch_address(payload, file)

    def fetch_document(self, payload: Json, file: ListedFile) -> bytes:
        return self._source.fetch_document(payload, file)

    def glance(self, payload: Json) -> Sighting:
        return self._source.glance(payload)

    def describe(self, payload: Json) -> Recording:
        return self._source.describe(payload)

    def read_event(self, data: bytes) -> Event:
        return self._source.read_event(data)

    def add_files(self, payload: Json, told: Json) -> Json:
        return self._source.add_files(payload, told)

    def merge(self, known: Json, new: Json) -> Json:
        return self._source.merge(known, new)

    def scrub(self, payload: Json) -> Json:
        return self._source.scrub(payload)

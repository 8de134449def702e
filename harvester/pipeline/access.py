"""The way to a recording's files: one detail call serves them all, and one renewal serves all that failed together."""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import dataclass

from harvester.clock import Clock
from harvester.errors import Refused, Vanished
from harvester.fetch import Grant
from harvester.model import Json, ListedFile
from harvester.pipeline.plan import base_key
from harvester.source import Detail, Source


@dataclass(frozen=True, slots=True)
class _Found:
    """A file as the newest detail shows it, and which detail that was: the first, the second, ..."""

    generation: int
    file: ListedFile | None
    detail: Detail


class RecordingAccess:
    """Fresh addresses and the download credential of one recording; safe to share between threads."""

    def __init__(self, source: Source, native_id: str, clock: Clock, *, told: Detail | None = None) -> None:
        """Ask for the detail, unless an event told the part of it that is needed first.

        Raises what the source raises, Vanished when it shows no such recording.
        """
        self._source = source
        self._native_id = native_id
        self._clock = clock
        self._generation = -1
        self.is_whole = False  # whether this is all that the source lists of it
        self._lock = threading.Lock()
        self._take(told or self._ask())

    def _ask(self) -> Detail:
        self.is_whole = True
        return self._source.fetch_detail(self._native_id, for_download=True)

    def _take(self, detail: Detail) -> None:
        self._detail = detail
        self._taken_at_s = self._clock.monotonic()
        self._files = {each.key: each for each in self._source.describe(self._detail.payload).files}
        self._generation += 1

    @property
    def payload(self) -> Json:
        """What the source said, secrets and addresses included."""
        return self._detail.payload

    @property
    def files(self) -> Collection[ListedFile]:
        """Its files, with their addresses."""
        return self._files.values()

    def find(self, key: str, *, newer_than: int = -1) -> _Found:
        """A file as a detail shows it that is newer than the one that failed; asked for only if nobody has yet."""
        with self._lock:
            if self._generation <= newer_than or (key not in self._files and not self.is_whole) or self._is_old():
                self._take(self._ask())
            return _Found(self._generation, self._files.get(key), self._detail)

    def _is_old(self) -> bool:
        life_s = self._source.detail_life_s
        return life_s is not None and self._clock.monotonic() - self._taken_at_s > life_s

    def for_file(self, file: ListedFile) -> FileAccess:
        return FileAccess(self, self._source, base_key(file.key))

    def read_document(self, file: ListedFile) -> bytes:
        """The bytes of a file that the source gives itself; an address that is refused is asked for once more."""
        found = self.find(base_key(file.key))
        try:
            return self._source.fetch_document(found.detail.payload, _listed(found, file.key))
        except Refused:
            found = self.find(base_key(file.key), newer_than=found.generation)
            return self._source.fetch_document(found.detail.payload, _listed(found, file.key))


class FileAccess:
    """Grants for one file of the recording."""

    def __init__(self, recording: RecordingAccess, source: Source, key: str) -> None:
        self._recording = recording
        self._source = source
        self._key = key
        self._generation = -1

    def grant(self, *, renew: bool) -> Grant:
        """URL and credential; `renew` asks the source again. Raises Vanished when the file is no longer listed."""
        found = self._recording.find(self._key, newer_than=self._generation if renew else -1)
        self._generation = found.generation
        file = _listed(found, self._key)
        url = file.url or self._source.fetch_address(found.detail.payload, file)
        return Grant(url, found.detail.bearer)


def _listed(found: _Found, key: str) -> ListedFile:
    if found.file is None:
        raise Vanished(f"file {key} is no longer listed by the source", subject=key)
    return found.file

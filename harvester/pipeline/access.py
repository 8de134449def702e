"""The way to a recording's files: one detail call serves them all, and one renewal serves all that failed together."""

from __future__ import annotations

import threading
from collections.abc import Collection

from harvester.errors import Vanished
from harvester.fetch import Grant
from harvester.model import Json, ListedFile
from harvester.pipeline.plan import base_key
from harvester.source import Detail, Source


class RecordingAccess:
    """Fresh URLs and the download credential of one recording; safe to share between threads."""

    def __init__(self, source: Source, native_id: str, *, told: Detail | None = None) -> None:
        """Ask for the detail, unless an event told the part of it that is needed first.

        Raises what the source raises, Vanished when it shows no such recording.
        """
        self._source = source
        self._native_id = native_id
        self._generation = -1
        self.is_whole = False  # whether this is all that the source lists of it
        self._lock = threading.Lock()
        self._take(told or self._ask())

    def _ask(self) -> Detail:
        self.is_whole = True
        return self._source.fetch_detail(self._native_id, for_download=True)

    def _take(self, detail: Detail) -> None:
        self._detail = detail
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

    def current(self, key: str, *, newer_than: int) -> tuple[int, ListedFile | None, str | None]:
        """Generation, file and bearer, newer than the ones that failed; the source is asked only if nobody has yet."""
        with self._lock:
            if self._generation <= newer_than or (key not in self._files and not self.is_whole):
                self._take(self._ask())
            return self._generation, self._files.get(key), self._detail.bearer

    def for_file(self, file: ListedFile) -> FileAccess:
        return FileAccess(self, base_key(file.key))


class FileAccess:
    """Grants for one file of the recording."""

    def __init__(self, recording: RecordingAccess, key: str) -> None:
        self._recording = recording
        self._key = key
        self._generation = -1

    def grant(self, *, renew: bool) -> Grant:
        """URL and credential; `renew` asks the source again. Raises Vanished when the file is no longer listed."""
        newer_than = self._generation if renew else -1
        self._generation, listed, bearer = self._recording.current(self._key, newer_than=newer_than)
        if listed is None or not listed.url:
            raise Vanished(f"file {self._key} is no longer listed by the source", subject=self._key)
        return Grant(listed.url, bearer)

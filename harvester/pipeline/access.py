"""The way to a recording's files: one detail call serves them all, and one renewal serves all that failed together."""

from __future__ import annotations

import threading

from harvester.errors import Vanished
from harvester.fetch import Grant
from harvester.model import ListedFile
from harvester.pipeline.plan import base_key
from harvester.source import Detail, Source


class RecordingAccess:
    """Fresh URLs and the download credential of one recording; safe to share between threads."""

    def __init__(self, source: Source, native_id: str, detail: Detail) -> None:
        self._source = source
        self._native_id = native_id
        self._detail = detail
        self._generation = 0
        self._lock = threading.Lock()

    def current(self, *, newer_than: int) -> tuple[int, Detail]:
        """The detail of a generation newer than the one that failed, asking the source only if nobody has yet."""
        with self._lock:
            if self._generation <= newer_than:
                self._detail = self._source.fetch_detail(self._native_id, for_download=True)
                self._generation += 1
            return self._generation, self._detail

    def for_file(self, file: ListedFile) -> FileAccess:
        return FileAccess(self, self._source, base_key(file.key))


class FileAccess:
    """Grants for one file of the recording."""

    def __init__(self, recording: RecordingAccess, source: Source, key: str) -> None:
        self._recording = recording
        self._source = source
        self._key = key
        self._generation = -1

    def grant(self, *, renew: bool) -> Grant:
        """URL and credential; `renew` asks the source again. Raises Vanished when the file is no longer listed."""
        self._generation, detail = self._recording.current(newer_than=self._generation if renew else -1)
        listed = next((each for each in self._source.describe(detail.payload).files if each.key == self._key), None)
        if listed is None or not listed.url:
            raise Vanished(f"file {self._key} is no longer listed by the source", subject=self._key)
        return Grant(listed.url, detail.bearer)

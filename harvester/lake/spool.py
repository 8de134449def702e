"""The rows of many recordings, set aside on disk until all are known: a day may hold more of them than memory.

Decides nothing of the lake. The file has no name, so that nothing of it outlives the process, however that ends.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from operator import itemgetter
from pathlib import Path
from typing import Self

import pyarrow as pa

from harvester.files import disk_errors, make_folder
from harvester.lake.merge import Tables
from harvester.lake.stage import decode_rows, encode_rows


class Spool:
    """Recordings in the order of their keys, each table read back when it is asked for. Raises DiskFull, Failed."""

    def __init__(self, folder: Path, recordings: Iterable[Tables]) -> None:
        self._folder = folder
        with disk_errors(folder):
            make_folder(folder)
            self._file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115 - closed by `__exit__`
        self._recordings: list[tuple[str, dict[str, tuple[int, int]]]] = []
        self._end = 0
        try:
            for each in recordings:
                self._add(each)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._file.close()

    @property
    def is_empty(self) -> bool:
        return not self._recordings

    def pieces(self, name: str) -> Iterator[pa.Table]:
        """The table's rows, a recording at a time; one that came twice comes twice."""
        for _, extents in sorted(self._recordings, key=itemgetter(0)):
            if name in extents:
                offset, length = extents[name]
                yield decode_rows(name, os.pread(self._file.fileno(), length, offset))

    def _add(self, tables: Tables) -> None:
        extents = {}
        for name, rows in tables.items():
            data = encode_rows(name, rows)
            with disk_errors(self._folder):
                _write_all(self._file.fileno(), data)
            extents[name] = self._end, len(data)
            self._end += len(data)
        self._recordings.append((tables["recordings"]["recording_key"][0].as_py(), extents))


def _write_all(handle: int, data: bytes) -> None:
    """One call of the system's may take less than it is given."""
    left = memoryview(data)
    while left:
        left = left[os.write(handle, left) :]

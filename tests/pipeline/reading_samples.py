"""Reading a recording whose files are given as bytes."""

from __future__ import annotations

from pipeline_samples import archived, entry, receipt, recording

from harvester.errors import Damaged
from harvester.pipeline.read import read_recording
from harvester.pipeline.read_zoom import ZoomReader
from harvester.pipeline.reading import ReadSettings


def read(*files, changes=None, settings=ReadSettings(), gone=(), **about):  # noqa: B008 - frozen
    """The rows of a recording with (listed file, bytes) pairs, or files that are not archived."""
    contents, there = {}, []
    for each in files:
        if not isinstance(each, tuple):
            there.append(each)
            continue
        file, data = each
        name = f"0-{file.kind}-{file.key}"
        there.append(archived(file, receipt(data, name=name)))
        contents[name] = data

    def read_bytes(name):
        if name in gone:
            raise Damaged(f"the archived file {name} cannot be read: gone")
        return contents[name]

    return read_recording(
        ZoomReader(),
        recording(**(changes or {})),
        entry(*there, **about),
        entry_sha256="e" * 64,
        archive_folder="zoom/2026/03/02/abc",
        read_bytes=read_bytes,
        settings=settings,
    )


def column(rows, table, name):
    return rows.tables[table][name].to_pylist()

"""From one archived recording to its rows in every table. Pure but for reading the archive's files.

The same entry and files always give the same rows: nothing here asks the clock, the ledger or the network.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from harvester.archive import ArchivedFile, Entry
from harvester.errors import Damaged
from harvester.lake.rows import build_table
from harvester.model import Recording
from harvester.pipeline.columns import (
    files_columns,
    participants_columns,
    recordings_columns,
    transcripts_columns,
)
from harvester.pipeline.disguise import disguise_columns, disguise_people
from harvester.pipeline.plan import transcript_status
from harvester.pipeline.reading import Reader, ReadSettings, Texts


@dataclass(frozen=True, slots=True)
class RecordingRows:
    """All rows of one recording, and why what could not be read could not: file key -> error.

    `lost` are those whose bytes the disk did not give: tomorrow they may be read, so that these rows are not for good.
    """

    tables: Mapping[str, pa.Table]
    unreadable: Mapping[str, Damaged]
    lost: Mapping[str, Damaged]
    transcript_status: str | None
    n_segments: int


def read_recording(
    reader: Reader,
    recording: Recording,
    entry: Entry,
    *,
    entry_sha256: str,
    archive_folder: str,
    read_bytes: Callable[[str], bytes],
    settings: ReadSettings,
) -> RecordingRows:
    """Build the rows of one recording; `read_bytes` gives the bytes of a file of its folder by name.

    A file that cannot be read becomes a reason in `files.error`; the others are read all the same.
    """
    files = [entry.files[key] for key in sorted(entry.files)]
    data, lost, refused = _read_files(reader, files, read_bytes, settings.limit_bytes)
    contents = reader.read(Texts(recording, entry.metadata, files, data), settings)
    spoken = {each.listed.key for each in files if reader.holds_speech(each.listed)}
    unreadable = lost | refused | dict(contents.unreadable)
    cues = {each.file.listed.key: each.n_segments for each in contents.readings}
    status = transcript_status(files, entry.transcript, {**dict.fromkeys(spoken & unreadable.keys()), **cues})
    version = reader.parser_version
    tables = {
        "recordings": recordings_columns(recording, entry, status, entry_sha256, version),
        "files": files_columns(
            recording, files, {key: each.message for key, each in unreadable.items()}, archive_folder
        ),
        "transcripts": transcripts_columns(recording, contents.readings, version),
        **contents.tables,
    }
    pseudonyms = settings.pseudonyms
    if pseudonyms:
        tables = {
            name: disguise_columns(name, columns, pseudonyms, uuid_key=settings.uuid_key)
            for name, columns in tables.items()
        }
    if contents.people:
        people = disguise_people(contents.people, pseudonyms) if pseudonyms else contents.people
        tables["participants"] = participants_columns(recording, people)
    built = {name: build_table(name, columns) for name, columns in tables.items()}
    return RecordingRows(built, unreadable, lost, status, built["segments"].num_rows)


def _read_files(
    reader: Reader, files: Sequence[ArchivedFile], read_bytes: Callable[[str], bytes], limit_bytes: int
) -> tuple[dict[str, bytes], dict[str, Damaged], dict[str, Damaged]]:
    """Bytes of every file that is read; why the disk did not give some, and which are too large to be read."""
    data: dict[str, bytes] = {}
    lost: dict[str, Damaged] = {}
    refused: dict[str, Damaged] = {}
    for file in files:
        receipt = file.state.receipt
        if receipt is None or not reader.reads(file.listed):
            continue
        if receipt.size_bytes > limit_bytes:
            refused[file.listed.key] = _too_large(receipt.name, receipt.size_bytes, limit_bytes)
            continue
        try:
            data[file.listed.key] = read_bytes(receipt.name)
        except Damaged as error:
            lost[file.listed.key] = error
    return data, lost, refused


def _too_large(name: str, size: int, limit: int) -> Damaged:
    return Damaged(
        f"{name} has {size:,} bytes, more than the {limit:,} that are read; it is archived",
        hint="raise HARVESTER_TRANSCRIPT_LIMIT: the next run, or `harvester rebuild`, makes the lake again",
    )

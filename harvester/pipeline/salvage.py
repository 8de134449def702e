"""What ledger and lake still know of a recording whose `recording.json` is damaged or gone. Pure.

Decides which of its files are believed to be in the archive; a check of their bytes follows. Its metadata cannot be
had from here: only the source has that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from harvester.archive import ArchivedFile
from harvester.ledger import FileRow
from harvester.model import FileState, FileStatus, Kind, ListedFile, Receipt

LakeRow = Mapping[str, Any]


def salvage_files(lake_rows: Iterable[LakeRow], ledger_rows: Mapping[str, FileRow]) -> dict[str, ArchivedFile]:
    """Archived files by key: as the lake lists them, with the ledger's receipt where there is one."""
    found = {}
    for row in lake_rows:
        known = ledger_rows.get(row["file_key"])
        receipt = (known.receipt() if known else None) or _receipt(row)
        if row["status"] == FileStatus.ARCHIVED and receipt:
            found[row["file_key"]] = ArchivedFile(_listed(row), FileState(FileStatus.ARCHIVED, receipt=receipt))
    return found


def first_seen(lake_row: LakeRow | None, now: datetime) -> datetime:
    """When the recording was first seen, as far as anybody remembers."""
    return (lake_row and lake_row["first_seen_at"]) or now.replace(microsecond=0)


def _listed(row: LakeRow) -> ListedFile:
    return ListedFile(
        key=row["file_key"],
        kind=Kind(row["kind"]),
        file_type=row["file_type"],
        recording_type=row["recording_type"],
        extension=row["file_extension"],
        part_index=row["part_index"],
        start_at=row["recording_start_at"],
        end_at=row["recording_end_at"],
        listed_bytes=row["listed_bytes"],
    )


def _receipt(row: LakeRow) -> Receipt | None:
    if not (row["archive_path"] and row["sha256"] and row["archived_at"]):
        return None
    name = PurePosixPath(row["archive_path"]).name
    return Receipt(name, row["size_bytes"], row["sha256"], row["archived_at"], row["listed_bytes"])

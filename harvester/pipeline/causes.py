"""Why files are not here, gathered by cause, with what to do about each. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from harvester.ledger import FileRow
from harvester.model import FileStatus

_NUMBER = re.compile(r"(?<!answered )\d[\d,.]*")  # a status is a cause of its own
_REMEDIES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"scope|came in place|answered 40[13]"), "harvester doctor"),
    (re.compile(r"no space|cannot write|read-only"), "harvester doctor"),
)
_LOST = "nothing brings it back: it was deleted at the source before it was fetched"
_AGAIN = "harvester meeting {id}"


@dataclass(frozen=True, slots=True)
class Cause:
    """Files that fail for one reason; `example` is the recording of the first, `remedy` a command or a sentence."""

    reason: str
    status: str
    files: int
    example: str
    remedy: str


def group_by_cause(failed: Iterable[FileRow]) -> list[Cause]:
    """The most frequent first."""
    groups: dict[tuple[str, str], list[FileRow]] = {}
    for row in failed:
        groups.setdefault((_normalize(row), row.status), []).append(row)
    causes = [
        Cause(reason, status, len(rows), rows[0].recording_key, _find_remedy(status, rows[0]))
        for (reason, status), rows in groups.items()
    ]
    return sorted(causes, key=lambda each: (-each.files, each.reason, each.status))


def _normalize(row: FileRow) -> str:
    """The reason without what is this file's alone: its id and its numbers."""
    reason = (row.error or "no reason is known").strip()
    for name in (f"{row.recording_key}/{row.file_key}", row.recording_key, row.file_key):
        reason = reason.removeprefix(f"{name}: ").replace(name, "...")
    return _NUMBER.sub("n", reason)


def _find_remedy(status: str, row: FileRow) -> str:
    if status == FileStatus.EXPIRED:
        return _LOST
    remedy = next((remedy for pattern, remedy in _REMEDIES if pattern.search(row.error or "")), _AGAIN)
    native_id = row.recording_key.partition(":")[2]
    return remedy.format(id=f"'{native_id}'")

"""What can be wrong with a home, each kind with its remedy: the words of `harvester verify` and `harvester repair`.

Decides which kinds are damage (something that was proven is not so any more) and which are merely unfinished or idle.
Finds nothing by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any


class Problem(StrEnum):
    """Kinds of findings, by where the fault lies."""

    FILE_MISSING = "file_missing"
    FILE_SIZE = "file_size"
    FILE_BYTES = "file_bytes"
    FILE_UNREADABLE = "file_unreadable"
    FILE_UNKNOWN = "file_unknown"
    ENTRY_MISSING = "entry_missing"
    ENTRY_UNREADABLE = "entry_unreadable"
    ENTRY_CHANGED = "entry_changed"
    LEDGER_UNREADABLE = "ledger_unreadable"
    LEDGER_DIFFERS = "ledger_differs"
    LAKE_MISSING = "lake_missing"
    LAKE_UNREADABLE = "lake_unreadable"
    LAKE_TORN = "lake_torn"
    LAKE_STALE = "lake_stale"
    LAKE_UNOWED = "lake_unowed"
    LAKE_STRAY = "lake_stray"
    CORRECTIONS_UNREADABLE = "corrections_unreadable"
    # of a lesser kind: nothing that was proven is lost
    UNFINISHED = "unfinished"
    LEFTOVER = "leftover"
    CORRECTIONS_STALE = "corrections_stale"
    FOREIGN = "foreign"
    OTHER_VERSION = "other_version"


LESSER = frozenset(
    {
        Problem.UNFINISHED,
        Problem.LEFTOVER,
        Problem.CORRECTIONS_STALE,
        Problem.FOREIGN,
        Problem.OTHER_VERSION,
    }
)

_REPAIR = "harvester repair"
_DEEP = "harvester repair --deep"

REMEDIES: dict[Problem, str] = {
    **dict.fromkeys(Problem, _REPAIR),
    Problem.FILE_BYTES: _DEEP,
    Problem.FILE_UNREADABLE: _DEEP,
    Problem.LAKE_STALE: _DEEP,
    Problem.CORRECTIONS_UNREADABLE: "put the line right in an editor",
    Problem.UNFINISHED: "harvester nightly",
    Problem.FOREIGN: "move it away if nobody needs it there",
    Problem.OTHER_VERSION: "harvester rebuild",
}
"""A command for each kind; what is found by re-reading only is repaired by re-reading too."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be: about which path or key, and what of it.

    `day` and `source` name the lake's partition it concerns, `recording_key` and `file_key` the recording and file.
    """

    problem: Problem
    subject: str
    detail: str
    recording_key: str | None = None
    file_key: str | None = None
    day: date | None = None
    source: str | None = None

    @property
    def is_damage(self) -> bool:
        return self.problem not in LESSER

    @property
    def remedy(self) -> str:
        return REMEDIES[self.problem]

    def as_json(self) -> dict[str, Any]:
        return {
            "problem": str(self.problem),
            "damage": self.is_damage,
            "subject": self.subject,
            "detail": self.detail,
            "remedy": self.remedy,
            "recording_key": self.recording_key,
            "file_key": self.file_key,
            "date": self.day and self.day.isoformat(),
            "source": self.source,
        }

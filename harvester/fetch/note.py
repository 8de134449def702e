"""What a part file must be able to say of itself after a kill: which version it is of, and which bytes are here.

Decides when such a note is believed. Writes nothing; `harvester.fetch.part` does.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError


class Segment(BaseModel):
    """Bytes [start, end) of the file, of which [start, done) are here."""

    model_config = ConfigDict(frozen=True)

    start: int
    done: int
    end: int


class Note(BaseModel):
    """What must survive a kill so that the bytes beside it can be trusted."""

    model_config = ConfigDict(frozen=True)

    etag: str
    total: int
    modified: str | None
    boot: str
    segments: tuple[Segment, ...] = ()


def read_note(path: Path) -> Note | None:
    """None for a note that is missing, torn or not ours: the download then starts again."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as source:
            return Note.model_validate_json(source.read(1 << 20))
    except (OSError, ValidationError):
        return None


@cache
def read_boot_id() -> str:
    """A reboot may have lost bytes that were never fsynced though the file's size says they are there."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""

"""What a part file must be able to say of itself after a kill: which version it is of, and which bytes are here.

Decides when such a note is believed. Writes nothing; `harvester.fetch.part` does.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator


class Segment(BaseModel):
    """Bytes [start, end) of the file, of which [start, done) are here."""

    model_config = ConfigDict(frozen=True)

    start: int = Field(ge=0)
    done: int
    end: int


class Note(BaseModel):
    """What must survive a kill so that the bytes beside it can be trusted. Segments, if any, cover the whole file."""

    model_config = ConfigDict(frozen=True)

    etag: str = Field(pattern=r'^"[\x21\x23-\x7e]*"$')
    total: int = Field(ge=0)
    modified: str | None
    boot: str
    segments: tuple[Segment, ...] = ()

    @model_validator(mode="after")
    def _covers(self) -> Self:
        at = 0
        for each in self.segments:
            if each.start != at or not each.start <= each.done <= each.end:
                raise ValueError("segments leave a hole or overlap")
            at = each.end
        if self.segments and at != self.total:
            raise ValueError("segments do not reach the end")
        return self


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

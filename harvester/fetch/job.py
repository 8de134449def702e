"""What is asked of a fetch and what comes back: plain records, no behaviour.

A `Grant` is the only place a download address and a token meet; its repr shows neither.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from harvester.model import ListedFile, Receipt


@dataclass(frozen=True, slots=True)
class Grant:
    """Where to fetch a file now, and the token for it if it needs one."""

    url: str = field(repr=False)
    bearer: str | None = field(default=None, repr=False)


class Access(Protocol):
    """How a source grants access to one file."""

    def grant(self, *, renew: bool) -> Grant:
        """The address at hand; with `renew` a fresh one, asked of the source again. Raises Vanished."""
        ...


@dataclass(frozen=True, slots=True)
class Job:
    """One listed file to be stored as `folder/name`. `name` is ours; nothing a server says becomes part of it."""

    recording_key: str
    file: ListedFile
    folder: Path
    name: str
    access: Access

    @property
    def target(self) -> Path:
        return self.folder / self.name

    @property
    def subject(self) -> str:
        """How logs and errors call it; opaque ids only."""
        return f"{self.recording_key}/{self.file.key}"

    @property
    def fingerprint(self) -> str:
        """Part of the part file's name, so that pieces of two versions of a file never meet."""
        said = f"{self.recording_key}\0{self.file.key}\0{self.file.listed_bytes}"
        return hashlib.sha256(said.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Fetched:
    """A stored file: its proof, what it took, and what was odd about it (e.g. a listed size that was wrong)."""

    receipt: Receipt
    resumed_from: int
    bytes_downloaded: int
    note: str | None = None

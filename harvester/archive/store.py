"""Reading and writing the archive's folders. It decides nothing about what should be in them."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from harvester.archive.entry import DAMAGED_HINT, Entry, parse_entry, write_entry
from harvester.archive.paths import entry_folder, safe_id
from harvester.errors import Damaged
from harvester.files import disk_errors, make_folder, write_atomically
from harvester.model import Recording

ENTRY_NAME = "recording.json"


@dataclass(frozen=True, slots=True)
class Stored:
    """An entry as it lies on the disk: its folder and the hash of its `recording.json`."""

    folder: Path
    entry: Entry
    sha256: str


@dataclass(frozen=True, slots=True)
class Archive:
    """A directory tree of recordings."""

    root: Path

    def folder(self, recording: Recording) -> Path:
        return self.root / entry_folder(recording)

    def read(self, folder: Path) -> Stored | None:
        """The entry in `folder`, None where there is none. Raises Damaged for one that cannot be read."""
        path = folder / ENTRY_NAME
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Damaged(f"cannot read {path}: {error.strerror}", hint="check its owner and permissions") from error
        entry = parse_entry(data, where=str(path))
        if folder.name != safe_id(entry.native_id):
            raise Damaged(f"{path} is the entry of {entry.key}", hint=DAMAGED_HINT, subject=str(path))
        return Stored(folder, entry, hashlib.sha256(data).hexdigest())

    def write(self, folder: Path, entry: Entry) -> Stored:
        """Make `entry` durable in `folder`; bytes that are already there are left alone."""
        data = write_entry(entry)
        path = folder / ENTRY_NAME
        with disk_errors(path):
            make_folder(folder)
            _remove_unfinished(folder)
            if not (path.is_file() and path.read_bytes() == data):
                write_atomically(path, data)
        return Stored(folder, entry, hashlib.sha256(data).hexdigest())

    def relative(self, path: Path) -> str:
        """A file's path below the root, as the lake's `archive_path` gives it."""
        return path.relative_to(self.root).as_posix()

    def iter_partitions(self) -> Iterator[tuple[date, str, list[Path]]]:
        """(date, source, folders) of every day that holds recordings, each list in name order."""
        for source in sorted(each for each in self.root.glob("*") if each.is_dir()):
            for day in sorted(source.glob("[0-9][0-9][0-9][0-9]/[0-9][0-9]/[0-9][0-9]")):
                folders = sorted(each.parent for each in day.glob(f"*/{ENTRY_NAME}"))
                if folders:
                    with contextlib.suppress(ValueError):  # no date, so no folder of ours
                        yield date.fromisoformat("-".join(day.parts[-3:])), source.name, folders


def _remove_unfinished(folder: Path) -> None:
    """What a run that was killed while it wrote an entry has left."""
    with os.scandir(folder) as found:
        for each in found:
            if each.name.startswith(f".{ENTRY_NAME}.") and each.name.endswith(".tmp"):
                os.unlink(each.path)  # noqa: PTH108 - a path object for every file of the archive costs more than the look


def read_archived(path: Path, *, sha256: str) -> bytes:
    """Bytes of an archived file. Raises Damaged, with the path as subject, unless they are those of its receipt."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Damaged(
            f"the archived file {path.name} cannot be read: {error.strerror}",
            hint="fetch it again with `harvester repair`, or restore it from a backup",
            subject=str(path),
        ) from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise Damaged(
            f"the archived file {path.name} is not what its receipt says",
            hint="fetch it again with `harvester repair --deep`, or restore it from a backup",
            subject=str(path),
        )
    return data

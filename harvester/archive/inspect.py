"""One recording's folder against its own `recording.json`: is every file there that it vouches for, and nothing else.

Decides what each name in a folder is. Reads only; knows neither the ledger nor the lake. What an entry that is itself
in doubt says of its files proves nothing, so such a folder's files are not judged.
"""

from __future__ import annotations

import hashlib
import re
import stat
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from harvester.archive.entry import Entry, write_entry
from harvester.archive.paths import file_name, native_id
from harvester.archive.store import ENTRY_NAME, Archive, Stored
from harvester.errors import Damaged
from harvester.files import read_chunks
from harvester.finding import Finding, Problem
from harvester.model import FileStatus, Receipt
from schemas.handmade import HANDMADE_FILES

REPAIR_FOLDER = ".repair"
"""Where a file that is fetched again comes to lie until it is proven; beside the others, so on their filesystem."""

_TEMPORARY = re.compile(r"\..+\.[0-9a-f]{12}\.tmp")
_PART = re.compile(r"(?P<name>.+)\.[0-9a-f]{12}\.part(\.json)?")
_DAY = ("[0-9][0-9][0-9][0-9]", "[0-9][0-9]", "[0-9][0-9]")
OnBytes = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Shelved:
    """A folder that is a recording's by its name; `stored` is None where no entry in it can be believed."""

    folder: Path
    key: str
    stored: Stored | None
    findings: tuple[Finding, ...] = ()


def iter_days(archive: Archive) -> Iterator[tuple[date, str, list[Path]]]:
    """(date, source, folders) of every day folder, in order, also folders without a `recording.json`."""
    for source in sorted(each for each in archive.root.glob("[a-z0-9]*") if each.is_dir()):
        for day in sorted(source.glob("/".join(_DAY))):
            try:
                when = date.fromisoformat("-".join(day.parts[-3:]))
            except ValueError:
                continue
            yield when, source.name, sorted(each for each in day.iterdir() if each.is_dir())


def find_foreign(archive: Archive) -> Iterator[Finding]:
    """What lies above the recordings' folders and is none of the harvester's."""
    levels = [archive.root]
    for pattern in ("[a-z0-9]*", *_DAY):
        below = [path for each in levels if each.is_dir() for path in sorted(each.iterdir())]
        levels = [each for each in below if each.is_dir() and each.match(pattern)]
        known = {*levels, *(archive.root / name for name in HANDMADE_FILES)}
        for path in below:
            if path.parent == archive.root and _TEMPORARY.fullmatch(path.name):
                yield Finding(Problem.LEFTOVER, str(path), "a command that was cut off has left it")
            elif path not in known:
                yield Finding(Problem.FOREIGN, str(path), "it is none of the harvester's")


def open_folder(archive: Archive, folder: Path, source: str) -> Shelved | None:
    """Read and judge a folder's entry; None for a folder that holds nothing, which a kill may leave."""
    key = _key(folder, source)
    if key is None:
        finding = Finding(Problem.FILE_UNKNOWN, str(folder), "no recording has a folder of this name")
        return Shelved(folder, f"{source}:{folder.name}", None, (finding,))
    path = folder / ENTRY_NAME
    try:
        stored = archive.read(folder)
    except Damaged as error:
        detail = error.message.removeprefix(f"{path} ")
        return Shelved(folder, key, None, (_entry_finding(Problem.ENTRY_UNREADABLE, path, key, detail),))
    if stored is None:
        if not any(not _TEMPORARY.fullmatch(each.name) for each in folder.iterdir()):
            return None
        return Shelved(folder, key, None, (_entry_finding(Problem.ENTRY_MISSING, path, key, "it is not there"),))
    doubt = _doubt(stored, key)
    if doubt:
        return Shelved(folder, key, None, (_entry_finding(Problem.ENTRY_CHANGED, path, key, doubt),))
    return Shelved(folder, key, stored)


def inspect_files(stored: Stored, *, deep: bool, on_bytes: OnBytes) -> list[Finding]:
    """Every receipt against its file, then every name that no receipt accounts for."""
    findings = []
    for key in sorted(stored.entry.files):
        receipt = stored.entry.files[key].state.receipt
        if receipt is None:
            continue
        path = stored.folder / receipt.name
        if found := _check_file(path, receipt, deep=deep, on_bytes=on_bytes):
            findings.append(Finding(found[0], str(path), found[1], stored.entry.key, key))
    return findings + list(_classify_names(stored))


def _key(folder: Path, source: str) -> str | None:
    try:
        return f"{source}:{native_id(folder.name)}"
    except ValueError:
        return None


def _entry_finding(problem: Problem, path: Path, key: str, detail: str) -> Finding:
    return Finding(problem, str(path), detail, key)


def _doubt(stored: Stored, key: str) -> str | None:
    """Why an entry that can be read is not to be believed all the same."""
    entry = stored.entry
    if entry.key != key:
        return f"it is the entry of {entry.key}"  # of another source
    if hashlib.sha256(write_entry(entry)).hexdigest() != stored.sha256:
        return "its bytes are not as the harvester writes them"
    for file_key, file in entry.files.items():
        if (file.state.receipt is None) == (file.state.status is FileStatus.ARCHIVED):
            return f"{file_key} is {file.state.status} {'without' if file.state.receipt is None else 'with'} a receipt"
    names = Counter(each.state.receipt.name for each in entry.files.values() if each.state.receipt)
    odd = [name for name, count in names.items() if count > 1 or name in {"", ".", "..", ENTRY_NAME} or "/" in name]
    return f"its receipts cannot all be for {odd[0]!r}" if odd else None


def _check_file(path: Path, receipt: Receipt, *, deep: bool, on_bytes: OnBytes) -> tuple[Problem, str] | None:
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            return Problem.FILE_MISSING, "something else lies in its place"
        if status.st_size != receipt.size_bytes:
            return Problem.FILE_SIZE, f"it has {status.st_size:,} bytes, its receipt says {receipt.size_bytes:,}"
        digest = _hash(path, on_bytes) if deep else receipt.sha256
    except FileNotFoundError:
        return Problem.FILE_MISSING, "it is not there"
    except OSError as error:
        return Problem.FILE_UNREADABLE, f"it cannot be read: {error.strerror}"
    if digest != receipt.sha256:
        return Problem.FILE_BYTES, f"its SHA-256 is {digest}, its receipt says {receipt.sha256}"
    return None


def _hash(path: Path, on_bytes: OnBytes) -> str:
    digest = hashlib.sha256()
    for chunk in read_chunks(path, from_disk=True):
        digest.update(chunk)
        on_bytes(len(chunk))
    return digest.hexdigest()


def _classify_names(stored: Stored) -> Iterator[Finding]:
    entry = stored.entry
    receipts = {each.state.receipt.name for each in entry.files.values() if each.state.receipt}
    awaited = {file_name(each.listed): key for key, each in entry.files.items() if each.state.receipt is None}
    for path in sorted(stored.folder.iterdir()):
        if path.name not in receipts | {ENTRY_NAME}:
            problem, detail = _classify(path, entry, awaited)
            yield Finding(problem, str(path), detail, entry.key, awaited.get(path.name))


def _classify(path: Path, entry: Entry, awaited: dict[str, str]) -> tuple[Problem, str]:
    if path.name in awaited and path.is_file() and not path.is_symlink():
        return Problem.UNFINISHED, "it is proven and not noted yet; the next run takes it over"
    part = _PART.fullmatch(path.name)
    if part and part["name"] in awaited and not entry.gone:
        return Problem.UNFINISHED, "the download is not finished; the next run goes on with it or starts again"
    if part or path.name == REPAIR_FOLDER or _TEMPORARY.fullmatch(path.name):
        return Problem.LEFTOVER, "a run or repair that was cut off has left it"
    return Problem.FILE_UNKNOWN, "no entry knows it"

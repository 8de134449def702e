"""The search index: a folder with one file per day of the lake, and nothing else that would have to agree with them.

It is a cache: any file of it, or all of it, can go at any moment and is made again. A file says in its head of what it
was made (`mark`) and counts only as long as the lake still is so; otherwise its day is indexed anew before a
search answers, and the file of a day that left the lake is removed. So a search never shows what the lake no longer
holds, nor misses what it holds. A file gets its name last and whole; one process at a time writes, and whoever waited
for it finds the work done.

Speech lies here a second time: folder and files are their owner's alone. Files are trusted to hold what was written:
what is cut short, or is no such file, or makes no sense is found and made again; a letter that a disk changed is not.
"""

from __future__ import annotations

import contextlib
import logging
import mmap
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from harvester.errors import Damaged, Failed, HarvesterError
from harvester.lake.partition import file_lock
from harvester.lake.search.find import Found, Search, Watch, ignore
from harvester.lake.search.lookup import Block, Newest
from harvester.lake.search.mark import LINKS, MARK, SUFFIX, TEMPORARY, Day, State, day_file, make_mark, read_state

_LOCK = "lock"
_ATTEMPTS = 3
# a home that cannot be written, a full disk, corrections that are no table, a lake that DuckDB or Arrow cannot hold
_UNUSABLE = (OSError, HarvesterError, pa.ArrowException)
# what reading other bytes than were written raises
_DAMAGE = (pa.ArrowException, ValueError, IndexError, OverflowError)

log = logging.getLogger(__name__)


def find_indexed(lake: Path, folder: Path, search: Search, watch: Watch) -> Found | None:
    """The hits, without their spans, of an index that was brought up to date for the days of the search.

    None where that cannot be, which the log then says: the scan finds the same.
    """
    for _ in range(_ATTEMPTS):
        try:
            state = refresh_index(lake, folder, search, watch)
            return _find(folder, state, search)
        except (Damaged, FileNotFoundError):  # it is gone by now, or was indexed anew under our hands
            continue
        except _UNUSABLE as error:
            log.info("search.index_unusable", extra={"fields": {"folder": folder, "reason": str(error)}})
            return None
    return None


def refresh_index(lake: Path, folder: Path, search: Search | None, watch: Watch) -> State:
    """Bring the index up to date for the days of a search, or all; days beyond it that are out of date lose their file.

    Gives the state of the lake that the index now has. Raises OSError, Failed, DiskFull.
    """
    if not lake.is_dir():
        raise Failed(f"there is no lake at {lake}", hint="`harvester nightly` writes it")
    state = read_state(lake)
    if not _find_stale(folder, state) and not _find_gone(folder, state):
        return state
    with file_lock(folder / _LOCK):
        for path in [*folder.glob(f".*{TEMPORARY}"), *_find_gone(folder, state)]:
            path.unlink(missing_ok=True)
        for path in folder.glob(f"{LINKS}*"):
            shutil.rmtree(path)
        stale = _find_stale(folder, state)  # somebody may have been at it before us
        wanted = [each for each in stale if search is None or search.includes(each.date)]
        for each in stale:
            if each not in wanted:
                day_file(folder, each.date).unlink(missing_ok=True)
        if wanted:
            from harvester.lake.search.build import index_days  # which needs DuckDB

            index_days(lake, folder, state, wanted, watch)
    return state


def keep_index(lake: Path, folder: Path) -> None:
    """Bring an index up to date so that the next search need not, where there is one; what hinders is only logged."""
    if any(folder.glob(f"*{SUFFIX}")):
        try:
            refresh_index(lake, folder, None, ignore)
        except _UNUSABLE as error:
            log.warning("search.index_not_kept", extra={"fields": {"folder": folder, "reason": str(error)}})


def measure_index(folder: Path) -> tuple[int, int]:
    """Days and bytes that it has."""
    sizes = [path.stat().st_size for path in folder.glob(f"*{SUFFIX}")]
    return len(sizes), sum(sizes)


def _find_gone(folder: Path, state: State) -> list[Path]:
    """Files of days that the lake no longer has."""
    known = {day_file(folder, each) for each in state.days}
    return [path for path in folder.glob(f"*{SUFFIX}") if path not in known]


def _find_stale(folder: Path, state: State) -> list[Day]:
    return [day for day in state.days.values() if not _is_fresh(day_file(folder, day.date), state, day)]


def _is_fresh(path: Path, state: State, day: Day) -> bool:
    try:
        mark = make_mark(state, day, (block.column("transcript_key") for block in _read(path)))
        return bool((_open(path).schema.metadata or {}).get(MARK) == mark)
    except FileNotFoundError:
        return False
    except _DAMAGE as error:
        log.info("search.index_broken", extra={"fields": {"file": path, "reason": str(error)}})
        return False


def _read(path: Path) -> Iterator[Block]:
    """The blocks of one file. Raises FileNotFoundError, and ArrowInvalid where it is none of ours."""
    file = _open(path)
    for number in range(file.num_record_batches):
        batch = file.get_batch(number)
        batch.validate()
        yield Block(batch)


def _open(path: Path) -> pa.ipc.RecordBatchFileReader:
    """Raises OSError, and ArrowInvalid for what is no whole file of Arrow."""
    with path.open("rb") as file:
        if not os.fstat(file.fileno()).st_size:
            raise pa.ArrowInvalid("it is empty")
        held = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)  # ends with the last array that lies in it
    try:
        return pa.ipc.open_file(pa.py_buffer(held))
    except OSError as error:  # what Arrow calls one when its own structure is broken
        raise pa.ArrowInvalid(str(error)) from error


def _find(folder: Path, state: State, search: Search) -> Found:
    """Newest days first, so that most of the others have no row that could still be among the newest hits."""
    newest = Newest(search)
    newest.check_patterns()
    for day in sorted(filter(search.includes, state.days), reverse=True):
        path = day_file(folder, day)
        try:
            for block in _read(path):
                newest.add(block)
        except _DAMAGE as error:
            log.info("search.index_broken", extra={"fields": {"file": path, "reason": str(error)}})
            with contextlib.suppress(OSError):  # not ours to write: then the scan answers
                path.unlink()
            raise Damaged(f"{path} is damaged", hint="remove it") from error
    return Found(tuple(newest.hits), newest.total)

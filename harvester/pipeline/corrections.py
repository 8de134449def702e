"""What people put right: the truth at the archive's root, and the copies in the lake that its views read.

Decides who writes them when: one at a time, under a lock of their own, so that neither a run nor another correction
has to be waited for. A file that cannot be read is left alone, and so is the copy that was made of it before.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import TypeVar

from harvester.errors import Damaged, Failed
from harvester.files import disk_errors, fsync_folder, write_atomically
from harvester.finding import Finding, Problem
from harvester.lake import docs
from harvester.lake.handmade.entries import (
    ALIASES,
    CORRECTIONS,
    Correction,
    merge_aliases,
    merge_corrections,
)
from harvester.lake.handmade.file import Handfile, Handmade
from harvester.lake.handmade.judge import Judged, State, judge, read_said
from harvester.lake.handmade.sheet import BadSheet
from harvester.lake.partition import file_lock
from harvester.pipeline.tools import Place

T = TypeVar("T", bound=Handmade)

READER_COLUMNS = ("time",)
"""What a template has for the reader alone."""


def read_rows(place: Place, file: Handfile[T]) -> list[T]:
    """Rows of the archive's file, none where there is no file. Raises Damaged, naming the line that is no row."""
    path = place.archive.root / file.name
    try:
        return file.read_kept(path.read_bytes(), str(path))
    except FileNotFoundError:
        return []
    except BadSheet as error:
        hint = "put it right in an editor; until then the lake keeps what it has of it"
        raise Damaged(error.message, hint=hint, subject=str(path)) from error
    except OSError as error:
        raise Damaged(
            f"cannot read {path}: {error.strerror}", hint="check its owner and permissions", subject=str(path)
        ) from error


def change_rows(place: Place, file: Handfile[T], change: Callable[[Sequence[T]], list[T]]) -> tuple[list[T], list[T]]:
    """Write what `change` makes of the rows into the archive, then the lake's copy; gives the rows before and after.

    Raises Damaged where the file cannot be read, and what `change` raises; then nothing has changed.
    """
    path = place.archive.root / file.name
    with _lock(place):
        before = read_rows(place, file)
        after = change(before)
        data = file.write(after, guarded=True)
        if data is not None:
            file.read_kept(data, str(path))  # nothing is written that could not be read
        with disk_errors(path):
            if data is None:
                path.unlink(missing_ok=True)
                fsync_folder(path.parent)
            elif after != before or not path.exists():
                write_atomically(path, data)
        if place.lake.is_dir():
            docs.write_lake_docs(place.lake, {file.name: _copy(place, file, after)})
    return before, after


def take_corrections(place: Place, data: bytes, where: str) -> tuple[int, int]:
    """Join the rows of a CSV to the archive's; gives how many were new or changed, and how many change nothing.

    Raises BadSheet, naming each line, where a row is no correction or does not fit what the lake has; then nothing is
    taken. Where there is no lake, no row is held against it.
    """
    rows = CORRECTIONS.read(data, where, ignored=READER_COLUMNS)
    changing = [(line, each) for line, each in rows if each.changes_something]
    new = [each for _, each in changing]
    if place.lake.is_dir():
        verdicts = judge_corrections(place, new)
        problems = [
            f"line {line}: {verdict.reason}; `harvester correct --template RECORDING` prints what it has"
            for (line, _), verdict in zip(changing, verdicts, strict=True)
            if verdict.state is not State.APPLIED
        ]
        if problems:
            raise BadSheet(where, problems)
    return _count(rows, *change_rows(place, CORRECTIONS, lambda known: _join(place, known, new)))


def _join(place: Place, known: Sequence[Correction], new: Sequence[Correction]) -> list[Correction]:
    """A template of a lake of pseudonyms shows a corrected name as one: handed back, it says nothing new."""
    if place.reading.pseudonyms:
        hidden = as_in_lake(place, known)
        new = [each for each in new if each.note or merge_corrections(hidden, as_in_lake(place, [each])) != hidden]
    return merge_corrections(known, new)


def judge_corrections(place: Place, corrections: Sequence[Correction]) -> list[Judged]:
    """What becomes of each in the lake as it is."""
    said = read_said(place.lake, (each.transcript_key for each in corrections))
    verdicts = judge(as_in_lake(place, corrections), said)
    return [replace(verdict, correction=each) for verdict, each in zip(verdicts, corrections, strict=True)]


def take_aliases(place: Place, data: bytes, where: str) -> tuple[int, int]:
    """The same for aliases, which fit whatever the lake has."""
    rows = ALIASES.read(data, where)
    new = [each for _, each in rows]
    return _count(rows, *change_rows(place, ALIASES, lambda known: merge_aliases(known, new)))


def _count(rows: Sequence[object], before: Sequence[object], after: Sequence[object]) -> tuple[int, int]:
    taken = len(set(after) - set(before))
    return taken, len(rows) - taken


def drop_corrections(place: Place, indexes: Collection[int]) -> int:
    """Take back corrections by their index, gives how many. Raises Failed where one is not there, and takes none."""
    return _dropped(
        *change_rows(place, CORRECTIONS, lambda known: _without(known, lambda each: each.correction_index, indexes))
    )


def drop_aliases(place: Place, labels: Collection[str]) -> int:
    """Take back all aliases of each label, on the same terms."""
    return _dropped(*change_rows(place, ALIASES, lambda known: _without(known, lambda each: each.label, labels)))


def _dropped(before: Sequence[object], after: Sequence[object]) -> int:
    return len(before) - len(after)


def _without(known: Sequence[T], name: Callable[[T], object], dropped: Collection[object]) -> list[T]:
    missing = sorted(str(each) for each in set(dropped) - {name(each) for each in known})
    if missing:
        hint = "`harvester correct --list` shows what there is, with --aliases the aliases"
        raise Failed(f"there is no {', '.join(missing)} to be dropped", hint=hint)
    return [each for each in known if name(each) not in dropped]


def write_lake_docs(place: Place) -> list[Damaged]:
    """Bring all that lies beside the lake's data up to date; gives what kept a copy from it."""
    with _lock(place):
        copies, failures = _build_copies(place)
        docs.write_lake_docs(place.lake, copies)
    return failures


def check_lake_docs(place: Place, *, comparable: bool = True) -> Iterator[Finding]:
    """What beside the lake's data is not as the archive has it.

    Without `comparable` the lake has other pseudonyms, or none, and its copies are not held against the archive's.
    """
    with _lock(place):
        copies, failures = _build_copies(place)
        copies = copies if comparable else {}
        for each in failures:
            yield Finding(Problem.CORRECTIONS_UNREADABLE, each.subject or "", each.message)
        if place.lake.is_dir():
            for path in docs.stale_docs(place.lake, copies):
                problem = Problem.CORRECTIONS_STALE if path.name in copies else Problem.UNFINISHED
                yield Finding(problem, str(path), "it is not as a run writes it")


def _build_copies(place: Place) -> tuple[dict[str, bytes | None], list[Damaged]]:
    copies: dict[str, bytes | None] = {}
    failures = [*_add_copy(place, CORRECTIONS, copies), *_add_copy(place, ALIASES, copies)]
    return copies, failures


def _add_copy(place: Place, file: Handfile[T], copies: dict[str, bytes | None]) -> Iterator[Damaged]:
    try:
        copies[file.name] = _copy(place, file, read_rows(place, file))
    except Damaged as error:
        yield error


def _copy(place: Place, file: Handfile[T], rows: Sequence[T]) -> bytes | None:
    """What the lake has of them, for programs: without the apostrophes that keep a spreadsheet from calculating."""
    return file.write(as_in_lake(place, rows), guarded=False)


def as_in_lake(place: Place, rows: Iterable[T]) -> list[T]:
    """The rows, with pseudonyms for people where the lake has these."""
    pseudonyms = place.reading.pseudonyms
    return [each.disguise(pseudonyms) if pseudonyms else each for each in rows]


def _lock(place: Place) -> AbstractContextManager[None]:
    return file_lock(place.state / "locks" / "corrections.lock")

"""Archive, ledger and lake held against each other, day by day. Changes nothing.

The caller holds the run lock: what a harvest is just writing would look like damage. A damaged thing gives one
finding, and what only follows from it gives none.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from harvester.archive.inspect import find_foreign, iter_days
from harvester.errors import Damaged
from harvester.finding import Finding, Problem
from harvester.lake.inspect import find_strays
from harvester.lake.partition import list_partitions
from harvester.ledger.inspect import LedgerView, view_ledger
from harvester.model import FileStatus
from harvester.pipeline.check_day import Checked, check_day
from harvester.pipeline.corrections import check_lake_docs
from harvester.pipeline.link import OWED, check_links, read_owed
from harvester.pipeline.rules import READERS, RULES, find_changes
from harvester.pipeline.tools import Place

log = logging.getLogger(__name__)

Partition = tuple[date, str]


@dataclass(slots=True)
class Verified:
    """What was looked at, and what was found."""

    deep: bool
    recordings: int = 0
    files: int = 0
    bytes_read: int = 0
    partitions: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def damage(self) -> list[Finding]:
        return [each for each in self.findings if each.is_damage]

    @property
    def lesser(self) -> list[Finding]:
        return [each for each in self.findings if not each.is_damage]


@dataclass(slots=True)
class _Map:
    """Where the recordings of a day lie: in its own folder, but for those whose start has moved since they came."""

    folders: dict[Partition, int] = field(default_factory=dict)  # how many files, for the progress bar
    moved_in: dict[Partition, list[Path]] = field(default_factory=lambda: defaultdict(list))
    moved_out: set[Path] = field(default_factory=set)
    size_bytes: int = 0
    files: int = 0


def verify(place: Place, ledger_path: Path, *, deep: bool) -> Verified:
    """Look at everything once; `deep` reads every archived file and makes every partition's rows again."""
    result = Verified(deep)
    with view_ledger(ledger_path) as view:
        if isinstance(view, Finding):
            result.findings.append(view)
        _verify(place, view if isinstance(view, LedgerView) else None, result)
    result.findings = _distinct(result.findings)
    log.info("verify.finished", extra={"fields": {"damage": len(result.damage), "lesser": len(result.lesser)}})
    return result


def _verify(place: Place, view: LedgerView | None, result: Verified) -> None:
    result.findings += find_foreign(place.archive)
    found = _map_archive(place)
    place.progress.expect(files=found.files, size_bytes=found.size_bytes if result.deep else 0)
    known = view.partitions() if view else set()
    run_starts = view.run_starts() if view else frozenset()
    changed = find_changes(place, view.meta(RULES)) if view else []
    settings = [each for each in changed if each != READERS]
    if settings:
        detail = f"other settings made it: {', '.join(settings)}; its rows cannot be compared"
        result.findings.append(Finding(Problem.OTHER_VERSION, str(place.lake), detail))
    partitions = found.folders.keys() | found.moved_in.keys() | list_partitions(place.lake) | known
    for day, source in sorted(partitions):
        place.progress.checking(f"{source} {day}")
        if source not in place.readers:
            detail = f"this version knows no source named {source}"
            result.findings.append(Finding(Problem.FOREIGN, f"{source} {day}", detail, day=day, source=source))
            continue
        folders = [*_folders(place, day, source, found.moved_out), *found.moved_in.get((day, source), ())]
        checked = check_day(
            place,
            view,
            day,
            source,
            sorted(folders),
            deep=result.deep,
            rows=result.deep and not settings,
            run_starts=run_starts,
        )
        _add(result, checked)
    if view:
        result.findings += [
            Finding(Problem.LEDGER_DIFFERS, key, "the ledger knows files of it, and not the recording itself", key)
            for key in view.orphans()
        ]
    result.findings += check_links(place, owed=read_owed(view.meta(OWED)) if view else ())
    result.findings += find_strays(place.lake)
    result.findings += _find_leftovers(place, view)
    result.findings += check_lake_docs(place, comparable="pseudonyms" not in settings)


def _map_archive(place: Place) -> _Map:
    """A first look at every entry, for where it belongs and how much there is to read."""
    found = _Map()
    for day, source, folders in iter_days(place.archive):
        found.folders[day, source] = len(folders)
        reader = place.readers.get(source)
        for folder in folders if reader else ():
            try:
                stored = place.archive.read(folder)
                home = reader.describe(stored.entry.metadata).date if stored and reader else day
            except Damaged:
                continue
            if stored is None:
                continue
            receipts = [each.state.receipt for each in stored.entry.files.values() if each.state.receipt]
            found.files += len(receipts)
            found.size_bytes += sum(each.size_bytes for each in receipts)
            if home != day:
                found.moved_in[home, source].append(folder)
                found.moved_out.add(folder)
    return found


def _folders(place: Place, day: date, source: str, moved_out: set[Path]) -> Iterable[Path]:
    folder = place.archive.root / source / day.isoformat().replace("-", "/")
    if not folder.is_dir():
        return []
    return [each for each in folder.iterdir() if each.is_dir() and each not in moved_out]


def _add(result: Verified, checked: Checked) -> None:
    result.findings += checked.findings
    result.recordings += len(checked.entries)
    for entry in checked.entries:
        result.files += sum(each.state.status is FileStatus.ARCHIVED for each in entry.files.values())
    result.bytes_read += checked.bytes_read
    result.partitions += checked.has_files


def _find_leftovers(place: Place, view: LedgerView | None) -> Iterable[Finding]:
    staged = {place.staging / each for each in view.staged_paths()} if view else None
    for folder in (place.staging, place.state / "tmp"):
        for path in sorted(each for each in folder.rglob("*") if each.is_file()):
            if staged is not None and path not in staged:
                yield Finding(Problem.LEFTOVER, str(path), "a run that was cut off has left it")


def _distinct(findings: Iterable[Finding]) -> list[Finding]:
    """One finding per kind and subject, the first: the same may be met on two ways."""
    kept: dict[tuple[Problem, str, str | None], Finding] = {}
    for each in findings:
        kept.setdefault((each.problem, each.subject, each.recording_key), each)
    return list(kept.values())

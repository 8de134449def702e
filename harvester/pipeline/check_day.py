"""One day of one source: its folders, its rows in the ledger and its files in the lake, held against each other.

Decides what follows from what: a recording whose entry is in doubt is judged no further, a file that is damaged keeps
its recording out of the comparison of rows, and what a cut-off run still owes is no damage.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from harvester.archive import Entry
from harvester.archive.inspect import Shelved, inspect_files, open_folder
from harvester.archive.store import ENTRY_NAME
from harvester.errors import Damaged
from harvester.finding import Finding, Problem
from harvester.lake.compare import compare_some, compare_whole
from harvester.lake.inspect import Held, inspect_partition, partition_finding
from harvester.lake.partition import Partition
from harvester.lake.stage import open_stage
from harvester.ledger import RecordingRow
from harvester.ledger.inspect import LedgerView
from harvester.pipeline.rebuild import iter_rows
from harvester.pipeline.tools import Place
from harvester.pipeline.witness import (
    Case,
    LakeRow,
    Standing,
    compare_lake,
    compare_ledger,
    is_changed,
    judge_standing,
)


@dataclass(slots=True)
class Checked:
    """A day's findings, and what they were found in."""

    entries: list[Entry] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    bytes_read: int = 0
    has_files: bool = False


@dataclass(slots=True)
class _Day:
    """What is known while a day is being checked. `doubtful` are keys of which nothing more can be said."""

    place: Place
    view: LedgerView | None
    partition: Partition
    held: Held
    rows: dict[str, RecordingRow]
    lake: dict[str, LakeRow]
    run_starts: frozenset[str]
    checked: Checked = field(default_factory=Checked)
    cases: dict[str, Case] = field(default_factory=dict)
    doubtful: set[str] = field(default_factory=set)
    incomparable: set[str] = field(default_factory=set)

    def add(self, *findings: Finding) -> None:
        self.checked.findings += [
            replace(each, day=each.day or self.partition.day, source=self.partition.source) for each in findings
        ]


def check_day(
    place: Place,
    view: LedgerView | None,
    day: date,
    source: str,
    folders: Iterable[Path],
    *,
    deep: bool,
    rows: bool,
    run_starts: frozenset[str],
) -> Checked:
    """Every finding about one day of one source; `rows` are made again and compared."""
    partition = Partition(place.lake, place.state, day, source)
    held = inspect_partition(partition, deep=deep)
    known = {each.recording_key: each for each in view.of_day(day, source)} if view else {}
    this = _Day(place, view, partition, held, known, _lake_rows(held), run_starts)
    this.checked.has_files = not held.is_empty
    for folder in folders:
        shelved = open_folder(place.archive, folder, source)
        if shelved:
            _open_case(this, shelved)
    for case in this.cases.values():
        _check_case(this, case, deep=deep)
    _check_strangers(this)
    _check_held(this)
    if rows and not held.is_empty:
        _check_rows(this)
    return this.checked


def _lake_rows(held: Held) -> dict[str, LakeRow]:
    recordings = held.rows("recordings")
    if recordings is None:
        return {}
    columns = (recordings[name].to_pylist() for name in ("recording_key", "payload_sha256", "transcript_status"))
    return {key: LakeRow(payload, status) for key, payload, status in zip(*columns, strict=True)}


def _open_case(this: _Day, shelved: Shelved) -> None:
    """Let an entry speak, unless it cannot be read, or ledger and lake remember another."""
    this.add(*shelved.findings)
    stored = shelved.stored
    if stored is None:
        this.doubtful.add(shelved.key)
        return
    path = str(shelved.folder / ENTRY_NAME)
    try:
        recording = this.place.readers[this.partition.source].describe(stored.entry.metadata)
        doubt = None if recording.key == shelved.key else f"its metadata is that of {recording.key}"
    except Damaged as error:
        doubt = error.message
    if doubt:
        this.doubtful.add(shelved.key)
        this.add(Finding(Problem.ENTRY_CHANGED, path, doubt, shelved.key))
        return
    row = this.view.recording(shelved.key) if this.view else None
    staged = this.view.staged_path(row) if this.view and row else None
    case = Case(
        stored=stored,
        recording=recording,
        folder=this.place.archive.relative(shelved.folder),
        standing=judge_standing(row, is_staged=staged is not None, run_starts=this.run_starts),
        row=row,
        files=this.view.files(shelved.key) if this.view else {},
        lake=this.lake.get(shelved.key),
    )
    if is_changed(case):
        this.doubtful.add(shelved.key)
        detail = "its SHA-256 is not the one that the ledger noted when it was written"
        this.add(Finding(Problem.ENTRY_CHANGED, path, detail, shelved.key))
        return
    this.cases[case.key] = case
    if staged and case.standing is Standing.OWED:
        _check_staged(this, case, this.place.staging / staged)


def _check_staged(this: _Day, case: Case, path: Path) -> None:
    try:
        stage = open_stage(path)
        for name in stage.extents:
            stage.read(name)
    except Damaged as error:
        this.add(Finding(Problem.LAKE_STALE, str(path), error.message, case.key))


def _check_case(this: _Day, case: Case, *, deep: bool) -> None:
    this.checked.entries.append(case.stored.entry)

    def count(size_bytes: int) -> None:
        this.checked.bytes_read += size_bytes
        this.place.progress.advance(size_bytes)

    found = inspect_files(case.stored, deep=deep, on_bytes=count)
    this.add(*found)
    damaged = {each.file_key for each in found if each.is_damage}
    files = case.stored.entry.files
    for key, file in files.items():
        if file.state.receipt:
            this.place.progress.file_done(failed=key in damaged)
    reader = this.place.readers[this.partition.source]
    if any(key in damaged and reader.reads(file.listed) for key, file in files.items()):
        this.incomparable.add(case.key)
    if this.view:
        differences = list(compare_ledger(case))
        if differences:
            this.add(Finding(Problem.LEDGER_DIFFERS, case.key, "; ".join(differences), case.key))
    if not this.held.is_empty and (case.lake or "recordings" not in this.held.damaged):
        this.add(*compare_lake(case, str(this.partition.file("recordings"))))


def _check_strangers(this: _Day) -> None:
    """Recordings of which the archive knows nothing here, though the ledger or the lake does."""
    for key, row in this.rows.items():
        if key in this.cases or key in this.doubtful or row.date != this.partition.day.isoformat():
            continue
        entry = this.place.archive.root / row.folder / ENTRY_NAME
        if row.entry_sha256 is None:
            this.add(Finding(Problem.UNFINISHED, key, "it is listed and not worked on yet", key))
        elif not entry.exists():
            this.doubtful.add(key)
            this.add(Finding(Problem.ENTRY_MISSING, str(entry), "it is not there", key))
    if not this.cases and not this.doubtful and not this.held.is_empty:
        if not any(each.published_seq < each.seq for each in this.rows.values()):
            detail = "the archive has no recording of this day"
            this.add(partition_finding(Problem.LAKE_UNOWED, this.partition, detail))
        return
    for key in this.lake.keys() - this.cases.keys() - this.doubtful:
        if key not in this.rows or this.rows[key].published_seq >= this.rows[key].seq:
            detail = f"it has rows of {key}, which the archive does not hold on this day"
            this.add(partition_finding(Problem.LAKE_UNOWED, this.partition, detail, key=key))


def _check_held(this: _Day) -> None:
    """What the lake's own files gave away; torn is no damage while the publish that tore them is still owed."""
    owed = any(each.published_seq < each.seq for each in this.rows.values())
    for each in this.held.findings:
        if each.problem is Problem.LAKE_TORN and owed:
            each = replace(each, problem=Problem.UNFINISHED, detail="a publish was cut off; the next run finishes it")  # noqa: PLW2901
        this.add(each)
    if this.held.is_empty and this.cases:
        if all(case.standing is not Standing.DONE for case in this.cases.values()):
            for case in this.cases.values():
                this.add(*compare_lake(case, ""))
        else:
            this.add(partition_finding(Problem.LAKE_MISSING, this.partition, "the lake has no file of this day"))


def _check_rows(this: _Day) -> None:
    """Make the rows again from the archive and compare: to the byte where everything here can be judged."""
    recordings = this.held.rows("recordings")
    versions = {made_by[1] for made_by in (each.made_by for each in this.held.files.values())}
    if recordings is not None:
        versions |= set(recordings["parser_version"].to_pylist())
    own = this.place.readers[this.partition.source].parser_version
    if versions - {own}:
        detail = f"rules of version {', '.join(sorted(versions - {own}))} made it, these are {own}"
        this.add(partition_finding(Problem.OTHER_VERSION, this.partition, detail))
        return
    cases = [
        case
        for key, case in this.cases.items()
        if case.standing is Standing.DONE
        and key not in this.incomparable
        and (case.lake is None or case.lake.payload_sha256 == case.stored.sha256)
    ]
    whole = len(cases) == len(this.cases) and not this.doubtful
    if recordings is not None and this.lake.keys() != {case.key for case in cases}:
        whole = False
        cases = [case for case in cases if case.key in this.lake]
    if not cases:
        return
    stored = [case.stored for case in cases]
    recordings = [each.tables for each in iter_rows(this.place, this.partition.source, stored)]
    compare = compare_whole if whole else compare_some
    this.add(*compare(this.held, this.partition, recordings, parser_version=own))

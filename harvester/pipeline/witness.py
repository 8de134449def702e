"""What archive, ledger and lake say of one recording, held against each other. Pure: no disk, network or clock.

The archive's entry is the truth, but a file can be changed behind its back: where two of the three agree on the hash
of `recording.json`, the third is the one that is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import Enum

from harvester.archive.store import Stored
from harvester.finding import Finding, Problem
from harvester.ledger import FileRow, RecordingRow
from harvester.model import Recording
from harvester.pipeline import merge
from harvester.pipeline.plan import is_settled


class Standing(Enum):
    """How far the ledger says that work on a recording has come."""

    DONE = "done"  # or no ledger to ask
    OPEN = "a run was cut off while it worked on it; the next one goes on"
    OWED = "its rows are staged and not published yet; the next run publishes them"


@dataclass(frozen=True, slots=True)
class LakeRow:
    """What the lake's `recordings` says of one recording."""

    payload_sha256: str
    transcript_status: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One recording before the three witnesses; `row` and `lake` are None where they say nothing of it."""

    stored: Stored
    recording: Recording
    folder: str
    standing: Standing
    row: RecordingRow | None
    files: Mapping[str, FileRow]
    lake: LakeRow | None

    @property
    def key(self) -> str:
        return self.recording.key


def judge_standing(row: RecordingRow | None, *, is_staged: bool, run_starts: frozenset[str]) -> Standing:
    """A row that is due at the very moment a run began was begun by it and never settled."""
    if row is None:
        return Standing.DONE
    if row.next_try_at in run_starts:
        return Standing.OPEN
    return Standing.OWED if row.published_seq < row.seq and is_staged else Standing.DONE


def is_changed(case: Case) -> bool:
    """Whether ledger and lake agree that `recording.json` was another when they last saw it."""
    row = case.row
    if row is None or row.entry_sha256 is None or case.standing is Standing.OPEN:
        return False
    if row.entry_sha256 == case.stored.sha256:
        return False
    if case.standing is Standing.OWED or case.lake is None:
        return case.lake is None or case.lake.payload_sha256 != case.stored.sha256
    return case.lake.payload_sha256 == row.entry_sha256


def compare_ledger(case: Case) -> Iterable[str]:
    """Everything in which the ledger differs from the entry, in words; nothing while work is open."""
    row, entry = case.row, case.stored.entry
    if row is None:
        yield "the ledger does not know it"
        return
    if case.standing is Standing.OPEN:
        return
    recording = case.recording
    expected = {
        "source": recording.source,
        "native_id": recording.native_id,
        "date": recording.date.isoformat(),
        "started_at": recording.started_at.isoformat(),
        "folder": case.folder,
        "entry_sha256": case.stored.sha256,
    }
    if case.standing is Standing.DONE:
        expected |= {"published_date": expected["date"], "published_sha256": case.stored.sha256}
        if row.published_seq != row.seq:
            yield f"published_seq is {row.published_seq}, seq {row.seq}, and nothing is staged"
        if case.lake and case.lake.transcript_status != row.transcript_status:
            yield f"transcript_status is {row.transcript_status}, the lake says {case.lake.transcript_status}"
    for name, value in expected.items():
        if getattr(row, name) != value:
            yield f"{name} is {getattr(row, name)}, should be {value}"
    if row.next_try_at is None and not is_settled((each.state for each in entry.files.values()), entry.transcript):
        yield "something is owed to it, and no next look is noted"
    yield from _compare_files(case)


def _compare_files(case: Case) -> Iterable[str]:
    expected = {each.file_key: _facts(each) for each in merge.file_rows(case.stored.entry, {}, ())}
    for key in sorted(expected.keys() | case.files.keys()):
        if key not in case.files:
            yield f"file {key} is not in the ledger"
        elif key not in expected:
            yield f"file {key} is in the ledger only"
        elif wrong := [name for name, value in _facts(case.files[key]).items() if value != expected[key][name]]:
            yield f"file {key} differs in {', '.join(wrong)}"


def _facts(row: FileRow) -> dict[str, object]:
    """How often a file was tried is the ledger's own memory."""
    return {name: value for name, value in asdict(row).items() if name != "attempts"}


def compare_lake(case: Case, lake_file: str) -> Iterable[Finding]:
    """Whether the lake holds this recording as its entry now is."""
    day, source = case.recording.date, case.recording.source
    if case.standing is not Standing.DONE:
        yield Finding(Problem.UNFINISHED, case.key, case.standing.value, case.key, day=day, source=source)
    elif case.lake is None:
        detail = f"it lacks the rows of {case.key}"
        yield Finding(Problem.LAKE_STALE, lake_file, detail, case.key, day=day, source=source)
    elif case.lake.payload_sha256 != case.stored.sha256:
        detail = f"its rows of {case.key} are older than the archive's entry"
        yield Finding(Problem.LAKE_STALE, lake_file, detail, case.key, day=day, source=source)

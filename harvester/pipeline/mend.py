"""One round of a repair: the ledger and the lake from the archive, the archive from the source.

Decides the order: ledger, archive, lake, leftovers, so that each is made from what is right already. Every step is
whole by itself, and what a kill leaves is found and repaired by the next repair.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from harvester.archive.paths import safe_id
from harvester.archive.store import Stored
from harvester.errors import Damaged, HarvesterError
from harvester.finding import Finding, Problem
from harvester.pipeline.corrections import write_lake_docs
from harvester.pipeline.link import make_owed_links, owe_links
from harvester.pipeline.quarantine import Quarantine
from harvester.pipeline.rebuild import Rebuilt, learn, map_partitions, rebuild_lake, rebuild_ledger, rebuild_partition
from harvester.pipeline.restore import Restorer
from harvester.pipeline.rules import is_made_by_others
from harvester.pipeline.run import Body, Processor, run
from harvester.pipeline.summary import Summary
from harvester.pipeline.tidy import remove_staged
from harvester.pipeline.tools import Shelf, Tools

FILES = frozenset({Problem.FILE_MISSING, Problem.FILE_SIZE, Problem.FILE_BYTES, Problem.FILE_UNREADABLE})
ENTRIES = frozenset({Problem.ENTRY_MISSING, Problem.ENTRY_UNREADABLE, Problem.ENTRY_CHANGED})
LAKE = frozenset(each for each in Problem if each.startswith("lake_")) - {Problem.LAKE_STRAY}
DAMAGED = Damaged("").kind

Partition = tuple[date, str]


@dataclass(slots=True)
class Repaired:
    """What was done. `lost` is gone for good, `failed` could not be done now."""

    files: int = 0
    entries: int = 0
    ledger_rows: int = 0
    partitions: int = 0
    put_aside: list[str] = field(default_factory=list)
    removed: int = 0
    bytes_downloaded: int = 0
    lost: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def add(self, other: Repaired) -> None:
        """Join what a further round has done."""
        for name in ("files", "entries", "ledger_rows", "partitions", "removed", "bytes_downloaded"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.put_aside += other.put_aside
        self.lost += other.lost
        self.failed = other.failed  # what failed before and not again was done


class Repair:
    """One round over one list of findings."""

    def __init__(
        self, shelf: Shelf, findings: Iterable[Finding], quarantine: Quarantine, *, now: datetime, forgotten: bool
    ) -> None:
        self._shelf = shelf
        self._findings = list(findings)
        self._quarantine = quarantine
        self._now = now
        self._forgotten = forgotten
        self._partitions: set[Partition] = set()
        self._restored: set[Path] = set()
        self.result = Repaired()

    def do(self) -> Repaired:
        """Everything that can be done; without `Tools` the archive's own damage stays."""
        if self._forgotten:
            self.result.ledger_rows += rebuild_ledger(self._shelf, now=self._now).recordings
        else:
            self._repair_ledger()
        if isinstance(self._shelf, Tools):
            self._restore(self._shelf)
        self._put_aside()
        self._repair_lake()
        self._remove_leftovers()
        return self.result

    def _of(self, problems: Iterable[Problem]) -> list[Finding]:
        wanted = set(problems)
        return [each for each in self._findings if each.problem in wanted]

    # --- ledger ------------------------------------------------------------------------------------------------------

    def _repair_ledger(self) -> None:
        doubtful = {each.recording_key for each in self._of(ENTRIES)}
        for each in self._of([Problem.LEDGER_DIFFERS]):
            if each.recording_key in doubtful or not each.recording_key:
                continue
            stored = self._find_stored(each)
            if stored is None:
                self._shelf.ledger.drop(each.recording_key)
            else:
                self._learn(stored)
            self.result.ledger_rows += 1

    def _learn(self, stored: Stored) -> None:
        """Note a recording as its entry has it, as published: its partition is written next."""
        ledger, entry = self._shelf.ledger, stored.entry
        row = ledger.recording(entry.key)
        seq, asked_at = (max(row.seq, 1), row.asked()) if row else (1, None)
        learn(self._shelf, stored, entry.source, seq=seq, now=self._now, asked_at=asked_at)
        day = self._shelf.readers[entry.source].describe(entry.metadata).date
        remove_staged(self._shelf, ledger.outbox.mark_rebuilt(day, entry.source, [(entry.key, stored.sha256, None)]))
        self._partitions.add((day, entry.source))

    def _find_stored(self, finding: Finding) -> Stored | None:
        source, _, native_id = (finding.recording_key or "").partition(":")
        archive = self._shelf.archive
        days = [finding.day.isoformat().replace("-", "/")] if finding.day else []
        for pattern in (*days, "[0-9]*/[0-9]*/[0-9]*"):
            for folder in sorted((archive.root / source).glob(f"{pattern}/{_escape(safe_id(native_id))}")):
                try:
                    if stored := archive.read(folder):
                        return stored
                except Damaged:
                    continue
        return None

    # --- archive -----------------------------------------------------------------------------------------------------

    def _restore(self, tools: Tools) -> None:
        files, entries = self._of(FILES), self._of(ENTRIES)
        if not files and not entries:
            return
        restorer = Restorer(tools, self._quarantine, now=self._now)
        summary = run(tools, "repair", _body(restorer, files, entries))
        done = restorer.result
        self.result.files, self.result.entries = done.files, len(done.entries)
        self._restored = set(done.entries)
        self.result.lost += done.lost
        self.result.failed += done.failed
        # a partition that could not be published is written whole further on
        said = [each for each in summary.errors if each.recording_key or each.kind != DAMAGED]
        self.result.failed += [f"{each.recording_key or 'repair'}: {each.message}" for each in said]
        self.result.bytes_downloaded = done.bytes_downloaded + summary.bytes_downloaded
        for folder in done.changed:
            if stored := tools.archive.read(folder):
                self._learn(stored)
        for folder in done.read_again:
            if stored := tools.archive.read(folder):
                day = tools.readers[stored.entry.source].describe(stored.entry.metadata).date
                self._partitions.add((day, stored.entry.source))

    def _put_aside(self) -> None:
        for each in self._of([Problem.FILE_UNKNOWN, Problem.LAKE_STRAY]):
            if place := self._quarantine.move(Path(each.subject)):
                self.result.put_aside.append(str(place))

    # --- lake --------------------------------------------------------------------------------------------------------

    def _repair_lake(self) -> None:
        """Rows of a recording whose entry is still in doubt stay as they are: nothing could make them again."""
        result = Rebuilt()
        if self._forgotten or is_made_by_others(self._shelf):
            self.result.partitions += rebuild_lake(self._shelf).partitions
            return
        self._partitions |= {(each.day, each.source) for each in self._of(LAKE) if each.day and each.source}
        if not self._partitions:
            self.result.failed += [each.message for each in write_lake_docs(self._shelf)]
            return
        folders = map_partitions(self._shelf, result)
        owe_links(self._shelf, {day for day, _ in self._partitions})
        doubtful = {(each.day, each.source) for each in self._of(ENTRIES) if not self._is_settled(each)}
        for partition in sorted(self._partitions - doubtful):
            try:
                rebuild_partition(self._shelf, partition, folders.get(partition, []), result)
            except HarvesterError as error:
                self.result.failed.append(f"{partition[1]} {partition[0]}: {error.message}")
        self.result.failed += [each.message for each in make_owed_links(self._shelf)]
        self.result.failed += [each.message for each in write_lake_docs(self._shelf)]
        self.result.partitions += result.partitions

    def _is_settled(self, finding: Finding) -> bool:
        """Whether a damaged entry was restored, or is given up with nothing left of it."""
        folder, key = Path(finding.subject).parent, finding.recording_key or ""
        return folder in self._restored or not (folder.exists() or self._shelf.ledger.recording(key))

    def _remove_leftovers(self) -> None:
        for each in self._of([Problem.LEFTOVER]):
            path = Path(each.subject)
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
            self.result.removed += 1


def _body(restorer: Restorer, files: list[Finding], entries: list[Finding]) -> Body:
    def body(tools: Tools, harvest: Processor, _summary: Summary, _now: datetime) -> None:
        del tools
        harvest.process(restorer.restore_entries(entries))
        restorer.restore_files(files)

    return body


def _escape(name: str) -> str:
    return name.replace("[", "[[]")

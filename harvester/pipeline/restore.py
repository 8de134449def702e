"""Bring back from the source what is damaged in the archive: single files, and entries with all they list.

Decides what may be given up: only what the source says it no longer has. New bytes are proven before the old ones are
moved, so a kill leaves either the damage or its repair. Anything the source cannot serve now is left as it is.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path

from harvester.archive import ArchivedFile, Entry
from harvester.archive.inspect import REPAIR_FOLDER
from harvester.archive.store import Stored
from harvester.errors import Absent, Damaged, Fatal, HarvesterError, Refused, Vanished
from harvester.fetch import Fetched, Job
from harvester.files import disk_errors, replace_durably
from harvester.finding import Finding
from harvester.lake.parquet import read_parquet
from harvester.lake.partition import Partition
from harvester.model import FileState, FileStatus, Gap, Kind, ListedFile
from harvester.pipeline import merge
from harvester.pipeline.access import RecordingAccess
from harvester.pipeline.discover import Listed, Ref, join, read_listed
from harvester.pipeline.documents import fetch_document
from harvester.pipeline.plan import base_key, version_of
from harvester.pipeline.quarantine import Quarantine
from harvester.pipeline.salvage import first_seen, salvage_files
from harvester.pipeline.tools import Tools
from harvester.source import Detail
from schemas.lake import TABLES

log = logging.getLogger(__name__)

_ASK_FOR_LISTS = "set HARVESTER_PARTICIPANTS=true, then run `harvester repair` again"


@dataclass(slots=True)
class Restored:
    """What was brought back; `lost` is what the source no longer has, `failed` what it could not serve, and why."""

    files: int = 0
    entries: list[Path] = field(default_factory=list)  # folders
    bytes_downloaded: int = 0
    lost: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    changed: set[Path] = field(default_factory=set)  # folders whose entry says of a file what it did not
    read_again: set[Path] = field(default_factory=set)  # folders whose rows may have suffered while bytes were missing


class Restorer:
    """One repair's dealings with the source."""

    def __init__(self, tools: Tools, quarantine: Quarantine, *, now: datetime) -> None:
        self._tools = tools
        self._quarantine = quarantine
        self._now = now
        self.result = Restored()

    def restore_files(self, findings: Iterable[Finding]) -> None:
        """Fetch damaged and missing archived files again; their entries must be whole."""
        key_of = lambda each: each.recording_key or ""  # noqa: E731 - used twice in one line of thought
        for key, group in groupby(sorted(findings, key=key_of), key=key_of):
            damaged = list(group)
            with self._one_item(key):
                stored = self._tools.archive.read(Path(damaged[0].subject).parent)
                if stored:
                    self._restore_recording(stored, [each.file_key or "" for each in damaged])

    def _restore_recording(self, stored: Stored, keys: list[str]) -> None:
        entry = stored.entry
        try:
            access = RecordingAccess(self._tools.source(entry.source), entry.native_id, self._tools.clock)
        except Vanished:
            entry = merge.gone(entry, at=self._now)
            for key in keys:
                entry = self._lose(entry, stored.folder, key)
        else:
            listed = {each.key: each for each in access.files}
            for key in keys:
                with self._one_item(f"{entry.key}/{key}"):
                    entry = self._restore_file(entry, stored.folder, key, listed, access)
        if entry != stored.entry:
            self._tools.archive.write(stored.folder, entry)
            self.result.changed.add(stored.folder)

    def _restore_file(
        self, entry: Entry, folder: Path, key: str, listed: dict[str, ListedFile], access: RecordingAccess
    ) -> Entry:
        held, current = entry.files[key], listed.get(base_key(key))
        if current is None and held.listed.kind is Kind.PARTICIPANTS:
            raise Refused("the list of participants was not asked for", hint=_ASK_FOR_LISTS, subject=key)
        newest = max(version_of(each) for each in entry.files if base_key(each) == base_key(key))
        if current is None or version_of(key) < newest:
            return self._lose(entry, folder, key)
        old = held.state.receipt
        assert old is not None
        file = replace(held.listed, listed_bytes=current.listed_bytes)
        aside = folder / REPAIR_FOLDER
        with disk_errors(aside):
            (aside / old.name).unlink(missing_ok=True)  # of a repair that was killed before it could use it
        try:
            fetched = self._fetch(Job(entry.key, file, aside, old.name, access.for_file(file)), current, access)
        except (Absent, Vanished):
            return self._lose(entry, folder, key)
        put_aside = self._quarantine.move(folder / old.name)
        with disk_errors(folder):
            replace_durably(aside / old.name, folder / old.name)
            shutil.rmtree(aside)
        self.result.files += 1
        self.result.read_again.add(folder)
        self.result.bytes_downloaded += fetched.bytes_downloaded
        log.info("repair.file", extra={"fields": {"recording": entry.key, "file": key}})
        if fetched.receipt.sha256 == old.sha256:
            if put_aside:
                self._quarantine.discard(put_aside)  # what it should have been is here again
            return entry
        return entry.with_file(ArchivedFile(file, FileState(FileStatus.ARCHIVED, receipt=fetched.receipt)))

    def _fetch(self, job: Job, current: ListedFile, access: RecordingAccess) -> Fetched:
        if current.is_document:
            return fetch_document(access, current, job.target, clock=self._tools.clock)
        fetcher = self._tools.fetcher(job.recording_key.partition(":")[0])
        return fetcher.fetch(job, on_bytes=self._tools.progress.advance, connections=self._tools.workers)

    def _lose(self, entry: Entry, folder: Path, key: str) -> Entry:
        """The lake shall say it: it was here, it is damaged, and nobody has it any more."""
        file = entry.files[key]
        receipt = file.state.receipt
        place = self._quarantine.move(folder / receipt.name) if receipt else None
        kept = f"; what is left of it lies in {place}" if place else ""
        error = f"damaged in the archive, and the source no longer has it{kept}"
        self.result.lost.append(f"{entry.key}/{key}")
        log.warning("repair.lost", extra={"fields": {"recording": entry.key, "file": key}})
        return entry.with_file(ArchivedFile(file.listed, FileState(FileStatus.EXPIRED, error)))

    # --- entries -----------------------------------------------------------------------------------------------------

    def restore_entries(self, findings: Iterable[Finding]) -> list[Ref]:
        """Write entries again from what the source says now; gives the recordings that a harvest has to go over."""
        refs = []
        for each in findings:
            with self._one_item(each.recording_key or each.subject):
                if ref := self._restore_entry(each, Path(each.subject)):
                    refs.append(ref)
        return refs

    def _restore_entry(self, finding: Finding, path: Path) -> Ref | None:
        tools, key = self._tools, finding.recording_key or ""
        native_id = key.partition(":")[2]
        row = tools.ledger.recording(key)
        try:
            detail = tools.source(key.partition(":")[0]).fetch_detail(native_id, for_download=False)
        except Vanished:
            if not path.parent.exists():
                tools.ledger.drop(key)
                self.result.lost.append(key)
                return None
            raise Damaged(
                f"{path} is damaged, and the source no longer has the recording",
                hint="restore it from a backup; the files beside it are kept",
            ) from None
        listed = self._find_listed(key, finding.day or self._now.date(), detail)
        lake_row, lake_files = self._lake_rows(key, finding)
        entry = Entry(
            listed.recording.source,
            native_id,
            first_seen_at=first_seen(lake_row, self._now),
            metadata=listed.payload,
            files=salvage_files(lake_files, tools.ledger.files(key)),
        )
        self._quarantine.copy(path)
        tools.archive.write(path.parent, entry)
        if row is None or row.folder != tools.archive.relative(path.parent):
            tools.ledger.drop(key)
        tools.ledger.open_recordings([(listed.recording, tools.archive.relative(path.parent))], now=self._now)
        self.result.entries.append(path.parent)
        log.info("repair.entry", extra={"fields": {"recording": key}})
        return Ref(listed.recording.source, native_id, listed)

    def _find_listed(self, key: str, day: date, detail: Detail) -> Listed:
        """The recording as a listing of its day shows it, joined with its detail: each leaves out what one says."""
        source = self._tools.source(key.partition(":")[0])
        found = read_listed(source, detail.payload)
        for window in source.windows(day - timedelta(days=1), day + timedelta(days=1)):
            for page in source.list_window(window):
                for payload in () if isinstance(page, Gap) else page.payloads:
                    with suppress(Damaged):
                        sighting = source.glance(payload)
                        if f"{source.name}:{sighting.native_id}" == key:
                            return join(source, read_listed(source, payload, sighting.fingerprint), found)
        return found

    def _lake_rows(self, key: str, finding: Finding) -> tuple[dict[str, object] | None, list[dict[str, object]]]:
        if finding.day is None or finding.source is None:
            return None, []
        partition = Partition(self._tools.lake, self._tools.state, finding.day, finding.source)
        rows: dict[str, list[dict[str, object]]] = {"recordings": [], "files": []}
        for name in rows:
            with suppress(Damaged):
                if table := read_parquet(TABLES[name], partition.file(name)):
                    rows[name] = [row for row in table.to_pylist() if row["recording_key"] == key]
        return next(iter(rows["recordings"]), None), rows["files"]

    @contextmanager
    def _one_item(self, key: str) -> Iterator[None]:
        """One that cannot be brought back now is said and left as it is."""
        try:
            yield
        except Fatal:
            raise
        except HarvesterError as error:
            hint = f"; {error.hint}" if error.hint else ""
            self.result.failed.append(f"{key}: {error.message}{hint}")

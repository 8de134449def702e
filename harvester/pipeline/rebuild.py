"""Lake and ledger again from the archive, without the network. The same archive gives the same bytes."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from harvester.archive import ArchivedFile
from harvester.archive.store import Stored
from harvester.errors import Damaged, HarvesterError
from harvester.lake.merge import Tables
from harvester.lake.partition import list_partitions
from harvester.lake.publish import write_partition
from harvester.model import FileState, FileStatus
from harvester.pipeline import merge
from harvester.pipeline.adopt import find_receipts
from harvester.pipeline.corrections import write_lake_docs
from harvester.pipeline.link import OWED, owe_links, relink_lake
from harvester.pipeline.read import RecordingRows
from harvester.pipeline.rules import is_made_by_others, note_rules
from harvester.pipeline.settle import build_row, read_stored
from harvester.pipeline.tidy import remove_leftovers, remove_staged
from harvester.pipeline.tools import Place, Shelf

log = logging.getLogger(__name__)

Partition = tuple[date, str]

_OPEN = "rebuild"  # what of it is being made again; a run that finds this finishes the work


@dataclass(slots=True)
class Rebuilt:
    """What a rebuild wrote; `damaged` names what it could not read and left out."""

    recordings: int = 0
    segments: int = 0
    partitions: int = 0
    files_rewritten: int = 0
    damaged: list[str] = field(default_factory=list)


def rebuild(shelf: Shelf, *, ledger: bool) -> Rebuilt:
    """The lake, and with `ledger` first the ledger, again from the archive."""
    damaged = rebuild_ledger(shelf, now=shelf.clock.now()).damaged if ledger else []
    result = rebuild_lake(shelf)
    result.damaged[:0] = [each for each in damaged if each not in result.damaged]
    return result


def rebuild_ledger(shelf: Shelf, *, now: datetime) -> Rebuilt:
    """Forget what the ledger says of recordings and learn it from the archive's receipts."""
    result = Rebuilt()
    asked = shelf.ledger.bots.asked()  # of which the archive says nothing
    shelf.ledger.set_meta(_OPEN, "ledger")
    shelf.ledger.forget_recordings()
    latest: dict[str, date] = {}
    for partition, folders in sorted(map_partitions(shelf, result).items()):
        for folder in folders:
            stored = shelf.archive.read(folder)
            if stored is None:
                continue
            learn(shelf, _adopt(shelf, stored), partition[1], seq=1, now=now, asked_at=asked.get(stored.entry.key))
            result.recordings += 1
        latest[partition[1]] = partition[0]
    for source, day in latest.items():
        # a day back: the newest day may have been listed before it was over; a day still to come says nothing
        today = now.date()
        shelf.ledger.move_watermark(source, max(min(day, today), date.min + timedelta(days=1)) - timedelta(days=1))
    return result


def learn(
    shelf: Shelf, stored: Stored, source: str, *, seq: int, now: datetime, asked_at: datetime | None = None
) -> None:
    """Note one recording in the ledger as its entry has it; the lake's rebuild adds what only its transcripts say.

    `asked_at` is when another transcript of it was asked for.
    """
    row = build_row(
        shelf.reader(source).describe(stored.entry.metadata),
        stored.entry,
        folder=shelf.archive.relative(stored.folder),
        entry_sha256=stored.sha256,
        transcript_status=None,
        seq=seq,
        attempts=0,
        now=now,
        asked_at=asked_at,
    )
    shelf.ledger.settle(row, merge.file_rows(stored.entry, {}, ()), staged=None)


def rebuild_lake(shelf: Shelf) -> Rebuilt:
    """Write every partition of the lake from the archive and remove those that the archive does not hold."""
    result = Rebuilt()
    remove_leftovers(shelf)
    if shelf.ledger.meta(_OPEN) is None:
        shelf.ledger.set_meta(_OPEN, "lake")
    partitions = map_partitions(shelf, result)
    for stale in list_partitions(shelf.lake) - set(partitions):
        if stale[1] in shelf.readers:  # what a later version left is not ours to remove
            _write(shelf, stale, [], result)
    for partition in sorted(partitions):
        rebuild_partition(shelf, partition, partitions[partition], result)
    relink_lake(shelf)
    shelf.ledger.drop_meta(OWED)
    note_rules(shelf)
    result.damaged += [each.message for each in write_lake_docs(shelf)]
    shelf.ledger.drop_meta(_OPEN)
    return result


def rebuild_partition(shelf: Shelf, partition: Partition, folders: Iterable[Path], result: Rebuilt) -> None:
    """Write one partition of the lake from these folders of the archive; without any, it goes."""
    stored = [each for each in map(shelf.archive.read, folders) if each]
    shelf.progress.publishing(f"{partition[1]} {partition[0]}")
    statuses = _write(shelf, partition, stored, result, in_part=True)
    rows = [(each.entry.key, each.sha256, statuses[each.entry.key]) for each in stored]
    remove_staged(shelf, shelf.ledger.outbox.mark_rebuilt(*partition, rows))
    result.recordings += len(stored)


def finish_rebuild(shelf: Shelf) -> list[HarvesterError]:
    """Do a rebuild again that was cut off, and do one where other rules made the lake than these.

    Until then the ledger may know less than the archive, and the lake too. Gives what could not be read and was left
    out. Raises NamesAgain as `is_made_by_others`.
    """
    is_stale = is_made_by_others(shelf)
    what = shelf.ledger.meta(_OPEN) or ("lake" if is_stale else None)
    if what is None:
        return []
    log.warning("rebuild.resumed", extra={"fields": {"what": what}})
    return [Damaged(each, hint="see `harvester rebuild`") for each in rebuild(shelf, ledger=what == "ledger").damaged]


def restore_partitions(shelf: Shelf) -> list[HarvesterError]:
    """Write again what was published and is no longer in the lake; gives what kept a partition from it."""
    failures: list[HarvesterError] = []
    # recordings is written last: without it a partition is gone, or its restoring was cut off
    whole = list_partitions(shelf.lake, table="recordings")
    missing = shelf.ledger.outbox.published_partitions() - whole
    owe_links(shelf, {day for day, _ in missing})
    for partition in sorted(missing):
        log.warning("lake.restored", extra={"fields": {"date": partition[0], "source": partition[1]}})
        folders = shelf.ledger.outbox.published_folders(*partition)
        try:
            stored = [shelf.archive.read(shelf.archive.root / each) for each in folders]
            # one whose start was changed just before a kill is not noted as moved yet; it is settled again today
            held = [each for each in stored if each and _date_of(shelf, partition[1], each) == partition[0]]
            _write(shelf, partition, held, Rebuilt())
        except Damaged as error:
            failures.append(error)
    return failures


def _write(
    shelf: Shelf, partition: Partition, stored: list[Stored], result: Rebuilt, *, in_part: bool = False
) -> dict[str, str | None]:
    """Write one partition whole; gives each recording's transcript status."""
    statuses: dict[str, str | None] = {}

    def make_rows() -> Iterator[Tables]:
        for each, rows in zip(stored, iter_rows(shelf, partition[1], stored, in_part=in_part), strict=True):
            statuses[each.entry.key] = rows.transcript_status
            result.damaged += [f"{lost.subject}: {lost.message}" for lost in rows.lost.values()]
            yield rows.tables

    written = write_partition(
        shelf.lake,
        shelf.state,
        date=partition[0],
        source=partition[1],
        recordings=make_rows(),
        parser_version=shelf.reader(partition[1]).parser_version,
    )
    result.partitions += 1
    result.files_rewritten += written.files_rewritten
    result.segments += written.rows["segments"]
    return statuses


def iter_rows(place: Place, source: str, stored: Iterable[Stored], *, in_part: bool = True) -> Iterator[RecordingRows]:
    """The rows of each recording, made again from the archive, with what of its bytes is not what it was.

    Bytes that are as they were and cannot be understood are no damage: the lake itself says so. Raises Damaged for
    the first that are not, unless rows without them are wanted (`in_part`).
    """
    for each in stored:
        yield read_stored(place, place.reader(source).describe(each.entry.metadata), each, in_part=in_part)


def map_partitions(shelf: Shelf, result: Rebuilt) -> dict[Partition, list[Path]]:
    """Folders by the partition their recording belongs to: its own start date, which may have moved since it came."""
    found: dict[Partition, list[Path]] = defaultdict(list)
    for _, source, folders in shelf.archive.iter_partitions():
        if source not in shelf.readers:
            result.damaged.append(f"{shelf.archive.root / source}: this version knows no source named {source}")
            continue
        for folder in folders:
            try:
                stored = shelf.archive.read(folder)
                if stored:
                    found[_date_of(shelf, source, stored), source].append(folder)
            except Damaged as error:
                result.damaged.append(f"{folder}: {error.message}")
                log.warning("archive.damaged", extra={"fields": {"folder": folder, "reason": error.message}})
    return found


def _date_of(shelf: Shelf, source: str, stored: Stored) -> date:
    return shelf.reader(source).describe(stored.entry.metadata).date


def _adopt(shelf: Shelf, stored: Stored) -> Stored:
    """Receipts for files that were proven and renamed, but whose entry was never written (a kill in between)."""
    missing = {
        key: file.listed for key, file in stored.entry.files.items() if file.state.status is not FileStatus.ARCHIVED
    }
    try:
        receipts = find_receipts(stored.folder, missing, {})
    except Damaged as error:
        log.warning("archive.damaged", extra={"fields": {"folder": stored.folder, "reason": error.message}})
        return stored
    if not receipts:
        return stored
    entry = stored.entry
    for key, receipt in receipts.items():
        entry = entry.with_file(ArchivedFile(missing[key], FileState(FileStatus.ARCHIVED, receipt=receipt)))
    return shelf.archive.write(stored.folder, entry)

"""The beginning of a recording's way through a run: what it has, what of it is here, and what is left to fetch.

Runs on a worker: it asks the source and writes to the archive, and sees of the ledger only what it is handed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from harvester.errors import Damaged
from harvester.event import Departure
from harvester.ledger import FileRow, RecordingRow
from harvester.model import Receipt
from harvester.pipeline import merge
from harvester.pipeline.access import RecordingAccess
from harvester.pipeline.adopt import find_receipts
from harvester.pipeline.discover import Listed, Ref, join, read_listed
from harvester.pipeline.plan import Action, Decision, decide, ended_at, is_unlisted
from harvester.pipeline.schedule import next_look
from harvester.pipeline.tools import Tools
from harvester.pipeline.work import Work, open_work
from harvester.source import Detail


@dataclass(frozen=True, slots=True)
class Before:
    """What the ledger knew of a recording before this run, and the folder that it notes for it since, if any."""

    row: RecordingRow | None = None
    files: Mapping[str, FileRow] = field(default_factory=dict)
    folder: str | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A recording; `found` are receipts that nobody remembered.

    `is_entered` when its entry is written, or nothing is to be fetched: the ledger knew its folder before. `access`
    leads to what is outstanding; None where nothing had to be asked for.
    """

    work: Work
    is_entered: bool
    found: Mapping[str, Receipt] = field(default_factory=dict)
    access: RecordingAccess | None = None


def prepare(tools: Tools, ref: Ref, before: Before, *, now: datetime) -> Prepared:
    """Ask for the recording's files if any is to be fetched; raises Vanished when the source does not show it."""
    if ref.listed and tools.source(ref.source).lists_files:
        work = open_work(tools.archive, ref.listed, before.row, now=now)
        decisions = _decide(tools, work, before, now)
        if not any(each.action is Action.FETCH for each in decisions) and not is_unlisted(work.recording):
            work.entry = merge.apply_decisions(work.entry, decisions, {})
            return Prepared(work, is_entered=True)
    listed, access = _find_way(tools, ref, before)
    work = open_work(tools.archive, listed, before.row, now=now)
    decisions = _decide(tools, work, before, now)
    wanted = {each.file.key: each.file for each in decisions if each.action is Action.FETCH}
    found = find_receipts(work.folder, wanted, before.files)
    gone_at = ((ref.departure and ref.departure.at) or now) if access.is_whole else None
    work.entry = merge.apply_decisions(work.entry, decisions, found, gone_at=gone_at)
    is_known = tools.archive.relative(work.folder) == before.folder
    if is_known:
        # durable before any file gets its name: who finds the folder later knows whose it is
        tools.archive.write(work.folder, work.entry)
    work.outstanding = {key: file for key, file in wanted.items() if key not in found}
    return Prepared(work, is_known, found, access)


def recall(tools: Tools, ref: Ref, before: Before, *, now: datetime) -> Work | None:
    """What is known here of a recording that the source does not show: awaited while it is still listed, else gone."""
    if ref.listed:
        work = open_work(tools.archive, ref.listed, before.row, now=now)
        decisions = _decide(tools, work, before, now)
        work.entry = merge.apply_decisions(work.entry, decisions, {})
        if next_look(ended_at(work.recording), now) is None:
            work.entry = merge.gone(work.entry, at=now)
        return work
    stored = tools.archive.read(tools.archive.root / before.row.folder) if before.row else None
    if stored is None:
        return None
    departure = ref.departure or Departure()
    entry = merge.gone(stored.entry, at=departure.at or now, by=departure.by)
    return Work(tools.readers[ref.source].describe(entry.metadata), stored.folder, entry)


def _decide(tools: Tools, work: Work, before: Before, now: datetime) -> list[Decision]:
    asked_at = before.row.asked() if before.row else None
    return decide(work.recording, work.entry.files, tools.selection, now=now, asked_at=asked_at)


def _find_way(tools: Tools, ref: Ref, before: Before) -> tuple[Listed, RecordingAccess]:
    """The recording as its detail shows it, joined with what was listed or told, and the way to its files."""
    told = _join_told(tools, ref, before)
    if told:
        return told
    source = tools.source(ref.source)
    access = RecordingAccess(source, ref.native_id, tools.clock)
    if source.keeps_said:
        stored = tools.archive.read(tools.archive.root / before.row.folder) if before.row else None
        held = stored.entry.metadata if stored else {}
        shown = ref.listed.payload if ref.listed else {}
        payload = source.merge(held, {**shown, **ref.said, **access.payload})
        return read_listed(source, payload, ref.listed.fingerprint if ref.listed else None), access
    # what only an event says is taken where a rule needs it: the archive is to say the same with and without events
    said = ref.said if tools.selection.needs_host_emails() else {}
    found = read_listed(source, {**said, **access.payload})
    return (join(source, ref.listed, found) if ref.listed else found), access


def _join_told(tools: Tools, ref: Ref, before: Before) -> tuple[Listed, RecordingAccess] | None:
    """A recording that is known here, with the files an event brings the way to: nothing has to be asked for them."""
    stored = tools.archive.read(tools.archive.root / before.row.folder) if ref.ticket and before.row else None
    if ref.ticket is None or stored is None or stored.entry.gone:
        return None
    source = tools.source(ref.source)
    payload = source.add_files(stored.entry.metadata, ref.ticket.payload)
    told = Detail(ref.ticket.payload, ref.ticket.token)
    try:
        return read_listed(source, payload), RecordingAccess(source, ref.native_id, tools.clock, told=told)
    except Damaged:  # it says too little by itself; the source says all
        return None

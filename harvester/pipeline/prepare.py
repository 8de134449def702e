"""The beginning of a recording's way through a run: what it has, what of it is here, and what is left to fetch.

Runs on a worker: it asks the source and writes to the archive, and sees of the ledger only what it is handed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from harvester.ledger import FileRow, RecordingRow
from harvester.model import Receipt
from harvester.pipeline import merge
from harvester.pipeline.access import RecordingAccess
from harvester.pipeline.adopt import find_receipts
from harvester.pipeline.discover import Listed, Ref, join, read_listed
from harvester.pipeline.plan import Action, decide, ended_at, is_unlisted
from harvester.pipeline.schedule import next_look
from harvester.pipeline.tools import Tools
from harvester.pipeline.work import Work, open_work


@dataclass(frozen=True, slots=True)
class Before:
    """What the ledger knew of a recording before this run."""

    row: RecordingRow | None = None
    files: Mapping[str, FileRow] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A recording whose entry is written, if the ledger owes it a look; `found` are receipts that nobody remembered.

    `access` leads to what is outstanding; None where nothing had to be asked for.
    """

    work: Work
    found: Mapping[str, Receipt] = field(default_factory=dict)
    access: RecordingAccess | None = None


def prepare(tools: Tools, ref: Ref, before: Before, *, now: datetime) -> Prepared:
    """Ask for the recording's files if any is to be fetched; raises Vanished when the source does not show it."""
    if ref.listed:
        work = open_work(tools.archive, ref.listed, before.row, now=now)
        decisions = decide(work.recording, work.entry.files, tools.selection, now=now)
        if not any(each.action is Action.FETCH for each in decisions) and not is_unlisted(work.recording):
            work.entry = merge.apply_decisions(work.entry, decisions, {})
            return Prepared(work)
    access = RecordingAccess(tools.source, ref.native_id)
    work = open_work(tools.archive, _read_detail(tools, ref, access), before.row, now=now)
    decisions = decide(work.recording, work.entry.files, tools.selection, now=now)
    wanted = {each.file.key: each.file for each in decisions if each.action is Action.FETCH}
    found = find_receipts(work.folder, wanted, before.files)
    work.entry = merge.apply_decisions(work.entry, decisions, found)
    if ref.listed:
        # durable before any file gets its name: who finds the folder later knows whose it is
        tools.archive.write(work.folder, work.entry)
    work.outstanding = {key: file for key, file in wanted.items() if key not in found}
    return Prepared(work, found, access)


def recall(tools: Tools, ref: Ref, before: Before, *, now: datetime) -> Work | None:
    """What is known here of a recording that the source does not show: awaited while it is still listed, else gone."""
    if ref.listed:
        work = open_work(tools.archive, ref.listed, before.row, now=now)
        decisions = decide(work.recording, work.entry.files, tools.selection, now=now)
        work.entry = merge.apply_decisions(work.entry, decisions, {})
        if next_look(ended_at(work.recording), now) is None:
            work.entry = merge.gone(work.entry)
        return work
    stored = tools.archive.read(tools.archive.root / before.row.folder) if before.row else None
    if stored is None:
        return None
    return Work(tools.source.describe(stored.entry.metadata), stored.folder, merge.gone(stored.entry))


def _read_detail(tools: Tools, ref: Ref, access: RecordingAccess) -> Listed:
    """The recording as its detail shows it, joined with what was listed."""
    found = read_listed(tools.source, access.payload)
    if ref.listed is None:
        return found
    return join(tools.source, ref.listed, found)

"""A run without its deeds: the same bodies, windows and decisions, and at the end of each a number instead of a file.

Writes nothing: the ledger it is given must be a snapshot in memory, because a body also moves the watermark. Of the
network it asks what a run asks first, the listings, and one recording's detail, which tells whether the others will
be refused.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from harvester.archive import ArchivedFile
from harvester.errors import ExitCode, Fatal, HarvesterError, Vanished
from harvester.files import nearest_existing
from harvester.lake.partition import list_partitions
from harvester.model import FileStatus, Kind, Recording, TranscriptStatus
from harvester.pipeline import merge
from harvester.pipeline.adopt import lies_there
from harvester.pipeline.discover import Ref
from harvester.pipeline.forecast import Awaited, Forecast
from harvester.pipeline.plan import Action, Decision, decide, ended_at, is_unlisted, judge_transcript
from harvester.pipeline.run import Body, exit_code_of
from harvester.pipeline.schedule import LOOKS, next_look
from harvester.pipeline.summary import Summary
from harvester.pipeline.tap import Tap
from harvester.pipeline.tools import Connection, Tools
from harvester.pipeline.work import open_work
from harvester.source import ZOOM


def rehearse(tools: Tools, body: Body, *, name: str = ZOOM) -> Forecast:
    """What `run(tools, ..., body)` would do with the source of that name.

    Like a run, raises only where another account's ledger is met.
    """
    now = tools.clock.now()
    forecast = Forecast(Summary("plan", now))
    source = tools.source(name)
    tools.ledger.check_account(name, source.account_id)
    forecast.lake_days_to_restore = len(tools.ledger.outbox.published_partitions() - list_partitions(tools.lake))
    tap = Tap(source)
    tapped = replace(tools, connections={name: Connection(tap, tools.fetcher(name))})
    rehearsal = Rehearsal(tapped, forecast, tap, now=now)
    ended: HarvesterError | None = None
    try:
        body(tapped, rehearsal, forecast.summary, now)
        rehearsal.try_one_detail()
        for refusal in source.take_refusals():
            forecast.summary.add_error(refusal)
    except HarvesterError as error:
        ended = error
        forecast.summary.add_error(error)
    if tap.windows_listed:
        forecast.start, forecast.end = tap.windows_listed[0].start, tap.windows_listed[-1].end
    forecast.listing_calls = tap.listing_calls
    forecast.summary.files_failed += forecast.given_up.files
    forecast.free_bytes = shutil.disk_usage(nearest_existing(tools.archive.root)).free
    forecast.exit_code = exit_code_of(forecast.summary, ended)
    if ended is None and not forecast.fits:
        forecast.exit_code = ExitCode.FAILED
    return forecast


class Rehearsal:
    """Takes the recordings of a body and counts what a harvest would do with each."""

    def __init__(self, tools: Tools, forecast: Forecast, tap: Tap, *, now: datetime) -> None:
        self._tools = tools
        self._forecast = forecast
        self._tap = tap
        self._now = now
        self._counted: set[str] = set()
        self._first_detail: Ref | None = None

    def process(self, refs: Iterable[Ref]) -> None:
        """Count what needs work, then what was listed with it and needs none."""
        for ref in refs:
            self._counted.add(ref.key)
            try:
                self._count_work(ref)
            except Fatal:
                raise
            except HarvesterError as error:
                self._forecast.summary.add_error(error, recording_key=ref.key)
        settled = [key for key in self._tap.take() if key not in self._counted]
        self._counted.update(settled)
        self._count_settled(settled)

    def try_one_detail(self) -> None:
        """Ask for the first detail that a run would ask for; raises what would end that run."""
        if self._first_detail is None:
            return
        key = self._first_detail.key
        try:
            self._tap.fetch_detail(self._first_detail.native_id, for_download=True)
        except Fatal:
            raise
        except Vanished:
            return  # a run waits for it, or finds that it is gone
        except HarvesterError as error:
            self._forecast.summary.add_error(error, recording_key=key)

    def _count_work(self, ref: Ref) -> None:
        tools = self._tools
        if ref.listed:
            work = open_work(tools.archive, ref.listed, tools.ledger.recording(ref.key), now=self._now)
            recording, folder, held = work.recording, work.folder, work.entry.files
            entry = work.entry
        else:
            row = tools.ledger.recording(ref.key)
            stored = tools.archive.read(tools.archive.root / row.folder) if row else None
            if stored is None:
                self._forecast.unknown += 1
                self._needs_detail(ref)
                return
            entry, folder, held = stored.entry, stored.folder, stored.entry.files
            recording = tools.readers[ref.source].describe(entry.metadata)
        decisions = decide(recording, held, tools.selection, now=self._now)
        fetching = self._count_files(decisions, held, folder)
        self._forecast.recordings += bool(fetching)
        asks = any(each.action is Action.FETCH for each in decisions) or is_unlisted(recording)
        if fetching or asks or not ref.listed:
            self._needs_detail(ref)
        after = merge.apply_decisions(entry, decisions, {}).files.values()
        self._count_awaited(recording, decisions, after)

    def _needs_detail(self, ref: Ref) -> None:
        self._forecast.details += 1
        self._first_detail = self._first_detail or ref

    def _count_files(
        self, decisions: Iterable[Decision], held: Mapping[str, ArchivedFile], folder: Path
    ) -> Collection[Kind]:
        """Count each file by what would become of it; gives the kinds that would be fetched."""
        forecast = self._forecast
        kinds = set()
        for each in decisions:
            size = each.file.listed_bytes
            if each.action is Action.KEEP:
                receipt = held[each.file.key].state.receipt
                forecast.archived.add(receipt.size_bytes if receipt else size)
            elif each.action is Action.SKIP:
                forecast.left_out[each.reason or ""].add(size)
            elif each.action is Action.GIVE_UP:
                forecast.given_up.add(size)
            elif each.action is Action.FETCH and lies_there(folder, each.file):
                forecast.found.add(size)
            elif each.action is Action.FETCH:
                forecast.fetch[each.file.kind].add(size)
                kinds.add(each.file.kind)
        return kinds

    def _count_awaited(
        self, recording: Recording, decisions: Iterable[Decision], files: Iterable[ArchivedFile]
    ) -> None:
        fact = judge_transcript(recording, files, self._tools.selection, gone=False, now=self._now)
        count = sum(each.action is Action.WAIT for each in decisions)
        count += fact is not None and fact.status is TranscriptStatus.PENDING
        if count:
            self._note_awaited(recording, count, next_look(ended_at(recording), self._now))

    def _count_settled(self, keys: Collection[str]) -> None:
        """What was listed and needs no work, from the ledger alone: there may be a hundred thousand of them."""
        ledger = self._tools.ledger
        for status, rule, files, size, unsized in ledger.reports.count_files_of(keys):
            bulk = self._forecast.archived if status == FileStatus.ARCHIVED else self._forecast.left_out[rule or ""]
            bulk.files += files
            bulk.bytes += size
            bulk.files_without_size += unsized
        waiting = {key: known for key, known in ledger.known(keys).items() if known.awaited}
        for key, row in ledger.recordings(waiting).items():
            stored = self._tools.archive.read(self._tools.archive.root / row.folder)
            if stored:
                recording = self._tap.describe(stored.entry.metadata)
                look = datetime.fromisoformat(row.next_try_at) if row.next_try_at else None
                self._note_awaited(recording, waiting[key].awaited, look)

    def _note_awaited(self, recording: Recording, count: int, look: datetime | None) -> None:
        until = ended_at(recording) + LOOKS[-1]
        self._forecast.awaited.append(Awaited(recording.key, recording.topic, recording.started_at, count, look, until))

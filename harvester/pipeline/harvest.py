"""The loop over recordings: ask for details, fetch files, settle. All decisions live in `plan` and `merge`.

Everything here but the two `_run_*` functions runs on the coordinator's thread, so the archive's entries and the
ledger have one writer.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TypeVar

from harvester.archive import file_name
from harvester.errors import Fatal, HarvesterError, Vanished
from harvester.fetch import Fetched, Job, Task, run_scheduled
from harvester.model import FileStatus, ListedFile
from harvester.pipeline import merge
from harvester.pipeline.access import RecordingAccess
from harvester.pipeline.adopt import find_receipts
from harvester.pipeline.discover import Listed, Ref, read_listed
from harvester.pipeline.plan import Action, decide, ended_at
from harvester.pipeline.publish import publish_pending
from harvester.pipeline.schedule import next_attempt, next_look
from harvester.pipeline.settle import settle
from harvester.pipeline.summary import Summary
from harvester.pipeline.tools import Tools
from harvester.pipeline.work import DETAIL, Work, folder_of, lane_of, open_work, rank
from harvester.source import Detail

log = logging.getLogger(__name__)

PUBLISH_EVERY_S = 300.0
"""How old unpublished rows may get while a long run goes on."""

_DETAILS_AT_ONCE = 2  # detail calls are paced anyway; more would only hold workers that could fetch


Result = TypeVar("Result")
OnDone = Callable[[Future[Result]], Iterable[Task]]


class Harvest:
    """One run's harvest of any number of recordings."""

    def __init__(self, tools: Tools, summary: Summary, executor: Executor, *, now: datetime) -> None:
        self._tools = tools
        self._summary = summary
        self._executor = executor
        self._now = now
        self._open: dict[str, Work] = {}
        self._published_at = tools.clock.monotonic()

    def process(self, refs: Iterable[Ref]) -> None:
        """Bring every recording to where the source allows: fetched, read, staged, settled."""
        if not (refs := list(refs)):
            return
        self._tools.ledger.bind_account(self._tools.source.name, self._tools.source.account_id)
        # durable before any work: should this run be cut off, or a recording fail, the next one owes it a look
        self._tools.ledger.open_recordings(
            [(each.listed.recording, folder_of(self._tools, each.listed.recording)) for each in refs if each.listed],
            now=self._now,
        )
        run_scheduled(
            self._executor,
            self._begin_all(refs),
            workers=self._tools.workers,
            lane_limits={DETAIL: _DETAILS_AT_ONCE},
            on_interrupt=self._tools.fetcher.stop,
            grace_s=2.0,
        )

    def _begin_all(self, refs: Iterable[Ref]) -> Iterator[Task]:
        for ref in refs:
            with self._one_item(ref.key):
                yield from self._begin(ref)

    @contextlib.contextmanager
    def _one_item(self, key: str) -> Iterator[None]:
        """One bad recording is a row, not the end (DESIGN 2.4)."""
        try:
            yield
        except Fatal:
            raise
        except HarvesterError as error:
            self._summary.add_error(error, recording_key=key)
            log.warning("recording.failed", extra={"fields": {"recording": key, "reason": error.message}})
            row = self._tools.ledger.recording(key)
            attempts = (row.attempts if row else 0) + 1
            self._tools.ledger.note_failure(key, error.message, next_try_at=next_attempt(attempts, self._now))

    def _begin(self, ref: Ref) -> Iterator[Task]:
        if ref.listed:
            work = open_work(self._tools, ref.listed, now=self._now)
            decisions = decide(work.recording, work.entry.files, self._tools.selection, now=self._now)
            if not any(each.action is Action.FETCH for each in decisions):
                work.entry = merge.apply_decisions(work.entry, decisions, {})
                self._settle(work)
                return
        yield Task(
            priority=rank(DETAIL),
            lane=DETAIL,
            run=partial(self._run_detail, ref),
            on_done=self._on_detail(ref),
        )

    def _run_detail(self, ref: Ref) -> Detail:
        return self._tools.source.fetch_detail(ref.native_id, for_download=True)

    def _run_fetch(self, job: Job) -> Fetched:
        # ranges help a file that is left alone, and only cost where there are others to fetch
        alone = sum(len(each.outstanding) for each in list(self._open.values())) == 1
        connections = self._tools.workers if alone else 1
        return self._tools.fetcher.fetch(job, on_bytes=self._tools.progress.advance, connections=connections)

    def _on_detail(self, ref: Ref) -> OnDone[Detail]:
        def on_done(future: Future[Detail]) -> Iterator[Task]:
            with self._one_item(ref.key):
                try:
                    detail = future.result()
                except Vanished:
                    self._lose(ref)
                    return
                yield from self._prepare(ref, detail)

        return on_done

    def _prepare(self, ref: Ref, detail: Detail) -> Iterator[Task]:
        """Write down what is listed, take over what is already there, and fetch the rest."""
        tools = self._tools
        found = read_listed(tools.source, detail.payload)
        if ref.listed:  # a detail leaves out what only a listing says, such as the host's e-mail
            merged = {**ref.listed.payload, **found.payload}
            found = Listed(tools.source.describe(merged), merged, ref.listed.sha256)
            found = replace(
                found, recording=replace(found.recording, files=tools.source.describe(detail.payload).files)
            )
        self._summary.recordings_listed += not ref.listed
        self._summary.files_listed += len(found.recording.files) - (
            len(ref.listed.recording.files) if ref.listed else 0
        )
        work = open_work(tools, found, now=self._now)
        decisions = decide(work.recording, work.entry.files, tools.selection, now=self._now)
        wanted = {each.file.key: each.file for each in decisions if each.action is Action.FETCH}
        receipts = find_receipts(work.folder, wanted, tools.ledger.files(ref.key))
        work.entry = merge.apply_decisions(work.entry, decisions, receipts)
        tools.archive.write(work.folder, work.entry)
        if not ref.listed:
            tools.ledger.open_recordings([(work.recording, tools.archive.relative(work.folder))], now=self._now)
        for key, receipt in receipts.items():
            tools.ledger.record_archived(ref.key, key, wanted[key].kind, receipt)
        work.outstanding = {key: file for key, file in wanted.items() if key not in receipts}
        self._open[ref.key] = work
        if not work.outstanding:
            self._settle(work)
            return
        tools.progress.expect(
            files=len(work.outstanding), size_bytes=sum(each.listed_bytes or 0 for each in work.outstanding.values())
        )
        access = RecordingAccess(tools.source, ref.native_id, detail)
        for file in work.outstanding.values():
            job = Job(ref.key, file, work.folder, file_name(file), access.for_file(file))
            lane = lane_of(file)
            yield Task(
                priority=rank(lane, file),
                lane=lane,
                run=partial(self._run_fetch, job),
                on_done=self._on_file(work, file),
            )

    def _on_file(self, work: Work, file: ListedFile) -> OnDone[Fetched]:
        def on_done(future: Future[Fetched]) -> Iterable[Task]:
            key = work.recording.key
            del work.outstanding[file.key]
            work.tried.add(file.key)
            try:
                fetched = future.result()
            except Fatal:
                raise
            except HarvesterError as error:
                work.entry = merge.failed(work.entry, file.key, error)
                self._tools.progress.file_done(failed=True)
                self._report(work, file, error)
            else:
                self._tools.ledger.record_archived(key, file.key, file.kind, fetched.receipt)
                work.entry = merge.archived(work.entry, file.key, fetched.receipt)
                work.fetched.add(file.key)
                self._summary.bytes_downloaded += fetched.bytes_downloaded
                self._tools.progress.file_done(failed=False)
            if not work.outstanding:
                self._settle(work)
            self._publish_if_due()
            return ()

        return on_done

    def _report(self, work: Work, file: ListedFile, error: HarvesterError) -> None:
        fields = {"recording": work.recording.key, "file": file.key, "kind": error.kind, "reason": error.message}
        if work.entry.files[file.key].state.status is FileStatus.PENDING:
            log.info("file.pending", extra={"fields": fields})
            return
        log.warning("file.failed", extra={"fields": fields})
        self._summary.add_error(error, recording_key=work.recording.key, file=file.key)

    def _lose(self, ref: Ref) -> None:
        """The source shows no such recording: awaited while it is still listed, else gone."""
        tools, key = self._tools, ref.key
        row = tools.ledger.recording(key)
        stored = tools.archive.read(tools.archive.root / row.folder) if row else None
        if ref.listed:
            work = open_work(self._tools, ref.listed, now=self._now)
            decisions = decide(work.recording, work.entry.files, tools.selection, now=self._now)
            work.entry = merge.apply_decisions(work.entry, decisions, {})
            if next_look(ended_at(work.recording), self._now) is None:
                work.entry = merge.gone(work.entry)
        elif row and stored:
            work = Work(tools.source.describe(stored.entry.metadata), None, stored.folder, merge.gone(stored.entry))
        elif ref.may_be_absent:
            return
        else:
            tools.ledger.forget(key)  # it vanished before anything was known of it
            raise Vanished(
                f"the source has no recording {ref.native_id}",
                hint="it was deleted or trashed, or the id is wrong",
                subject=ref.native_id,
            )
        log.warning("recording.not_shown", extra={"fields": {"recording": key, "gone": work.entry.gone}})
        self._settle(work)

    def _settle(self, work: Work) -> None:
        final = not work.outstanding
        if final:
            self._open.pop(work.recording.key, None)
        with self._one_item(work.recording.key):
            settle(self._tools, self._summary, work, now=self._now, final=final)

    def _publish_if_due(self) -> None:
        """In a long run, let analysts have the text while large files are still on their way."""
        if self._tools.clock.monotonic() - self._published_at < PUBLISH_EVERY_S:
            return
        for work in [each for each in self._open.values() if each.fetched and not each.waits_for_text()]:
            self._settle(work)
        publish_pending(self._tools, self._summary)
        self._published_at = self._tools.clock.monotonic()

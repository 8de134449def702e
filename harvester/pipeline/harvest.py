"""The loop over recordings: prepare, fetch their files, settle. Decides which step follows; all others are elsewhere.

Preparing, fetching and settling run on workers. What they find is handled here, on the coordinator's thread, so that
the ledger and the summary have one writer; what comes in together is one durable step of the ledger.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from datetime import datetime
from functools import partial
from typing import Any

from harvester.archive import file_name
from harvester.archive.store import Stored
from harvester.errors import DiskFull, Fatal, HarvesterError, Vanished
from harvester.fetch import Fetched, Job, Task, run_scheduled
from harvester.model import ListedFile
from harvester.pipeline import merge
from harvester.pipeline.discover import Ref
from harvester.pipeline.prepare import Before, Prepared, prepare, recall
from harvester.pipeline.publish import publish_pending
from harvester.pipeline.schedule import next_attempt
from harvester.pipeline.settle import Written, describe_settled, note, report_failure, write_down
from harvester.pipeline.summary import Summary
from harvester.pipeline.tools import Tools
from harvester.pipeline.work import DETAIL, SETTLE, Work, folder_of, lane_of, rank

log = logging.getLogger(__name__)

PUBLISH_EVERY_S = 300.0
"""How old unpublished rows may get while a long run goes on."""

_DETAILS_AT_ONCE = 2  # detail calls are paced anyway; more would only hold workers that could fetch

OnDone = Callable[[Future[Any]], Iterable[Task]]


class Harvest:
    """One run's harvest of any number of recordings."""

    def __init__(self, tools: Tools, summary: Summary, executor: Executor, *, now: datetime) -> None:
        self._tools = tools
        self._summary = summary
        self._executor = executor
        self._now = now
        self._open: dict[str, Work] = {}  # recordings with files that are being fetched
        self._to_fetch = 0  # files of all of them
        self._settled: list[dict[str, object]] = []  # in this handling, not said yet
        self._published_at = tools.clock.monotonic()

    def process(self, refs: Iterable[Ref]) -> None:
        """Bring every recording to where the source allows: fetched, read, staged, settled."""
        tools = self._tools
        if not (refs := list(refs)):
            return
        tools.ledger.bind_account(tools.source.name, tools.source.account_id)
        rows = tools.ledger.recordings(each.key for each in refs)
        files = tools.ledger.archived_files(rows)
        # durable before any work: should this run be cut off, or a recording fail, the next one owes it a look
        tools.ledger.open_recordings(
            [
                (each.listed.recording, folder_of(tools.archive, each.listed.recording, rows.get(each.key)))
                for each in refs
                if each.listed
            ],
            now=self._now,
        )
        try:
            run_scheduled(
                self._executor,
                [self._preparing(each, Before(rows.get(each.key), files.get(each.key, {}))) for each in refs],
                workers=tools.workers,
                ahead=tools.workers // 2,
                lane_limits={DETAIL: _DETAILS_AT_ONCE},
                closing_lanes={SETTLE},
                handling=self._handling,
                on_interrupt=tools.fetcher.stop,
                grace_s=2.0,
            )
        except DiskFull:
            raise
        except Fatal:
            self._settle_open([each for each in self._open.values() if each.fetched])
            raise

    @contextlib.contextmanager
    def _handling(self) -> Iterator[None]:
        self._settled.clear()
        with self._tools.ledger.batch():
            yield
        for fields in self._settled:  # said only now, when nothing can take it back
            log.info("recording.settled", extra={"fields": fields})
        if self._tools.clock.monotonic() - self._published_at >= PUBLISH_EVERY_S:
            self._publish()

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

    def _guarded(
        self, key: str, step: Callable[[Future[Any]], Iterable[Task]]
    ) -> Callable[[Future[Any]], Iterator[Task]]:
        def on_done(future: Future[Any]) -> Iterator[Task]:
            with self._one_item(key):
                yield from step(future)

        return on_done

    def _preparing(self, ref: Ref, before: Before) -> Task:
        return Task(
            priority=rank(DETAIL),
            lane=DETAIL,
            run=partial(prepare, self._tools, ref, before, now=self._now),
            on_done=self._guarded(ref.key, partial(self._on_prepared, ref, before)),
        )

    def _on_prepared(self, ref: Ref, before: Before, future: Future[Prepared]) -> Iterator[Task]:
        try:
            prepared = future.result()
        except Vanished:
            yield from self._lose(ref, before)
            return
        if ref.listed:
            yield from self._fetching(ref, prepared)
            return
        # owed before it has an entry: a kill in between must not leave one that nobody looks at again
        work, archive = prepared.work, self._tools.archive
        self._tools.ledger.open_recordings([(work.recording, archive.relative(work.folder))], now=self._now)
        yield Task(
            priority=rank(DETAIL),
            lane=DETAIL,
            run=partial(archive.write, work.folder, work.entry),
            on_done=self._guarded(ref.key, partial(self._on_entered, ref, prepared)),
        )

    def _on_entered(self, ref: Ref, prepared: Prepared, future: Future[Stored]) -> Iterator[Task]:
        future.result()
        yield from self._fetching(ref, prepared)

    def _fetching(self, ref: Ref, prepared: Prepared) -> Iterator[Task]:
        """A task for each file that is to be fetched; without any the recording is settled."""
        tools, work = self._tools, prepared.work
        listed = len(ref.listed.recording.files) if ref.listed else 0
        self._summary.recordings_listed += not ref.listed
        self._summary.files_listed += len(work.recording.files) - listed
        for key, receipt in prepared.found.items():
            tools.ledger.record_archived(ref.key, key, work.entry.files[key].listed.kind, receipt)
        if prepared.access is None or not work.outstanding:
            yield self._settling(work)
            return
        self._open[ref.key] = work
        self._to_fetch += len(work.outstanding)
        size_bytes = sum(each.listed_bytes or 0 for each in work.outstanding.values())
        tools.progress.expect(files=len(work.outstanding), size_bytes=size_bytes)
        for file in work.outstanding.values():
            job = Job(ref.key, file, work.folder, file_name(file), prepared.access.for_file(file))
            lane = lane_of(file)
            yield Task(
                priority=rank(lane, file),
                lane=lane,
                run=partial(self._run_fetch, job),
                on_done=partial(self._on_file, work, file),
            )

    def _run_fetch(self, job: Job) -> Fetched:
        # ranges help a file that is left alone, and only cost where there are others to fetch
        connections = self._tools.workers if self._to_fetch == 1 else 1
        return self._tools.fetcher.fetch(job, on_bytes=self._tools.progress.advance, connections=connections)

    def _on_file(self, work: Work, file: ListedFile, future: Future[Fetched]) -> Iterator[Task]:
        key = work.recording.key
        del work.outstanding[file.key]
        self._to_fetch -= 1
        work.tried.add(file.key)
        try:
            fetched = future.result()
        except Fatal:
            raise
        except HarvesterError as error:
            work.entry = merge.failed(work.entry, file.key, error)
            self._tools.progress.file_done(failed=True)
            report_failure(self._summary, work, file, error)
        else:
            self._tools.ledger.record_archived(key, file.key, file.kind, fetched.receipt)
            work.entry = merge.archived(work.entry, file.key, fetched.receipt)
            work.fetched.add(file.key)
            self._summary.bytes_downloaded += fetched.bytes_downloaded
            self._tools.progress.file_done(failed=False)
        if not work.outstanding:
            del self._open[key]
            yield self._settling(work)

    def _lose(self, ref: Ref, before: Before) -> Iterator[Task]:
        """The source shows no such recording."""
        work = recall(self._tools, ref, before, now=self._now)
        if work:
            log.warning("recording.not_shown", extra={"fields": {"recording": ref.key, "gone": work.entry.gone}})
            yield self._settling(work)
        elif not ref.may_be_absent:
            self._tools.ledger.forget(ref.key)  # it vanished before anything was known of it
            raise Vanished(
                f"the source has no recording {ref.native_id}",
                hint="it was deleted or trashed, or the id is wrong",
                subject=ref.native_id,
            )

    def _settling(self, work: Work) -> Task:
        before = self._tools.ledger.recording(work.recording.key)
        return Task(
            priority=rank(SETTLE),
            lane=SETTLE,
            run=partial(write_down, self._tools, work, before, now=self._now),
            on_done=self._guarded(work.recording.key, partial(self._on_settled, work)),
        )

    def _on_settled(self, work: Work, future: Future[Written]) -> Iterable[Task]:
        written = future.result()
        note(self._tools, self._summary, work, written, now=self._now, final=True)
        self._settled.append(describe_settled(work, written))
        return ()

    def _publish(self) -> None:
        """In a long run, let analysts have the text while large files are still on their way."""
        self._settle_open([each for each in self._open.values() if each.fetched and not each.waits_for_text()])
        publish_pending(self._tools, self._summary)
        self._published_at = self._tools.clock.monotonic()

    def _settle_open(self, works: Iterable[Work]) -> None:
        """Make durable, and ready to be published, what was fetched so far of recordings that are not complete."""
        for work in works:
            with self._one_item(work.recording.key):
                before = self._tools.ledger.recording(work.recording.key)
                written = write_down(self._tools, work, before, now=self._now)
                note(self._tools, self._summary, work, written, now=self._now, final=False)

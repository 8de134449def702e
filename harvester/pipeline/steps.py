"""One recording's way through a run as tasks: prepare, fetch its files, settle. Decides which step follows.

Each step runs on a worker; what it found is handled on the coordinator's thread.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from harvester.archive import file_name
from harvester.archive.store import Stored
from harvester.errors import AccessRefused, Fatal, HarvesterError, QuotaExhausted, Refused, Vanished
from harvester.fetch import Fetched, Job, Task
from harvester.model import ListedFile
from harvester.pipeline import merge
from harvester.pipeline.access import RecordingAccess
from harvester.pipeline.discover import Ref
from harvester.pipeline.documents import fetch_document
from harvester.pipeline.flight import Flight
from harvester.pipeline.prepare import Before, Prepared, prepare, recall
from harvester.pipeline.schedule import next_attempt
from harvester.pipeline.settle import Written, describe_settled, note, report_failure, write_down
from harvester.pipeline.summary import Summary
from harvester.pipeline.tools import Tools
from harvester.pipeline.work import DETAIL, SETTLE, Work, lane_of, rank

log = logging.getLogger(__name__)

T = TypeVar("T")


class Steps:
    """What is done with each recording of a run, and who is told of it."""

    def __init__(self, tools: Tools, summary: Summary, flight: Flight, refused: dict[str, Refused]) -> None:
        """`refused` is kept through the run: the sources that refuse us, while others may go on."""
        self._tools = tools
        self._summary = summary
        self._flight = flight
        self._refused = refused

    def preparing(self, ref: Ref, before: Before, *, now: datetime) -> Task:
        """The first step; it leads to all others."""
        return Task(
            priority=rank(DETAIL),
            lane=DETAIL,
            run=partial(self._asking, ref.source, partial(prepare, self._tools, ref, before, now=now)),
            on_done=self._guarded(ref.key, now, partial(self._on_prepared, ref, before, now)),
        )

    @contextlib.contextmanager
    def one_item(self, key: str, *, now: datetime, final: bool = True) -> Iterator[None]:
        """One bad recording is a row, not the end (DESIGN 2.4); `final` when nothing of it is still under way."""
        try:
            yield
        except Fatal:
            raise
        except HarvesterError as error:
            self._summary.add_error(error, recording_key=key)
            log.warning("recording.failed", extra={"fields": {"recording": key, "reason": error.message}})
            row = self._tools.ledger.recording(key)
            attempts = (row.attempts if row else 0) + 1
            self._tools.ledger.note_failure(key, error.message, next_try_at=next_attempt(attempts, now))
            if final:
                self._flight.close(key, error)

    def _guarded(
        self, key: str, now: datetime, step: Callable[[Future[Any]], Iterable[Task]]
    ) -> Callable[[Future[Any]], Iterator[Task]]:
        def on_done(future: Future[Any]) -> Iterator[Task]:
            with self.one_item(key, now=now):
                yield from step(future)

        return on_done

    def _on_prepared(self, ref: Ref, before: Before, now: datetime, future: Future[Prepared]) -> Iterator[Task]:
        try:
            prepared = future.result()
        except Vanished:
            yield from self._lose(ref, before, now)
            return
        if prepared.is_entered:
            yield from self._fetching(ref, now, prepared)
            return
        # owed before it has an entry, by the folder that is to have it: a kill in between must not leave one that
        # nobody looks at again, nor a second one; what is listed may turn out to belong to another day
        work, archive = prepared.work, self._tools.archive
        self._tools.ledger.open_recordings([(work.recording, archive.relative(work.folder))], now=now)
        yield Task(
            priority=rank(DETAIL),
            lane=DETAIL,
            run=partial(archive.write, work.folder, work.entry),
            on_done=self._guarded(ref.key, now, partial(self._on_entered, ref, now, prepared)),
        )

    def _on_entered(self, ref: Ref, now: datetime, prepared: Prepared, future: Future[Stored]) -> Iterator[Task]:
        future.result()
        yield from self._fetching(ref, now, prepared)

    def _fetching(self, ref: Ref, now: datetime, prepared: Prepared) -> Iterator[Task]:
        """A task for each file that is to be fetched; without any the recording is settled."""
        tools, work = self._tools, prepared.work
        listed = len(ref.listed.recording.files) if ref.listed else 0
        self._summary.recordings_listed += not ref.listed
        self._summary.files_listed += len(work.recording.files) - listed
        for key, receipt in prepared.found.items():
            tools.ledger.record_archived(ref.key, key, work.entry.files[key].listed.kind, receipt)
        if prepared.access is None or not work.outstanding:
            yield self._settling(work, now)
            return
        self._flight.fetching(work)
        size_bytes = sum(each.listed_bytes or 0 for each in work.outstanding.values())
        tools.progress.expect(files=len(work.outstanding), size_bytes=size_bytes)
        for file in work.outstanding.values():
            lane = lane_of(file)
            yield Task(
                priority=rank(lane, file),
                lane=lane,
                run=partial(self._asking, work.entry.source, partial(self._run_fetch, work, file, prepared.access)),
                on_done=partial(self._on_file, work, file, now),
            )

    def _asking(self, source: str, step: Callable[[], T]) -> T:
        """A step that asks a source, on a worker. One that refuses us is asked no more: its own recordings fail."""
        refusal = self._refused.get(source)
        if refusal is None:
            try:
                return step()
            except (AccessRefused, QuotaExhausted) as error:
                if self._tools.ends_run(source):
                    raise
                refusal = self._refused[source] = Refused(error.message, hint=error.hint)
        raise Refused(refusal.message, hint=refusal.hint)

    def _run_fetch(self, work: Work, file: ListedFile, access: RecordingAccess) -> Fetched:
        if file.is_document:
            return fetch_document(access, file, work.folder / file_name(file), clock=self._tools.clock)
        job = Job(work.recording.key, file, work.folder, file_name(file), access.for_file(file))
        # ranges help a file that is left alone, and only cost where there are others to fetch
        connections = self._tools.workers if self._flight.to_fetch == 1 else 1
        fetcher = self._tools.fetcher(work.entry.source)
        return fetcher.fetch(job, on_bytes=self._tools.progress.advance, connections=connections)

    def _on_file(self, work: Work, file: ListedFile, now: datetime, future: Future[Fetched]) -> Iterator[Task]:
        key = work.recording.key
        del work.outstanding[file.key]
        work.tried.add(file.key)
        self._flight.file_done(work)
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
            yield self._settling(work, now)

    def _lose(self, ref: Ref, before: Before, now: datetime) -> Iterator[Task]:
        """The source shows no such recording."""
        if ref.is_news:
            self._flight.close(ref.key, None)  # what an event told of may be shown yet; the listing says what is gone
            return
        work = recall(self._tools, ref, before, now=now)
        if work:
            log.warning("recording.not_shown", extra={"fields": {"recording": ref.key, "gone": work.entry.gone}})
            yield self._settling(work, now)
        elif ref.may_be_absent:
            self._flight.close(ref.key, None)
        else:
            self._tools.ledger.forget(ref.key)  # it vanished before anything was known of it
            raise Vanished(
                f"the source has no recording {ref.native_id}",
                hint="it was deleted or trashed, or the id is wrong",
                subject=ref.native_id,
            )

    def _settling(self, work: Work, now: datetime) -> Task:
        before = self._tools.ledger.recording(work.recording.key)
        return Task(
            priority=rank(SETTLE),
            lane=SETTLE,
            run=partial(write_down, self._tools, work, before, now=now),
            on_done=self._guarded(work.recording.key, now, partial(self._on_settled, work, now)),
        )

    def _on_settled(self, work: Work, now: datetime, future: Future[Written]) -> Iterable[Task]:
        written = future.result()
        note(self._tools, self._summary, work, written, now=now, final=True)
        self._flight.settled.append(describe_settled(work, written))
        self._flight.close(work.recording.key, work.entry)
        return ()

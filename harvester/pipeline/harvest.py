"""The loop over recordings: which are worked on, when what they gave is published, and how a run is cut short.

The steps of each are `harvester.pipeline.steps`. They run on workers; what they find is handled here, on the
coordinator's thread, so that the ledger and the summary have one writer; what comes in together is one durable step
of the ledger.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from datetime import datetime

from harvester.errors import DiskFull, Fatal, Refused
from harvester.fetch import Task, run_scheduled
from harvester.pipeline.arrivals import Arrivals
from harvester.pipeline.discover import Ref
from harvester.pipeline.flight import Flight
from harvester.pipeline.prepare import Before
from harvester.pipeline.publish import publish_pending
from harvester.pipeline.settle import note, write_down
from harvester.pipeline.steps import Steps
from harvester.pipeline.summary import Summary
from harvester.pipeline.tools import Tools
from harvester.pipeline.work import DETAIL, LIST, SETTLE, Work, folder_of

log = logging.getLogger(__name__)

_PACED_AT_ONCE = 2  # such calls are paced anyway; more would only hold workers that could fetch


class Harvest:
    """One run's harvest of any number of recordings, and of those that events ask for meanwhile."""

    def __init__(
        self, tools: Tools, summary: Summary, executor: Executor, arrivals: Arrivals | None = None, *, now: datetime
    ) -> None:
        self._tools = tools
        self._summary = summary
        self._executor = executor
        self._arrivals = arrivals
        self._flight = Flight(tools.clock, arrivals)
        self._refused: dict[str, Refused] = {}
        self._steps = Steps(tools, summary, self._flight, self._refused)
        self._now = now
        self._asked: set[str] = set()  # what `process` was called for
        self._done_at: datetime | None = None  # when that was done; events that come later are another run's

    def process(self, refs: Iterable[Ref]) -> None:
        """Bring every recording to where the source allows: fetched, read, staged, settled.

        Events that come meanwhile are served too; only the worker goes on as long as more come.
        """
        refs = list(refs)
        self._asked = {each.key for each in refs}
        self._done_at = None
        try:
            run_scheduled(
                self._executor,
                self._begin(refs),
                workers=self._tools.workers,
                ahead=self._tools.workers // 2,
                lane_limits=dict.fromkeys((DETAIL, LIST), _PACED_AT_ONCE),
                closing_lanes={SETTLE},
                arrivals=self._welcome if self._arrivals else None,
                handling=self._handling,
                on_interrupt=self._stop,
                grace_s=2.0,
            )
        except DiskFull:
            raise
        except Fatal:
            self._settle_open([each for each in self._flight.open.values() if each.fetched])
            self._forget_flight()
            raise

    def _stop(self) -> None:
        for each in self._tools.connections.values():
            each.fetcher.stop()

    def _forget_flight(self) -> None:
        """What was under way is left to the next run; this one may go on with another source."""
        if self._arrivals:
            self._arrivals.forget_open()
        self._flight = Flight(self._tools.clock, self._arrivals)
        self._steps = Steps(self._tools, self._summary, self._flight, self._refused)

    def _welcome(self) -> list[Task]:
        """Publish what events asked for, if it is time, and begin what other events ask for."""
        if self._flight.should_publish():
            self._publish()
        if self._arrivals is None:
            return []
        if self._done_at is None and not self._arrivals.endless and self._asked.isdisjoint(self._flight.busy):
            self._done_at = self._tools.clock.now()
        refs = self._arrivals.take(self._flight.busy, received_by=self._done_at)
        if refs:
            self._now = self._tools.clock.now()
            self._flight.woken.update(each.key for each in refs)
        return self._begin(refs)

    def _begin(self, refs: list[Ref]) -> list[Task]:
        if not refs:
            return []
        tools = self._tools
        for name in {each.source for each in refs}:
            tools.ledger.bind_account(name, tools.source(name).account_id)
        rows = tools.ledger.recordings(each.key for each in refs)
        files = tools.ledger.archived_files(rows)
        # durable before any work: should this run be cut off, or a recording fail, the next one owes it a look
        opened = {
            each.key: (each.listed.recording, folder_of(tools.archive, each.listed.recording, rows.get(each.key)))
            for each in refs
            if each.listed
        }
        tools.ledger.open_recordings(opened.values(), now=self._now)
        self._flight.busy.update(each.key for each in refs)
        folders = {key: folder for key, (_, folder) in opened.items()}
        before = [Before(rows.get(each.key), files.get(each.key, {}), folders.get(each.key)) for each in refs]
        return [self._steps.preparing(ref, known, now=self._now) for ref, known in zip(refs, before, strict=True)]

    @contextlib.contextmanager
    def _handling(self) -> Iterator[None]:
        self._flight.settled.clear()
        with self._tools.ledger.batch():
            yield
        for fields in self._flight.settled:  # said only now, when nothing can take it back
            log.info("recording.settled", extra={"fields": fields})
        if self._arrivals is None and self._flight.should_publish():
            self._publish()

    def _publish(self) -> None:
        """In a long run, let analysts have the text while large files are still on their way."""
        self._settle_open([each for each in self._flight.open.values() if each.fetched and not each.waits_for_text()])
        with self._flight.publishing():
            publish_pending(self._tools, self._summary)

    def _settle_open(self, works: Iterable[Work]) -> None:
        """Make durable, and ready to be published, what was fetched so far of recordings that are not complete."""
        for work in works:
            with self._steps.one_item(work.recording.key, now=self._now, final=False):
                before = self._tools.ledger.recording(work.recording.key)
                written = write_down(self._tools, work, before, now=self._now)
                note(self._tools, self._summary, work, written, now=self._now, final=False)

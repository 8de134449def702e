"""What is under way in a run, and for whom: the coordinator's notes, which no other thread writes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from harvester.archive import Entry
from harvester.clock import Clock
from harvester.errors import HarvesterError
from harvester.pipeline.arrivals import Arrivals
from harvester.pipeline.pace import Pace
from harvester.pipeline.work import Work


class Flight:
    """The recordings of a run that are not done, those of them that events ask for, and when to publish for these."""

    def __init__(self, clock: Clock, arrivals: Arrivals | None) -> None:
        self._clock = clock
        self._arrivals = arrivals
        self._pace = Pace(clock)
        self.busy: set[str] = set()  # keys of all of them
        self.woken: set[str] = set()  # of those that events ask for and whose text is not there yet
        self.open: dict[str, Work] = {}  # those with files that are being fetched
        self.to_fetch = 0  # files of all of them
        self.settled: list[dict[str, object]] = []  # what this handling has settled, not said yet

    def fetching(self, work: Work) -> None:
        """Its outstanding files are being fetched now."""
        self.open[work.recording.key] = work
        self.to_fetch += len(work.outstanding)
        if not work.waits_for_text():
            self.woken.discard(work.recording.key)

    def file_done(self, work: Work) -> None:
        """One of its files came, or did not."""
        self.to_fetch -= 1
        if not work.outstanding:
            del self.open[work.recording.key]
        elif not work.waits_for_text():
            self._expect(work.recording.key)

    def close(self, key: str, outcome: Entry | HarvesterError | None) -> None:
        """Nothing of a recording is under way any more; see `Arrivals.close`."""
        self.busy.discard(key)
        self._expect(key)
        if self._arrivals:
            self._arrivals.close(key, outcome)

    def should_publish(self) -> bool:
        return self._pace.is_due(more_soon=bool(self.woken))

    @contextlib.contextmanager
    def publishing(self) -> Iterator[None]:
        began_at = self._clock.monotonic()
        yield
        self._pace.published(began_at=began_at)

    def _expect(self, key: str) -> None:
        if key in self.woken:
            self.woken.discard(key)
            self._pace.expect()

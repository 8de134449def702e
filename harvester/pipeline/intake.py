"""The way of received events into the ledger: one thread that writes, and one flush for all that came meanwhile."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Self

from harvester.clock import Clock
from harvester.errors import HarvesterError, Refused
from harvester.event import Event
from harvester.ledger import Ledger

log = logging.getLogger(__name__)

_AT_ONCE = 500
MOST_UNVERIFIED = 1_000
"""Events that wait though nobody proved who sent them: each of them costs a look."""


@dataclass(frozen=True, slots=True)
class _Item:
    """An event to keep and whose it is, or the question whether one could be kept now."""

    event: Event | None
    source: str = ""
    done: Future[None] = field(default_factory=Future)


class Intake:
    """Keeps events. Use it as a context manager; for use from any number of threads."""

    def __init__(self, open_ledger: Callable[[], Ledger], clock: Clock) -> None:
        self._open_ledger = open_ledger
        self._clock = clock
        self._items: queue.SimpleQueue[_Item | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="intake")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Keep what was handed in before, then end."""
        self._items.put(None)
        self._thread.join()

    def keep(self, source: str, event: Event) -> Future[None]:
        """Done when the event is durable; fails with the HarvesterError that kept it from being so.

        Of those that anybody may have sent only so many may wait.
        """
        return self._put(_Item(event, source))

    def probe(self) -> Future[None]:
        """The same without an event: whether one could be kept now."""
        return self._put(_Item(None))

    def _put(self, item: _Item) -> Future[None]:
        self._items.put(item)
        return item.done

    def _run(self) -> None:
        ledger: Ledger | None = None
        while waiting := self._next():
            # a request that was given up meanwhile was never acknowledged: its sender sends it again
            items = [each for each in waiting if each.done.set_running_or_notify_cancel()]
            try:
                ledger = ledger or self._open_ledger()
                items = self._turn_away(items, ledger)
                self._add(items, ledger)
            except Exception as error:  # it belongs to those who wait; a defect must not end the thread
                if not isinstance(error, HarvesterError):
                    log.exception("intake.bug")
                if ledger:
                    ledger.close()
                ledger = None  # a disk that failed, or a file that was replaced: opened anew for the next ones
                for each in items:
                    each.done.set_exception(error)
            else:
                for each in items:
                    each.done.set_result(None)
        if ledger:
            ledger.close()

    def _add(self, items: list[_Item], ledger: Ledger) -> None:
        now = self._clock.now()
        with ledger.batch():
            for source in dict.fromkeys(each.source for each in items if each.event):
                events = [each.event for each in items if each.event and each.source == source]
                ledger.inbox.add(source, events, now=now)

    def _turn_away(self, items: list[_Item], ledger: Ledger) -> list[_Item]:
        """Those that may be kept; the others are told that there is no room."""
        doubtful = [each for each in items if each.event and not each.event.is_verified]
        if not doubtful:
            return items
        room = max(MOST_UNVERIFIED - ledger.inbox.count_unverified(), 0)
        for each in doubtful[room:]:
            each.done.set_exception(Refused(f"{MOST_UNVERIFIED} unsigned events are waiting already"))
        refused = {id(each) for each in doubtful[room:]}
        return [each for each in items if id(each) not in refused]

    def _next(self) -> list[_Item]:
        """All that wait; empty when this is the end."""
        first = self._items.get()
        found = [] if first is None else [first]
        while found and len(found) < _AT_ONCE:
            try:
                item = self._items.get_nowait()
            except queue.Empty:
                break
            if item is None:
                self._items.put(None)  # the end comes after these
                break
            found.append(item)
        return found

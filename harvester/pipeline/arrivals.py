"""Events of the inbox as recordings to look at, and what becomes of an event when its recordings were looked at.

Decides which events wake which recordings, when an event is served, when it is tried again and when it is given up.
Whatever becomes of it, the recordings' own schedule and the nightly listing do not lean on it.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from harvester.archive import Entry
from harvester.errors import Damaged, Displaced, HarvesterError
from harvester.event import Departure, Event, Intent, Mention, Pass
from harvester.ledger import EventRow, is_awaited
from harvester.model import FileStatus
from harvester.pipeline.discover import Ref
from harvester.pipeline.plan import base_key
from harvester.pipeline.tools import Tools

log = logging.getLogger(__name__)

RETRIES = (
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
)
"""How long an event waits after each vain attempt; after the last it is dead until it is redriven."""
_AT_ONCE = 500  # events whose recordings are looked at; a backlog of any size costs no more memory
_LOOK_S = 0.2
_SERVED = frozenset({FileStatus.ARCHIVED, FileStatus.SKIPPED})


class Tickets:
    """What events gave besides their facts, by digest; in memory only, the oldest forgotten first. For any thread."""

    def __init__(self, most: int = 2_000) -> None:
        self._held: OrderedDict[str, Pass] = OrderedDict()
        self._most = most
        self._lock = threading.Lock()

    def put(self, digest: str, ticket: Pass) -> None:
        with self._lock:
            self._held[digest] = ticket
            self._held.move_to_end(digest)
            while len(self._held) > self._most:
                self._held.popitem(last=False)

    def take(self, digest: str) -> Pass | None:
        with self._lock:
            return self._held.pop(digest, None)


@dataclass(slots=True)
class _Open:
    """An event whose recordings are being looked at."""

    row: EventRow
    event: Event
    waiting: set[str]
    reasons: list[str] = field(default_factory=list)


class Arrivals:
    """One run's dealings with the inbox. For the coordinator's thread only."""

    def __init__(self, tools: Tools, tickets: Tickets, *, endless: bool = False) -> None:
        """`endless`: for a run that goes on as long as events come, until another asks for the lock (Displaced)."""
        self._tools = tools
        self._tickets = tickets
        self.endless = endless
        self._open: dict[str, _Open] = {}
        self._looked_at = float("-inf")

    def take(self, busy: Collection[str], *, received_by: datetime | None = None) -> list[Ref]:
        """Recordings that due events ask for, but those that are `busy`: their events wait until they are not.

        Only of events that were received by then, if it is given.
        """
        moment = self._tools.clock.monotonic()
        if busy and moment - self._looked_at < _LOOK_S:
            return []  # it is asked after every result
        self._looked_at = moment
        room = _AT_ONCE - len(self._open)
        if self.endless and is_awaited(self._tools.state):
            raise Displaced("another run asked for the lock")
        now = self._tools.clock.now()
        woken: dict[str, Ref] = {}
        for row in self._tools.ledger.inbox.due(now, received_by, limit=max(room, 0), besides=self._open):
            event = self._read(row)
            if event is None:
                continue
            keys = {f"{row.source}:{each.native_id}" for each in event.mentions}
            if any(key in busy for key in keys):
                continue
            self._open[row.digest] = _Open(row, event, keys)
            for mention in event.mentions:
                ref = self._wake(row, event, mention)
                woken[ref.key] = _join(woken.get(ref.key), ref)
        return list(woken.values())

    def close(self, key: str, outcome: Entry | HarvesterError | None) -> None:
        """A recording was looked at: what is held of it, why that failed, or None where the source shows nothing."""
        for each in [each for each in self._open.values() if key in each.waiting]:
            each.waiting.discard(key)
            mentions = [m for m in each.event.mentions if f"{each.row.source}:{m.native_id}" == key]
            reasons = [_judge(mention, each.event.intent, outcome) for mention in mentions]
            each.reasons += [reason for reason in reasons if reason]
            if not each.waiting:
                del self._open[each.row.digest]
                self._finish(each.row, each.reasons)

    def forget_open(self) -> None:
        """Their recordings are looked at no longer; the events are still due."""
        self._open.clear()

    def _read(self, row: EventRow) -> Event | None:
        """What it says; one that says nothing to us is dead at once, for no attempt would change that."""
        reason = f"no source {row.source} is set up here"
        connection = self._tools.connections.get(row.source)
        if connection:
            try:
                event = connection.source.read_event(row.body.encode())
            except Damaged as error:
                reason = error.message
            else:
                if event.mentions:
                    return event
                reason = "it names no recording"
        self._tools.ledger.inbox.put_off(row, reason, next_try_at=None)
        _say(row, "event.dead", reason)
        return None

    def _wake(self, row: EventRow, event: Event, mention: Mention) -> Ref:
        departure = Departure(event.happened_at, event.actor) if event.intent is Intent.GONE else None
        return Ref(
            row.source,
            mention.native_id,
            may_be_absent=True,
            is_news=departure is None,
            said=mention.said,
            ticket=self._tickets.take(row.digest),
            departure=departure,
        )

    def _finish(self, row: EventRow, reasons: list[str]) -> None:
        now = self._tools.clock.now()
        if not reasons:
            self._tools.ledger.inbox.serve(row, now=now)
            _say(row, "event.served", None)
            return
        wait = RETRIES[row.attempts] if row.attempts < len(RETRIES) else None
        self._tools.ledger.inbox.put_off(row, reasons[0], next_try_at=now + wait if wait else None)
        _say(row, "event.put_off" if wait else "event.dead", reasons[0])


def _join(known: Ref | None, new: Ref) -> Ref:
    """Two events of one recording: one look at it. A way to some of its files does not lead to those of the other."""
    if known is None:
        return new
    return Ref(
        new.source,
        new.native_id,
        may_be_absent=True,
        is_news=known.is_news and new.is_news,
        said={**known.said, **new.said},
        departure=new.departure or known.departure,
    )


def _judge(mention: Mention, intent: Intent, outcome: Entry | HarvesterError | None) -> str | None:
    """Why a look at the recording did not serve the event; None when it did."""
    if isinstance(outcome, HarvesterError):
        return outcome.message
    if intent is not Intent.HARVEST or mention.may_be_absent:
        return None
    if outcome is None:
        return "the source shows no such recording yet"
    return None if outcome.gone else _find_missing(mention, outcome)


def _find_missing(mention: Mention, entry: Entry) -> str | None:
    """The first file that the event named and that is not here, and why."""
    held = {base_key(key): file.state for key, file in entry.files.items()}
    for file_id in sorted(mention.file_ids or ()):
        state = held.get(file_id)
        if state is None:
            return f"file {file_id} is not listed by the source yet"
        if state.status not in _SERVED:
            return f"file {file_id} is {state.status}" + (f": {state.error}" if state.error else "")
    return None


def _say(row: EventRow, what: str, reason: str | None) -> None:
    fields = {"event": row.name, "digest": row.digest[:12], "attempts": row.attempts + 1}
    level = logging.INFO if reason is None else logging.WARNING
    log.log(level, what, extra={"fields": {**fields, **({"reason": reason} if reason else {})}})

"""The worker: waits for events, and for recordings to be looked at again, and harvests them run by run.

Decides when to begin a run and how long to rest after one that failed. It holds the run lock only while it has work;
while another run holds it, that run serves the inbox too (`harvester.pipeline.arrivals`), or is over soon.
"""

from __future__ import annotations

import logging
import threading
from datetime import datetime

from harvester.errors import AlreadyRunning, ExitCode
from harvester.ledger import WORKER, is_awaited, run_lock
from harvester.pipeline.arrivals import Arrivals, Tickets
from harvester.pipeline.discover import Ref
from harvester.pipeline.run import Processor, run
from harvester.pipeline.summary import Summary
from harvester.pipeline.tools import Tools

log = logging.getLogger(__name__)

LOOK_S = 0.5
"""How often the inbox is looked at where nobody rings."""
_AT_ONCE = 50  # recordings that are looked at again, then the lake gets them
_SHORTEST_REST_S = 5.0
_LONGEST_REST_S = 300.0


class Bell:
    """How others tell the worker that something came."""

    def __init__(self) -> None:
        self._rung = threading.Event()

    def ring(self) -> None:
        self._rung.set()

    def wait(self, seconds: float) -> None:
        """Until it rings, but no longer than that."""
        self._rung.wait(seconds)
        self._rung.clear()


def work(tools: Tools, tickets: Tickets, bell: Bell) -> None:
    """Serve the inbox until a run is interrupted. The first one also finishes what an earlier one left."""
    rest_s = 0.0
    is_first = True
    while True:
        if not is_first and not _is_due(tools):
            bell.wait(LOOK_S)
            continue
        summary = _run_alone(tools, tickets)
        if summary is None:
            bell.wait(LOOK_S)
            continue
        if summary.exit_code is ExitCode.INTERRUPTED:
            return
        is_first = False
        rest_s = min(max(2 * rest_s, _SHORTEST_REST_S), _LONGEST_REST_S) if summary.is_cut_short else 0.0
        if rest_s:
            log.warning("worker.rests", extra={"fields": {"seconds": rest_s, "exit_code": int(summary.exit_code)}})
            tools.clock.sleep(rest_s)  # what comes meanwhile makes neither a disk nor a refused credential better


def serve(tools: Tools, harvest: Processor, summary: Summary, now: datetime) -> None:
    """Body of a run for what events ask for, and for recordings whose next look has come meanwhile."""
    del summary
    due = [row for name in tools.connections for row in tools.ledger.due(name, now, limit=_AT_ONCE)]
    harvest.process([Ref(each.source, each.native_id) for each in due])


def _run_alone(tools: Tools, tickets: Tickets) -> Summary | None:
    """One run; None when another has the lock, or asks for it."""
    if is_awaited(tools.state):
        return None
    try:
        with run_lock(tools.state, WORKER, clock=tools.clock):
            return run(tools, WORKER, serve, Arrivals(tools, tickets, endless=True))
    except AlreadyRunning:
        return None


def _is_due(tools: Tools) -> bool:
    now = tools.clock.now()
    due = tools.ledger.inbox.next_due()
    return (due is not None and due <= now) or any(tools.ledger.due(name, now, limit=1) for name in tools.connections)

"""How long one download is tried: another grant, another try, or the end.

Decides by progress: as long as bytes come, tries are not counted against the file, up to a bound. Knows neither HTTP
nor files; it is handed an attempt and a way to see how far it got.
"""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable

from harvester.errors import Retriable
from harvester.fetch.job import Access, Grant
from harvester.fetch.reply import StaleGrant
from harvester.retry import LONGEST_WAIT_S, RetryPolicy, backoff_s

log = logging.getLogger(__name__)

# Less than this is no progress: a server that hands out a few bytes per try would keep a worker for ever.
PROGRESS_BYTES = 64 * 1024
# Faults of one file in one run, progress or not; the part is kept and the next run goes on.
MAX_FAULTS = 50


class Grants:
    """The grant in use by all connections of a file; whoever finds it stale first renews it for all."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._lock = threading.Lock()
        self._grant = access.grant(renew=False)

    def current(self) -> Grant:
        with self._lock:
            return self._grant

    def renew(self, stale: Grant) -> None:
        with self._lock:
            if self._grant is stale:
                self._grant = self._access.grant(renew=True)


def persist(
    attempt: Callable[[Grant], None],
    *,
    grants: Grants,
    position: Callable[[], int],
    retry: RetryPolicy,
    pause: Callable[[float], None],
    subject: str,
) -> None:
    """Run `attempt` until it returns. Raises its last Retriable, or what a renewed grant could not cure."""
    furthest, tries, faults, renewed = position(), 0, 0, False
    while True:
        grant = grants.current()
        try:
            attempt(grant)
        except (StaleGrant, Retriable) as fault:
            faults += 1
            if position() >= furthest + PROGRESS_BYTES:
                furthest, tries, renewed = position(), 0, False
            if isinstance(fault, StaleGrant):
                if renewed or faults > MAX_FAULTS:
                    raise fault.final from None
                renewed = True
                log.info("download.renew", extra={"fields": {"key": subject}})
                grants.renew(grant)
                continue
            tries += 1
            wait_s = _wait_s(fault, tries, retry)
            if tries >= retry.attempts or faults > MAX_FAULTS or wait_s > LONGEST_WAIT_S:
                raise
            fields = {"key": subject, "attempt": tries, "wait_s": round(wait_s, 3), "reason": fault.message}
            log.warning("download.retry", extra={"fields": fields})
            pause(wait_s)
        else:
            return


def _wait_s(fault: Retriable, tries: int, retry: RetryPolicy) -> float:
    """Never shorter than the server asked for; spread, so that workers do not come back at one moment."""
    own = backoff_s(tries, retry)
    if fault.wait_s is None:
        return own
    return fault.wait_s + random.uniform(0.0, min(own, 1.0))  # noqa: S311 - spreads load, guards nothing

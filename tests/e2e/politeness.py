"""Whether a client kept to what it was told: never more calls in a second than allowed, none before Retry-After.

Judges the server's own log alone. A `pace` above 1 means that the client's seconds are so much shorter than ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from harvester.sandbox import LoggedRequest

API_KINDS = frozenset({"users", "listing", "meeting", "instances", "other"})
IN_FLIGHT = 1  # a second call may be on its way when the first is told to wait
LONGEST_HONOURED_S = 300.0  # whoever is told to wait longer comes back in another run


def check_rate(requests: Iterable[LoggedRequest], *, rate: float) -> int:
    """Most API calls in any window of one second, which must not be above `rate`."""
    times = sorted(each.time for each in requests if each.kind in API_KINDS)
    start, most = 0, 0
    for end, moment in enumerate(times):
        while moment - times[start] >= 1.0:
            start += 1
        most = max(most, end - start + 1)
    assert most <= rate, f"{most} calls in one second, {rate} are allowed"
    return most


def check_waits(requests: Sequence[LoggedRequest], *, pace: float = 1.0) -> int:
    """How many times a client was told to wait, having seen that it did."""
    told = 0
    for index, request in enumerate(requests):
        wait_s = _told_to_wait(request)
        if wait_s is None:
            continue
        told += 1
        until = request.time + wait_s / pace
        early = [each for each in requests[index + 1 :] if each.time < until and _same_queue(request, each)]
        spare = IN_FLIGHT if request.kind in API_KINDS else 0
        assert len(early) <= spare, (
            f"{len(early)} requests of {early[0].kind} within {wait_s:.3f} s of a 429 that asked for quiet: "
            f"after {[round((each.time - request.time) * pace, 3) for each in early]} s"
        )
    return told


def _same_queue(told: LoggedRequest, other: LoggedRequest) -> bool:
    """A limit of the API holds for all of its calls, one of a file for this file only."""
    if told.kind in API_KINDS:
        return other.kind in API_KINDS
    return other.raw_path == told.raw_path


def _told_to_wait(request: LoggedRequest) -> float | None:
    """Seconds of quiet that this answer asked for."""
    value = request.retry_after
    if "two_lengths" in (request.fault or ""):  # an answer that no client can read asks for nothing
        return None
    if request.status not in {429, 503} or value is None:
        return None
    try:
        wait_s = float(value)
    except ValueError:
        try:
            until = parsedate_to_datetime(value)
        except ValueError:
            try:
                until = datetime.fromisoformat(value)
            except ValueError:
                return None
        wait_s = (until.astimezone(UTC) - datetime.fromtimestamp(request.time, UTC)).total_seconds()
    # no number at all, one below zero, or one so large that the run ends instead
    return wait_s if 0 < wait_s <= LONGEST_HONOURED_S else None

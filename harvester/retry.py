"""How long to wait before trying again, and the loop that does it.

Decides delays, reads `Retry-After`, retries `Retriable` and nothing else. Never decides *whether* a fault is
passing: whoever saw it says so by its class.
"""

from __future__ import annotations

import logging
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

import tenacity

from harvester.clock import Clock
from harvester.errors import Retriable

log = logging.getLogger(__name__)

T = TypeVar("T")

# Limits of a day end at midnight, so no honest answer names a longer time.
LONGEST_RETRY_AFTER_S = 86_400.0
# A batch job that sleeps longer than this looks hung; the item goes back to the schedule instead.
LONGEST_WAIT_S = 300.0
_SECONDS = re.compile(r"[0-9]+(\.[0-9]+)?", re.ASCII)
_LONGEST_HEADER = 64


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often to try in all, and the first and the longest delay between two tries."""

    attempts: int = 6
    base_s: float = 1.0
    cap_s: float = 60.0


def backoff_s(attempt: int, policy: RetryPolicy, *, jitter: Callable[[float, float], float] = random.uniform) -> float:
    """Delay after failed try number `attempt` (from 1): doubling, never under `base_s`, spread out."""
    doubled = policy.base_s * 2.0 ** min(attempt - 1, 32)
    longest = min(policy.cap_s, doubled * 1.5)
    return jitter(longest / 1.5, longest)


def parse_retry_after(value: str | None, *, now: datetime) -> float | None:
    """Seconds to wait from `Retry-After`: a number, an HTTP date, or Zoom's ISO-8601 date-time.

    A past date is 0, an absurdly far one is cut to a day, anything unreadable is None.
    """
    text = (value or "").strip()
    if not text or len(text) > _LONGEST_HEADER:
        return None
    if _SECONDS.fullmatch(text):
        return min(float(text), LONGEST_RETRY_AFTER_S)
    at = parse_date(text)
    if at is None:
        return None
    return min(max((at - now).total_seconds(), 0.0), LONGEST_RETRY_AFTER_S)


def parse_date(text: str) -> datetime | None:
    """A moment in UTC from an HTTP date or ISO-8601 text, None for anything else."""
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            at = parse(text)
            return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        except (ValueError, OverflowError):
            continue
    return None


def call_with_retry(action: Callable[[], T], *, policy: RetryPolicy, clock: Clock, describe: str) -> T:
    """Call `action` until it succeeds or the tries are used up; then the last Retriable is raised again."""
    tries = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(Retriable),
        stop=lambda state: state.attempt_number >= policy.attempts or _waits_too_long(state),
        wait=lambda state: _wait_s(state, policy),
        sleep=clock.sleep,
        before_sleep=lambda state: _log_wait(state, describe),
        reraise=True,
    )
    for attempt in tries:
        with attempt:
            result = action()
    attempts = attempt.retry_state.attempt_number
    if attempts > 1:
        log.info("retry.recovered", extra={"fields": {"what": describe, "attempts": attempts}})
    return result


def _failure(state: tenacity.RetryCallState) -> Retriable | None:
    error = state.outcome.exception() if state.outcome else None
    return error if isinstance(error, Retriable) else None


def _wait_s(state: tenacity.RetryCallState, policy: RetryPolicy) -> float:
    """Never shorter than the server asked for, never all at the same moment."""
    own = backoff_s(state.attempt_number, policy)
    error = _failure(state)
    if error is None or error.wait_s is None:
        return own
    return error.wait_s + random.uniform(0.0, min(own, 1.0))  # noqa: S311 - spreads load, guards nothing


def _waits_too_long(state: tenacity.RetryCallState) -> bool:
    error = _failure(state)
    return error is not None and error.wait_s is not None and error.wait_s > LONGEST_WAIT_S


def _log_wait(state: tenacity.RetryCallState, describe: str) -> None:
    error = _failure(state)
    fields = {
        "what": describe,
        "attempt": state.attempt_number,
        "wait_s": round(state.upcoming_sleep, 3),
        "reason": error.message if error else None,
    }
    log.warning("retry.wait", extra={"fields": fields})

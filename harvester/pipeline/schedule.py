"""When to look again. Pure: late artefacts are a schedule, not luck (DESIGN section 8).

Zoom makes a transcript in about twice the recording's length, up to a day, sometimes days; a listing shows it
under the meeting's old date.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

LOOKS = (timedelta(hours=1), timedelta(hours=6), timedelta(days=1), timedelta(days=3), timedelta(days=7))
"""How long after a recording's end to look for what was not there yet; after the last the wait is over."""
_LAST_END = datetime.max.replace(tzinfo=UTC) - LOOKS[-1]  # a source may name any year


def next_look(ended_at: datetime, now: datetime) -> datetime | None:
    """The next time to look for something awaited, None when the wait is over."""
    ended_at = min(ended_at, _LAST_END)
    return next((ended_at + each for each in LOOKS if ended_at + each > now), None)


def next_attempt(attempts: int, now: datetime) -> datetime:
    """When to try again what failed `attempts` times: the same steps, the last one repeated."""
    return now + LOOKS[min(max(attempts, 1), len(LOOKS)) - 1]

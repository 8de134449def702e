"""Moments and offsets in the spellings of the four APIs. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def iso_z(moment: datetime | None) -> str | None:
    """Milliseconds and Z, as Meeting BaaS v2 and Recall write them."""
    return None if moment is None else f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"


def iso_micro_z(moment: datetime | None) -> str | None:
    """Microseconds and Z, for what Recall's own database dated."""
    return None if moment is None else f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z"


def iso_offset(moment: datetime | None) -> str | None:
    """Milliseconds and an offset, as in MeetStream's `StatusTimeline`."""
    return None if moment is None else f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}+00:00"


def iso_seconds(moment: datetime | None) -> str | None:
    """Whole seconds and Z."""
    return None if moment is None else f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def iso_naive(moment: datetime | None) -> str | None:
    """Microseconds and no zone, as Meeting BaaS v1 writes them."""
    return None if moment is None else f"{moment:%Y-%m-%dT%H:%M:%S.%f}"


def to_seconds(ms: int) -> float:
    return ms / 1000


def read_bound(text: str, *, is_end: bool = False) -> datetime:
    """A moment, or a day: its beginning, or its end for an upper bound. Raises ValueError."""
    if len(text) == len("2026-01-31"):
        day = datetime.combine(date.fromisoformat(text), time(), tzinfo=UTC)
        return day + timedelta(days=1) if is_end else day
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def epoch_ms(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)

"""The calendar of what was listed and what of it is here. Pure.

Decides what a day is called: never by colour alone, each state has a mark and words, too.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

MARKS = {
    "gap": ("!", "something failed or is missing"),
    "wait": ("…", "transcripts are awaited"),
    "whole": ("✓", "every transcript there is, is here"),
    "bare": ("\N{EN DASH}", "recordings without a transcript"),
}
"""State -> its mark, and what it means; the first that holds counts."""


@dataclass(frozen=True, slots=True)
class Day:
    """One UTC date in numbers; recordings of all sources, gaps are files."""

    day: date
    n_recordings: int = 0
    n_available: int = 0
    n_pending: int = 0
    n_failed: int = 0
    n_gaps: int = 0

    @property
    def state(self) -> str:
        """One of MARKS, empty for a day without recordings."""
        if self.n_gaps or self.n_failed:
            return "gap"
        if self.n_pending:
            return "wait"
        if self.n_available:
            return "whole"
        return "bare" if self.n_recordings else ""

    @property
    def mark(self) -> str:
        return MARKS[self.state][0] if self.state else ""

    @property
    def words(self) -> str:
        """Everything the cell shows, as a sentence."""
        parts = [_count(self.n_recordings, "recording")]
        for number, what in (
            (self.n_available, "transcripts available"),
            (self.n_pending, "pending"),
            (self.n_failed, "failed"),
        ):
            if number:
                parts.append(f"{number:,} {what}")
        if self.n_gaps:
            parts.append(_count(self.n_gaps, "gap"))
        return f"{self.day:%A}, {self.day.day} {self.day:%B %Y}: {', '.join(parts)}"


@dataclass(frozen=True, slots=True)
class Month:
    """Weeks from Monday to Sunday; None where a day belongs to another month."""

    first: date
    weeks: tuple[tuple[Day | None, ...], ...]

    @property
    def name(self) -> str:
        return f"{self.first:%B %Y}"


def read_days(rows: Sequence[Mapping[str, Any]]) -> dict[date, Day]:
    """From rows of the calendar's query."""
    return {row["date"]: Day(row["date"], *(int(row[name] or 0) for name in _NUMBERS)) for row in rows}


_NUMBERS = ("n_recordings", "n_available", "n_pending", "n_failed", "n_gaps")


def build_months(days: Mapping[date, Day], year: int) -> list[Month]:
    """The months of a year from the first to the last that has recordings, the newest first."""
    there = sorted({day.month for day in days if day.year == year})
    if not there:
        return []
    weeks = calendar.Calendar(calendar.MONDAY)
    return [
        Month(
            date(year, month, 1),
            tuple(
                tuple((days.get(day) or Day(day)) if day.month == month else None for day in week)
                for week in weeks.monthdatescalendar(year, month)
            ),
        )
        for month in range(there[-1], there[0] - 1, -1)
    ]


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}" if number else f"no {what}s"

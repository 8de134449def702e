"""What somebody asks of a page, read from the address. Pure.

Decides which questions there are and how large one may be; whatever else an address holds is not looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from harvester.errors import ExitCode, HarvesterError

SORTS = {
    "newest": "started_at DESC, meeting_key",
    "oldest": "started_at, meeting_key",
    "longest": "duration_ms DESC NULLS LAST, started_at DESC, meeting_key",
    "topic": "lower(topic) NULLS LAST, started_at DESC, meeting_key",
}
"""Order by name -> ORDER BY over the list of meetings."""

TRANSCRIPT_STATES = ("available", "pending", "failed", "none")
_LONGEST = 200
_MOST_PAGES = 100_000
_YEARS = range(2000, 3000)


class BadAddress(HarvesterError):
    """The address asks for something that cannot be."""

    exit_code = ExitCode.USAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Parts of names as in `harvester search`; days are UTC dates of the recordings' starts, both included."""

    text: str = ""
    topic: str = ""
    host: str = ""
    speaker: str = ""
    source: str = ""
    transcript: str = ""
    first_day: date | None = None
    last_day: date | None = None
    sort: str = "newest"
    page: int = 1

    def query(self, **changes: object) -> dict[str, str]:
        """The same as parameters of an address, changed; what is not asked for is left out."""
        asked = replace(self, **changes)  # type: ignore[arg-type]
        pairs = (
            ("q", asked.text),
            ("topic", asked.topic),
            ("host", asked.host),
            ("speaker", asked.speaker),
            ("source", asked.source),
            ("transcript", asked.transcript),
            ("from", asked.first_day.isoformat() if asked.first_day else ""),
            ("to", asked.last_day.isoformat() if asked.last_day else ""),
            ("sort", "" if asked.sort == "newest" else asked.sort),
            ("page", "" if asked.page == 1 else str(asked.page)),
        )
        return {name: value for name, value in pairs if value}


def read_filter(query: Mapping[str, str]) -> Filter:
    """Raises BadAddress for a day, number or choice that is none."""
    first_day, last_day = read_day(query, "from"), read_day(query, "to")
    if first_day and last_day and first_day > last_day:
        raise BadAddress(f"the first day {first_day} lies after the last day {last_day}", hint="swap them")
    return Filter(
        text=read_text(query, "q"),
        topic=read_text(query, "topic"),
        host=read_text(query, "host"),
        speaker=read_text(query, "speaker"),
        source=read_text(query, "source"),
        transcript=read_choice(query, "transcript", TRANSCRIPT_STATES) or "",
        first_day=first_day,
        last_day=last_day,
        sort=read_choice(query, "sort", SORTS) or "newest",
        page=read_number(query, "page"),
    )


def read_text(query: Mapping[str, str], name: str, *, longest: int = _LONGEST) -> str:
    value = query.get(name, "").strip()
    if len(value) > longest:
        raise BadAddress(f"{name} is longer than {longest} characters", hint="look for a part of it")
    return value


def read_day(query: Mapping[str, str], name: str) -> date | None:
    value = query.get(name, "").strip()
    try:
        day = date.fromisoformat(value) if value else None
    except ValueError:
        day = date.min
    if day and day.year not in _YEARS:
        raise BadAddress(f"{value[:40]!r} is not a date like 2026-11-23")
    return day


def read_choice(query: Mapping[str, str], name: str, choices: tuple[str, ...] | Mapping[str, object]) -> str | None:
    value = query.get(name, "").strip()
    if value and value not in choices:
        raise BadAddress(f"{name} cannot be {value[:40]!r}", hint=f"it may be {', '.join(choices)}")
    return value or None


def read_number(query: Mapping[str, str], name: str) -> int:
    """From 1, which is also what is not said."""
    value = query.get(name, "").strip() or "1"
    if not (value.isascii() and value.isdigit() and len(value) < 8 and 1 <= int(value) <= _MOST_PAGES):  # noqa: PLR2004 - no longer than the limit has digits
        raise BadAddress(f"{name} cannot be {value[:40]!r}", hint="pages count from 1")
    return int(value)

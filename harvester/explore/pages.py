"""What each page over many meetings shows: questions to the lake, answers as a template wants them.

Decides how much one page holds. What a template gets is the same for a page and for a file.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from harvester.explore import queries
from harvester.explore.filters import SORTS, TRANSCRIPT_STATES, Filter
from harvester.explore.months import Day, build_months, read_days
from harvester.lake.partition import list_partitions
from harvester.lake.session import Session

MEETINGS_IN_FILE = 5_000
FAILURES_IN_FILE = 1_000
SPEAKERS_IN_FILE = 200
_SPEAKERS_DAYS = 30
_SPEAKER_DAYS = 92
_MEETINGS_OF_SPEAKER = 500
_NEWEST = 8
_NEWEST_DAYS = timedelta(days=6)

Context = dict[str, Any]


def start_page(session: Session, year: int | None) -> Context:
    """Totals and calendar of one year, the newest where none is asked for, and its newest meetings."""
    years = sorted({day.year for day, _ in list_partitions(session.lake, table="recordings")}, reverse=True)
    if not years:
        return {"year": None, "years": []}
    shown = year if year in years else years[0]
    within = Filter(first_day=date(shown, 1, 1), last_day=date(shown, 12, 31))
    _narrow(session, within)
    overview = _overview(session, within)
    newest = overview["last_day"]
    last_days = Filter(first_day=newest and newest - _NEWEST_DAYS, last_day=newest)
    _narrow(session, last_days)
    sql, values = queries.build_meetings(last_days, limit=_NEWEST)
    return {
        **overview,
        "year": shown,
        "years": years,
        "months": build_months(overview["days"], shown),
        "meetings": session.ask(sql, **values),
    }


def _overview(session: Session, asked: Filter) -> Context:
    values: queries.Values = {}
    days = queries.days_of(asked, values)
    rows = session.ask(queries.DAYS.format(days=days), **values)
    found = read_days(rows)
    (totals,) = session.ask(queries.TOTALS.format(days=days), **values)
    return {
        "days": found,
        "first_day": min(found, default=None),
        "last_day": max(found, default=None),
        "totals": {
            **totals,
            **_sum_days(list(found.values())),
            "duration_ms": sum(r["duration_ms"] or 0 for r in rows),
        },
    }


def _sum_days(days: list[Day]) -> dict[str, int]:
    names = ("n_recordings", "n_available", "n_pending", "n_failed", "n_gaps")
    return {name: sum(getattr(day, name) for day in days) for name in names}


def meetings_page(session: Session, asked: Filter) -> Context:
    partitions = list_partitions(session.lake, table="recordings")
    _narrow(session, asked)
    sql, values = queries.build_meetings(asked)
    rows = session.ask(sql, **values)
    return {
        "asked": asked,
        "meetings": rows,
        "sources": sorted({source for _, source in partitions}),
        "sorts": list(SORTS),
        "states": TRANSCRIPT_STATES,
        **_paging("/meetings", asked, rows, queries.PAGE),
    }


def _narrow(session: Session, asked: Filter) -> None:
    if asked.first_day:
        newest = asked.last_day or _newest_day(session) or asked.first_day
        session.look_at((asked.first_day, max(asked.first_day, newest)))


def speakers_page(session: Session, asked: Filter) -> Context:
    """Who spoke how long; in the last month of the lake where no day is asked for."""
    within = _within(session, asked, _SPEAKERS_DAYS)
    sql, values = queries.build_speakers(within)
    rows = session.ask(sql, **values)
    return {
        "asked": within,
        "speakers": rows,
        "longest_ms": max((row["talk_ms"] for row in rows), default=0),
        **_paging("/speakers", within, rows, queries.PAGE),
    }


def speaker_page(session: Session, name: str, asked: Filter) -> Context:
    """The meetings somebody spoke in, the newest first; those of the last quarter where no day is asked for."""
    within = _within(session, asked, _SPEAKER_DAYS)
    values: queries.Values = {"name": name, "limit": _MEETINGS_OF_SPEAKER}
    rows = session.ask(queries.SPOKEN_IN.format(days=queries.days_of(within, values)), **values)
    return {
        "name": name,
        "asked": within,
        "meetings": rows,
        "is_cut": len(rows) == _MEETINGS_OF_SPEAKER,
        "talk_ms": sum(row["talk_ms"] for row in rows),
        "n_words": sum(row["n_words"] for row in rows),
        "longest_ms": max((row["talk_ms"] for row in rows), default=0),
    }


def _within(session: Session, asked: Filter, days: int) -> Filter:
    """The same, of the newest days of the lake where none is asked for: every cue of them is counted."""
    newest = _newest_day(session)
    if newest and asked.first_day is None and asked.last_day is None:
        asked = replace(asked, first_day=newest - timedelta(days=days - 1))
    _narrow(session, asked)
    return asked


def _newest_day(session: Session) -> date | None:
    return max((day for day, _ in list_partitions(session.lake, table="recordings")), default=None)


def report_file(session: Session, asked: Filter) -> Context:
    """Everything of a range of days on one page: every year's calendar, meetings, talk time, and what failed."""
    _narrow(session, asked)
    overview = _overview(session, asked)
    years = sorted({day.year for day in overview["days"]}, reverse=True)
    meetings_sql, meetings_values = queries.build_meetings(asked, limit=MEETINGS_IN_FILE)
    speakers_sql, speakers_values = queries.build_speakers(asked, limit=SPEAKERS_IN_FILE)
    failures_sql, failures_values = queries.build_failures(asked, limit=FAILURES_IN_FILE)
    speakers = session.ask(speakers_sql, **speakers_values)
    return {
        **overview,
        "asked": asked,
        "months": [month for year in years for month in build_months(overview["days"], year)],
        "meetings": session.ask(meetings_sql, **meetings_values),
        "speakers": speakers,
        "longest_ms": max((row["talk_ms"] for row in speakers), default=0),
        "failures": session.ask(failures_sql, **failures_values),
    }


def _paging(path: str, asked: Filter, rows: list[dict[str, Any]], size: int) -> Context:
    total = rows[0]["total"] if rows else 0
    last = max(1, -(-total // size))
    return {
        "path": path,
        "total": total,
        "page": asked.page,
        "last_page": last,
        "earlier": asked.query(page=asked.page - 1) if asked.page > 1 else None,
        "later": asked.query(page=asked.page + 1) if asked.page < last and rows else None,
    }

"""Which dates to ask for. Pure: decides windows and what a reply left out, never sends a request.

Zoom lists at most a month and cuts longer ranges without saying so; whether `to` is included is not documented.
Hence one day more is asked for than wanted, at most 30 in all, windows overlap by a day, and the range echoed is
compared with the range asked.
"""

from __future__ import annotations

from datetime import date, timedelta

from harvester.model import Window

LONGEST_QUERY_DAYS = 30
_DAY = timedelta(days=1)


def windows(start: date, end: date) -> list[Window]:
    """Cut `start`..`end`, both included, oldest first; each window begins on the last day of the one before."""
    cut: list[Window] = []
    first = start
    while first <= end:
        last = min(first + _DAY * (LONGEST_QUERY_DAYS - 2), end)
        cut.append(Window(first, last))
        if last == end:
            break
        first = last
    return cut


def build_query(window: Window) -> dict[str, str]:
    """`from` and `to` for a listing: the day after the window is asked too, in case `to` is left out."""
    last = min(window.end, date.max - _DAY)
    return {"from": window.start.isoformat(), "to": (last + _DAY).isoformat()}


def uncovered(window: Window, *, first: date | None, last: date | None, today: date) -> list[Window]:
    """Parts of `window` outside `first`..`last`, the range Zoom says it listed.

    A bound that was not echoed counts as kept, and days after `today` cannot be missed.
    """
    begin, stop = first or window.start, last or window.end
    last_day = min(window.end, today)
    if last_day < window.start:
        return []
    if begin > last_day or stop < window.start:
        return [Window(window.start, last_day)]
    rest: list[Window] = []
    if begin > window.start:
        rest.append(Window(window.start, begin))
    if stop < last_day:
        rest.append(Window(stop, last_day))
    return rest

"""Windows, pages and the moments of calls: the pure parts of listing."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.errors import Damaged
from harvester.limiter import Limiter
from harvester.model import Window
from harvester.zoom.paging import MOST_PAGES, Paging
from harvester.zoom.windows import build_query, uncovered, windows

DAYS = st.dates(date(2016, 1, 1), date(2027, 1, 1))
TODAY = date(2026, 11, 20)


@given(DAYS, st.integers(0, 800))
def test_windows_cover_every_day(start, length):
    """Every day is in a window, neighbours share a day, and no query spans more than 30 days."""
    end = start + timedelta(days=length)
    cut = windows(start, end)
    assert (cut[0].start, cut[-1].end) == (start, end)
    assert all(one.end == other.start for one, other in pairwise(cut))
    for window in cut:
        query = build_query(window)
        span = date.fromisoformat(query["to"]) - date.fromisoformat(query["from"])
        assert span.days + 1 <= 30
        assert span.days == (window.end - window.start).days + 1


def test_no_days_need_no_window():
    """A range that ends before it starts holds nothing."""
    assert windows(date(2026, 2, 2), date(2026, 2, 1)) == []


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (1, 10, []),
        (None, None, []),
        (1, 20, []),
        (5, 10, [(1, 5)]),
        (1, 4, [(4, 10)]),
        (3, 4, [(1, 3), (4, 10)]),
        (12, 20, [(1, 10)]),
    ],
)
def test_what_zoom_left_out(first, last, expected):
    """The days outside the range echoed are those to ask for again."""

    def day(number):
        return None if number is None else date(2026, 11, number)

    rest = uncovered(Window(day(1), day(10)), first=day(first), last=day(last), today=TODAY)
    assert rest == [Window(day(start), day(end)) for start, end in expected]


def test_future_windows_miss_nothing():
    """A window that has not begun cannot be incomplete."""
    window = Window(date(2026, 12, 1), date(2026, 12, 5))
    assert uncovered(window, first=TODAY, last=TODAY, today=TODAY) == []


def test_paging_ends_with_an_empty_token():
    """Zoom marks the end with an empty string."""
    assert Paging().advance("a").advance("").done
    assert Paging().advance(None).done


def test_paging_refuses_cycles():
    """A token is followed once."""
    with pytest.raises(Damaged, match="repeats"):
        Paging().advance("a").advance("b").advance("a")


def test_paging_is_bounded():
    """A listing that never ends is given up."""
    state = Paging()
    for number in range(MOST_PAGES):
        state = state.advance(str(number))
    with pytest.raises(Damaged, match="does not end"):
        state.advance("one more")


def test_limiter_spaces_calls(clock):
    """Any window of a second holds no more calls than the rate."""
    limiter = Limiter(10.0, clock=clock)
    at = []
    for _ in range(50):
        limiter.acquire()
        at.append(clock.monotonic())
    assert all(later - earlier >= 0.1 - 1e-9 for earlier, later in pairwise(at))
    assert at[-1] == pytest.approx(4.9)


def test_limiter_does_not_save_up(clock):
    """Time not used is not caught up with a burst."""
    limiter = Limiter(10.0, clock=clock)
    limiter.acquire()
    clock.jumped_s = 60.0
    limiter.acquire()
    limiter.acquire()
    assert sum(clock.slept) == pytest.approx(0.1)


def test_pause_holds_everybody(clock):
    """A pause also stops those who are waiting already."""
    limiter = Limiter(1.0, clock=clock)
    limiter.acquire()
    sleep = clock.sleep

    def sleep_and_pause_once(seconds):
        clock.sleep = sleep
        limiter.pause(30.0)
        sleep(seconds)

    clock.sleep = sleep_and_pause_once
    limiter.acquire()
    assert clock.monotonic() == pytest.approx(30.0)

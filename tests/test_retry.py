"""Waiting and trying again."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import pytest

from harvester.errors import Refused, Retriable
from harvester.retry import (
    LONGEST_RETRY_AFTER_S,
    RetryPolicy,
    backoff_s,
    call_with_retry,
    parse_retry_after,
)

NOW = datetime(2026, 11, 30, 23, 59, 0, tzinfo=UTC)


class FakeClock:
    """Time that passes only by sleeping."""

    def __init__(self):
        self.slept = []

    def now(self):
        return NOW + timedelta(seconds=sum(self.slept))

    def monotonic(self):
        return sum(self.slept)

    def sleep(self, seconds):
        self.slept.append(seconds)


def failing(*errors):
    left = list(errors)

    def action():
        if left:
            raise left.pop(0)
        return "done"

    return action


@pytest.mark.parametrize(
    ("attempt", "low", "high"),
    [(1, 1.0, 1.5), (2, 2.0, 3.0), (4, 8.0, 12.0), (7, 40.0, 60.0), (5000, 40.0, 60.0)],
)
def test_backoff_doubles_up_to_the_cap(attempt, low, high):
    """Delays double, never under the base, and stay at the cap however long it lasts."""
    policy = RetryPolicy()
    assert backoff_s(attempt, policy, jitter=min) == pytest.approx(low)
    assert backoff_s(attempt, policy, jitter=max) == pytest.approx(high)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2", 2.0),
        (" 2.5 ", 2.5),
        ("0", 0.0),
        ("Tue, 01 Dec 2026 00:00:00 GMT", 60.0),
        ("2026-12-01T00:00:00Z", 60.0),
        ("2026-12-01T01:00:00+01:00", 60.0),
        ("2026-12-01T00:00:00", 60.0),
        ("2020-05-31T00:00:00Z", 0.0),
        ("1000000000", LONGEST_RETRY_AFTER_S),
        ("2999-01-01T00:00:00Z", LONGEST_RETRY_AFTER_S),
        ("-1", None),
        ("NaN", None),
        ("inf", None),
        ("1e9", None),
        ("", None),
        (None, None),
        ("soon", None),
        ("9" * 65, None),
        ("\u0663", None),
        ("0001-01-01T00:00:00+23:59", None),
    ],
)
def test_retry_after_in_every_form(value, expected):
    """Seconds, HTTP dates and ISO dates are read; junk is None and absurd values are cut."""
    assert parse_retry_after(value, now=NOW) == expected


def test_retries_until_it_works_and_says_so(caplog):
    """Each wait is logged with its reason, and so is the recovery."""
    clock = FakeClock()
    caplog.set_level(logging.INFO, logger="harvester.retry")
    result = call_with_retry(
        failing(Retriable("busy"), Retriable("busy")), policy=RetryPolicy(), clock=clock, describe="list"
    )
    assert result == "done"
    assert [record.message for record in caplog.records] == ["retry.wait", "retry.wait", "retry.recovered"]
    assert caplog.records[0].fields["reason"] == "busy"
    assert caplog.records[2].fields == {"what": "list", "attempts": 3}
    assert 1.0 <= clock.slept[0] <= 1.5
    assert 2.0 <= clock.slept[1] <= 3.0


def test_honours_the_time_the_server_named():
    """`wait_s` is a lower bound; at most a second is added so that workers do not return together."""
    clock = FakeClock()
    call_with_retry(failing(Retriable("limit", wait_s=7.0)), policy=RetryPolicy(), clock=clock, describe="list")
    assert 7.0 <= clock.slept[0] <= 8.0


def test_gives_up_with_the_last_error():
    """After the last try the last Retriable itself comes out, and nothing is slept after it."""
    clock = FakeClock()
    errors = [Retriable(f"busy {n}") for n in range(3)]
    with pytest.raises(Retriable) as caught:
        call_with_retry(failing(*errors), policy=RetryPolicy(attempts=3), clock=clock, describe="list")
    assert caught.value is errors[2]
    assert len(clock.slept) == 2


def test_does_not_sleep_for_hours():
    """A wait far beyond a batch job's patience is handed to the caller instead of being slept."""
    clock = FakeClock()
    with pytest.raises(Retriable):
        call_with_retry(failing(Retriable("limit", wait_s=3600.0)), policy=RetryPolicy(), clock=clock, describe="list")
    assert clock.slept == []


@pytest.mark.parametrize("error", [Refused("no"), ValueError("bug"), KeyboardInterrupt()])
def test_retries_nothing_else(error):
    """Anything but a Retriable passes through at once."""
    clock = FakeClock()
    with pytest.raises(type(error)):
        call_with_retry(failing(error), policy=RetryPolicy(), clock=clock, describe="list")
    assert clock.slept == []

"""What the ledger was told, and what became of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from ledger_samples import NOW

from harvester.event import Event, Intent, Pass
from harvester.ledger import EventState, Ledger

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def inbox(tmp_path):
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        yield ledger.inbox


def event(number, *, intent=Intent.HARVEST):
    return Event(
        "recording.completed", intent, f"digest{number}", NOW, "acc", (), {"n": number}, ticket=Pass({}, "t0k3n")
    )


def waiting(inbox, now=NOW):
    return [each.digest for each in inbox.due(now, limit=100)]


def test_an_event_is_kept_once_however_often_it_comes(inbox):
    """Copies are counted, wherever they come from; the same words of another source are another event."""
    assert inbox.add("zoom", [event(1), event(1), event(2)], now=NOW) == 2
    assert inbox.add("zoom", [event(1)], now=LATER) == 0
    assert inbox.add("bot", [event(1)], now=LATER) == 1
    assert {(each.source, each.digest): each.copies for each in inbox.last(9)} == {
        ("zoom", "digest1"): 3, ("zoom", "digest2"): 1, ("bot", "digest1"): 1,
    }  # fmt: skip


def test_no_token_is_kept(inbox, tmp_path):
    """It opens files for a day, and whoever needs one later asks for another."""
    inbox.add("zoom", [event(1)], now=NOW)
    assert all(b"t0k3n" not in path.read_bytes() for path in tmp_path.iterdir())


def test_what_asks_for_nothing_is_done_at_once(inbox):
    """A note is kept and never due."""
    inbox.add("zoom", [event(1, intent=Intent.NOTE)], now=NOW)
    assert waiting(inbox) == []
    assert inbox.next_due() is None
    assert [each.state for each in inbox.last(9)] == [EventState.DONE]


def test_it_waits_until_it_is_served_or_given_up(inbox):
    """Longest waiting first; put off with a reason, then done, or dead when there is no next time."""
    inbox.add("zoom", [event(1)], now=NOW)
    inbox.add("zoom", [event(2)], now=NOW - timedelta(minutes=1))
    second, first = inbox.due(NOW, limit=9)
    assert (second.digest, first.digest) == ("digest2", "digest1")
    inbox.put_off(first, "not listed yet", next_try_at=LATER)
    assert waiting(inbox) == ["digest2"]
    inbox.serve(second, now=NOW)
    assert (waiting(inbox), inbox.next_due(), waiting(inbox, LATER)) == ([], LATER, ["digest1"])
    (again,) = inbox.due(LATER, limit=9)
    assert (again.attempts, again.last_error) == (1, "not listed yet")
    inbox.put_off(again, "never listed", next_try_at=None)
    assert inbox.counts() == {"dead": 1, "done": 1}
    assert [each.last_error for each in inbox.last(9, state=EventState.DEAD)] == ["never listed"]


def test_one_that_was_given_up_can_be_sent_round_again(inbox):
    """By the beginning of its digest, from its first attempt on."""
    inbox.add("zoom", [event(1), event(21)], now=NOW)
    (found,) = inbox.find("digest2")
    inbox.put_off(found, "poisoned", next_try_at=None)
    inbox.redrive(found, now=LATER)
    assert waiting(inbox, LATER) == ["digest1", "digest21"]
    assert [(each.attempts, each.last_error) for each in inbox.find("digest21")] == [(0, None)]


def test_a_copy_of_what_is_done_wakes_nothing(inbox):
    """Zoom repeats itself for ninety minutes; what was done stays done."""
    inbox.add("zoom", [event(1)], now=NOW)
    inbox.serve(*inbox.due(NOW, limit=1), now=NOW)
    inbox.add("zoom", [event(1)], now=LATER)
    assert waiting(inbox, LATER) == []


def test_only_what_is_done_is_forgotten(inbox):
    """After its time; what waits or was given up stays until somebody decides."""
    inbox.add("zoom", [event(1), event(2), event(3)], now=NOW)
    first, second, _ = inbox.due(NOW, limit=9)
    inbox.serve(first, now=NOW)
    inbox.put_off(second, "no", next_try_at=None)
    inbox.forget_done(NOW)
    assert len(inbox.last(9)) == 3
    inbox.forget_done(LATER)
    assert {each.state for each in inbox.last(9)} == {EventState.WAITING, EventState.DEAD}

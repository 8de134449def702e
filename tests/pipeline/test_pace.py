"""When a run that goes on publishes."""

from __future__ import annotations

import pytest

from harvester.pipeline.pace import PUBLISH_EVERY_S, Pace


class Hand:
    """A clock that is turned by hand."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def hand():
    return Hand()


def test_without_events_it_is_rare(hand):
    """Nothing for five minutes, then once, then nothing for five minutes."""
    pace = Pace(hand)
    assert not pace.is_due(more_soon=False)
    hand.seconds += PUBLISH_EVERY_S
    assert pace.is_due(more_soon=True)
    pace.published(began_at=hand.seconds)
    assert not pace.is_due(more_soon=False)


def test_what_an_event_told_of_is_published_at_once(hand):
    """When nothing else is about to be ready; else those moments later are waited for, but not for ever."""
    pace = Pace(hand)
    pace.expect()
    assert pace.is_due(more_soon=False)
    assert not pace.is_due(more_soon=True)
    hand.seconds += 1.0
    pace.expect()  # a later one does not make the first wait longer
    hand.seconds += 1.0
    assert pace.is_due(more_soon=True)
    pace.published(began_at=hand.seconds)
    assert not pace.is_due(more_soon=False)


def test_publishing_takes_a_fifth_of_the_time_at_most(hand):
    """After one that took three seconds the next waits for twelve, however many events ask."""
    pace = Pace(hand)
    pace.expect()
    began = hand.seconds
    hand.seconds += 3.0
    pace.published(began_at=began)
    pace.expect()
    hand.seconds += 11.9
    assert not pace.is_due(more_soon=False)
    hand.seconds += 0.2
    assert pace.is_due(more_soon=False)

"""A few of the random kills and power cuts of which `make gauntlet` does the many."""

from __future__ import annotations

import functools

import pytest

from crash.kills import Harvest, busy_account, play_turn
from crash.power import reason_not_to, run_turns


@pytest.mark.slow
def test_kills_at_any_moment_tear_lose_and_double_nothing(place):
    """Whole after each of ten kills while analysts read, and after a clean run as if it had never been killed."""
    small = Harvest(build_account=functools.partial(busy_account, meetings=10))
    kills = play_turn(*place, seed=1, count=10, harvest=small)
    assert kills.wrong == []
    assert kills.delivered.total() == 10


@pytest.mark.slow
def test_a_power_cut_takes_nothing_that_was_said_to_be_done():
    """What was logged as stored, settled or published before the cut is there after it, and the rest comes again."""
    if reason := reason_not_to():
        pytest.skip(reason)
    cuts = run_turns(3, seed=1, per_turn=3)
    assert cuts.wrong == []
    assert cuts.delivered == 3
    assert cuts.acknowledged

"""A seeded sample of what `python -m crash points` does whole: a run struck at its calls, one at a time."""

from __future__ import annotations

import os

import pytest

from crash.report import render_findings
from crash.scenes import scenes
from crash.sweep import error_blows, kill_blows, open_theatre, sample

KILLS = int(os.environ.get("CRASH_KILLS", "4"))
ERRORS = int(os.environ.get("CRASH_ERRORS", "5"))
SEED = os.environ.get("CRASH_SEED", "1")


@pytest.mark.slow
@pytest.mark.parametrize("scene", scenes(), ids=lambda each: each.name.replace(" ", "-"))
def test_a_run_struck_at_any_call_is_whole_at_once_and_healed_by_the_next(place, scene):
    """Killed or refused at a call: nothing torn, an honest end, and then the same archive, lake, ledger and files."""
    with open_theatre(scene, *place) as theatre:
        blows = sample(kill_blows(theatre), KILLS, SEED) + sample(error_blows(theatre), ERRORS, SEED)
        outcomes = [theatre.suffer(each) for each in blows]
    assert all(each.struck for each in outcomes), [str(each.blow) for each in outcomes if not each.struck]
    assert not any(each.wrong for each in outcomes), render_findings(outcomes)

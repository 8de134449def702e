"""Defects that the sweeps have found, each at the very call that showed it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from crash.faultpoints import Action, Fault, Kind, Point
from crash.scenes import NIGHTLY, scenes
from crash.sweep import Blow, Theatre, open_theatre


@pytest.fixture
def first_night(place):
    with open_theatre(scenes()[0], *place) as theatre:
        yield theatre


@pytest.fixture
def second_night(place):
    with open_theatre(scenes()[1], *place) as theatre:
        yield theatre


def find(theatre: Theatre, wanted: Callable[[Point], bool]) -> Point:
    return next(each for each in theatre.points() if wanted(each))


def kill(theatre: Theatre, point: Point, how: Action = Action.KILL_BEFORE) -> None:
    theatre.stage.reset(theatre.start)
    fault = Fault(how, point.number)
    theatre.stage.run(*theatre.scene.words, arm=fault.arming(theatre.stage.rig.cwd, theatre.stage.trace))


def test_staged_rows_that_a_killed_run_left_are_removed(first_night):
    """Killed after the ledger had let go of a staged file and before its removal: the next run removes it."""
    point = find(first_night, lambda each: each.call == "unlink" and each.about.endswith(".arrow"))
    outcome = first_night.suffer(Blow("first night", Fault(Action.KILL_BEFORE, point.number), point))
    assert (outcome.wrong, outcome.clean_runs) == ("", 1)


def test_rows_staged_by_a_run_started_elsewhere_are_found(first_night):
    """Killed before it published, started again from another folder with the home's full path: the rows come."""
    rig = first_night.stage.rig
    kill(first_night, find(first_night, lambda each: each.kind is Kind.LOCK and each.about.endswith(".zoom.lock")))
    elsewhere = rig.cwd.with_name("elsewhere")
    elsewhere.mkdir()
    rig.env["HARVESTER_HOME"] = str(rig.home)
    here, rig.cwd = rig.cwd, elsewhere
    ran = first_night.stage.run(*NIGHTLY)
    rig.cwd = here
    assert (ran.code, ran.json["errors"]) == (0, []), ran.said

"""Defects that the sweeps have found, each at the very call that showed it."""

from __future__ import annotations

import dataclasses
import errno
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from oracle import read_entries

from crash.checks import differences, state_of
from crash.faultpoints import Action, Fault, Kind, Point, read_trace
from crash.scenes import NIGHTLY, REBUILD, scenes
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


def test_a_recording_that_moved_is_not_restored_to_its_old_day(second_night):
    """Killed when it had left its old day, which held nothing else, and was not yet in the new one: no error."""
    (old,) = {
        each.about.split("date=")[1][:10]
        for each in second_night.points()
        if each.kind is Kind.UNLINK and "/lake/" in each.about
    }
    point = find(second_night, lambda each: each.call == "rmdir" and f"date={old}" in each.about)
    outcome = second_night.suffer(Blow("second night", Fault(Action.KILL_AFTER, point.number), point))
    assert (outcome.wrong, outcome.clean_runs) == ("", 1)


def test_a_moved_recording_does_not_stop_a_lost_lake_from_coming_back(second_night):
    """Killed when only its entry said that it had moved, then the lake lost: the next run writes all of it."""
    rig = second_night.stage.rig
    moved = rig.box.account.meetings[0]
    entries = {path: json.loads(path.read_text()) for path in second_night.start.rglob("recording.json")}
    entry = next(path for path, each in entries.items() if each["metadata"]["uuid"] == moved.uuid)
    point = find(second_night, lambda each: each.about.endswith(f"/{entry.relative_to(second_night.start)}"))
    kill(second_night, point, Action.KILL_AFTER)
    assert read_entries(rig.archive)[moved.uuid]["metadata"]["start_time"].startswith(f"{moved.start_at:%Y-%m-%d}")
    shutil.rmtree(rig.lake)
    ran = second_night.stage.run(*NIGHTLY)
    assert ran.code == 0, ran.said
    assert state_of(rig)["rows"] == second_night.calm["rows"]


@pytest.mark.parametrize("error", [errno.EIO, errno.EROFS])
def test_a_staged_file_that_cannot_be_removed_ends_no_run(first_night, error):
    """Its rows are published: the run goes on and ends with 0, and the next one removes it."""
    unlinks = first_night.points(Kind.UNLINK)
    point = next(each for each in unlinks if each.about.endswith(".arrow"))
    fault = Fault(Action.FAIL, point.number, Kind.UNLINK, error)
    first_night.stage.reset(None)
    ran = first_night.stage.run(*NIGHTLY, arm=fault.arming(first_night.stage.rig.cwd, first_night.stage.trace))
    assert ran.code == 0, ran.said
    assert first_night.stage.run(*NIGHTLY).code == 0
    assert differences(state_of(first_night.stage.rig), first_night.calm) == []


@pytest.mark.parametrize("words", [NIGHTLY, REBUILD], ids=["nightly", "rebuild"])
def test_a_file_without_receipt_that_cannot_be_read_is_a_row_not_the_end(first_night, words, tmp_path):
    """Killed between a file's name and its receipt, and its bytes then unreadable: the others come all the same."""
    stage = first_night.stage
    named = find(first_night, lambda each: each.call == "linkat")
    kill(first_night, named, Action.KILL_AFTER)
    shutil.copytree(stage.rig.home, tmp_path / "start")
    count = Fault(Action.COUNT, counted=Kind.READ_OPEN)
    assert stage.run(*words, arm=count.arming(stage.rig.cwd, stage.trace)).code == 0
    read = next(each for each in read_trace(stage.trace) if each.about == named.about)
    stage.reset(tmp_path / "start")
    fault = Fault(Action.FAIL, read.number, Kind.READ_OPEN, errno.EIO)
    ran = stage.run(*words, arm=fault.arming(stage.rig.cwd, stage.trace))
    assert ran.code == (3 if words == NIGHTLY else 0), ran.said
    assert named.about.rpartition("/")[2] in ran.said
    assert len(read_entries(stage.rig.archive)) == (2 if words == NIGHTLY else 1)
    assert stage.run(*NIGHTLY).code == 0
    assert differences(state_of(stage.rig), first_night.calm) == []


def test_a_rebuild_that_was_killed_is_finished_by_the_next_run(place):
    """Killed with the ledger half made, or the lake: a nightly run that lists none of it finishes both."""
    with open_theatre(scenes()[2], *place) as theatre:
        ledger = [
            each for each in theatre.points() if each.about.endswith("ledger.sqlite-wal") and each.kind is Kind.SYNC
        ]
        lake = [each for each in theatre.points() if "/lake/segments/" in each.about and each.kind is Kind.RENAME]
        for point in (ledger[len(ledger) // 3], *lake):
            kill(theatre, point)
            ran = theatre.stage.run("nightly", "--since", "0d", "--json")
            assert ran.code == 0, ran.said
            assert state_of(theatre.stage.rig)["rows"] == theatre.calm["rows"], str(point)
            status = theatre.stage.run("status", "--json").json
            assert sum(each["files_archived"] for each in status["days"]) == len(theatre.stage.rig.box.truth())


def test_a_lake_whose_restoring_was_killed_is_restored_by_the_next_run(first_night, tmp_path):
    """The lake was lost, and the run that wrote it again was killed between two tables of a day."""
    stage = first_night.stage
    assert stage.run(*NIGHTLY).code == 0
    shutil.rmtree(stage.rig.lake)
    theatre = dataclasses.replace(first_night, start=Path(shutil.copytree(stage.rig.home, tmp_path / "start")))
    kill(
        theatre,
        find(theatre, lambda each: each.kind is Kind.RENAME and "/lake/segments/" in each.about),
        Action.KILL_AFTER,
    )
    assert list(stage.rig.lake.glob("*/*/*.parquet"))
    assert stage.run(*NIGHTLY).code == 0
    assert differences(state_of(stage.rig), first_night.calm) == []


def test_an_old_day_that_cannot_be_read_just_now_keeps_no_rows_of_what_moved(second_night):
    """Too many open files when a recording was to leave its old day: its rows are never in two days for good."""
    reads = second_night.points(Kind.READ_OPEN)
    point = next(each for each in reads if "/lake/" in each.about and each.about.endswith(".parquet"))
    fault = Fault(Action.FAIL, point.number, Kind.READ_OPEN, errno.EMFILE)
    outcome = second_night.suffer(Blow("second night", fault, point))
    assert (outcome.code, outcome.wrong, outcome.clean_runs) == (3, "", 1)


def test_a_rebuild_removes_what_a_killed_rebuild_left(place):
    """Killed before a text of the lake had its name: the next rebuild leaves no temporary file beside it."""
    with open_theatre(scenes()[2], *place) as theatre:
        point = find(theatre, lambda each: each.kind is Kind.RENAME and each.about.endswith("/lake/README.md"))
        outcome = theatre.suffer(Blow("rebuild", Fault(Action.KILL_BEFORE, point.number), point))
        assert (outcome.wrong, outcome.clean_runs) == ("", 1)


def test_a_kill_leaves_nothing_in_the_lake_that_analysts_may_not_read(place):
    """Killed before a day's folder, or a text beside it, had the lake's own rights: the next rebuild gives them."""
    with open_theatre(scenes()[2], *place) as theatre:
        given = [each for each in theatre.points(Kind.CHMOD) if each.call == "chmod" and "/lake/" in each.about]
        folder = next(each for each in given if "date=" in each.about)
        for point in (folder, *(each for each in given if each.about.endswith(("README.md", "views.sql")))):
            fault = Fault(Action.KILL_BEFORE, point.number, Kind.CHMOD)
            outcome = theatre.suffer(Blow("rebuild", fault, point))
            assert (outcome.wrong, outcome.clean_runs) == ("", 1)


def test_a_lock_that_cannot_be_written_is_named(first_night):
    """A filesystem that has become read-only: the first file that shows it stands in the sentence."""
    point = next(each for each in first_night.points(Kind.TRUNCATE) if each.about.endswith("run.lock"))
    outcome = first_night.suffer(
        Blow("first night", Fault(Action.FAIL, point.number, Kind.TRUNCATE, errno.EROFS), point)
    )
    assert (outcome.code, outcome.wrong) == (1, "")
    assert "run.lock" in outcome.said[0]


@pytest.mark.parametrize("kind", ["audio_transcript", "chat_file"])
def test_a_text_that_cannot_be_read_just_now_is_not_published_without_it(second_night, kind):
    """The disk refuses an archived transcript, or the chat that names come from: 3, and whole the next night."""
    fault, point = _refuse_reading(second_night, kind)
    outcome = second_night.suffer(Blow("second night", fault, point))
    assert (outcome.code, outcome.wrong, outcome.clean_runs) == (3, "", 1)


@pytest.mark.parametrize("what", ["recording.json", "audio_transcript"])
def test_a_rebuild_says_what_the_disk_did_not_give(place, what):
    """Left out of ledger or lake, and named with exit code 13."""
    with open_theatre(scenes()[2], *place) as theatre:
        fault, _ = _refuse_reading(theatre, what)
        theatre.stage.reset(theatre.start)
        ran = theatre.stage.run(*REBUILD, arm=fault.arming(theatre.stage.rig.cwd, theatre.stage.trace))
        assert ran.code == 13, ran.said
        assert what in ran.json["damaged"][0]


def _refuse_reading(theatre: Theatre, what: str) -> tuple[Fault, Point]:
    read = [each for each in theatre.points(Kind.READ_OPEN) if not each.about.endswith(".part.json")]
    point = next(each for each in read if what in each.about and "/archive/" in each.about)
    return Fault(Action.FAIL, point.number, Kind.READ_OPEN, errno.EIO), point

"""A sample of the kills and faults of bots' recordings of which `make gauntlet` does the many."""

from __future__ import annotations

import dataclasses
import json
import random
import tempfile
from pathlib import Path

import pytest
from crash.bot_court import NIGHTLY, BotCourt, find_missing
from crash.bot_faults import CATALOGUE, draw_bots
from crash.bots import HARVESTS, after_midnight, tiny_account, tiny_pull
from crash.faultpoints import COMPILER, NO_COMPILER, Action, Fault, Kind
from crash.kills import play_turn
from crash.report import render_findings
from crash.sweep import Blow, kill_blows, open_theatre, sample, workplace
from gauntlet import describe, quick_folder
from oracle import final_files
from rig import Ran
from schedules import Schedule, expand
from verdict import Verdict

from harvester.sandbox import parse_fault

KILLS = 2
POINTS = 6
SCHEDULES = 4
NAMED = Kind.RENAME | Kind.LINK
"""Calls that give a file of the archive its final name."""


@pytest.fixture(scope="module")
def place():
    """(folder, launcher with the fault points)."""
    if not COMPILER:
        pytest.skip(NO_COMPILER)
    with workplace() as made:
        yield made


@pytest.fixture(scope="module")
def court(launcher):
    with tempfile.TemporaryDirectory(dir=quick_folder()) as folder:
        yield BotCourt(launcher, Path(folder))


@pytest.mark.slow
@pytest.mark.parametrize("harvest", HARVESTS, ids=["pull", "nightly"])
def test_kills_at_any_moment_tear_lose_and_double_nothing_of_bots(place, harvest):
    """Whole after each kill while analysts read, and after clean runs as if it had never been killed, links too."""
    kills = play_turn(*place, seed=1, count=KILLS, harvest=harvest)
    assert kills.wrong == []
    assert kills.delivered.total() == KILLS


@pytest.mark.slow
def test_a_pull_killed_at_any_call_is_healed_by_the_next(place):
    """One bot of each provider: nothing torn, nothing damaged for `verify`, and then the same archive, lake, ledger."""
    with open_theatre(tiny_pull(), *place) as theatre:
        outcomes = [theatre.suffer(each) for each in sample(kill_blows(theatre), POINTS, "1")]
    assert all(each.struck for each in outcomes), [str(each.blow) for each in outcomes if not each.struck]
    assert not any(each.wrong for each in outcomes), render_findings(outcomes)


@pytest.mark.parametrize("call", ["recording.json", ".mp4"])
def test_a_bot_whose_detail_tells_another_day_than_its_listing_lies_in_one_folder(place, call):
    """Killed when its entry or its first file is there and it is not settled: the next run goes on where that was."""
    with open_theatre(after_midnight(), *place) as theatre:
        point = next(each for each in theatre.points(NAMED) if each.about.endswith(call))
        outcome = theatre.suffer(Blow("midnight", Fault(Action.KILL_AFTER, point.number, NAMED), point))
    assert outcome.struck
    assert outcome.wrong == ""


@pytest.mark.slow
def test_whatever_the_providers_do_nothing_is_lost_doubled_torn_or_hidden(court):
    """Seeded schedules of one to five faults of the four APIs: no invariant is broken, and Zoom's are all there."""
    verdicts = [court.play(draw_bots(number)) for number in range(SCHEDULES)]
    failed = [each for each in verdicts if each.findings]
    assert sum(sum(each.struck.values()) for each in verdicts) > SCHEDULES, "the faults hardly struck"
    assert not failed, "\n".join(map(describe, failed))


def test_a_seed_of_bots_is_a_schedule_for_ever():
    """The same seed draws the same faults; different ones draw every place and nearly every kind, all understood."""
    assert draw_bots(7) == draw_bots(7)
    drawn = {(each.split(":")[0], _kind(each)) for seed in range(1500) for each in draw_bots(seed).faults}
    offered = {(place, _kind(f"{place}:{each}")) for place, held in CATALOGUE.items() for each in held}
    assert len(drawn & offered) >= 0.95 * len(offered)
    chance = random.Random(1)
    for place, templates in CATALOGUE.items():
        for template in templates * 4:
            assert parse_fault(f"{place}:{expand(template, chance)}").where == place


def _kind(fault: str) -> str:
    return fault.split(":")[1].partition("=")[0]


def _media(rig) -> Path:
    return next(rig.archive / name for name in final_files(rig) if name.endswith(".mp4"))


def flip(rig) -> None:
    path = _media(rig)
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)


def drop(rig) -> None:
    _media(rig).unlink()


def tell(rig) -> None:
    (rig.home / "note.txt").write_text(rig.box.account.bot_keys["recall"])


def change(rig) -> None:
    """As if another had been told of the file's bytes."""
    path = next((rig.archive / "recall").rglob("recording.json"))
    entry = json.loads(path.read_text())
    next(iter(entry["files"].values()))["receipt"]["sha256"] = "0" * 64
    path.write_text(json.dumps(entry))


@pytest.mark.parametrize(
    ("tamper", "invariant"), [(flip, "TORN"), (flip, "UNSAFE"), (drop, "UNSAFE"), (change, "TORN"), (tell, "LEAKED")]
)
def test_the_court_of_bots_sees_what_is_wrong(court, tamper, invariant):
    """A bit, a file, a receipt or a key too many or too few is a finding of the invariant it breaks."""
    with court.rig({}) as rig:
        ran = court.run(rig, NIGHTLY)
        for step in (None, tamper):
            before, verdict = final_files(rig), Verdict(Schedule("x", ()))
            said = ran
            if step:
                step(rig)
                said = dataclasses.replace(ran, err=_read_note(rig))
            court.judge(rig, verdict, said, NIGHTLY, when="now", before=before, heard=0, seconds=1.0)
            found = {each.invariant for each in verdict.findings}
            assert found == set() if step is None else invariant in found, verdict.findings


def _read_note(rig) -> str:
    note = rig.home / "note.txt"
    return note.read_text() if note.exists() else ""


def test_the_court_of_bots_sees_what_is_missing_and_a_code_without_a_reason(court):
    """Nothing harvested under exit code 0, and a failure that names nothing, are both dishonest."""
    with court.rig({}) as rig:
        assert {each.split(":")[0] for each in find_missing(rig)} == {each.source for each in tiny_account().bots}
        for code in (0, 3):
            verdict = Verdict(Schedule("x", ()))
            court.judge(rig, verdict, Ran(code, "", ""), ("bots",), when="now", before={}, heard=0, seconds=1.0)
            assert {each.invariant for each in verdict.findings} >= {"HONEST"}

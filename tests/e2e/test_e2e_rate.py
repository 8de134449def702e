"""Zoom's limits hold for the account: one run never exceeds them, and two runs of one home cannot happen at once."""

from __future__ import annotations

import dataclasses
from collections import Counter

import pytest
from oracle import check_archive, check_lake
from politeness import check_rate, check_waits
from rig import kinds

from harvester.sandbox import generate_account

NIGHTLY = ("nightly", "--since", "30d", "--json")
ZOOM_ALLOWS = 20  # calls a second, of the cheapest plan; the harvester's default stays below


@pytest.fixture(scope="module")
def talks():
    """Sixteen meetings of one small file each, so that a run is made of API calls."""
    made = generate_account(meetings=16, seed=3, days=20, cues=2, media_bytes=500)
    files = [
        [each for each in meeting.files or () if each.file_type in {"TRANSCRIPT", "M4A"}] for meeting in made.meetings
    ]
    meetings = [
        dataclasses.replace(meeting, files=tuple(held[-1:])) for meeting, held in zip(made.meetings, files, strict=True)
    ]
    return dataclasses.replace(made, meetings=tuple(meetings))


def test_four_runs_of_one_home_are_one(make_rig, talks, launcher):
    """Of four processes at once one harvests at its default pace; the others end with 11 and send nothing."""
    rig = make_rig(talks, api_rate=ZOOM_ALLOWS)
    commands = (NIGHTLY, NIGHTLY, ("meeting", str(talks.meetings[0].id)), ("backfill", "--from", "2026-01-01"))
    first, *others = [rig.fork(launcher, *words, said=f"said{number}") for number, words in enumerate(commands)]
    codes = Counter([*(each.wait() for each in others), first.wait()])
    assert codes == {0: 1, 11: 3}
    assert len({each.headers["authorization"] for each in rig.box.requests if each.kind == "meeting"}) == 1
    assert kinds(rig.box.requests)["token"] == 1
    assert [each for each in rig.box.requests if each.status == 429] == []
    assert check_rate(rig.box.requests, rate=ZOOM_ALLOWS) > 5
    rest = rig.launch(launcher, *NIGHTLY)
    assert rest.code == 0, rest.said
    check_archive(rig)


@pytest.mark.parametrize(
    ("running", "meanwhile"), [("nightly", "meeting"), ("meeting", "nightly"), ("nightly", "rebuild")]
)
def test_a_run_keeps_every_other_out(make_rig, talks, launcher, running, meanwhile):
    """nightly, meeting and rebuild cannot overlap: the second ends with 11 at once and names the first."""
    words = {"nightly": NIGHTLY, "meeting": ("meeting", talks.meetings[0].uuid), "rebuild": ("rebuild",)}
    rig = make_rig(talks, faults=["file:stall=20"])
    first = rig.fork(launcher, *words[running])
    while "file" not in kinds(rig.box.requests):
        assert first.poll() is None
    heard = len(rig.box.requests)
    second = rig.launch(launcher, *words[meanwhile])
    assert second.code == 11, second.said
    assert str(first.pid) in second.err
    assert len([each for each in rig.box.requests[heard:] if each.kind == "token"]) == 0
    first.kill()
    first.wait()


@pytest.mark.parametrize("shape", ["429_seconds=2", "429_http_date=2", "429"])
def test_nobody_calls_before_the_time_that_zoom_named(make_rig, talks, launcher, shape):
    """A 429 in the middle of the details holds back every worker, in real seconds."""
    rig = make_rig(talks, faults=[f"meeting:{shape}:skip=3"])
    ran = rig.launch(launcher, *NIGHTLY, "--workers", "8", "--api-rate", "80")
    assert ran.code == 0, ran.said
    assert check_waits(rig.box.requests) == (shape != "429")
    check_archive(rig)


def test_four_homes_of_one_account_slow_each_other_down_and_nothing_more(make_rig, tiny_account, launcher):
    """Four processes want sixty calls a second of an account that gives four: each waits, and is whole."""
    first = make_rig(tiny_account, api_rate=4)
    rigs = [first, *(dataclasses.replace(first, cwd=_new(first.cwd, number)) for number in range(3))]
    runs = [(rig, rig.fork(launcher, *NIGHTLY)) for rig in rigs]
    for rig, run in runs:
        assert run.wait() == 0, (rig.cwd / "said.err").read_text()[-1000:]
        check_archive(rig)
        check_lake(rig)
    assert [each for each in first.box.requests if each.status == 429], "nobody was told to slow down"


def test_two_processes_whose_tokens_displace_each_other_both_end(make_rig, tiny_account, launcher):
    """Where a new token kills the older ones, two runs refresh a few times and neither storms nor fails."""
    first = make_rig(tiny_account, one_token=True)
    rigs = [first, dataclasses.replace(first, cwd=_new(first.cwd, 0))]
    runs = [(rig, rig.fork(launcher, *NIGHTLY, pace=20.0)) for rig in rigs]
    for rig, run in runs:
        assert run.wait() == 0, (rig.cwd / "said.err").read_text()[-1000:]
        check_archive(rig)
    assert 2 <= kinds(first.box.requests)["token"] <= 12


def _new(beside, number):
    place = beside.with_name(f"{beside.name}-{number}")
    place.mkdir()
    return place

"""Who took part, asked for by an option: fetched once, kept for good, and nobody else's trouble."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from oracle import ask, check_lake, read_entries, snapshot
from rig import assert_sentence, kinds

from harvester.sandbox import generate_account
from harvester.sandbox.world import DEFAULT_SCOPES

NIGHTLY = ("nightly", "--since", "9d", "--json", "--api-rate", "80")
ON = (*NIGHTLY, "--participants")
REPORT, PAST = "report:read:list_meeting_participants:admin", "meeting:read:list_past_participants:admin"
WITHOUT = tuple(each for each in DEFAULT_SCOPES if each not in {REPORT, PAST})


@pytest.fixture(scope="module")
def account():
    """Two meetings of small files."""
    return generate_account(meetings=2, seed=4, days=1, cues=4, media_bytes=900)


def lists(rig):
    return {key: each["files"].get("participants") for key, each in read_entries(rig.archive).items()}


def test_lists_come_once_they_are_asked_for_and_stay(make_rig, account):
    """Known recordings get theirs, a second night asks for none, and without the option all stays as it is."""
    rig = make_rig(account)
    assert rig.call(*NIGHTLY).code == 0
    assert not any(lists(rig).values())
    plain = snapshot(rig.archive)

    plan = rig.call("plan", "--since", "9d", "--participants", "--json").json
    ran, sent = rig.during(lambda: rig.call(*ON, "--types", "transcript"))
    assert ran.code == 0, ran.err
    assert (ran.json["files_archived"], kinds(sent)["participants"]) == (2, 2)
    assert plan["api_calls"]["participants"] == plan["fetch"]["by_kind"]["participants"]["files"] == 2
    assert plan["api_calls"]["total"] == ran.json["api_calls"]
    after = snapshot(rig.archive)
    assert {name: held for name, held in after.items() if name in plain and "recording.json" not in name} == {
        name: held for name, held in plain.items() if "recording.json" not in name
    }
    spoken = [len(each.participants) for each in account.meetings]
    rows = "SELECT count(*), count(joined_at), count(email), count(*) FILTER (is_host) FROM participants"
    (counted,) = ask(rig.lake, rows)
    assert counted[1] >= sum(spoken), "everybody who speaks came at some time"
    assert counted[2:] == (2, 2)
    assert ask(rig.lake, "SELECT count(*) FROM participants WHERE name LIKE 'Visitor%'") == [(0,)]
    check_lake(rig)
    assert rig.call("verify", "--deep").code == 0

    lake = snapshot(rig.lake)
    again, sent = rig.during(lambda: rig.call(*ON))
    assert (again.code, again.json["files_archived"], set(kinds(sent))) == (0, 0, {"token", "listing"})
    assert (snapshot(rig.archive), snapshot(rig.lake)) == (after, lake)

    off, sent = rig.during(lambda: rig.call(*NIGHTLY))
    assert (off.code, set(kinds(sent))) == (0, {"token", "listing"})
    assert {each["status"] for each in lists(rig).values()} == {"archived"}
    assert not any("gone_at" in each for each in lists(rig).values())
    assert ask(rig.lake, rows) == [counted]
    assert rig.call("rebuild", "--json").json["files_rewritten"] == 0


def test_a_missing_scope_costs_the_lists_alone(make_rig, account):
    """One error a run with both scopes as the remedy, exit code 3; everything else is harvested and nothing is owed."""
    rig = make_rig(account, scopes=WITHOUT)
    for _ in range(2):
        ran, sent = rig.during(lambda: rig.call(*ON))
        assert ran.code == 3
        (error,) = ran.json["errors"]
        assert REPORT in error["message"]
        assert PAST in error["message"]
        assert (ran.json["files_failed"], ran.json["files_pending"], "participants" in kinds(sent)) == (0, 0, False)
    assert set(kinds(sent)) == {"token", "listing"}
    assert not any(lists(rig).values())
    check_lake(rig)
    on = {"HARVESTER_PARTICIPANTS": "true"}
    plan = rig.call("plan", "--since", "9d", env=on)
    assert plan.code == 3
    assert_sentence(plan, "scope missing", REPORT, PAST)
    doctor = rig.call("doctor", env=on)
    assert_sentence(doctor, "no list of participants is fetched", REPORT, PAST)
    assert rig.call(*NIGHTLY).code == 0


def test_one_refused_list_is_one_failed_file(make_rig, account):
    """It is tried again, and no longer owed once the option is taken back."""
    rig = make_rig(account)
    rig.box.faults.add("participants:zoom=200:always")
    ran = rig.call(*ON)
    assert (ran.code, ran.json["files_failed"]) == (3, 2)
    assert {each["file"] for each in ran.json["errors"]} == {"participants"}
    off, sent = rig.during(lambda: rig.call(*NIGHTLY))
    assert (off.code, "participants" in kinds(sent)) == (0, False)
    assert {each["status"] for each in lists(rig).values()} == {"skipped"}
    rig.box.faults.clear()
    assert (rig.call(*ON).code, {each["status"] for each in lists(rig).values()}) == (0, {"archived"})


def test_a_list_is_not_asked_for_before_its_time(make_rig):
    """Within the hour after the meeting it is awaited without a call; the next look fetches it."""
    today = datetime(2026, 3, 10, 15, tzinfo=UTC)
    made = generate_account(meetings=1, seed=5, cues=4, media_bytes=900, today=today, days=1)
    (met,) = made.meetings
    end = max(each.end_at for each in met.files)
    rig = make_rig(dataclasses.replace(made, meetings=(met,)))
    early, sent = rig.during(lambda: rig.call(*ON, at=end + timedelta(minutes=50)))
    assert (early.code, "participants" in kinds(sent)) == (0, False)
    assert lists(rig)[met.uuid]["status"] == "pending"
    assert_sentence(rig.call("status"), "complete an hour after the meeting")
    late = rig.call("nightly", "--since", "1d", "--participants", "--json", at=end + timedelta(hours=3))
    assert (late.code, late.json["files_archived"]) == (0, 1)
    assert ask(rig.lake, "SELECT count(*) > 0, bool_and(left_at > joined_at) FROM participants WHERE is_host") == [
        (True, True)
    ]


def test_a_damaged_list_is_fetched_again_where_lists_are_wanted(make_rig, account):
    """Without the option a repair leaves it and says what to set; with it the list is as it was."""
    rig = make_rig(account)
    assert rig.call(*ON).code == 0
    path = next(rig.archive.rglob("*-participants-*.json"))
    held = path.read_bytes()
    path.write_bytes(held.replace(b"in_meeting", b"in_seating", 1))
    left = rig.call("repair", "--deep")
    assert left.code == 13
    assert_sentence(left, "HARVESTER_PARTICIPANTS=true")
    assert rig.call("repair", "--deep", env={"HARVESTER_PARTICIPANTS": "true"}).code == 0
    assert path.read_bytes() == held

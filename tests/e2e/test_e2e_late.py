from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from oracle import ask, check_lake, read_entries, snapshot
from rig import kinds

from harvester.sandbox import generate_account

TODAY = datetime(2026, 3, 10, 15, tzinfo=UTC)
MADE = generate_account(meetings=2, seed=5, cues=4, media_bytes=2000, today=TODAY, days=1)
MET = max(each.start_at for each in MADE.meetings)
NIGHT = timedelta(hours=16)


def account_with_late_transcript(after: timedelta | None):
    """Two meetings; the transcript of the later one appears `after` its start, or never."""
    made = MADE
    second, first = sorted(made.meetings, key=lambda each: each.start_at, reverse=True)
    files = [
        dataclasses.replace(each, available_at=MET + (after or timedelta(days=4000)))
        if each.file_type == "TRANSCRIPT"
        else each
        for each in second.files
        if each.file_type != "CC"
    ]
    return dataclasses.replace(made, meetings=(first, dataclasses.replace(second, files=tuple(files))))


@pytest.mark.parametrize("since", ["7d", "1d"])
def test_a_transcript_three_days_late_comes_alone(make_rig, since):
    """It is in the lake after the next night, also when its day is out of the window; nothing else is fetched."""
    rig = make_rig(account_with_late_transcript(timedelta(days=3)))
    late = rig.box.account.meetings[1].uuid
    for day in range(3):
        ran = rig.call("nightly", "--since", since, "--json", at=MET + NIGHT + timedelta(days=day))
        assert ran.code == 0, ran.err
        assert ran.json["files_pending"] >= 1 or since == "1d"
    status = f"SELECT transcript_status FROM recordings WHERE native_id = '{late}'"
    assert ask(rig.lake, status) == [("pending",)]
    before = snapshot(rig.archive)

    night = MET + NIGHT + timedelta(days=3)
    ran, sent = rig.during(lambda: rig.call("nightly", "--since", since, "--json", at=night))
    assert ran.code == 0, ran.err
    assert {name: count for name, count in kinds(sent).items() if name not in {"token", "listing"}} == {
        "meeting": 1,
        "download": 1,
        "file": 1,
    }
    assert ran.json["files_archived"] == 1
    assert ask(rig.lake, status) == [("available",)]
    spoken = f"SELECT count(*) > 0 FROM segments WHERE recording_key = 'zoom:{late}' AND kind = 'transcript'"
    assert ask(rig.lake, spoken) == [(True,)]
    after = snapshot(rig.archive)
    changed = {name for name in after if after[name] != before.get(name)}
    assert {name.rpartition("/")[2].partition("-")[0] for name in changed} == {"recording.json", "0"}
    assert len(changed) == 2
    check_lake(rig)


def test_a_transcript_that_never_comes_is_given_up_after_a_week(make_rig):
    """Awaited for seven days without being a failure, then `none` with the reason, and never asked for again."""
    rig = make_rig(account_with_late_transcript(None))
    late = rig.box.account.meetings[1].uuid
    for day in (0, 1, 3, 6):
        ran = rig.call("nightly", "--since", "1d", "--json", at=MET + NIGHT + timedelta(days=day))
        assert ran.code == 0, ran.err
        assert read_entries(rig.archive)[late]["transcript"]["status"] == "pending"
    ran = rig.call("nightly", "--since", "1d", "--json", at=MET + NIGHT + timedelta(days=7))
    assert ran.code == 0, ran.err
    assert ask(rig.lake, f"SELECT transcript_status FROM recordings WHERE native_id = '{late}'") == [("none",)]
    fact = read_entries(rig.archive)[late]["transcript"]
    assert fact["status"] == "none"
    assert "7 days" in fact["reason"]
    _, sent = rig.during(lambda: rig.call("nightly", "--since", "1d", at=MET + NIGHT + timedelta(days=8)))
    assert set(kinds(sent)) == {"token", "listing"}


def test_a_file_still_in_the_making_is_awaited_and_then_fetched(make_rig):
    """A recording that is still running is pending with exit code 0; once complete, its file comes."""
    meeting = max(MADE.meetings, key=lambda each: each.start_at)
    files = tuple(dataclasses.replace(each, ready_at=MET + timedelta(hours=20)) for each in meeting.files)
    account = dataclasses.replace(MADE, meetings=(dataclasses.replace(meeting, files=files),))
    rig = make_rig(account)
    ran = rig.call("nightly", "--json", at=MET + timedelta(hours=6))
    assert (ran.code, ran.json["files_archived"]) == (0, 0)
    assert ran.json["files_pending"] >= len(files)
    ran = rig.call("nightly", "--json", at=MET + timedelta(hours=30))
    assert (ran.code, ran.json["files_archived"]) == (0, len(files))
    assert ask(rig.lake, "SELECT DISTINCT status FROM files") == [("archived",)]

"""Nights and events together: whoever is killed, late, lost or throttled, the following nights have everything."""

from __future__ import annotations

import dataclasses
import json
import os
import random
import signal
import time
from datetime import UTC, datetime, timedelta

from convergence import describe_difference, read_home
from oracle import ask, check_lake
from rig import kinds
from served import is_published, read_events, serving, wait_for

from harvester.ledger import Ledger
from harvester.sandbox import generate_account
from harvester.zoom import ZoomSource

ROUNDS = int(os.environ.get("OVERLAP_ROUNDS", "2"))
COMPLETED, TRANSCRIBED = "recording.completed", "recording.transcript_completed"
TODAY = datetime(2026, 3, 10, 15, tzinfo=UTC)


def test_night_and_worker_with_either_killed_end_as_an_undisturbed_run(make_rig, tiny_account):
    """Events, a worker and a nightly run at once, one of them killed at a random moment: nothing is lost or doubled."""
    calm = make_rig(tiny_account)
    assert calm.call("nightly", "--since", "30d").code == 0
    wanted = read_home(calm)
    for seed in range(ROUNDS):
        chance = random.Random(seed)
        rig = make_rig(tiny_account, faults=[f"file:slow={chance.choice((40_000, 200_000))}:p=0.5"])
        with serving(rig) as running:
            night = rig.spawn("nightly", "--since", "30d")
            uuids = [each.uuid for each in tiny_account.meetings] * 2
            chance.shuffle(uuids)
            for uuid in uuids:
                assert running.tell(chance.choice((COMPLETED, TRANSCRIBED)), uuid) == 204
                time.sleep(chance.uniform(0, 0.1))
            time.sleep(chance.uniform(0, 2))
            if chance.random() < 0.5:
                night.kill()
            else:
                os.killpg(running.process.pid, signal.SIGKILL)
            night.wait(60)
        rig.box.faults.clear()
        with serving(rig, log="again.log") as running:
            ran = rig.run("nightly", "--since", "30d", "--json")
            assert ran.code == 0, f"seed {seed}: {ran.err[-2000:]}"
            wait_for(
                lambda rig=rig: {each["state"] for each in read_events(rig)} == {"done"}, what=f"seed {seed}: done"
            )
            wait_for(lambda rig=rig: is_published(rig), what=f"seed {seed}: published")
        assert rig.call("verify", "--deep").code == 0, f"seed {seed}"
        check_lake(rig)
        difference = describe_difference(wanted, read_home(rig))
        assert not difference, f"seed {seed}:\n{difference}"


def test_missed_events_late_transcripts_and_a_throttled_zoom_are_made_up_for(make_rig, quick):
    """With the receiver down, transcripts two days late and every second call refused, the nights bring everything."""
    made = generate_account(meetings=6, seed=5, cues=4, media_bytes=2000, today=TODAY, days=1)
    late = tuple(
        dataclasses.replace(
            meeting,
            files=tuple(
                dataclasses.replace(each, available_at=meeting.end_at + timedelta(days=2))
                if each.file_type == "TRANSCRIPT"
                else each
                for each in meeting.files
            ),
        )
        for meeting in made.meetings
        if meeting.files
    )
    rig = make_rig(dataclasses.replace(made, meetings=late), faults=["api:429:p=0.5:always"])
    for day in range(5):
        rig.call("nightly", "--since", "2d", "--json", "--api-rate", "80", at=TODAY + timedelta(days=day, hours=11))
    rig.box.faults.clear()
    end = TODAY + timedelta(days=5, hours=11)
    ran = rig.call("nightly", "--since", "2d", "--json", at=end)
    assert ran.code == 0, ran.err
    wanted = {(row["meeting_uuid"], row["key"]) for row in rig.box.truth()}
    archived = ask(rig.lake, "SELECT native_id, file_key FROM files JOIN recordings USING (recording_key)"
                   " WHERE files.status = 'archived'")  # fmt: skip
    assert len(archived) == len(wanted)
    said = ask(
        rig.lake, "SELECT sum(transcripts_pending), epoch_us(max(last_archived_at)), count(awaited_since) FROM coverage"
    )[0]
    assert (said[0], said[2]) == (0, 0)
    assert said[1] > (TODAY + timedelta(days=1, hours=20)).timestamp() * 1_000_000
    check_lake(rig)


def test_an_awaited_transcript_is_visible(make_rig):
    """`status` says how many, since when and when it is looked for; `coverage` and `recordings` say it to analysts."""
    made = generate_account(meetings=2, seed=5, cues=4, media_bytes=2000, today=TODAY, days=1)
    hidden = [each.id for meeting in made.meetings for each in meeting.files or () if each.file_type == "TRANSCRIPT"]
    rig = make_rig(made)
    rig.box.trashed.update(hidden)
    now = TODAY + timedelta(hours=2)
    assert rig.call("nightly", "--since", "3d", at=now).code == 0
    facts = rig.call("status", "--json", at=now).json["transcripts_awaited"]
    first = min(each.start_at for each in made.meetings)
    assert facts["recordings"] == len({m.uuid for m in made.meetings if any(f.id in hidden for f in m.files or ())})
    assert datetime.fromisoformat(facts["since"]) >= first
    assert datetime.fromisoformat(facts["next_look"]) > now
    shown = rig.call("status", at=now).out
    assert f"{facts['recordings']} transcripts awaited" in shown
    pending, since = ask(rig.lake, "SELECT sum(transcripts_pending), epoch_us(min(awaited_since)) FROM coverage")[0]
    assert pending == facts["recordings"]
    assert since > first.timestamp() * 1_000_000
    assert ask(rig.lake, "SELECT DISTINCT transcript_status FROM recordings WHERE transcript_status = 'pending'")


def test_the_worker_looks_again_when_it_is_time(make_rig):
    """A transcript that comes without an event is fetched at the next look, an hour or six after the meeting."""
    now = datetime.now(UTC)
    made = generate_account(meetings=2, seed=5, cues=4, media_bytes=2000, today=now, days=1)
    transcripts = [f.id for m in made.meetings for f in m.files or () if f.file_type == "TRANSCRIPT"]
    rig = make_rig(made)
    rig.box.trashed.update(transcripts)
    last_end = max(each.end_at for each in made.meetings)
    ran = rig.call("nightly", "--since", "3d", at=last_end + timedelta(minutes=30))
    assert ran.code == 0, ran.err
    rig.box.set_now(now)
    rig.box.trashed.clear()
    with serving(rig):
        wait_for(lambda: ask(rig.lake, "SELECT count(*) > 0 FROM segments WHERE kind = 'transcript'") == [(True,)])
    assert "listing" not in kinds(rig.box.requests[-5:])


def test_the_worker_rests_when_zoom_s_daily_limit_is_used_up(make_rig, tiny_account):
    """It asks again seldom, not at once and for ever; the event waits."""
    rig = make_rig(tiny_account, faults=["meeting:429_daily:always"])
    with serving(rig) as running:
        assert running.tell(COMPLETED, tiny_account.meetings[0].uuid) == 204
        wait_for(lambda: kinds(rig.box.requests).get("meeting"), what="a question")
        time.sleep(3)
        assert kinds(rig.box.requests)["meeting"] <= 2
        assert [each["state"] for each in read_events(rig)] == ["waiting"]


def test_a_backlog_larger_than_one_look_is_served_by_one_run(make_rig, tiny_account):
    """Events are taken some hundreds at a time until none is left that waited before."""
    rig = make_rig(tiny_account)
    assert rig.call("nightly", "--since", "30d").code == 0
    body = json.loads(rig.box.events.build("recording.renamed", tiny_account.meetings[0].uuid))
    with Ledger(rig.state / "ledger.sqlite") as ledger:
        told = [ZoomSource.read_event(json.dumps(body | {"event_ts": number}).encode()) for number in range(1_300)]
        ledger.inbox.add("zoom", told, now=datetime.now(UTC))
    assert rig.call("nightly", "--since", "30d").code == 0
    assert {each["state"] for each in read_events(rig)} == {"done"}


def test_a_night_is_told_to_whoever_waits_for_it(make_rig, tiny_account, inbox_server):
    """The summary is posted with its exit code, also of a night that could not begin; metrics lie in a file."""
    rig = make_rig(tiny_account)
    metrics = rig.cwd / "harvester.prom"
    url = f"{inbox_server.url}/ping/s3cr3t-path/{{exit_code}}"
    words = ("nightly", "--since", "30d", "--notify-url", url, "--metrics-file", str(metrics))
    ran = rig.call(*words)
    assert ran.code == 0, ran.err
    path, message = inbox_server.got[-1]
    assert path == "/ping/s3cr3t-path/0"
    assert message["files_archived"] == len(rig.box.truth())
    assert message["text"].startswith("harvester nightly: 0, done")
    said = metrics.read_text()
    assert 'harvester_last_run_exit_code{command="nightly"} 0.0' in said
    assert f'harvester_last_run{{command="nightly",counter="files_archived"}} {len(rig.box.truth())}.0' in said
    assert metrics.stat().st_mode & 0o777 == 0o644
    assert "s3cr3t-path" not in ran.said

    ran = rig.call(*words, env={"ZOOM_CLIENT_SECRET": "wrong-secret-wrong"})
    assert ran.code == 12
    assert inbox_server.got[-1][0] == "/ping/s3cr3t-path/12"
    ran = rig.call(*words, env={"ZOOM_CLIENT_SECRET": None})
    assert ran.code == 10
    assert inbox_server.got[-1][1]["exit_code"] == 10

    inbox_server.close()
    ran = rig.call("nightly", "--since", "30d", "--notify-url", url, "--metrics-file", "/nowhere/x.prom")
    assert ran.code == 0  # the night itself went well
    assert "notify.failed" in ran.err
    assert "metrics.not_written" in ran.err
    assert "s3cr3t-path" not in ran.said


def test_status_says_what_fails_and_what_to_do(make_rig, tiny_account):
    """Failures by cause with the command for each, the gaps of the last night, events that wait, and the disk."""
    rig = make_rig(tiny_account, faults=["file:html:always", "listing:total=9:always"])
    assert rig.call("nightly", "--since", "30d").code == 3
    event = rig.box.events.build(COMPLETED, tiny_account.meetings[0].uuid)
    (rig.cwd / "event.json").write_bytes(event)
    rig.call("trigger", "event.json")
    facts = rig.call("status", "--json").json
    assert sum(each["files"] for each in facts["causes"]) == len(facts["failed"]) > 0
    assert facts["gaps"]
    assert facts["events"]["waiting"] == 1
    assert facts["disk_free_bytes"] > 0
    assert {each["command"] for each in facts["runs"]} == {"nightly", "trigger"}
    out = rig.call("status").out
    for words in ("nightly: exit code 3", "gap:", "harvester doctor", "1 waiting", "free"):
        assert words in out
    assert len(out.splitlines()) < 60
    assert json.dumps(facts)

"""Events from Zoom to rows: the receiver, the worker, and what becomes of each event."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import sqlite3
import subprocess
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from convergence import describe_difference, read_home
from oracle import ask, check_lake, read_entries
from rig import COMMAND, assert_sentence, kinds
from served import SECRET, is_published, read_events, serving, wait_for

from harvester.event import Intent
from harvester.sandbox import generate_account, sign_event
from harvester.zoom.events import read_event

COMPLETED, TRANSCRIBED = "recording.completed", "recording.transcript_completed"


@pytest.fixture
def served(make_rig, tiny_account):
    with serving(make_rig(tiny_account)) as running:
        yield running


def uuids(rig):
    return [each.uuid for each in rig.box.account.meetings]


def states(rig):
    return sorted(each["state"] for each in read_events(rig))


def all_done(running, count):
    """Every event is served, and what came of it is in the lake."""
    wait_for(lambda: states(running.rig) == ["done"] * count, what=f"{count} events done")
    wait_for(lambda: is_published(running.rig), what="the lake")


def segments(rig, uuid):
    if not (rig.lake / "segments").exists():
        return 0
    return ask(rig.lake, f"SELECT count(*) FROM segments WHERE recording_key = 'zoom:{uuid}'")[0][0]


def test_an_event_becomes_rows(served):
    """Its recording's files are archived and its words are in the lake, and only what it needs is asked of Zoom."""
    rig, (one, *others) = served.rig, uuids(served.rig)
    assert served.tell(COMPLETED, one) == 204
    wait_for(lambda: segments(rig, one), what="rows")
    all_done(served, 1)
    assert not any(segments(rig, each) for each in others)
    assert {name: count for name, count in kinds(rig.box.requests).items() if name not in {"download", "file"}} == {
        "token": 1,
        "meeting": 1,
    }
    check_lake(rig)


def test_a_repeat_makes_no_second_job(served):
    """The same event again, at once or late, under another token and signature, is counted and asks Zoom nothing."""
    rig, one = served.rig, uuids(served.rig)[0]
    body = json.loads(rig.box.events.build(COMPLETED, one))
    for number in range(20):
        copy = body | {"download_token": f"eyJhbGciOiJIUzI1NiJ9.{number}.x"}
        assert served.post(json.dumps(copy).encode()).status == 204
    all_done(served, 1)
    before = len(rig.box.requests)
    assert served.post(json.dumps(body).encode()).status == 204
    time.sleep(1.0)
    assert len(rig.box.requests) == before
    assert [each["copies"] for each in served.events()] == [21]
    assert kinds(rig.box.requests)["meeting"] == 1


def test_events_of_one_meeting_are_one_look_and_a_day_is_written_once_for_all(make_rig):
    """Whatever Zoom says of a recording meanwhile costs one question, and recordings of one day share their files."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    rig = make_rig(generate_account(meetings=5, seed=3, days=1, cues=3, media_bytes=1000, today=midnight))
    assert len({each.start_at.date() for each in rig.box.account.meetings}) == 1
    with serving(rig, "--no-worker") as running:
        for name in (COMPLETED, TRANSCRIBED, "recording.renamed", "recording.recovered"):
            for each in uuids(rig):
                assert running.tell(name, each) == 204
        (rig.cwd / "event.json").write_bytes(rig.box.events.build(COMPLETED, uuids(rig)[0]))
        ran = rig.call("trigger", "event.json", "--json")
        assert ran.code == 0, ran.err
        all_done(running, 21)
    assert kinds(rig.box.requests)["meeting"] == 5
    assert ran.json["run"]["partitions_published"] <= 2  # all that was said, and when the media are there the rest


def test_a_transcript_comes_by_the_event_s_own_token(make_rig, tiny_account):
    """Known recordings are not asked for again: the event brings the address and the token; a dead one is replaced."""
    rig = make_rig(tiny_account)
    names = {each.uuid: [f.id for f in each.files if f.file_type == "TRANSCRIPT"] for each in tiny_account.meetings}
    one, other = [uuid for uuid, ids in names.items() if ids][:2]
    rig.box.trashed.update(names[one] + names[other])
    assert rig.call("nightly", "--since", "30d").code == 0
    rig.box.trashed.clear()
    with serving(rig) as running:
        before = len(rig.box.requests)
        assert running.tell(TRANSCRIBED, one) == 204
        all_done(running, 1)
        assert set(kinds(rig.box.requests[before:])) == {"download", "file"}

        before = len(rig.box.requests)
        body = json.loads(rig.box.events.build(TRANSCRIBED, other)) | {"download_token": "eyJhbGciOiJIUzI1NiJ9.old.x"}
        assert running.post(json.dumps(body).encode()).status == 204
        all_done(running, 2)
        assert kinds(rig.box.requests[before:])["meeting"] == 1
    assert segments(rig, one)
    assert segments(rig, other)
    assert "eyJ" not in running.said
    calm = make_rig(tiny_account)
    assert calm.call("nightly", "--since", "30d").code == 0
    assert rig.call("nightly", "--since", "30d").code == 0
    assert not describe_difference(read_home(calm), read_home(rig))


def test_an_event_that_says_too_little_by_itself_is_served(make_rig, tiny_account):
    """Its token and addresses are of no use without a start; the source is asked instead."""
    rig = make_rig(tiny_account)
    assert rig.call("nightly", "--since", "30d").code == 0
    body = json.loads(rig.box.events.build(TRANSCRIBED, uuids(rig)[0]))
    del body["payload"]["object"]["start_time"]
    (rig.cwd / "event.json").write_text(json.dumps(body))
    ran = rig.call("trigger", "event.json")
    assert ran.code == 0, ran.said


def test_what_is_deleted_at_zoom_is_a_fact_here(served):
    """The archive keeps what it has; the lake says since when it is gone and who took it away, until it is back."""
    rig, box = served.rig, served.rig.box
    one = next(each for each in box.account.meetings if len(each.files or ()) > 2)
    assert served.tell(COMPLETED, one.uuid) == 204
    all_done(served, 1)
    files = len(read_entries(rig.archive)[one.uuid]["files"])
    box.trashed.add(one.files[0].id)
    assert served.tell("recording.deleted", one.uuid) == 204
    all_done(served, 2)
    fact = f"FROM files WHERE recording_key = 'zoom:{one.uuid}' AND gone_at IS NOT NULL"
    wait_for(lambda: ask(rig.lake, f"SELECT file_key, status {fact}") == [(one.files[0].id, "archived")])

    box.trashed.add(one.uuid)
    assert served.tell("recording.trashed", one.uuid) == 204
    all_done(served, 3)
    gone = f"SELECT status, gone_by, gone_at IS NOT NULL FROM recordings WHERE native_id = '{one.uuid}'"
    wait_for(lambda: ask(rig.lake, gone) == [("gone", "admin@example.com", True)])
    assert len(read_entries(rig.archive)[one.uuid]["files"]) == files
    assert segments(rig, one.uuid)

    box.trashed.clear()
    assert served.tell("recording.recovered", one.uuid) == 204
    all_done(served, 4)
    wait_for(lambda: ask(rig.lake, gone) == [("completed", None, False)])
    assert ask(rig.lake, f"SELECT count(*) {fact}") == [(0,)]


def test_an_event_before_its_file_is_tried_again(make_rig, tiny_account):
    """Until Zoom lists the file the event waits with the reason; the recording is not taken for gone meanwhile."""
    rig = make_rig(tiny_account)
    one = next(each for each in tiny_account.meetings if any(f.file_type == "TRANSCRIPT" for f in each.files))
    body = rig.box.events.build(TRANSCRIBED, one.uuid)
    rig.box.trashed.add(one.uuid)
    (rig.cwd / "event.json").write_bytes(body)
    ran = rig.call("trigger", "event.json")
    assert ran.code == 3
    assert_sentence(ran, "waiting", "no such recording yet")
    rig.box.trashed.discard(one.uuid)
    digest = read_events(rig)[0]["digest"]
    assert rig.call("events", "redrive", digest[:8]).code == 0
    ran = rig.call("trigger", "event.json", "--json")
    assert (ran.code, ran.json["state"], ran.json["copies"]) == (0, "done", 2)
    assert segments(rig, one.uuid)


def test_news_of_a_recording_that_is_not_shown_does_not_mean_it_is_gone(make_rig, tiny_account, quick):
    """Known here and not shown just now: the event waits, and the recording stays what it was."""
    rig = make_rig(tiny_account)
    one = uuids(rig)[0]
    assert rig.call("nightly", "--since", "30d").code == 0
    (rig.cwd / "event.json").write_bytes(rig.box.events.build("recording.renamed", one))
    rig.box.trashed.add(one)
    ran = rig.call("trigger", "event.json")
    assert ran.code == 3
    assert_sentence(ran, "waiting", "no such recording yet")
    assert ask(rig.lake, f"SELECT status, gone_at FROM recordings WHERE native_id = '{one}'") == [("completed", None)]


def test_files_that_an_event_does_not_bring_are_asked_for(make_rig, tiny_account, quick):
    """A known recording owes more than the event's transcript: the rest comes by way of the API, in the same run."""
    rig = make_rig(tiny_account)
    assert rig.call("nightly", "--since", "30d", "--types", "chat").code == 0
    one = next(each for each in tiny_account.meetings if any(f.file_type == "TRANSCRIPT" for f in each.files))
    (rig.cwd / "event.json").write_bytes(rig.box.events.build(TRANSCRIBED, one.uuid))
    ran = rig.call("trigger", "event.json")
    assert ran.code == 0, ran.said
    states = ask(rig.lake, f"SELECT DISTINCT status FROM files WHERE recording_key = 'zoom:{one.uuid}'")
    assert states == [("archived",)]


def test_one_that_cannot_be_served_is_given_up_and_can_be_redriven(make_rig, tiny_account):
    """Six attempts over seven hours, each with its reason; then it is dead until somebody sends it round again."""
    rig = make_rig(tiny_account)
    one = tiny_account.meetings[0]
    body = json.loads(rig.box.events.build(COMPLETED, one.uuid))
    body["payload"]["object"]["recording_files"].append({"id": "phantom", "file_type": "TRANSCRIPT"})
    (rig.cwd / "event.json").write_text(json.dumps(body))
    assert rig.call("trigger", "event.json").code == 3
    moment = datetime.now(UTC)
    for wait in (31, 121, 601, 3601, 21601):
        moment += timedelta(seconds=wait)
        rig.call("nightly", "--since", "30d", at=moment)
    (row,) = read_events(rig)
    assert (row["state"], row["attempts"]) == ("dead", 6)
    assert "phantom" in row["last_error"]
    listed = rig.call("events", "list", "--state", "dead", "--json").json
    assert [each["digest"] for each in listed["events"]] == [row["digest"]]
    shown = rig.call("events", "show", row["digest"][:6]).json
    assert shown["body"]["event"] == COMPLETED
    assert "phantom" in rig.call("events", "list").out
    assert rig.call("events", "redrive", "--dead").code == 0
    assert states(rig) == ["waiting"]
    assert rig.call("events", "show", "zzzz").code == 2


FIXTURES = Path(__file__).resolve().parents[2] / ".." / "shared" / "fixtures" / "zoom"


def examples():
    """Zoom's own examples and an event that was observed, where they lie beside this checkout."""
    if not FIXTURES.is_dir():
        return {}
    found = json.loads((FIXTURES / "webhook-examples.json").read_text())["events"]
    return found | {"observed": json.loads((FIXTURES / "webhook-observed.json").read_text())["recording.completed"]}


def account_of(event, made):
    """An account in which the recordings that an event names exist, with the files that it names."""
    bodies = {file.file_type: file for meeting in made.meetings for file in meeting.files or ()}
    subject = event.body["payload"].get("object", {})
    types = {each["id"]: each["file_type"] for each in subject.get("recording_files", []) if "file_type" in each}
    meetings = []
    for mention, known in zip(event.mentions, made.meetings, strict=False):
        ids = sorted(mention.file_ids or {f"{mention.native_id}-1"})
        # one that it does not name stays, so that the recording is not gone when its named files are
        files = [replace(bodies[types.get(each, "M4A")], id=each) for each in ids] + [
            replace(bodies["CHAT"], id=f"{mention.native_id}-stays")
        ]
        meetings.append(replace(known, uuid=mention.native_id, files=tuple(files)))
    return replace(made, meetings=tuple(meetings))


@pytest.mark.parametrize("name", examples() or [pytest.param("", marks=pytest.mark.skip("no examples beside it"))])
def test_zoom_s_own_examples_do_what_they_say(make_rig, tiny_account, quick, name):
    """Each is taken; what it says has come is harvested, what it says is gone is a fact, and the rest is kept."""
    example = examples()[name]
    event = read_event(json.dumps(example).encode())
    rig = make_rig(account_of(event, tiny_account))
    uuids_named = [each.native_id for each in event.mentions if not each.may_be_absent]
    if event.intent is Intent.GONE:
        for each in uuids_named:
            assert rig.call("meeting", each).code == 0
        named = [file_id for each in event.mentions for file_id in each.file_ids or ()]
        rig.box.trashed.update(named or uuids_named)
    body = json.dumps(example).encode()
    (rig.cwd / "body").write_bytes(body)
    (rig.cwd / "headers").write_text(json.dumps(sign_event(body, SECRET, str(int(time.time())))))
    ran, sent = rig.during(
        lambda: rig.call("trigger", "body", "--headers", "headers", "--json", env={"ZOOM_WEBHOOK_SECRET": SECRET})
    )
    assert (ran.code, ran.json["state"]) == (0, "done"), ran.said
    if event.intent is Intent.NOTE:
        assert not sent
    elif event.intent is Intent.HARVEST:
        held = read_entries(rig.archive)
        wanted = {each.native_id: each.file_ids or set() for each in event.mentions if each.native_id in uuids_named}
        archived = {uuid: {key for key, file in held[uuid]["files"].items() if file["receipt"]} for uuid in wanted}
        assert all(wanted[uuid] <= archived[uuid] for uuid in wanted)
    else:
        facts = "SELECT native_id FROM recordings WHERE status = 'gone' AND gone_by IS NOT NULL"
        gone = {uuid for (uuid,) in ask(rig.lake, facts)}
        files = {key for (key,) in ask(rig.lake, "SELECT file_key FROM files WHERE gone_at IS NOT NULL")}
        assert all(
            (each.file_ids or set()) <= files if each.file_ids else each.native_id in gone for each in event.mentions
        )


@pytest.mark.parametrize("form", ["json", "lines"])
def test_trigger_takes_a_signed_body_from_anywhere(make_rig, tiny_account, form):
    """With headers the signature must hold; the challenge is answered; a forgery changes nothing."""
    rig = make_rig(tiny_account)
    one = uuids(rig)[0]
    body = rig.box.events.build(COMPLETED, one)

    def write(headers):
        lines = json.dumps(headers) if form == "json" else "\r\n".join(f"{k}: {v}" for k, v in headers.items())
        (rig.cwd / "headers").write_text(lines)

    env = {"ZOOM_WEBHOOK_SECRET": SECRET}
    (rig.cwd / "body").write_bytes(body)
    write(sign_event(body, "another", str(int(time.time()))))
    ran = rig.call("trigger", "body", "--headers", "headers", env=env)
    assert ran.code == 1
    assert_sentence(ran, "not trusted", "ZOOM_WEBHOOK_SECRET")
    assert not (rig.state / "ledger.sqlite").exists()
    write(sign_event(body, SECRET, str(int(time.time()))))
    assert rig.call("trigger", "body", "--headers", "headers").code == 10
    ran = rig.call("trigger", "body", "--headers", "headers", env=env)
    assert ran.code == 0, ran.err
    assert segments(rig, one)

    challenge = b'{"event":"endpoint.url_validation","payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"},"event_ts":1}'
    (rig.cwd / "body").write_bytes(challenge)
    write(sign_event(challenge, SECRET, str(int(time.time()))))
    ran = rig.call("trigger", "body", "--headers", "headers", env=env)
    assert set(ran.json) == {"plainToken", "encryptedToken"}


def test_trigger_reads_stdin(make_rig, tiny_account):
    """A queue's consumer pipes the body in."""
    rig = make_rig(tiny_account)
    body = rig.box.events.build(COMPLETED, uuids(rig)[0])
    done = subprocess.run(
        [*COMMAND, "trigger"], input=body, cwd=rig.cwd, env=rig.environment(), capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert segments(rig, uuids(rig)[0])


def test_the_worker_has_the_receiver_s_own_rules(make_rig, tiny_account):
    """Options of `serve` about what to take, and where, hold for the worker that it starts."""
    rig = make_rig(tiny_account)
    words = ("--types", "transcript", "--exclude", "nobody*", "--exclude", "nothing", "--home", "elsewhere", "-v")
    with serving(rig, *words) as running:
        for each in uuids(rig):
            assert running.tell(COMPLETED, each) == 204
        path = rig.cwd / "elsewhere/.harvester/ledger.sqlite"
        query = "SELECT DISTINCT kind FROM files WHERE status = 'archived'"

        def kinds_archived():
            with contextlib.closing(sqlite3.connect(path)) as ledger:
                return {kind for (kind,) in ledger.execute(query)}

        wait_for(kinds_archived, what="files")
    assert kinds_archived() == {"transcript"}
    assert not rig.home.exists()


@pytest.mark.parametrize("body", [b"", b"{}", b"<html>", b"[1]", b'{"event": []}', b'{"event":"x"' + b" " * 2**20])
def test_trigger_refuses_what_is_no_event(make_rig, tiny_account, body):
    """One sentence, and nothing is kept."""
    rig = make_rig(tiny_account)
    (rig.cwd / "body").write_bytes(body)
    ran = rig.call("trigger", "body")
    assert ran.code == 3
    assert_sentence(ran, "no event")
    assert not (rig.state / "ledger.sqlite").exists()


def test_events_of_a_night_are_served_by_it(make_rig, tiny_account):
    """Kept without a worker, they are done after the nightly run, which is about their recordings anyway."""
    rig = make_rig(tiny_account)
    with serving(rig, "--no-worker") as running:
        for each in uuids(rig):
            assert running.tell(COMPLETED, each) == 204
        assert running.health()["ready"]
        assert states(rig) == ["waiting"] * 4
        ran = rig.call("nightly", "--since", "30d", "--json")
        assert ran.code == 0, ran.err
        assert states(rig) == ["done"] * 4
    calm = make_rig(tiny_account)
    assert calm.call("nightly", "--since", "30d").code == 0
    assert not describe_difference(read_home(calm), read_home(rig))


def test_the_worker_makes_way_for_another_run(make_rig, tiny_account):
    """A nightly run that finds the worker at work is let in within moments, and both together do everything once."""
    rig = make_rig(tiny_account, faults=["file:slow=20000:always"])
    with serving(rig, "--workers", "2") as running:
        for each in uuids(rig):
            assert running.tell(COMPLETED, each) == 204
        wait_for(lambda: any(each.kind == "file" for each in rig.box.requests), what="a download")
        ran = rig.run("nightly", "--since", "30d", "--json")
        assert ran.code == 0, ran.err
        assert ran.json["files_archived"]  # the worker did not finish first
        all_done(running, 4)
    check_lake(rig)
    calm = make_rig(tiny_account)
    assert calm.call("nightly", "--since", "30d").code == 0
    assert not describe_difference(read_home(calm), read_home(rig))


def test_the_end_of_the_receiver(make_rig, tiny_account):
    """SIGTERM ends receiver and worker within seconds, exit code 0; what was in hand is due for the next one."""
    rig = make_rig(tiny_account, faults=["file:slow=2000:always"])
    with serving(rig) as running:
        for each in uuids(rig):
            assert running.tell(COMPLETED, each) == 204
        wait_for(lambda: any(each.kind == "file" for each in rig.box.requests), what="a download")
        running.process.send_signal(signal.SIGTERM)
        started = time.monotonic()
        assert running.process.wait(30) == 0
        assert time.monotonic() - started < 15
    assert "Traceback" not in running.said
    assert rig.call("doctor", "--json").json["checks"][4]["message"] == "free"
    rig.box.faults.clear()
    with serving(rig) as running:
        all_done(running, 4)
    check_lake(rig)


def test_a_dead_worker_is_replaced_and_a_dead_receiver_leaves_none(make_rig, tiny_account):
    """The receiver starts another worker; when it is killed itself, its worker ends too."""
    rig = make_rig(tiny_account)
    with serving(rig) as running:
        first = wait_for(lambda: _worker_of(running))
        first.send_signal(signal.SIGKILL)
        wait_for(lambda: "worker.ended" in running.said)
        second = wait_for(lambda: _worker_of(running, besides=first.pid))
        assert running.tell(COMPLETED, uuids(rig)[0]) == 204
        all_done(running, 1)
        running.process.kill()
        running.process.wait()
        wait_for(lambda: not second.is_alive(), what="the worker's end")


class _Process:
    def __init__(self, pid):
        self.pid = pid

    def send_signal(self, number):
        os.kill(self.pid, number)

    def is_alive(self):
        status = Path(f"/proc/{self.pid}/status")
        return status.exists() and "State:\tZ" not in status.read_text()


def _worker_of(running, besides=0):
    found = [int(each) for each in re.findall(r"worker\.started process=(\d+)", running.said)]
    return _Process(found[-1]) if found and found[-1] != besides else None


@pytest.mark.parametrize(
    "uuid", ["../../x", "/etc/passwd", "a\\u0000b", "x" * 70_000, "%2e%2e%2f", "\\u202e\\u001b[2J"]
)
def test_strange_ids_lead_nowhere(make_rig, tiny_account, quick, uuid):
    """An event about an impossible id, with a huge topic and of another account writes nothing, and nothing breaks."""
    rig = make_rig(tiny_account)
    subject = f'{{"uuid": "{uuid}", "topic": "{"t" * 500_000}", "recording_files": [{{"id": "../{uuid}"}}]}}'
    (rig.cwd / "event.json").write_text(
        f'{{"event": "{COMPLETED}", "event_ts": 1, "payload": {{"account_id": "another", "object": {subject}}}}}'
    )
    ran = rig.call("trigger", "event.json")
    assert ran.code == 3
    assert "Traceback" not in ran.said
    assert "\x1b" not in ran.said
    assert not list(rig.archive.rglob("*")) if rig.archive.exists() else True
    assert {each.name for each in rig.cwd.iterdir()} == {"harvest", "event.json"}
    assert rig.call("events", "list").code == 0


def test_no_event_passes_what_it_is_told_to_strangers(make_rig, tiny_account):
    """An event whose addresses lead elsewhere, signed as it may be, sends no token there and writes nothing outside."""
    rig = make_rig(tiny_account)
    one = next(each for each in tiny_account.meetings if any(f.file_type == "TRANSCRIPT" for f in each.files))
    names = [each.id for each in one.files if each.file_type == "TRANSCRIPT"]
    rig.box.trashed.update(names)
    assert rig.call("nightly", "--since", "30d").code == 0
    rig.box.trashed.clear()
    for number, address in enumerate(
        (f"{rig.box.file_origin}/steal", "http://169.254.169.254/x", "file:///etc/passwd")
    ):
        body = json.loads(rig.box.events.build(TRANSCRIBED, one.uuid))
        body["event_ts"] = number
        for each in body["payload"]["object"]["recording_files"]:
            each["download_url"] = address
            each["file_extension"] = "../../../../x\x1b[2J"
        body["payload"]["object"]["topic"] = "\x1b]0;owned\x07\u202e"
        (rig.cwd / "event.json").write_text(json.dumps(body))
        ran = rig.call("trigger", "event.json")
        assert "\x1b" not in ran.said
    assert not rig.box.leaks
    assert not any("/steal" in each.raw_path and "authorization" in each.headers for each in rig.box.requests)
    outside = {each.name for each in rig.cwd.iterdir()}
    assert outside == {"harvest", "event.json"}
    assert "\x1b" not in rig.call("events", "list").said
    assert segments(rig, one.uuid)  # it came by the address that the API gave

"""Bots' events through the real receiver and its worker: verified by each provider's way, kept once, harvested."""

from __future__ import annotations

import contextlib
import json
import time
from datetime import UTC, datetime

import pytest
from bots_oracle import check_bots
from oracle import ask, read_tables, snapshot
from rig import assert_sentence
from served import is_published, read_events, serving, wait_for

from harvester.sandbox import add_bots, generate_account, sign_bot_event

DONE = {
    "meetstream": "transcription.processed",
    "meetingbaas_v1": "complete",
    "meetingbaas_v2": "bot.completed",
    "recall": "transcript.done",
}
DOORS = {
    "meetstream": "meetstream",
    "meetingbaas_v1": "meetingbaas",
    "meetingbaas_v2": "meetingbaas",
    "recall": "recall",
}


@pytest.fixture(scope="module")
def account():
    return add_bots(generate_account(meetings=24, seed=9, days=3, cues=10, media_bytes=20_000), seed=4)


@pytest.fixture
def rig(make_rig, account):
    return make_rig(account)


def bots_of(rig, source, *, state="done", transcript="available"):
    wanted = [row for row in rig.box.bot_truth() if row["source"] == source and row["state"] == state]
    return [row for row in wanted if row["transcript"] == transcript]


def send(served, row, name, **changes):
    box = served.rig.box
    body = box.events.build_bot(name, row["bot_id"], part_id=row["recording_id"] if row["source"] == "recall" else None)
    headers = sign_bot_event(row["source"], body, box.account, now=datetime.now(UTC))
    headers = {key: value for key, value in (headers | changes).items() if value is not None}
    return served.ask("POST", f"/webhooks/{DOORS[row['source']]}", body, headers).status


def test_an_event_brings_the_transcript(rig):
    """One event of each provider, and its recording is in the lake seconds later; nothing else was harvested."""
    with serving(rig) as served:
        told = [bots_of(rig, source)[0] for source in DONE]
        for row in told:
            assert send(served, row, DONE[row["source"]]) == 204
        keys = {f"{row['source']}:{row['native_id']}" for row in told}
        wait_for(lambda: _has_all(rig, keys), within_s=60, what="the recordings")
        wait_for(lambda: all(each["state"] == "done" for each in read_events(rig)), what="the events")
        wait_for(lambda: is_published(rig), what="the lake")
    assert set(read_tables(rig.lake)["recordings"]["recording_key"].to_pylist()) == keys
    check_bots(rig, complete=False)


def _has_all(rig, keys):
    with contextlib.suppress(OSError):
        return keys <= set(read_tables(rig.lake)["recordings"]["recording_key"].to_pylist())
    return False


def test_copies_are_one_event(rig):
    """Delivered five times it is kept once, and served once."""
    with serving(rig, "--no-worker") as served:
        row = bots_of(rig, "recall")[0]
        body = rig.box.events.build_bot("transcript.done", row["bot_id"], part_id=row["recording_id"])
        headers = sign_bot_event("recall", body, rig.box.account, now=datetime.now(UTC))
        assert {served.ask("POST", "/webhooks/recall", body, headers).status for _ in range(5)} == {204}
        (event,) = read_events(rig)
    assert (event["source"], event["copies"], event["verified"], event["state"]) == ("recall", 5, 1, "waiting")


@pytest.mark.parametrize("source", DONE)
def test_a_forged_event_is_refused(rig, source):
    """With another key, a changed body, or no sign at all (MeetStream signs not all): 401, and nothing is kept."""
    with serving(rig, "--no-worker") as served:
        row = bots_of(rig, source)[0]
        body = rig.box.events.build_bot(DONE[source], row["bot_id"])
        path = f"/webhooks/{DOORS[source]}"
        signed = sign_bot_event(source, body, rig.box.account, now=datetime.now(UTC))
        secret = next(name for name in signed if "signature" in name.lower() or "api-key" in name)
        assert served.ask("POST", path, body, signed | {secret: "v1,AAAA"}).status == 401
        if source != "meetingbaas_v1":  # whose key says nothing of the body
            assert served.ask("POST", path, body + b" ", signed).status == 401
        if source != "meetstream":
            assert served.ask("POST", path, body, {}).status == 401
        if source == "recall":
            old = sign_bot_event(source, body, rig.box.account, now=datetime.fromtimestamp(time.time() - 3600, UTC))
            assert served.ask("POST", path, body, old).status == 401
        assert read_events(rig) == []


def test_what_meetstream_does_not_sign_is_unverified(rig):
    """A bot's own callback is kept and marked; it makes us look at that bot, at our own address, and no further."""
    with serving(rig) as served:
        row = bots_of(rig, "meetstream")[0]
        body = json.loads(rig.box.events.build_bot("transcription.processed", row["bot_id"]))
        body |= {"audio_url": "http://127.0.0.1:9/steal", "callback_url": "http://127.0.0.1:9/steal"}
        assert served.ask("POST", "/webhooks/meetstream", json.dumps(body).encode(), {}).status == 204
        wait_for(lambda: _has_all(rig, {f"meetstream:{row['native_id']}"}), within_s=60, what="the recording")
        wait_for(lambda: is_published(rig), what="the lake")
        wait_for(lambda: all(each["state"] == "done" for each in read_events(rig)), what="the event")
        (event,) = read_events(rig)
    assert event["verified"] == 0
    assert "steal" not in event["body"]
    check_bots(rig, complete=False)


@pytest.mark.parametrize("source", ["meetingbaas_v1", "meetingbaas_v2"])
def test_when_a_recording_began_is_told_once(rig, source):
    """Meeting BaaS says it in an event alone: it is kept, and offsets count from it, also after a later look."""
    row = bots_of(rig, source)[0]
    with serving(rig) as served:
        assert send(served, row, "in_call_recording") == 204
        key = f"{source}:{row['native_id']}"
        wait_for(lambda: _has_all(rig, {key}), within_s=60, what="the recording")
        wait_for(lambda: is_published(rig), what="the lake")
    ran = rig.run("bots", "pull", "--since", "30d", "--source", "meetingbaas", "--json")
    assert ran.code == 0, ran.said
    sql = f"SELECT time_base, strftime(started_at, '%Y-%m-%dT%H:%M:%S') FROM recordings WHERE recording_key = '{key}'"
    assert ask(rig.lake, sql) == [("recording_start", row["t0"][:19])]
    assert ask(
        rig.lake, f"SELECT count(*) > 0 FROM segments WHERE recording_key = '{key}' AND start_at IS NOT NULL"
    ) == [(True,)]


def test_no_key_no_door(rig):
    """A provider without a key has no address here."""
    with serving(rig, "--no-worker", env={"RECALL_API_KEY": None}) as served:
        assert served.ask("POST", "/webhooks/recall", b"{}", {}).status == 404
        assert served.ask("POST", "/webhooks/meetstream", b"{}", {}).status == 400


def test_trigger_takes_a_bots_body(rig):
    """From a file, with its headers checked or on trust; without the provider's key the setting is named."""
    row = bots_of(rig, "recall")[0]
    body = rig.box.events.build_bot("transcript.done", row["bot_id"], part_id=row["recording_id"])
    (rig.cwd / "body.json").write_bytes(body)
    headers = sign_bot_event("recall", body, rig.box.account, now=datetime.now(UTC))
    (rig.cwd / "headers.json").write_text(json.dumps(headers | {"webhook-signature": "v1,AAAA"}))
    words = ("trigger", str(rig.cwd / "body.json"), "--source", "recall")
    forged = rig.call(*words, "--headers", str(rig.cwd / "headers.json"))
    assert forged.code == 1
    assert_sentence(forged, "RECALL_WEBHOOK_SECRET")
    (rig.cwd / "headers.json").write_text(json.dumps(headers))
    ran = rig.call(*words, "--headers", str(rig.cwd / "headers.json"), "--json")
    assert (ran.code, ran.json["state"]) == (0, "done"), ran.said
    before = snapshot(rig.lake)
    again = rig.call(*words, "--json")
    assert (again.code, again.json["copies"], again.json["run"]) == (0, 2, None), again.said
    assert snapshot(rig.lake) == before
    assert rig.call(*words, env={"RECALL_API_KEY": None}).code == 10

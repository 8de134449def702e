"""What goes wrong beside a provider: a key that dies, a version that is switched off, a lake that a later one wrote."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from bots_oracle import check_bots
from oracle import read_tables
from rig import assert_sentence
from served import read_events, serving

from harvester.bots.recall import Recall
from harvester.sandbox import add_bots, generate_account, sign_bot_event

PULL = ("bots", "pull", "--since", "30d", "--json")
NIGHTLY = ("nightly", "--since", "30d", "--json")


@pytest.fixture(scope="module")
def account():
    return add_bots(generate_account(meetings=24, seed=5, days=3, cues=8, media_bytes=5_000), seed=2)


@pytest.fixture
def rig(make_rig, account, quick, monkeypatch):
    for name in ("calls_per_second", "listings_per_second"):
        monkeypatch.setattr(Recall, name, None)
    made = make_rig(account)
    made.env["HARVESTER_BOT_RATE"] = "1000"
    return made


def rows_of(rig, source):
    return [each for each in rig.box.bot_truth() if each["source"] == source and each["state"] == "done"]


def test_a_refused_provider_s_event_costs_no_other_source_anything(rig):
    """An event waits, its provider's key is dead: the night brings all of Zoom and of the others, and ends with 3."""
    row = rows_of(rig, "recall")[0]
    body = rig.box.events.build_bot("transcript.done", row["bot_id"], part_id=row["recording_id"])
    headers = sign_bot_event("recall", body, rig.box.account, now=datetime.now(UTC))
    with serving(rig, "--no-worker") as served:
        assert served.ask("POST", "/webhooks/recall", body, headers).status == 204
    ran = rig.call(*NIGHTLY, env={"RECALL_API_KEY": "wrong"})
    assert ran.code == 3, ran.out
    assert all("RECALL_API_KEY" in each["message"] for each in ran.json["errors"]), ran.out
    sources = {each.split(":")[0] for each in read_tables(rig.lake)["recordings"]["recording_key"].to_pylist()}
    assert sources == {"zoom", "meetstream", "meetingbaas_v1", "meetingbaas_v2"}
    assert [each["state"] for each in read_events(rig)] == ["waiting"]
    later = datetime.now(UTC) + timedelta(days=4)
    rig.box.set_now(later)
    assert rig.call(*NIGHTLY, at=later).code == 0
    check_bots(rig)


def test_data_of_a_recording_that_is_not_here_is_not_deleted(rig):
    """Recall deletes all recordings of a bot: one that was never harvested keeps the others there too."""
    rig.call(*PULL)
    rows = rows_of(rig, "recall")
    bot_id = next(each["bot_id"] for each in rows if sum(each["bot_id"] == row["bot_id"] for row in rows) > 1)
    lost = next(each["native_id"] for each in rows if each["bot_id"] == bot_id)
    with closing(sqlite3.connect(rig.state / "ledger.sqlite")) as database, database:
        sql = "SELECT folder FROM recordings WHERE recording_key = ?"
        (folder,) = database.execute(sql, (f"recall:{lost}",)).fetchone()
        for table in ("files", "recordings"):
            database.execute(f"DELETE FROM {table} WHERE recording_key = ?", (f"recall:{lost}",))
    shutil.rmtree(rig.archive / folder)
    refused = rig.call("bots", "delete-data", bot_id, "--source", "recall", "--yes")
    assert refused.code != 0
    assert_sentence(refused, lost)
    assert not [each for each in rig.box.requests if each.kind == "bot_control"]


def test_a_lake_that_a_later_version_wrote_is_left_alone(rig):
    """Files of a source that nobody here knows end neither a rebuild nor the runs after it, and stay."""
    rig.call(*PULL, "--source", "meetstream")
    path = next((rig.lake / "recordings").rglob("*.parquet"))
    later = path.with_name("telepathy-00-of-01.parquet")
    shutil.copy(path, later)
    assert rig.call("rebuild").code == 0
    assert later.exists()
    assert rig.call(*PULL, "--source", "meetstream").code == 0


@pytest.mark.parametrize("words", [("list",), ("remove", "x"), ("retranscribe", "x"), ("delete-data", "x", "--yes")])
def test_a_version_that_is_switched_off_is_said(rig, words):
    """Its setting is named and the exit code is 10."""
    ran = rig.call("bots", *words, "--source", "meetingbaas_v1", env={"MEETINGBAAS_VERSIONS": "v2"})
    assert ran.code == 10, ran.said
    assert_sentence(ran, "MEETINGBAAS_VERSIONS")


def test_one_odd_bot_costs_the_list_itself_alone(rig):
    """A bot without any time is a gap; the others are listed."""
    native = rows_of(rig, "meetstream")[0]["native_id"]
    known = rig.call("bots", "list", "--source", "meetstream", "--since", "30d", "--json").json["bots"]
    odd = {"bots": [{"bot_id": "odd-1"}, {"bot_id": native, "StartTime": known[0]["started_at"]}]}
    rig.box.faults.add(f"bot_listing:json={json.dumps(odd)}:always:path=/meetstream")
    ran = rig.call("bots", "list", "--source", "meetstream", "--since", "30d", "--json")
    assert ran.code == 0, ran.said
    assert [each["native_id"] for each in ran.json["bots"]] == [native]
    assert any("odd-1" in each for each in ran.json["gaps"])


def test_a_transcript_that_was_asked_for_stays_asked_for(rig):
    """The ledger made again from the archive still awaits it; one of a recording that is not here is said."""
    early = rows_of(rig, "meetstream")[0]["native_id"]
    told = rig.call("bots", "retranscribe", early, "--source", "meetstream")
    assert "bots pull" in told.out
    rig.call(*PULL)
    asked = rig.call("bots", "retranscribe", early, "--source", "meetstream")
    assert "next run" in asked.out
    assert rig.call("rebuild", "--ledger").code == 0
    with closing(sqlite3.connect(rig.state / "ledger.sqlite")) as database:
        sql = "SELECT asked_at IS NOT NULL FROM recordings WHERE recording_key = ?"
        assert database.execute(sql, (f"meetstream:{early}",)).fetchone() == (1,)


def test_a_link_that_no_run_will_make_anew_is_damage(rig):
    """Another day's links are owed; those of this day are not, and `verify` does not promise that they are."""
    rig.call(*NIGHTLY)
    paths = sorted((rig.lake / "recording_links").rglob("*.parquet"))
    day = paths[0].parent.name.removeprefix("date=")
    paths[0].unlink()
    far = (datetime.fromisoformat(day) + timedelta(days=40)).date().isoformat()
    with closing(sqlite3.connect(rig.state / "ledger.sqlite")) as database, database:
        database.execute("INSERT INTO meta VALUES ('relink', ?)", (json.dumps([far]),))
    found = rig.call("verify", "--json")
    assert found.code == 13, found.out
    assert any(each["problem"] == "lake_stale" and each["damage"] for each in found.json["findings"]), found.out

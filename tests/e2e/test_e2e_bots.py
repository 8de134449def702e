"""Bots' recordings through the real command: everything arrives once, linked, and a provider's fault heals."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from datetime import timedelta

import pytest
from bots_oracle import check_bots, check_links
from oracle import ask, check_archive, check_lake, check_secrets, check_tables, read_rows, snapshot
from rig import assert_sentence

from harvester.bots.recall import Recall
from harvester.sandbox import Sandbox, add_bots, generate_account

PULL = ("bots", "pull", "--since", "30d", "--json")
NIGHTLY = ("nightly", "--since", "30d", "--json")
PROVIDERS = ("meetstream", "meetingbaas_v1", "meetingbaas_v2", "recall")


@pytest.fixture(scope="session")
def account():
    """Twenty-four meetings of the last days, each with a bot: six of each API, in every state they have."""
    return add_bots(generate_account(meetings=24, seed=5, days=4, cues=12, media_bytes=20_000), seed=2)


@pytest.fixture
def make_fast(make_rig, account, quick, monkeypatch):
    """As fast as loopback allows: how calls are paced is tested elsewhere."""
    for name in ("calls_per_second", "listings_per_second"):
        monkeypatch.setattr(Recall, name, None)

    def make(**settings):
        rig = make_rig(account, **settings)
        rig.env["HARVESTER_BOT_RATE"] = "1000"
        return rig

    return make


@pytest.fixture
def rig(make_fast):
    return make_fast()


def test_everything_arrives_and_a_second_run_does_nothing(rig):
    """All recordings, runs, words, people and files of four APIs, linked; again, nothing is fetched or rewritten."""
    ran = rig.call(*NIGHTLY)
    assert (ran.code, ran.json["errors"]) == (0, []), ran.out
    check_archive(rig)
    check_lake(rig)
    check_bots(rig)
    check_links(rig)
    before = snapshot(rig.archive), snapshot(rig.lake)
    again = rig.call(*NIGHTLY)
    assert (again.code, again.json["files_archived"], again.json["bytes_downloaded"]) == (0, 0, 0), again.out
    assert (snapshot(rig.archive), snapshot(rig.lake)) == before
    assert not rig.box.leaks, "a key went to where the files lie"
    verified = rig.call("verify", "--deep", "--json")
    assert (verified.code, verified.json["damage"]) == (0, 0), verified.out


def test_a_pull_leaves_zoom_alone(rig):
    """It asks no credentials of Zoom's and sends it nothing; with --source only that provider is asked."""
    ran = rig.call(*PULL, "--source", "recall", env={"ZOOM_ACCOUNT_ID": None, "ZOOM_CLIENT_SECRET": None})
    assert ran.code == 0, ran.said
    assert {each.name for each in rig.archive.iterdir()} == {"recall"}
    assert {each.kind for each in rig.box.requests} <= {"bot_listing", "bot_detail", "bot_document", "file"}
    assert rig.call(*PULL).code == 0
    assert {each.name for each in rig.archive.iterdir()} == set(PROVIDERS)
    without = rig.call(*PULL, "--source", "recall", env={"RECALL_API_KEY": None})
    assert without.code == 10
    assert_sentence(without, "RECALL_API_KEY")


def test_links_follow_zoom_and_leave_segments_alone(rig):
    """Bots first, Zoom later: links are made anew, and of the bots' days no other file is touched."""
    rig.call(*PULL)
    reasons = Counter(ask(rig.lake, "SELECT reason FROM recording_links WHERE meeting_uuid IS NULL"))
    assert reasons[("no_candidate",)] > 5
    before = {name: each for name, each in snapshot(rig.lake).items() if _is_bots(name)}
    assert rig.call(*NIGHTLY).code == 0
    after = {name: each for name, each in snapshot(rig.lake).items() if _is_bots(name)}
    assert after == before
    check_links(rig)


def _is_bots(name):
    return name.split("/")[-1].startswith(PROVIDERS) and not name.startswith("recording_links")


def test_the_lake_is_a_function_of_the_archive(rig):
    """Deleted and rebuilt without the network it has the same bytes, links included; so has the ledger's loss."""
    rig.call(*NIGHTLY)
    before = snapshot(rig.lake, identity=False)
    shutil.rmtree(rig.lake)
    (rig.state / "ledger.sqlite").unlink()
    ran, asked = rig.during(lambda: rig.call("rebuild", "--ledger"))
    assert (ran.code, asked) == (0, []), ran.said
    assert snapshot(rig.lake, identity=False) == before
    again = rig.call(*NIGHTLY)
    assert (again.code, again.json["bytes_downloaded"]) == (0, 0), again.out
    assert snapshot(rig.lake, identity=False) == before


@pytest.mark.parametrize("provider", ["meetstream", "meetingbaas", "recall"])
@pytest.mark.parametrize(
    "fault", ["status=503", "html", "half_json", "hangup", "429", "garbage", "empty", "json=[]", "deep_json"]
)
def test_a_listing_that_fails_is_a_gap_and_heals(rig, provider, fault):
    """One gap and exit code 3, though the other providers' recordings are there; the next run has everything."""
    rig.box.faults.add(f"bot_listing:{fault}:times=12:path=/{provider}/")
    ran = rig.call(*PULL)
    assert ran.code == 3, ran.out
    assert ran.json["gaps"], ran.out
    assert len({each.name for each in rig.archive.iterdir()}) >= 2
    check_bots(rig, complete=False)
    rig.box.faults.clear()
    healed = rig.call(*PULL)
    assert healed.code == 0, healed.out
    check_bots(rig)


@pytest.mark.parametrize(
    ("provider", "fault", "words"),
    [
        ("meetstream", "endless_pages", "came twice"),
        ("meetingbaas/v2", "repeat_page", "came twice"),
        ("recall", "endless_pages", "came twice"),
        ("recall", "next_host=https://elsewhere.example", "another host"),
    ],
)
def test_pages_that_lead_nowhere(make_fast, provider, fault, words):
    """A page that comes for ever, and one on another host, end the listing as a gap; the key goes nowhere else."""
    rig = make_fast(largest_page=2)
    rig.box.faults.add(f"bot_listing:{fault}:always:path=/{provider}")
    ran = rig.call(*PULL)
    assert ran.code == 3, ran.out
    assert any(words in each for each in ran.json["gaps"]), ran.out
    rig.box.faults.clear()
    assert rig.call(*PULL).code == 0
    check_bots(rig)


@pytest.mark.parametrize("where", ["bot_detail", "bot_document", "bot_address", "file"])
@pytest.mark.parametrize("fault", ["status=500", "html", "hangup", "429_seconds=1", "empty", "truncate=9"])
def test_a_fault_that_passes_costs_nothing(rig, where, fault):
    """Each strikes once or twice and is tried again within the run; what came is whole."""
    rig.box.faults.add(f"{where}:{fault}:times=2")
    ran = rig.call(*PULL)
    if ran.code:  # a body that says something else entirely is not asked for again at once
        assert rig.call(*PULL).code == 0, ran.out
    check_bots(rig)


def test_addresses_that_die_are_asked_for_again(make_fast):
    """They live for a second here: every file comes all the same, by reading its bot again."""
    rig = make_fast(signed_url_ttl_s=1.0)
    for _ in range(3):
        ran = rig.call(*PULL)
    assert ran.code == 0, ran.out
    check_bots(rig)


def test_a_redirect_of_a_file_is_followed_five_times_and_to_public_hosts_alone(rig):
    """Every address of documents and media may move; where one leads into plain http nothing is asked."""
    rig.box.faults.add("file:redirect_loop:times=4")
    ran = rig.call(*PULL)
    assert (ran.code, ran.json["errors"]) == (0, []), ran.out
    check_bots(rig)


@pytest.mark.parametrize(
    ("fault", "words"),
    [("redirect=http://files.example/x", "not a public https host"), ("redirect_loop", "more than 5 redirects")],
)
def test_a_redirect_that_leads_nowhere_is_an_error_and_heals(rig, fault, words):
    """Nothing of the files is archived, each is told of, and they come when their addresses are good again."""
    rig.box.faults.add(f"file:{fault}:always")
    ran = rig.call(*PULL)
    assert ran.code == 3, ran.out
    assert ran.json["errors"], ran.out
    assert all(words in each["message"] for each in ran.json["errors"]), ran.out
    rig.box.faults.clear()
    assert rig.call(*PULL).code == 0
    check_bots(rig)


def test_a_refused_key_leaves_the_others_alone(rig):
    """One error row that names the setting, exit code 3; Zoom's own refusal is exit code 12, and bots still come."""
    ran = rig.call(*NIGHTLY, env={"MEETSTREAM_API_KEY": "wrong"})
    assert ran.code == 3
    assert [each["kind"] for each in ran.json["errors"]] == ["access_refused"]
    assert "MEETSTREAM_API_KEY" in ran.json["errors"][0]["message"]
    assert {each.name for each in rig.archive.iterdir()} == {"zoom", *PROVIDERS} - {"meetstream"}
    alone = rig.call(*PULL, "--source", "meetstream", env={"MEETSTREAM_API_KEY": "wrong"})
    assert alone.code == 12
    zoom = rig.call(*NIGHTLY, env={"ZOOM_CLIENT_SECRET": "wrong"})
    assert zoom.code == 12
    check_bots(rig)


def test_a_transcript_that_comes_late_is_waited_for(rig, account):
    """Pending, and no failure; looked at again by its schedule, it is there, and nothing else is fetched."""
    rig.call(*NIGHTLY)
    assert any(row["transcript"] == "pending" for row in rig.box.bot_truth())
    later = account.anchor + timedelta(days=4)
    rig.box.set_now(later)
    ran, asked = rig.during(lambda: rig.call(*PULL, at=later))
    assert ran.code == 0, ran.out
    assert not any(row["transcript"] == "pending" for row in rig.box.bot_truth())
    fetched = [each.raw_path for each in asked if each.kind == "file"]
    assert not any(each.endswith((".mp4", ".mp3", ".flac", ".wav")) for each in fetched), fetched
    check_bots(rig)


def test_an_answer_without_a_transcript_is_no_transcript(rig, account):
    """MeetStream says in words, with status 200, that it is still at it: nothing is archived, and it comes later."""
    rig.box.faults.add('bot_document:json={"message": "being transcribed"}:always:path=/transcript/')
    ran = rig.call(*PULL, "--source", "meetstream")
    assert (ran.code, ran.json["errors"]) == (0, []), ran.out
    assert ran.json["files_pending"] > 4, ran.out
    rig.box.faults.clear()
    later = account.anchor + timedelta(days=4)
    rig.box.set_now(later)
    assert rig.call(*PULL, at=later).code == 0
    check_bots(rig)


def test_nothing_secret_is_kept(rig):
    """No key, passcode, token, signed address or webhook secret in archive, lake, ledger or what is said."""
    rig.box.faults.add("bot_detail:status=500:times=3")
    ran = rig.call(*NIGHTLY, "--verbose")
    check_secrets(rig, ran.out, ran.err)


def test_two_homes_have_the_same_rows(make_fast):
    """Whatever the order in which things came, the rows are the same but for the times at which they were seen."""
    rows = []
    for order in (("recall", "meetstream"), ("meetingbaas", "recall")):
        rig = make_fast()
        for source in order:
            rig.call(*PULL, "--source", source)
        rig.call(*NIGHTLY)
        check_tables(rig.lake)
        rows.append(json.dumps(read_rows(rig.lake), sort_keys=True))
    assert rows[0] == rows[1]


def test_the_sandbox_without_bots_sets_no_keys():
    """An account without bots leaves nightly as it was."""
    with Sandbox(generate_account(meetings=1, seed=1)) as box:
        assert not any("API_KEY" in name for name in box.environment())


def test_the_doctor_asks_every_provider(rig):
    """With good keys all of them answer; a wrong one is named with its setting, and the exit code is 12."""
    found = {each["check"]: each for each in rig.call("doctor", "--json").json["checks"]}
    assert found["bots"]["state"] == "ok", found["bots"]
    assert all(name in found["bots"]["message"] for name in PROVIDERS)
    wrong = rig.call("doctor", "--json", env={"RECALL_API_KEY": "wrong"})
    found = {each["check"]: each for each in wrong.json["checks"]}
    assert (found["bots"]["state"], found["bots"]["exit_code"]) == ("failed", 12)
    assert "RECALL_API_KEY" in found["bots"]["remedy"]


def test_what_expires_soon_is_said(make_fast):
    """A recording that is not all here and whose files the provider deletes soon stands in `status`."""
    rig = make_fast(faults=("file:status=500:always",))
    rig.call(*PULL, "--source", "meetstream")
    facts = rig.call("status", "--json").json
    assert facts["expiring"], facts
    assert all(each["recording_key"].startswith("meetstream:") for each in facts["expiring"])
    assert "deleted at their source" in rig.call("status").out

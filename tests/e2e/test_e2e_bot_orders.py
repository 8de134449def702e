"""A person puts a bot into a meeting and finds it in the lake; what is deleted at the provider was safe before."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from bots_oracle import check_bots
from oracle import ask, check_secrets
from rig import assert_sentence

from harvester.bots.recall import Recall
from harvester.sandbox import add_bots, generate_account

SOURCES = ("meetstream", "meetingbaas_v1", "meetingbaas_v2", "recall")
PULL = ("bots", "pull", "--since", "30d", "--json")
URL = "https://us02web.zoom.us/j/{number}?pwd=CanaryOrder7"


@pytest.fixture(scope="module")
def account():
    return add_bots(generate_account(meetings=24, seed=5, days=3, cues=8, media_bytes=10_000), seed=2)


@pytest.fixture
def rig(make_rig, account, quick, monkeypatch):
    for name in ("calls_per_second", "listings_per_second"):
        monkeypatch.setattr(Recall, name, None)
    made = make_rig(account, bot_delay_s=0.2)
    made.env["HARVESTER_BOT_RATE"] = "1000"
    return made


def find(rig, source, **wanted):
    rows = [row for row in rig.box.bot_truth() if row["source"] == source and row["state"] == "done"]
    return next(row for row in rows if all(row[name] == value for name, value in wanted.items()))


@pytest.mark.parametrize("source", SOURCES)
def test_a_bot_that_is_sent_is_found_in_the_lake(rig, source):
    """It is listed at once, and harvested with the next pull; what was attached to it comes back."""
    url = URL.format(number=rig.box.account.meetings[0].id)
    tokens = {"HARVESTER_ZAK_URL": "https://tokens.example.invalid/CanaryZak7"}
    sent = rig.call("bots", "send", url, "--source", source, "--name", "Scribe", "--extra", "crm_id=D-9", env=tokens)
    assert sent.code == 0, sent.said
    bot_id = sent.out.strip()
    listed = rig.call("bots", "list", "--source", source, "--json")
    assert listed.code == 0, listed.said
    ran = rig.call(*PULL, "--source", source.partition("_")[0])
    assert ran.code == 0, ran.out
    sql = f"SELECT extra FROM recordings WHERE native_id LIKE '{bot_id}%'"
    (found,) = ask(rig.lake, sql) or [("{}",)]
    assert json.loads(found[0])["caller"]["crm_id"] == "D-9"
    check_secrets(rig, sent.out, sent.err, ran.out, ran.err, more={"CanaryOrder7", "CanaryZak7"})


@pytest.mark.parametrize("source", SOURCES)
def test_a_second_transcript_is_current_and_the_first_stays(rig, source):
    """Asked for, it comes with the next run beside the one that is there; nothing else is fetched again."""
    rig.call(*PULL)
    row = find(rig, source, transcript="available")
    key = f"{source}:{row['native_id']}"
    count = f"SELECT count(*), sum(is_current::INT) FROM transcripts WHERE recording_key = '{key}'"
    before = ask(rig.lake, count)[0]
    asked = rig.call("bots", "retranscribe", row["native_id"], "--source", source)
    assert asked.code == 0, asked.said
    for hours in (0, 2):
        ran = rig.call(*PULL, "--source", source.partition("_")[0], at=datetime.now(UTC) + timedelta(hours=hours))
        assert ran.code == 0, ran.out
    assert ask(rig.lake, count)[0] == (before[0] + 1, 1)
    check_bots(rig, complete=False)


def test_all_pages_of_a_recording_s_transcripts_are_read(make_rig, account, rig):
    """Recall lists them in pages, here of one: three transcripts of one recording are three in the lake."""
    rig = make_rig(account, bot_delay_s=0.2, largest_page=1)
    rig.env["HARVESTER_BOT_RATE"] = "1000"
    pull = (*PULL, "--source", "recall")
    assert rig.call(*pull).code == 0
    row = find(rig, "recall", transcript="available")
    for _ in range(2):
        assert rig.call("bots", "retranscribe", row["native_id"], "--source", "recall").code == 0
    ran = rig.call(*pull, at=datetime.now(UTC) + timedelta(hours=2))
    assert ran.code == 0, ran.out
    check_bots(rig, complete=False)
    count = f"SELECT count(*) FROM transcripts WHERE recording_key = 'recall:{row['native_id']}'"
    assert ask(rig.lake, count)[0][0] >= 3


@pytest.mark.parametrize("source", SOURCES)
def test_only_what_is_safe_is_deleted(rig, source):
    """Refused while anything of it is not here or is damaged; afterwards it is in the archive alone."""
    row = find(rig, source, transcript="available")
    words = ("bots", "delete-data", row["bot_id"], "--source", source, "--yes")
    early = rig.call(*words)
    assert early.code != 0
    assert_sentence(early, "archive")
    rig.call(*PULL)
    (path,) = list((rig.archive / source).rglob(f"*{row['bot_id']}*/0-mp4-video.mp4"))[:1] or [None]
    if path is None:  # where a folder's name is not the id itself
        path = next(each for each in (rig.archive / source).rglob("0-mp4-video.mp4") if row["bot_id"] in _entry(each))
    data = path.read_bytes()
    path.write_bytes(data[:-1] + b"x")
    damaged = rig.call(*words)
    assert damaged.code != 0
    assert_sentence(damaged, "verify --deep")
    path.write_bytes(data)
    assert not [each for each in rig.box.requests if each.kind == "bot_control"]
    done = rig.call(*words)
    if source == "meetingbaas_v1" and done.code:  # one that says that something is left is not done
        assert_sentence(done, "partially")
        done = rig.call(*words)
    assert done.code == 0, done.said
    after = next(each for each in rig.box.bot_truth() if each["native_id"] == row["native_id"])
    assert after["files"] == []
    again = rig.call(*PULL)
    assert again.code == 0, again.out
    held = f"SELECT count(*) FROM segments WHERE recording_key = '{source}:{row['native_id']}'"
    assert ask(rig.lake, held)[0][0] > 0
    assert path.read_bytes() == data


def _entry(path):
    return (path.parent / "recording.json").read_text()


def test_an_order_is_sent_once(rig):
    """What became of one that failed nobody knows, so that it is not sent again by itself, and that is said."""
    rig.box.faults.add("bot_control:status=502:always")
    ran = rig.call("bots", "send", URL.format(number=91234567890), "--source", "recall")
    assert ran.code == 1
    assert_sentence(ran, "bots list")
    assert len([each for each in rig.box.requests if each.kind == "bot_control"]) == 1


def test_a_bot_is_sent_away(make_rig, account):
    """It leaves; one that the provider does not know is said by its id."""
    rig = make_rig(account, bot_delay_s=60.0)
    url = URL.format(number=rig.box.account.meetings[0].id)
    bot_id = rig.call("bots", "send", url, "--source", "meetingbaas_v2").out.strip()
    assert rig.call("bots", "remove", bot_id, "--source", "meetingbaas_v2").code == 0
    unknown = rig.call("bots", "remove", "00000000-0000-4000-8000-000000000000", "--source", "meetingbaas_v2")
    assert unknown.code != 0
    assert_sentence(unknown, "404")

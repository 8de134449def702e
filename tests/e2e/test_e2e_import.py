"""Saved payloads through the real command: they become the rows that a pull gives, once, and without their secrets."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
from oracle import ask, check_secrets, check_tables, read_tables, snapshot
from rig import assert_sentence

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared" / "fixtures" / "bots"
FIREFLIES = {
    "data": {
        "transcript": {
            "id": "FF-1",
            "title": "Weekly",
            "date": 1_772_442_000_000.0,
            "duration": 1.5,
            "host_email": "ines@example.com",
            "meeting_link": "https://zoom.us/j/91234567890?pwd=CanaryPass7",
            "audio_url": "https://files.example.invalid/a.mp3?X-Amz-Signature=CanarySig7",
            "sentences": [
                {"index": 0, "speaker_name": "Ines Okoro", "text": "Shall we begin?", "start_time": 1.5, "end_time": 3},
                {"index": 1, "speaker_name": "Speaker 2", "text": "Yes.", "start_time": "3.25", "end_time": "4.0"},
            ],
        }
    }
}
OTTER = "Ines Okoro  0:04\nShall we begin?\n\nRavi Holm  1:02:03\nYes, let us.\n\nTranscribed by https://otter.ai\n"


@pytest.fixture
def rig(make_rig, tiny_account):
    return make_rig(tiny_account)


def save(rig, name, value):
    path = rig.cwd / name
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return str(path)


def test_an_export_becomes_rows_once(rig):
    """Nobody is asked for anything, nothing secret is kept, and doing it again changes nothing."""
    words = ("bots", "import", "--source", "fireflies", "--json", save(rig, "weekly.json", FIREFLIES))
    ran, asked = rig.during(lambda: rig.call(*words))
    assert (ran.code, ran.json["files_archived"], asked) == (0, 1, []), ran.said
    (recording,) = ask(rig.lake, "SELECT recording_key, topic, host_email, meeting_id, duration_ms FROM recordings")
    assert recording == ("fireflies:FF-1", "Weekly", "ines@example.com", "91234567890", 90_000)
    rows = ask(rig.lake, "SELECT start_ms, end_ms, speaker_kind, text FROM segments ORDER BY segment_index")
    assert rows == [(1500, 3000, "named", "Shall we begin?"), (3250, 4000, "generic", "Yes.")]
    check_tables(rig.lake)
    (rig.cwd / "weekly.json").rename(rig.cwd.parent / "weekly.json")
    check_secrets(rig, ran.out, ran.err, more={"CanaryPass7", "CanarySig7"})
    before = snapshot(rig.archive), snapshot(rig.lake)
    again = rig.call(*words[:-1], str(rig.cwd.parent / "weekly.json"))
    assert (again.code, again.json["files_archived"]) == (0, 0)
    assert (snapshot(rig.archive), snapshot(rig.lake)) == before
    assert rig.call("verify", "--deep").code == 0


def test_a_text_needs_to_be_told_when_it_was(rig):
    """Otter writes no date: without one the option is named, with one the day is that of the meeting."""
    path = save(rig, "standup.txt", OTTER)
    refused = rig.call("bots", "import", "--source", "otter", path)
    assert refused.code != 0
    assert_sentence(refused, "--started-at")
    told = ("--started-at", "2026-03-02T09:00:00Z", "--meeting", "https://zoom.us/j/912345678", "--topic", "Standup")
    ran = rig.call("bots", "import", "--source", "otter", *told, path)
    assert ran.code == 0, ran.said
    assert ask(rig.lake, "SELECT topic, meeting_id, date FROM recordings") == [("Standup", "912345678", "2026-03-02")]
    assert ask(rig.lake, "SELECT start_ms, text FROM segments ORDER BY 1")[1] == (3_723_000, "Yes, let us.")


def test_a_later_run_is_current_and_the_older_stays(rig):
    """Two transcripts under one id are two runs: the newer is current, the rows of both are there."""
    for words in ("Shall we begin?", "Shall we all begin?"):
        payload = [{"speaker": "Ines Okoro", "transcript": words, "start_time": 1.0, "end_time": 2.0, "words": []}]
        path = save(rig, "run.json", payload)
        told = ("--id", "bot-1", "--started-at", "2026-03-02T09:00:00Z")
        assert rig.call("bots", "import", "--source", "meetstream", *told, path).code == 0
    both = "SELECT s.text, t.is_current FROM segments s JOIN transcripts t USING (transcript_key) ORDER BY 1"
    rows = ask(rig.lake, both)
    assert rows == [("Shall we all begin?", True), ("Shall we begin?", False)]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("page.html", "<html>sign in</html>", "page.html"),
        ("list.json", {"bots": [], "hasNextPage": False}, "list.json"),
        ("error.json", {"message": "Not found"}, "error.json"),
        ("half.json", '{"data": {"transcript"', "half.json"),
    ],
)
def test_what_is_no_payload_is_refused_by_name(rig, name, value, words):
    """Nothing is written; the sentence names the file and what is expected."""
    ran = rig.call("bots", "import", "--source", "meetstream", save(rig, name, value))
    assert ran.code != 0
    assert_sentence(ran, words)
    assert not rig.home.exists() or not list(rig.home.rglob("*.parquet"))


EXPECTED = json.loads((SHARED / "expected_common.json").read_text(encoding="utf-8")) if SHARED.is_dir() else {}


@pytest.mark.parametrize("name", sorted(each for each in EXPECTED.get("segments", ()) if not each.startswith("zoom/")))
def test_the_shared_payloads_give_the_shared_rows(rig, name):
    """Every documented shape, from the file to the lake, row by row."""
    payload = json.loads((SHARED / name).read_text(encoding="utf-8"))
    is_text = isinstance(payload, dict) and payload.keys() == {"filename", "content"}
    path = save(rig, payload["filename"] if is_text else "payload.json", payload["content"] if is_text else payload)
    session = EXPECTED["bot_session"]
    told = ["--started-at", session["recording_started_at"], "--meeting", session["meeting_url"]]
    ran = rig.call("bots", "import", "--source", name.split("/")[0], *told, path)
    assert ran.code == 0, ran.said
    rows = sorted(read_tables(rig.lake)["segments"].to_pylist(), key=lambda each: each["segment_index"])
    wanted = EXPECTED["segments"][name]
    assert [{column: _write(row[column]) for column in wanted[0]} for row in rows] == wanted


def _write(value):
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return round(value, 4) if isinstance(value, float) else value


def test_the_shared_payloads_that_say_nothing(rig):
    """An empty transcript is a result: a recording without rows, and no failure."""
    for number, name in enumerate(EXPECTED.get("expect_zero_segments", ())):
        path = save(rig, f"{number}.json", (SHARED / name).read_text(encoding="utf-8"))
        told = ("--started-at", "2026-03-02T09:00:00Z")
        ran = rig.call("bots", "import", "--source", name.split("/")[0], *told, "--json", path)
        assert (ran.code, ran.json["segments_published"]) == (0, 0), f"{name}: {ran.said}"
    if not EXPECTED:
        pytest.skip("the bots' payloads are not beside this checkout")

"""What a home must hold of the sandbox's bots, judged by the sandbox's own truth and by the lake's rows alone."""

from __future__ import annotations

import json
from typing import Any

from oracle import read_tables
from rig import Rig

STATUSES = {"deleted": "expired"}
"""The truth's word for what became of a transcript, where the lake has another."""
_LEFT = {"raw_transcription", "raw", "participant_events"}
"""Files that are not taken."""
_ANSWERED = ("meetstream", "meetingbaas_v1")
"""Sources whose API gives transcripts itself; those of the others lie at addresses, so that their bytes are known."""


def check_bots(rig: Rig, *, complete: bool = True) -> None:
    """Every recording of a bot with its state, every transcript run with all its words, every file with its bytes.

    Not `complete`: what is there is right, though something may be missing.
    """
    tables = read_tables(rig.lake)
    recordings = {each["recording_key"]: each for each in tables["recordings"].to_pylist()}
    transcripts = {each["transcript_key"]: each for each in tables["transcripts"].to_pylist()}
    words, segments = _count(tables["words"]), _count(tables["segments"])
    entries = {key: each for source in _sources(rig) for key, each in _entries(rig, source).items()}
    truth = rig.box.bot_truth()
    found = {key for key in recordings if not key.startswith("zoom:")}
    known = {f"{row['source']}:{row['native_id']}" for row in truth}
    # Recall shows a bot that was not let in as one without any recording, and the truth does not
    strangers = {key for key in found - known if recordings[key]["n_files"] or not key.startswith("recall:")}
    assert not strangers, f"recordings of no bot: {strangers}"
    for row in truth:
        key = f"{row['source']}:{row['native_id']}"
        if key not in recordings and (not complete or row["state"] == "recording"):
            continue
        assert key in recordings, f"{key} is missing"
        held = recordings[key]
        if row["state"] == "done":
            newest = (
                "available"
                if any(run["state"] == "available" and run["utterances"] for run in row["runs"])
                else row["transcript"]
            )
            _check_status(key, newest, held["transcript_status"], complete=complete)
        said = [each for each in transcripts.values() if each["recording_key"] == key]
        for run in row["runs"]:
            _check_run(key, run, said, words, segments, complete=complete and row["state"] == "done")
        _check_files(key, row, entries[key], complete=complete)
        current = [each for each in said if each["is_current"]]
        assert len(current) == bool(said), f"{key}: {len(current)} current transcripts of {len(said)}"


def check_links(rig: Rig) -> None:
    """Each bot's recording leads to the meeting it sat in, one in somebody else's meeting to none."""
    links = {each["recording_key"]: each for each in read_tables(rig.lake)["recording_links"].to_pylist()}
    recordings = read_tables(rig.lake)["recordings"]["recording_key"].to_pylist()
    assert links.keys() == {key for key in recordings if not key.startswith("zoom:")}
    for row in rig.box.bot_truth():
        link = links.get(f"{row['source']}:{row['native_id']}")
        if link is None:
            continue
        if link["meeting_uuid"] is None:
            assert link["reason"], link
            # one that was not let in has no time in a meeting, so nothing tells which of a number's meetings it was
            assert row["meeting_uuid"] is None or row["state"] == "refused", (link, row["meeting_uuid"])
        else:
            assert link["meeting_uuid"] == row["meeting_uuid"], (link, row["meeting_uuid"])


def _check_status(key: str, truth: str, status: str | None, *, complete: bool) -> None:
    """Meeting BaaS v1 shows the same empty list for none, a late one and a deleted one: awaited, then empty."""
    expected = {STATUSES.get(truth, truth)}
    if key.startswith("meetingbaas_v1") and truth in {"none", "empty", "pending", "deleted", "expired"}:
        expected = {"pending", "empty"}
    assert status in expected or not complete, f"{key}: {status}, and in truth {truth}"


def _check_run(
    key: str,
    run: dict[str, Any],
    said: list[dict[str, Any]],
    words: dict[str, int],
    segments: dict[str, int],
    *,
    complete: bool,
) -> None:
    if run["state"] != "available":
        return
    held = [each for each in said if run["id"] in {None, each["file_key"]} or key.startswith("meetingbaas_v2")]
    if not held:
        assert not complete or not run["utterances"], f"{key}: the run {run['id']} is missing"
        return
    name = held[-1]["transcript_key"]
    assert words.get(name, 0) == run["words"], f"{name}: {words.get(name, 0)} words of {run['words']}"
    assert segments.get(name, 0) == run["utterances"], (
        f"{name}: {segments.get(name, 0)} of {run['utterances']} segments"
    )


def _check_files(key: str, row: dict[str, Any], entry: dict[str, Any], *, complete: bool) -> None:
    """Every file that lies at an address came as it lies there; what an answer gives is kept without secrets."""
    hashes = {file["receipt"]["sha256"] for file in entry["files"].values() if file["receipt"]}
    for file in row["files"]:
        if file["sha256"] is None or file["name"] in _LEFT or row["state"] != "done":
            continue
        if row["source"] in _ANSWERED and file["kind"] in {"transcript", "timeline", "participants", "chat"}:
            continue
        assert file["sha256"] in hashes or not complete, f"{key}: {file['name']} is missing"


def _count(table: Any) -> dict[str, int]:
    counted: dict[str, int] = {}
    for each in table["transcript_key"].to_pylist():
        counted[each] = counted.get(each, 0) + 1
    return counted


def _sources(rig: Rig) -> list[str]:
    return sorted(each.name for each in rig.archive.iterdir() if each.is_dir() and each.name != "zoom")


def _entries(rig: Rig, source: str) -> dict[str, dict[str, Any]]:
    found = {}
    for path in (rig.archive / source).rglob("recording.json"):
        entry = json.loads(path.read_bytes())
        found[f"{source}:{entry['native_id']}"] = entry
    return found

"""One schedule of faults against the APIs of bots: what must hold after each run, and what at last must be equal.

The court of Zoom's recordings (`ordeal`), with the truth about bots. Zoom is never struck, so a night must bring all
of it whatever the bots' providers do.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

import ordeal
from bots_oracle import check_bots, check_links
from convergence import Home, describe_difference, read_home
from launcher import Launcher
from oracle import check_archive, check_lake, check_secrets, read_tables
from rig import Rig
from verdict import Verdict

from crash.bots import tiny_account
from crash.checks import check_bots_archived, state_of

NIGHTLY = ("nightly", "--since", "30d", "--json")
_NOT_TAKEN = {"raw_transcription", "raw", "participant_events"}


class BotCourt(ordeal.Court):
    """Plays schedules of faults against an account with one bot of each API."""

    def __init__(self, launcher: Launcher, folder: Path) -> None:
        super().__init__(launcher, folder, account=tiny_account())
        self._env = {**self._env, "HARVESTER_BOT_RATE": "1000"}

    @cached_property
    def undisturbed(self) -> tuple[Home, dict[str, str]]:
        """What a night without faults leaves, and the hash of every archived file by its name."""
        with self.rig({}) as rig:
            ran = self.run(rig, NIGHTLY)
            assert ran.code == 0, ran.said
            check_archive(rig)
            check_lake(rig)
            check_bots(rig)
            check_links(rig)
            return _read(rig), state_of(rig)["bytes"]

    def _recover(self, rig: Rig, verdict: Verdict) -> None:
        rig.box.faults.clear()
        different = ""
        for number, later in enumerate(ordeal.CLEAN_AFTER, start=1):
            ran = self._step(rig, verdict, NIGHTLY, f"clean run {number}", later)
            different = describe_difference(self.undisturbed[0], _read(rig))
            if ran.code == 0 and not different:
                break
        with verdict.judging("LOST", f"after {number} clean runs"):
            check_archive(rig)
            check_bots(rig)
            check_links(rig)
        with verdict.judging("CONVERGE", f"after {number} clean runs"):
            assert ran.code == 0, f"exit code {ran.code}: {ran.said[-800:]}"
            assert not different, different
        with verdict.judging("LEAKED", f"after {number} clean runs"):
            check_secrets(rig)
            assert rig.box.leaks == [], rig.box.leaks

    def _contents(self, rig: Rig, words: tuple[str, ...]) -> dict[str, Callable[[], None]]:
        return {
            "TORN": lambda: check_bots_archived(rig, self.undisturbed[1]),
            "WRONG": lambda: _check_right(rig),
            "LOST": lambda: check_archive(rig, complete=words[0] == "nightly"),
        }

    def _find_missing(self, rig: Rig, words: tuple[str, ...]) -> dict[str, bool]:
        del words
        return find_missing(rig)


def find_missing(rig: Rig) -> dict[str, bool]:
    """Every file and transcript of the bots' truth that is not there, and whether the lake says that it is awaited."""
    tables = read_tables(rig.lake)
    recordings = {each["recording_key"]: each for each in tables["recordings"].to_pylist()}
    files = tables["files"].to_pylist()
    said = {(each["recording_key"], each["n_segments"] > 0) for each in tables["transcripts"].to_pylist()}
    hashes = {(each["recording_key"], each["sha256"]) for each in files}
    pending = {each["recording_key"] for each in files if each["status"] == "pending"}
    missing = {}
    for row in rig.box.bot_truth():
        key = f"{row['source']}:{row['native_id']}"
        is_awaited = key in pending or recordings.get(key, {}).get("transcript_status") == "pending"
        if key not in recordings:
            missing[key] = False
        if any(run["utterances"] for run in row["runs"]) and (key, True) not in said:
            missing[f"{key} transcript"] = is_awaited
        wanted = [each for each in row["files"] if each["sha256"] and each["kind"] in {"video", "audio"}]
        for each in wanted:
            if each["name"] not in _NOT_TAKEN and (key, each["sha256"]) not in hashes:
                missing[f"{key} {each['name']}"] = is_awaited
    return missing


def _check_right(rig: Rig) -> None:
    check_lake(rig)
    if rig.archive.is_dir():
        check_bots(rig, complete=False)


def _read(rig: Rig) -> Home:
    """What `convergence` compares, and the bots' entries."""
    entries = state_of(rig)["entries"]
    bots = sorted(f"{key} {json.dumps(each, sort_keys=True)}" for key, each in entries.items() if key[0] != "/")
    return {**read_home(rig), "bots' entries": bots}

"""Sixteen seeded schedules, some pairs and every one that ever failed; `gauntlet.py` plays ten thousand."""

from __future__ import annotations

import json
import os
import random
import tempfile
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from gauntlet import Report, describe, judge_all, quick_folder
from oracle import final_files
from ordeal import NIGHTLY, Court
from politeness import check_rate, check_waits
from rig import Ran
from schedules import CATALOGUE, PAIRED, Schedule, draw, expand, fill_in, pairs
from verdict import Verdict

from harvester.sandbox import LoggedRequest, parse_fault

SCHEDULES = int(os.environ.get("GAUNTLET_SCHEDULES", "16"))
FIRST = int(os.environ.get("GAUNTLET_FIRST", "0"))
SAMPLED_PAIRS = 4

# what was found once stays: (what it was, its faults, the sandbox)
FOUND = [
    (
        "a length that was lied about once was believed by the next run",
        ("file:wrong_length=-2:path={video}:always",),
        {},
    ),
    ("users without an id were passed over in silence", ("users:without=id",), {"account_listing": "4711"}),
    ("an empty JSON document was archived as a summary", ("download:json={}:always",), {}),
    (
        "files that a listing counts and does not show were never asked for",
        ("listing:without=recording_files:always",),
        {},
    ),
    (
        "a length that was lied about was believed where the detail named no size, though the listing did",
        ("file:wrong_length=-2:path={video}:always", "meeting:set=file_size=[]:always"),
        {},
    ),
    (
        "a second night ended with 3 for a file that the first had failed on, and did not say why",
        ("file:json59:path={video}:always", "meeting:status=404:skip=4"),
        {},
    ),
]
TWICE = FOUND[-1][0]  # seen in the second of two nights


@pytest.mark.slow
def test_whatever_goes_wrong_nothing_is_lost_doubled_torn_or_hidden():
    """Seeded schedules of one to five faults, sampled pairs, and the found ones: no invariant is broken."""
    found = [
        Schedule(name, faults, (NIGHTLY,) * (2 if name == TWICE else 1), settings) for name, faults, settings in FOUND
    ]
    sampled = random.Random(FIRST).sample(pairs(), SAMPLED_PAIRS)
    chosen = [*found, *sampled, *(draw(FIRST + number) for number in range(SCHEDULES))]
    report = Report()
    for verdict in judge_all(chosen, workers=2):
        report.add(verdict)
    assert report.schedules == len(chosen)
    assert sum(report.struck.values()) > len(chosen), "the faults hardly struck"
    assert not report.failed, "\n".join(map(describe, report.failed))


def test_a_seed_is_a_schedule_for_ever():
    """The same seed draws the same faults; different ones draw every place and nearly every kind."""
    assert draw(7) == draw(7)
    drawn = [fault for seed in range(1500) for fault in draw(seed).faults]
    kinds = {(each.split(":")[0], each.split(":")[1].partition("=")[0]) for each in drawn}
    offered = {(place, each.partition("=")[0].partition(":")[0]) for place, held in CATALOGUE.items() for each in held}
    assert {place for place, _ in kinds} == set(CATALOGUE)
    assert len(kinds & offered) >= 0.95 * len(offered)


def test_every_fault_of_a_schedule_can_be_armed(tiny_account):
    """What the catalogue and the short list say is understood by the sandbox, whatever is drawn for its values."""
    chance = random.Random(1)
    for place, templates in CATALOGUE.items():
        for template in templates * 4:
            assert parse_fault(fill_in(tiny_account, f"{place}:{expand(template, chance)}")).where == place
    assert len(pairs()) == len(PAIRED) ** 2 == 625
    assert len(set(PAIRED)) == 25


@pytest.fixture
def court(launcher):
    with tempfile.TemporaryDirectory(dir=quick_folder()) as folder:
        yield Court(launcher, Path(folder))


def flip(rig) -> None:
    name = next(name for name in final_files(rig) if name.endswith(".mp4"))
    path = rig.archive / name
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)


def drop(rig) -> None:
    (rig.archive / next(iter(final_files(rig)))).unlink()


def double(rig) -> None:
    path = next((rig.lake / "segments").rglob("*.parquet"))
    rows = pq.ParquetFile(path).read()
    pq.write_table(rows.take([0, *range(len(rows))]), path)


def forget(rig) -> None:
    path = next((rig.lake / "files").rglob("*.parquet"))
    rows = pq.ParquetFile(path).read()
    pq.write_table(rows.slice(1), path)


def tear(rig) -> None:
    path = next((rig.lake / "recordings").rglob("*.parquet"))
    path.write_bytes(path.read_bytes()[:-40])


def tell(rig) -> None:
    (rig.home / "note.txt").write_text(rig.box.account.client_secret)


def disown(rig) -> None:
    """As if a file had never been fetched, and nobody said so."""
    path = next(rig.archive.rglob("recording.json"))
    entry = json.loads(path.read_text())
    key = next(iter(entry["files"]))
    (path.parent / entry["files"][key]["receipt"]["name"]).unlink()
    entry["files"][key]["receipt"] = None
    path.write_text(json.dumps(entry))


TAMPERED = [
    (flip, "TORN"), (flip, "UNSAFE"), (drop, "UNSAFE"), (double, "DUPLICATED"), (forget, "WRONG"), (tear, "DUPLICATED"),
    (disown, "HONEST"),
]  # fmt: skip


@pytest.mark.parametrize(("tamper", "invariant"), TAMPERED)
def test_the_court_sees_what_is_wrong(court, tamper, invariant):
    """A bit, a row, a file, a key or a word too many or too few is a finding of the invariant it breaks."""
    with court.rig({}) as rig:
        ran = court.run(rig, NIGHTLY)
        for change in (None, tamper):
            before, verdict = final_files(rig), Verdict(Schedule("x", ()))
            if change:
                change(rig)
            court.judge(rig, verdict, ran, NIGHTLY, when="now", before=before, heard=0, seconds=1.0)
            found = {each.invariant for each in verdict.findings}
            assert found == set() if change is None else invariant in found, verdict.findings


def test_the_court_sees_a_secret_and_a_reader_sees_a_torn_file(court):
    """A credential in the home, a run that crashed or took too long, and a code without a reason are findings."""
    with court.rig({}) as rig:
        ran = court.run(rig, NIGHTLY)
        verdict = Verdict(Schedule("x", ()))
        worse = Ran(1, "", f"Traceback: {rig.box.account.client_secret}")
        court.judge(rig, verdict, worse, NIGHTLY, when="now", before={}, heard=0, seconds=10_000.0)
        assert {each.invariant for each in verdict.findings} >= {"CRASH", "LEAKED", "TIME", "HONEST"}
        assert ran.code == 0


def logged(*moments: float, kind: str = "meeting", status: int = 200, retry_after: str | None = None):
    return [LoggedRequest(moment, "GET", "/x", {}, {}, status, 0, "api", kind, None, retry_after) for moment in moments]


def test_the_court_sees_impatience():
    """Too many calls within a second, and calls before the time that a 429 named, are told apart from good ones."""
    now = time.time()
    assert check_rate(logged(*(now + each / 20 for each in range(60))), rate=20) == 20
    with pytest.raises(AssertionError, match="21 calls in one second"):
        check_rate(logged(*(now + each / 21 for each in range(60))), rate=20)
    told = logged(now, status=429, retry_after="3")
    assert check_waits([*told, *logged(now + 3.1, now + 3.2)]) == 1
    with pytest.raises(AssertionError, match="asked for quiet"):
        check_waits([*told, *logged(now + 0.5, now + 1.0)])

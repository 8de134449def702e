"""Three witnesses of one recording: whose word counts."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from pathlib import Path

import pytest

from harvester.archive import Entry
from harvester.archive.store import Stored
from harvester.ledger import RecordingRow
from harvester.model import Recording
from harvester.pipeline.witness import Case, LakeRow, Standing, compare_lake, compare_ledger, is_changed, judge_standing

AT = datetime(2026, 3, 2, tzinfo=UTC)
ROW = RecordingRow(
    recording_key="zoom:a", source="zoom", native_id="a", date="2026-03-02", started_at=AT.isoformat(),
    folder="zoom/2026/03/02/a", listing_fingerprint=None, selection=None, transcript_status="none", next_try_at=None,
    attempts=0, last_error=None, entry_sha256="now", seq=2, published_seq=2, published_date="2026-03-02",
    published_sha256="now",
)  # fmt: skip


def case(*, entry="now", ledger="now", lake="now", standing=Standing.DONE, **changes) -> Case:
    row = ledger and dataclasses.replace(ROW, entry_sha256=ledger, published_sha256=ledger, **changes)
    return Case(
        stored=Stored(Path("x"), Entry("zoom", "a", AT, {}), entry),
        recording=Recording("zoom", "a", AT),
        folder="zoom/2026/03/02/a",
        standing=standing,
        row=row,
        files={},
        lake=lake and LakeRow(lake, "none"),
    )


@pytest.mark.parametrize(
    ("entry", "ledger", "lake", "wrong"),
    [
        ("now", "now", "now", ""),
        ("odd", "now", "now", "entry"),
        ("now", "odd", "now", "ledger"),
        ("now", "now", "odd", "lake"),
        ("odd", "now", None, "entry"),
        ("now", None, "now", "ledger"),
        ("now", "now", None, "lake"),
    ],
)
def test_where_two_agree_the_third_is_wrong(entry, ledger, lake, wrong):
    """One of the three is named and no other; a witness that is missing is outvoted too."""
    this = case(entry=entry, ledger=ledger, lake=lake)
    if is_changed(this):
        found = "entry"  # which ends the judgement
    else:
        found = "".join(
            name for name, found in (("ledger", compare_ledger(this)), ("lake", compare_lake(this, "f"))) if list(found)
        )
    assert found == wrong


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"date": "x"}, "date"),
        ({"folder": "elsewhere"}, "folder"),
        ({"published_date": None}, "published_date"),
        ({"published_seq": 1}, "nothing is staged"),
        ({"transcript_status": "available"}, "transcript_status"),
        ({"started_at": "x"}, "started_at"),
    ],
)
def test_a_row_of_the_ledger_that_differs_says_in_what(changes, said):
    """Every column that the archive or the lake can say again is held against them."""
    (difference,) = compare_ledger(case(**changes))
    assert said in difference


@pytest.mark.parametrize(
    ("changes", "staged", "standing"),
    [
        ({}, False, Standing.DONE),
        ({"next_try_at": "run"}, False, Standing.OPEN),
        ({"next_try_at": "later"}, False, Standing.DONE),
        ({"published_seq": 1}, True, Standing.OWED),
        ({"published_seq": 1}, False, Standing.DONE),
    ],
)
def test_what_a_cut_off_run_left_is_told_from_what_is_at_rest(changes, staged, standing):
    """Due at the moment a run began: begun by it. Staged and not published: owed. Else it is done, and judged."""
    row = dataclasses.replace(ROW, **changes)
    assert judge_standing(row, is_staged=staged, run_starts=frozenset({"run"})) is standing


def test_work_that_is_open_is_not_judged():
    """Between entry and ledger a kill may have come: neither is wrong then."""
    this = case(entry="odd", lake=None, standing=Standing.OPEN)
    assert not is_changed(this)
    assert list(compare_ledger(this)) == []

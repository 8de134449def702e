"""What fits into a table and what does not."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum

import numpy as np
import pyarrow as pa
import pytest

from harvester.errors import Failed
from harvester.lake.rows import build_table, conform, empty_table

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def coverage(**changes):
    names = (
        "recordings_listed",
        "files_listed",
        "files_archived",
        "transcripts_available",
        "transcripts_pending",
        "gaps",
    )
    return {"source": ["zoom"], **{name: [1] for name in names}} | changes


def turns(**changes):
    return {
        "transcript_key": ["zoom:a/1"],
        "turn_index": np.array([0], np.int64),
        "recording_key": ["zoom:a"],
        "source": ["zoom"],
        "first_segment": [0],
        "last_segment": [0],
        "n_segments": [1],
        "start_ms": np.array([5], np.int32),
        "end_ms": [None],
        "start_at": [AT],
        "end_at": [None],
        "speaker_label": [None],
        "speaker_name": [None],
        "text": ["hello"],
    } | changes


class Word(StrEnum):
    ZOOM = "zoom"


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"start_at": np.array(["2026-03-02T09:00:00"], "datetime64[ms]")},
        {"start_at": [1_772_442_000_000_000]},
        {"start_at": pa.array([AT])},
        {"source": [Word.ZOOM]},
        {"start_ms": pa.chunked_array([[5]])},
    ],
)
def test_every_accepted_form_gives_the_same_rows(changes):
    """Lists, NumPy and Arrow arrays, enums and the three forms of a time all give one table."""
    assert build_table("turns", turns(**changes)).to_pylist() == build_table("turns", turns()).to_pylist()


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({"gaps": [1.5]}, "column gaps is not int32"),
        ({"gaps": ["1"]}, "column gaps is not int32"),
        ({"gaps": [2**31]}, "column gaps is not int32"),
        ({"gaps": [None]}, "column gaps has 1 nulls and may have none"),
        ({"gaps": [1, 2]}, "column gaps has 2 values, not 1"),
        ({"source": [b"\xff"]}, "column source is not string"),
        ({"source": ["\ud800"]}, "column source is not string: text is not valid Unicode"),
        ({"date": ["2026-03-02"]}, "unknown column date"),
    ],
)
def test_what_does_not_fit_is_named(changes, finding):
    """Nothing is cut, rounded or dropped in silence: the column and the reason are in the error."""
    with pytest.raises(Failed, match="do not fit the table coverage") as caught:
        build_table("coverage", coverage(**changes))
    assert finding in caught.value.message


def test_times_without_zone_are_refused():
    """A naive time could be anybody's local time, so it is no time here."""
    with pytest.raises(Failed, match=r"column start_at .* without a time zone"):
        build_table("turns", turns(start_at=[datetime(2026, 3, 2)]))  # noqa: DTZ001


def test_all_findings_at_once():
    """Whoever mends the rows sees everything that is wrong in one run."""
    broken = coverage(gaps=["x"], files_listed=[None], extra=[1])
    del broken["source"]
    with pytest.raises(Failed) as caught:
        build_table("coverage", broken)
    for part in ("unknown column extra", "missing column source", "column gaps is not", "files_listed has 1 nulls"):
        assert part in caught.value.message


def test_older_rows_conform_and_newer_are_refused():
    """A column added since reads as null; a column from the future or of another type is refused, not dropped."""
    rows = build_table("turns", turns())
    assert conform("turns", rows.drop_columns(["speaker_name"])).equals(rows)
    with pytest.raises(ValueError, match="newer version: mood"):
        conform("turns", rows.append_column("mood", pa.array(["good"])))
    with pytest.raises(ValueError, match="lacks the column text"):
        conform("turns", rows.drop_columns(["text"]))
    position = rows.column_names.index("start_ms")
    with pytest.raises(ValueError, match="start_ms is double"):
        conform("turns", rows.set_column(position, "start_ms", pa.array([1.0])))
    assert empty_table("turns").num_rows == 0

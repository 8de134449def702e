"""The lake as pandas, Polars, DuckDB and our own door see it."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from lake_samples import DAY, publish, rebuild, recording, stage

from harvester.errors import HarvesterError
from harvester.lake.query import run_query
from harvester.lake.read import read_table
from schemas.dictionary import render_sql

NEXT = DAY + timedelta(days=1)
COLUMNS = ["recording_key", "segment_index", "start_ms", "text", "speaker_name"]


@pytest.fixture
def home(tmp_path):
    rebuild(tmp_path, [recording(1), recording(2)])
    rebuild(tmp_path, [recording(3, source="recall")], source="recall")
    rebuild(tmp_path, [recording(4, day=NEXT)], day=NEXT)
    return tmp_path


def ordered(table: pa.Table) -> list[dict]:
    keys = [("recording_key", "ascending"), ("segment_index", "ascending")]
    return table.select(COLUMNS).sort_by(keys).to_pylist()


def test_everybody_reads_the_same_rows(home):
    """pandas over the folder, Polars and Arrow over a glob, DuckDB's view and read_table give the same rows."""
    folder = home / "lake" / "segments"
    ours = ordered(pa.Table.from_pandas(read_table(home / "lake", "segments"), preserve_index=False))
    assert len(ours) == 28
    assert ordered(pa.Table.from_pandas(pd.read_parquet(folder), preserve_index=False)) == ours
    polars = pl.scan_parquet(str(folder / "*" / "*.parquet"), hive_partitioning=True).collect()
    assert ordered(polars.to_arrow()) == ours
    assert ordered(pq.read_table(folder)) == ours
    assert ordered(run_query(home / "lake", "SELECT * FROM segments")) == ours


def test_date_is_a_column_for_everybody(home):
    """The partition's date, in the path only, can be selected and filtered by in each reader."""
    folder = home / "lake" / "segments"
    filtered = pd.read_parquet(folder, filters=[("date", "==", "2026-03-03")])
    assert len(filtered) == 7
    assert run_query(home / "lake", "SELECT count(*) n FROM segments WHERE date = '2026-03-03'")["n"].to_pylist() == [7]
    assert len(read_table(home / "lake", "segments", date=NEXT)) == 7
    scan = pl.scan_parquet(str(folder / "*" / "*.parquet"), hive_partitioning=True)
    assert scan.filter(pl.col("date") == NEXT).collect().height == 7


def test_point_look_up_opens_one_day(home):
    """A query for one date reads one file, not all of them."""
    plan = run_query(home / "lake", "EXPLAIN ANALYZE SELECT text FROM segments WHERE date = '2026-03-03'")
    assert "Total Files Read: 1" in plan.to_pylist()[0]["explain_value"]


def test_some_days_alone_can_be_read_by_the_views(home):
    """`days` before views.sql is read names the folders to open; a table without files there is empty, no error."""
    lake = home / "lake"
    with duckdb.connect() as connection:
        for days, expected in (("date=2026-03-03", (7, 0)), ("*", (28, 0)), ("date=1999-*", (0, 0))):
            connection.execute(f"SET VARIABLE lake = '{lake}'; SET VARIABLE days = '{days}'; {render_sql()}")
            counts = "SELECT (SELECT count(*) FROM segments), (SELECT count(*) FROM poll_answers)"
            assert connection.execute(counts).fetchone() == expected


def test_read_table_keeps_types(home):
    """Integers with gaps stay integers, times are UTC, dates are dates; an empty day has the same types."""
    frame = read_table(home / "lake", "files", columns=["date", "size_bytes", "archived_at", "part_index", "error"])
    assert [str(each) for each in frame.dtypes] == ["datetime64[ms]", "Int64", "datetime64[us, UTC]", "Int32", "string"]
    assert frame["size_bytes"].isna().sum() == 4
    empty = read_table(home / "lake", "files", date=date(2020, 1, 1), columns=list(frame.columns))
    assert empty.empty
    assert list(empty.dtypes) == list(frame.dtypes)


@pytest.mark.parametrize(("table", "columns"), [("nope", None), ("files", ["nope"])])
def test_read_table_names_what_there_is(home, table, columns):
    """A wrong name is answered with the right ones."""
    with pytest.raises(HarvesterError) as caught:
        read_table(home / "lake", table, columns=columns)
    assert "recording" in caught.value.hint


def test_file_layout(home):
    """The declared order, encodings, checksums and types are in the file, and its rows are in that order."""
    path = home / "lake" / "segments" / f"date={DAY}" / "zoom-00-of-01.parquet"
    meta = pq.read_metadata(path)
    assert [meta.schema.names[each.column_index] for each in meta.row_group(0).sorting_columns] == [
        "recording_key",
        "transcript_key",
        "segment_index",
    ]
    encodings = {
        meta.row_group(0).column(index).path_in_schema: set(meta.row_group(0).column(index).encodings)
        for index in range(meta.num_columns)
    }
    assert "DELTA_LENGTH_BYTE_ARRAY" in encodings["text"]
    assert "DELTA_BINARY_PACKED" in encodings["start_ms"]
    assert "RLE_DICTIONARY" in encodings["speaker_name"]
    assert {meta.row_group(0).column(index).compression for index in range(meta.num_columns)} == {"ZSTD"}
    rows = pq.ParquetFile(path).read()
    assert rows.schema.field("start_ms").metadata[b"unit"] == b"ms"
    assert b"pandas" not in meta.metadata
    keys = list(zip(rows["recording_key"].to_pylist(), rows["segment_index"].to_pylist(), strict=True))
    assert keys == sorted(keys)


def test_reader_sees_whole_versions_only(tmp_path):
    """While a partition is replaced again and again, every read gives one version's rows, and no other file appears."""
    stages = [stage(tmp_path, recording(1, revision=n, n_segments=size), seq=n) for n, size in ((1, 5), (2, 900))]
    publish(tmp_path, stages[:1])
    done = threading.Event()

    def replace() -> None:
        try:
            for turn in range(12):
                publish(tmp_path, [stages[turn % 2]])
        finally:
            done.set()

    writer = threading.Thread(target=replace)
    writer.start()
    seen = set()
    while not done.is_set():
        seen.add(len(pd.read_parquet(tmp_path / "lake" / "segments")))
        assert {path.suffix for path in (tmp_path / "lake").rglob("*") if path.is_file()} <= {".parquet"}
    writer.join()
    assert seen <= {5, 900}
    assert seen

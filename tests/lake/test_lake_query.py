"""SQL over the lake: what it answers, what it refuses, where it stops."""

from __future__ import annotations

import duckdb
import pytest
from lake_samples import DAY, rebuild, recording

from harvester.errors import ExitCode, Failed
from harvester.lake import query
from harvester.lake.query import QueryRefused, QueryStopped, open_lake, run_query


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    home = tmp_path_factory.mktemp("it's [a] *lake*") / "tenant=x"
    rebuild(home, [recording(1), recording(2)])
    (home / "secret.csv").write_text("secret\n1\n")
    (home / "corrections.csv").write_text("secret\n1\n")
    (home / ".harvester").mkdir(exist_ok=True)
    (home / ".harvester" / "ledger.sqlite").write_text("not for analysts")
    (home / "lake" / "link.txt").symlink_to("/etc/passwd")
    (home / "lake" / "linkdir").symlink_to("/etc")
    (home / "lake-secret").mkdir()
    (home / "lake-secret" / "secret.csv").write_text("secret\n1\n")
    return home / "lake"


DANGEROUS = """
COPY segments TO '{lake}/out.csv'
COPY (SELECT 1) TO '/tmp/out.csv'
COPY segments FROM '/etc/passwd'
EXPORT DATABASE '{lake}/out'
IMPORT DATABASE '{lake}'
ATTACH '/tmp/x.db'
ATTACH ':memory:' AS m
DETACH memory
USE memory
INSTALL httpfs
LOAD httpfs
FORCE INSTALL json
SET memory_limit = '99GB'
RESET memory_limit
SET VARIABLE lake = '/etc'
SET enable_external_access = true
PRAGMA enable_profiling
PRAGMA database_list
CALL enable_logging()
CREATE TABLE t AS SELECT 1
CREATE OR REPLACE TEMP VIEW segments AS SELECT 1
CREATE MACRO f() AS 1
CREATE SECRET s (TYPE s3)
DROP VIEW segments
ALTER TABLE segments RENAME TO x
INSERT INTO segments VALUES (1)
UPDATE segments SET text = ''
DELETE FROM segments
TRUNCATE segments
VACUUM
CHECKPOINT
BEGIN
PREPARE p AS SELECT 1
EXPLAIN ANALYZE COPY segments TO '{lake}/out.csv'
EXPLAIN (ANALYZE) CREATE TABLE t AS SELECT 1
--explain
explain analyze create table t as
 select 1
SELECT 1; DROP VIEW segments
SELECT * FROM read_csv('/etc/passwd')
SELECT * FROM '/etc/passwd'
SELECT * FROM read_text('/proc/self/environ')
SELECT * FROM read_blob('/etc/hosts')
SELECT * FROM read_csv('{lake}/../secret.csv')
SELECT * FROM read_csv('{lake}-secret/secret.csv')
SELECT * FROM read_csv('{lake}/link.txt')
SELECT * FROM read_csv('{lake}/../corrections.csv', auto_detect = false, columns = {{'a': 'VARCHAR'}})
SELECT * FROM read_csv(getvariable('lake') || '/../corrections.csv')
SET VARIABLE has_corrections = true
SELECT * FROM glob('/etc/*')
SELECT * FROM glob('{lake}/../*')
SELECT * FROM parquet_metadata('/etc/passwd')
SELECT * FROM sniff_csv('/etc/passwd')
SELECT * FROM read_csv('https://example.com/x.csv')
SELECT * FROM read_parquet('s3://bucket/x.parquet')
SELECT getenv('HOME')
SELECT * FROM enable_logging()
SELECT * FROM query('COPY segments TO ''{lake}/out.csv''')
SELECT * FROM which_secret('s3://x', 's3')
SELECT * FROM python_variable
SELECT * FROM read_text('{lake}/../.harvester/ledger.sqlite')
SELECT * FROM read_blob('{lake}/./../.harvester/*')
SELECT * FROM glob('{lake}/../.harvester/*')
SELECT * FROM sqlite_scan('{lake}/../.harvester/ledger.sqlite', 'runs')
SELECT * FROM '{lake}/../.harvester/ledger.sqlite'
SELECT * FROM read_text('{lake}/link.txt')
SELECT * FROM read_text('{lake}/linkdir/hostname')
SELECT * FROM read_text(['{lake}/x', '/etc/passwd'])
SELECT * FROM read_text('file:///etc/passwd')
SELECT * FROM read_text('FILE:/etc/passwd')
SELECT * FROM read_text('file://localhost/etc/passwd')
SELECT * FROM read_text('//etc/passwd')
SELECT * FROM read_text('/proc/self/cwd/x')
SELECT * FROM read_text('~/.bashrc')
SELECT * FROM read_json('/etc/passwd')
SELECT * FROM read_json_objects('/etc/passwd')
SELECT * FROM read_ndjson_objects('/etc/passwd')
SELECT * FROM read_csv_auto('/etc/passwd')
SELECT * FROM read_parquet(getvariable('lake') || '/../x.parquet')
SELECT * FROM parquet_schema('/etc/passwd')
SELECT * FROM parquet_file_metadata('/etc/passwd')
SELECT * FROM parquet_kv_metadata('/etc/passwd')
SELECT * FROM parquet_bloom_probe('/etc/passwd', 'a', 1)
SELECT * FROM query_table('/etc/passwd')
SELECT * FROM query('SELECT * FROM read_text(''/etc/passwd'')')
SELECT * FROM duckdb_secrets()
SELECT * FROM pragma_database_list()
SELECT nextval('x')
/* SELECT */ COPY segments TO '{lake}/o.csv'
WITH x AS (INSERT INTO segments VALUES (1) RETURNING *) SELECT * FROM x
PIVOT segments ON kind USING count(*)
\uff33ELECT 1
SELECT\u00a01; DROP VIEW segments
EXECUTE p
COMMENT ON VIEW segments IS 'x'
SUMMARIZE '/etc/passwd'
DESCRIBE '/etc/passwd'
SELECT * FROM st_read('/etc/passwd')
SELECT * FROM postgres_scan('host=127.0.0.1', 'a', 'b')
SELECT * FROM force_checkpoint()
SELECT * FROM pragma_storage_info('segments')
SELECT * FROM arrow_scan(1,2,3)
SELECT * FROM pandas_scan(1)
SELECT * FROM python_map_function(1)
LOAD '{lake}/x.duckdb_extension'
"""


HARMLESS = (
    "SELECT * FROM duckdb_settings() WHERE name LIKE '%secret%'",
    "SELECT current_setting('home_directory')",
    "SELECT write_log('x')",
    "SELECT 1 -- ; COPY segments TO 'x'",
    "SELECT * FROM checkpoint()",
    "SHOW ALL TABLES",
    "FROM (SHOW DATABASES)",
)


def _statements() -> list[str]:
    joined = DANGEROUS.strip().replace(
        "--explain\nexplain analyze create table t as\n", "--explain\0explain analyze create table t as\0"
    )
    return [line.replace("\0", "\n") for line in joined.splitlines()]


@pytest.mark.parametrize("sql", _statements())
def test_dangerous_statement_is_refused(lake, sql):
    """Nothing outside the lake can be read, nothing at all written, and no setting changed."""
    python_variable = [1]
    before = sorted(lake.parent.rglob("*"))
    with pytest.raises(QueryRefused) as caught:
        run_query(lake, sql.format(lake=str(lake).replace("'", "''")))
    assert caught.value.exit_code == ExitCode.USAGE
    assert sorted(lake.parent.rglob("*")) == before
    assert python_variable == [1]


@pytest.mark.parametrize("sql", HARMLESS)
def test_what_is_answered_changes_and_reveals_nothing(lake, sql):
    """Statements that look as if they did: about DuckDB itself, about names of tables, about nothing."""
    before = sorted(lake.parent.rglob("*"))
    told = str(run_query(lake, sql).to_pylist())
    assert "not for analysts" not in told
    assert "root:" not in told
    assert sorted(lake.parent.rglob("*")) == before


def test_text_that_is_no_utf8_is_refused(lake):
    """Bytes of another encoding on the command line are a sentence, not a fault."""
    with pytest.raises(QueryRefused, match="UTF-8"):
        run_query(lake, "SELECT '\udc80'")


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT * FROM segments", 14),
        ("FROM recordings", 2),
        ("WITH a AS (SELECT 1) SELECT * FROM a", 1),
        ("VALUES (1), (2)", 2),
        ("DESCRIBE turns", 15),
        ("SUMMARIZE recordings", 25),
        ("EXPLAIN SELECT * FROM files", 1),
        ("explain analyze select 1", 1),
        ("PIVOT segments ON kind IN ('transcript') USING count(*) GROUP BY source", 1),
        ("SELECT * FROM read_parquet('{lake}/turns/*/*.parquet')", 2),
        ("SELECT 1;", 1),
    ],
)
def test_reading_is_answered(lake, sql, rows):
    """Every form of asking works, whatever characters the lake's own path has."""
    path = str(lake).replace("[", "[[]").replace("*", "[*]").replace("'", "''")
    assert run_query(lake, sql.format(lake=path)).num_rows == rows


def test_what_people_wrote_is_read_within_the_fence(tmp_path):
    """The two files in the lake's root are read, whatever its path; one that leads out of the lake is not."""
    home = tmp_path / "it's [a] *lake*"
    rebuild(home, [recording(1)])
    rows = {"corrections": f"0,{recording(1)['transcripts']['transcript_key'][0]},0,,Ana,,yes,", "aliases": "Ana,A,,,,"}
    for name, row in rows.items():
        header = ",".join(run_query(home / "lake", f"FROM {name}").column_names)
        (home / "lake" / f"{name}.csv").write_text(f"{header}\n{row}\n")
    said = run_query(home / "lake", "SELECT speaker, text FROM transcript WHERE is_corrected").to_pylist()
    assert said == [{"speaker": "Ana", "text": "yes"}]
    assert run_query(home / "lake", "SELECT person FROM people WHERE method = 'alias'").to_pylist() == [{"person": "A"}]
    (home / "lake" / "corrections.csv").rename(home / "corrections.csv")
    (home / "lake" / "corrections.csv").symlink_to(home / "corrections.csv")
    with pytest.raises(QueryRefused, match="Permission"):
        run_query(home / "lake", "FROM corrections")


def test_views_have_exactly_the_published_columns(lake):
    """A `name=value` folder above the lake adds no column."""
    assert run_query(lake, "SELECT * FROM coverage").column_names[:3] == ["date", "source", "recordings_listed"]
    assert run_query(lake, "SELECT * FROM coverage").to_pylist()[0]["date"] == DAY


def test_transcript_and_talk_time(lake):
    """The readable view has every segment of current transcripts; talk time adds up to theirs."""
    assert run_query(lake, "SELECT * FROM transcript").num_rows == 14
    (total,) = run_query(
        lake, "SELECT sum(talk_ms)::BIGINT AS ms, sum(n_segments)::BIGINT AS n FROM talk_time"
    ).to_pylist()
    assert total == {"ms": 14 * 2_500, "n": 14}


def test_captions_only_where_there_is_no_transcript(tmp_path):
    """Where a recording has both, the views count the transcript only; older runs never."""
    both = recording(1)
    captions = {
        name: _relabel(both[name], {"kind": "captions", "transcript_key": "zoom:x/cc"})
        for name in ("transcripts", "segments")
    }
    both |= {name: query.pa.concat_tables([both[name], captions[name]]) for name in captions}
    only = recording(2)
    only |= {name: _relabel(only[name], {"kind": "captions"}) for name in ("transcripts", "segments")}
    rebuild(tmp_path, [both, only])
    rows = run_query(
        tmp_path / "lake", "SELECT recording_key, kind, count(*) AS n FROM transcript GROUP BY ALL"
    ).to_pylist()
    assert sorted((row["kind"], row["n"]) for row in rows) == [("captions", 7), ("transcript", 7)]


def _relabel(table, values):
    for name, value in values.items():
        position = table.column_names.index(name)
        table = table.set_column(position, table.schema.field(name), [[value] * table.num_rows])
    return table


def test_empty_lake_answers_with_no_rows(tmp_path):
    """Before the first harvest every view exists, with its columns and without rows."""
    assert run_query(tmp_path, "SELECT text, start_at FROM segments").num_rows == 0
    assert run_query(tmp_path, "SELECT * FROM talk_time").num_rows == 0
    with pytest.raises(Failed, match="no lake at"):
        run_query(tmp_path / "nowhere", "SELECT 1")


def test_limits_stop_a_query(lake):
    """Time and memory are bounded, and the error says which of them it was."""
    with pytest.raises(QueryStopped, match=r"0\.3 s"):
        run_query(
            lake,
            "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range % 7 = b.range % 5",
            timeout_s=0.3,
        )
    connection = open_lake(lake, memory_limit="100MB")
    with connection, pytest.raises(duckdb.OutOfMemoryException):
        connection.execute("SELECT list(range) FROM range(50000000)").fetchall()


def test_vanished_file_is_asked_again(lake, monkeypatch):
    """A file replaced in mid-query costs a repetition; when it never comes back, the error says what to do."""
    real, calls = query.execute_statement, []

    def vanish(times):
        def execute(connection, sql, parameters, timeout_s):
            calls.append(sql)
            if len(calls) <= times:
                raise duckdb.IOException("IO Error: Cannot open file")
            return real(connection, sql, parameters, timeout_s)

        calls.clear()
        monkeypatch.setattr(query, "execute_statement", execute)

    vanish(2)
    assert run_query(lake, "SELECT 1 AS a").num_rows == 1
    vanish(3)
    with pytest.raises(Failed, match="cannot be read"):
        run_query(lake, "SELECT 1 AS a")


def test_equal_names_are_told_apart(lake):
    """Two columns of one name keep both their values."""
    assert run_query(lake, "SELECT 1 AS a, 2 AS a, 3 AS a_2, 4 AS a").column_names == ["a", "a_3", "a_2", "a_4"]


@pytest.mark.parametrize("sql", ["", "  ; ", "-- nothing", "SELEC 1", "SELECT * FROM nope", "SELECT nope FROM files"])
def test_wrong_sql_is_a_usage_error(lake, sql):
    """What DuckDB says of wrong SQL reaches the person who wrote it, as a usage error."""
    with pytest.raises(QueryRefused):
        run_query(lake, sql)


def test_parameters_are_values_and_nothing_else(lake):
    """A bound value is compared, never read as SQL; a missing one and one too many are refused."""
    hostile = "' OR 1=1; DROP VIEW segments; --"
    rows = run_query(lake, "SELECT $a AS a, count(*) AS n FROM segments WHERE text = $a", parameters={"a": hostile})
    assert rows.to_pylist() == [{"a": hostile, "n": 0}]
    for parameters in ({}, None, {"a": "x", "b": "y"}):
        with pytest.raises(QueryRefused, match=r"(?i)parameter"):
            run_query(lake, "SELECT $a AS a", parameters=parameters)


def test_nothing_is_drawn_into_the_answer(lake, capfd):
    """A query of more than two seconds draws no progress bar on stdout, where its answer goes."""
    with pytest.raises(QueryStopped):
        run_query(
            lake, "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range != b.range", timeout_s=2.6
        )
    assert capfd.readouterr() == ("", "")

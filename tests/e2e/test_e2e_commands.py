from __future__ import annotations

import csv
import io
import json
import re
from datetime import timedelta
from urllib.parse import quote

import pyarrow.parquet as pq
import pytest
from oracle import ask, check_archive, check_lake, read_rows
from rig import ROOT, assert_sentence, kinds

from harvester.errors import EXIT_CODES
from jobs.cli import COMMANDS
from schemas.lake import TABLES


def test_status_and_runs_report_the_home(demo):
    """`status` counts the files and says what is awaited and why; `runs` shows each run with its exit code."""
    facts = demo.call("status", "--json").json
    assert sum(each["files"] for each in facts["files"] if each["status"] == "archived") == len(demo.box.truth())
    assert all(each["reason"] and each["next_try_at"] for each in facts["owed"])
    assert facts["failed"] == []
    runs = demo.call("runs", "--json").json["runs"]
    assert [(each["command"], each["exit_code"]) for each in runs] == [("nightly", 0)]
    for words in (["status"], ["runs"]):
        ran = demo.call(*words)
        assert (ran.code, ran.err) == (0, "")
        assert len(ran.out.splitlines()) > 2


def test_query_gives_the_same_rows_in_every_format(demo):
    """CSV, JSON, Parquet and the table hold the same rows; what is not SELECT is refused with exit code 2."""
    sql = "SELECT kind, count(*) AS files FROM files GROUP BY ALL ORDER BY kind"
    expected = [(kind, files) for kind, files in ask(demo.lake, sql)]
    read = csv.DictReader(io.StringIO(demo.call("query", sql).out))
    assert [(row["kind"], int(row["files"])) for row in read] == expected
    rows = json.loads(demo.call("query", "--json", sql).out)
    assert [(row["kind"], row["files"]) for row in rows] == expected
    assert demo.call("query", "--format", "parquet", "-o", "out.parquet", sql).code == 0
    table = pq.read_table(demo.cwd / "out.parquet").to_pylist()
    assert [(row["kind"], row["files"]) for row in table] == expected
    shown = demo.call("query", "--format", "table", sql).out
    assert all(kind in shown for kind, _ in expected)


@pytest.mark.parametrize(
    ("sql", "word"),
    [
        ("SELEC 1", "syntax"),
        ("SELECT * FROM nowhere", "nowhere"),
        ("SELECT nothing FROM files", "nothing"),
        ("DROP TABLE files", "read only"),
        ("COPY (SELECT 1) TO 'x.csv'", "read only"),
        ("SELECT 1; SELECT 2", "one statement"),
        ("SELECT * FROM read_text('/etc/hostname')", "hostname"),
        ("ATTACH 'x.db'", "read only"),
        ("", "no SQL"),
        ("SELECT '\udcff'", "UTF-8"),  # how Python hands over a byte that is no UTF-8
    ],
)
def test_wrong_or_forbidden_sql_is_a_usage_error(demo, sql, word):
    """Exit code 2 with DuckDB's or our sentence, no traceback, nothing written."""
    before = sorted(demo.cwd.iterdir())
    ran = demo.call("query", sql)
    assert ran.code == 2, ran.said
    assert_sentence(ran, word)
    assert sorted(demo.cwd.iterdir()) == before


def test_schema_describes_what_the_lake_holds(demo):
    """The dictionary names every table and column that the Parquet files have."""
    told = demo.call("schema", "--json").out
    assert json.loads(told)
    for name, table in TABLES.items():
        assert f'"{name}"' in told
        assert all(f'"{column.name}"' in told for column in table.columns)
    assert "CREATE" in demo.call("schema", "--sql").out
    assert (demo.lake / "views.sql").read_text(encoding="utf-8") == demo.call("schema", "--sql").out
    assert (demo.lake / "README.md").is_file()


def test_one_meeting_by_number_means_all_its_instances(make_rig, demo):
    """A numeric id fetches every instance of the recurring meeting, and no other meeting."""
    rig = make_rig(demo.box.account)
    number = next(each.id for each in rig.box.account.meetings if each.uuid.startswith("/"))
    same = {each.uuid for each in rig.box.account.meetings if each.id == number}
    assert len(same) == 3
    ran = rig.call("meeting", str(number), "--json")
    assert ran.code == 0, ran.said
    check_archive(rig, wanted=lambda row: row["meeting_uuid"] in same)
    check_lake(rig)


@pytest.mark.parametrize("written", [lambda uuid: uuid, lambda uuid: quote(quote(uuid, safe=""), safe="")])
def test_one_meeting_by_a_uuid_with_slashes(make_rig, demo, written):
    """A UUID that starts with a slash works as Zoom shows it and as it stands in an encoded URL; twice is once."""
    rig = make_rig(demo.box.account)
    uuid = next(each.uuid for each in rig.box.account.meetings if each.uuid.startswith("/"))
    ran = rig.call("meeting", "--json", "--", written(uuid))
    assert ran.code == 0, ran.said
    check_archive(rig, wanted=lambda row: row["meeting_uuid"] == uuid)
    again, sent = rig.during(lambda: rig.call("meeting", "--json", "--", uuid))
    assert (again.code, again.json["files_archived"]) == (0, 0)
    assert not {"download", "file"} & set(kinds(sent))


def test_backfill_takes_its_range_and_nothing_else(tiny):
    """Both ends are included, the rest stays away; a wider range over several windows brings the rest."""
    days = sorted({each.start_at.date() for each in tiny.box.account.meetings})
    assert len(days) >= 2
    ran = tiny.call("backfill", "--from", str(days[0]), "--to", str(days[0]), "--json")
    assert ran.code == 0, ran.said
    first = {each.uuid for each in tiny.box.account.meetings if each.start_at.date() == days[0]}
    check_archive(tiny, wanted=lambda row: row["meeting_uuid"] in first)
    ran, sent = tiny.during(lambda: tiny.call("backfill", "--from", str(days[0] - timedelta(days=70)), "--json"))
    assert ran.code == 0, ran.said
    assert kinds(sent)["listing"] == 3
    check_archive(tiny)
    check_lake(tiny)


def test_order_of_arrival_does_not_show_in_the_lake(make_rig, tiny, tiny_account):
    """Harvested meeting by meeting, or in one night: the same rows."""
    for meeting in reversed(tiny_account.meetings):
        assert tiny.call("meeting", "--", meeting.uuid).code == 0
    night = make_rig(tiny_account)
    assert night.call("nightly", "--since", "30d").code == 0
    whole, pieces = read_rows(night.lake), read_rows(tiny.lake)
    assert {name: len(rows) for name, rows in whole.items()} == {name: len(rows) for name, rows in pieces.items()}
    assert whole["segments"] == pieces["segments"]
    assert whole["turns"] == pieces["turns"]


def test_help_names_every_exit_code(demo):
    """The group's help lists all exit codes; each command's help has an example."""
    shown = demo.call("--help").out
    assert all(f"{int(code)}  {meaning[:30]}" in shown for code, meaning in EXIT_CODES.items())
    for name in COMMANDS:
        assert "Example:" in demo.call(name, "--help").out


def test_every_command_that_a_sentence_recommends_exists():
    """A remedy that names a command names one of this version."""
    named = {
        (name, path.name)
        for package in ("harvester", "jobs", "schemas")
        for path in (ROOT / package).rglob("*.py")
        for name in re.findall(r"`harvester ([a-z]+)", path.read_text(encoding="utf-8"))
    }
    assert len(named) > 5
    assert {(name, where) for name, where in named if name not in COMMANDS} == set()

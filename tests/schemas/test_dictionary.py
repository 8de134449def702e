"""The published schema, its dictionary and its views are one thing."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from schemas.cookbook import COOKBOOK
from schemas.dictionary import render_json, render_readme, render_sql, render_text
from schemas.lake import TABLES
from schemas.view import DUCKDB_TYPES
from schemas.views import ALL_VIEWS, VIEWS

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"


@pytest.mark.parametrize(("name", "render"), [("data-dictionary.json", render_json), ("views.sql", render_sql)])
def test_committed_file_is_in_step(name, render):
    """What is committed is what the table definitions give (`make docs-write` brings it in step)."""
    assert (SCHEMAS / name).read_text(encoding="utf-8") == render()


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_table_keeps_the_house_rules(table):
    """Units are in the names, keys are never null, every table says its source and every column what it means."""
    names = [column.name for column in table.columns]
    assert len(set(names)) == len(names)
    assert "source" in names
    assert "date" not in names, "the partition's name would hide the column"
    assert set(table.sort_key) >= set(table.key)
    for column in table.columns:
        assert column.description
        assert not (column.key and column.nullable)
        suffix = column.name.rpartition("_")[2]
        expected = {"ms": pa.int64(), "bytes": pa.int64(), "at": pa.timestamp("us", "UTC"), "index": pa.int32()}
        assert column.type == expected.get(suffix, column.type), column.name


def test_arrow_schema_carries_the_dictionary():
    """Description, unit and schema version travel with the Arrow schema."""
    schema = TABLES["segments"].schema
    assert schema.metadata == {b"harvester.schema_version": b"1"}
    assert schema.field("start_ms").metadata[b"unit"] == b"ms"
    assert all(b"description" in field.metadata for field in schema)


def test_json_and_text_name_every_column():
    """Both forms of the dictionary know each column of each table."""
    document = json.loads(render_json())
    text = render_text()
    for table in document["tables"]:
        assert [column["name"] for column in table["columns"]] == [c.name for c in TABLES[table["name"]].columns]
        assert all(f"  {column['name']} " in text for column in table["columns"])
    for view in document["views"]:
        assert f"view {view['name']}: {view['description']}. Example: `{view['example']}`" in text
        assert all(f"  {column['name']} " in text for column in view["columns"])


def test_views_run_twice_on_an_empty_folder(tmp_path):
    """The committed text works in a plain DuckDB, before the first harvest, and again in the same session."""
    with duckdb.connect() as connection:
        connection.execute(f"SET VARIABLE lake = '{tmp_path}'")
        for _ in range(2):
            connection.execute(render_sql())
        for table in TABLES.values():
            described = connection.execute(f"DESCRIBE {table.name}").fetchall()
            assert [row[0] for row in described] == ["date", *(column.name for column in table.columns)]
        assert connection.execute("SELECT count(*) FROM transcript").fetchone() == (0,)


@pytest.fixture(scope="module")
def nothing(tmp_path_factory):
    """The views over an empty folder."""
    with duckdb.connect() as connection:
        connection.execute(f"SET VARIABLE lake = '{tmp_path_factory.mktemp('lake')}'")
        connection.execute(render_sql())
        yield connection


@pytest.mark.parametrize("view", ALL_VIEWS, ids=VIEWS)
def test_a_view_gives_the_columns_it_says(nothing, view):
    """Names, order and types are those of the dictionary, its example runs, and every column says what it means."""
    described = nothing.execute(f"DESCRIBE {view.name}").fetchall()
    types = {"TIMESTAMP WITH TIME ZONE": "TIMESTAMPTZ"}
    assert [(name, types.get(type_, type_)) for name, type_, *_ in described] == [
        (column.name, DUCKDB_TYPES[column.type]) for column in view.columns
    ]
    assert all(column.description for column in view.columns)
    assert nothing.execute(view.example).fetchall() == []


@pytest.mark.parametrize("question", COOKBOOK)
def test_a_question_is_one_short_query(nothing, question):
    """Each question of the cookbook is answered by one SELECT over views and tables, of a few lines."""
    (statement,) = nothing.extract_statements(COOKBOOK[question])
    assert statement.type.name == "SELECT"
    assert len(statement.query) < 300
    nothing.execute(statement)


def test_readme_names_tables_and_views():
    """The README in the lake folder lists what can be read there."""
    readme = render_readme()
    assert all(f"`{name}`" in readme for name in [*TABLES, *VIEWS])
    assert all(f"{question} `{sql}`" in readme for question, sql in COOKBOOK.items())

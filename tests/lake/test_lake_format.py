"""Results as people and programs get them."""

from __future__ import annotations

import csv
import io
import json
import math
import unicodedata
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.lake.cells import make_safe, strip_guard
from harvester.lake.format import format_csv, format_json, format_parquet, format_table

NASTY = [
    "\x1b]0;x\x07",
    "\x1b[2J",
    "\x9b31m",
    "a\rb\nc",
    "\u202eabc",
    "\x1b]8;;http://x\x1b\\",
    "\u2066x",
    "\x7f",
    "\u2028",
    "\ufeff",
]


@pytest.mark.parametrize("text", NASTY)
def test_terminal_gets_nothing_it_would_obey(text):
    """Neither cells nor column names can move the cursor, set titles, turn text around or break a line."""
    for out in (format_table(pa.table({text: [text, "x"]})), format_json(pa.table({text: [text]}))):
        body = out.replace("\n", "")
        assert not any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 for c in body)
        assert not set(body) & set(
            "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u2028\u2029\ufeff"
        )
    assert format_table(pa.table({text: [text, "x"]})).count("\n") == 4


@given(st.text())
def test_safe_text_has_no_controls(text):
    """Whatever the text, the safe form is printable; harmless text is left as it is."""
    safe = make_safe(text)
    assert not {unicodedata.category(c) for c in safe if c not in "\u200c\u200d"} & {"Cc", "Cf", "Zl", "Zp", "Co"}
    assert not set(safe) & set("\n\r\t\x1b\x9b")
    assert make_safe("Ana Müller 王小明 👩‍💻") == "Ana Müller 王小明 👩‍💻"


def test_table_is_aligned_for_wide_characters():
    """Chinese takes two columns, numbers stand right, long cells are cut, null is empty."""
    table = pa.table({"name": ["王小明", "Bo", None], "n": [1, -22, None], "text": ["x" * 99, "e\u0301", ""]})
    assert format_table(table, max_width=8).splitlines() == [
        "name      n  text",
        "------  ---  --------",
        "王小明    1  xxxxxxx…",
        "Bo      -22  e\u0301",
        "",
    ]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\nx", "\0x", "\uff1d1", "\uff0b1", "\uff0d1", "\uff201"]
)
def test_csv_text_is_never_a_formula(text):
    """Text that a spreadsheet would calculate gets an apostrophe and survives a CSV reader."""
    rows = list(csv.reader(io.StringIO(format_csv(pa.table({text: [text]})), newline="")))
    assert rows == [["'" + text], ["'" + text]]


def test_csv_keeps_numbers_and_quotes():
    """Negative numbers stay numbers; commas, quotes and line ends are quoted; null is empty."""
    table = pa.table({"n": [-1, None], "f": [-1.5, math.nan], "t": ['a,"b"\n', "plain"], "b": [True, None]})
    assert format_csv(table) == 'n,f,t,b\n-1,-1.5,"a,""b""\n",true\n,nan,plain,\n'


@given(st.lists(st.lists(st.text("a,\"\r\n '\0"), min_size=2, max_size=2), min_size=1))
def test_csv_reads_back(rows):
    """Whatever the text, a CSV reader finds the same rows and cells, when the guards are taken away."""
    table = pa.table({"a": [row[0] for row in rows], "b": [row[1] for row in rows]})
    read = list(csv.reader(io.StringIO(format_csv(table), newline="")))[1:]
    assert [[strip_guard(cell) for cell in row] for row in read] == rows
    assert format_csv(pa.table({"a": [None]})) == 'a\n""\n'


def test_json_says_every_type():
    """Times are ISO in UTC, whole decimals integers, NaN null, nested values nested; the result is valid JSON."""
    at = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    table = pa.table(
        {
            "at": pa.array([at], pa.timestamp("us", "UTC")),
            "day": [date(2026, 3, 2)],
            "sum": [Decimal(14)],
            "half": [Decimal("1.5")],
            "nan": [math.nan],
            "long": [timedelta(seconds=90)],
            "list": [[1, None]],
            "row": [{"a": "é"}],
            "raw": [b"\x01"],
            "none": [None],
        }
    )
    assert json.loads(format_json(table)) == [
        {
            "at": "2026-03-02T09:30:00Z",
            "day": "2026-03-02",
            "sum": 14,
            "half": 1.5,
            "nan": None,
            "long": 90.0,
            "list": [1, None],
            "row": {"a": "é"},
            "raw": "01",
            "none": None,
        }
    ]
    assert json.loads(format_json(table.slice(0, 0))) == []


def test_parquet_keeps_the_types():
    """The Parquet form reads back equal."""
    table = pa.table({"a": [1, None], "at": pa.array([1, 2], pa.timestamp("us", "UTC"))})
    assert pq.read_table(io.BytesIO(format_parquet(table))).equals(table)

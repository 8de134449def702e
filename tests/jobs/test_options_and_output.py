"""Spans, dates, sizes and summaries as people write and read them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click
import pytest
from rich.console import Console

from harvester.errors import Failed
from harvester.model import Gap, Window
from harvester.pipeline.summary import Summary
from jobs.options import Day, Span
from jobs.output import human_bytes, show_summary
from jobs.tables import show_table

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "days"), [("3d", 3), ("2w", 14), (" 1D ", 1), ("0d", 0), ("365d", 365), (timedelta(days=5), 5)]
)
def test_spans(text, days):
    """Days and weeks, in either case, with blanks around."""
    assert Span().convert(text, None, None) == timedelta(days=days)


@pytest.mark.parametrize("text", ["", "d", "3", "3h", "-3d", "1.5d", "3 d", "3d2w", "123456d", None])
def test_what_is_no_span(text):
    """Everything else is a usage error that shows what a span looks like."""
    with pytest.raises(click.BadParameter, match="such as 3d or 2w"):
        Span().convert(text, None, None)


@pytest.mark.parametrize("text", ["2026-03-02", " 2026-03-02 ", date(2026, 3, 2)])
def test_days(text):
    """A UTC date as ISO writes it."""
    assert Day().convert(text, None, None) == date(2026, 3, 2)


@pytest.mark.parametrize("text", ["", "2026-02-30", "02.03.2026", "2026-03-02T09:00", "20260302", "yesterday", "0-1-1"])
def test_what_is_no_day(text):
    """A date that cannot be, or is written otherwise, is a usage error with an example."""
    with pytest.raises(click.BadParameter, match="2026-11-23"):
        Day().convert(text, None, None)


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, "0 B"),
        (1, "1 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (1536, "1.5 KiB"),
        (2**20, "1.0 MiB"),
        (5 * 2**30, "5.0 GiB"),
        (2**40, "1.0 TiB"),
        (5000 * 2**40, "5000.0 TiB"),
    ],
)
def test_human_bytes(count, expected):
    """Sizes as people read them, in powers of two."""
    assert human_bytes(count) == expected


@pytest.mark.parametrize("count", [2**20 - 1, 2**30 - 1, 2**40 - 1])
def test_human_bytes_never_say_1024(count):
    """Rounding does not lead to a number that the next unit would say."""
    assert not human_bytes(count).startswith("1024")


def summary(**changes):
    made = Summary("r1", AT, finished_at=AT)
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def test_a_summary_for_people(capsys):
    """Counts on stdout; gaps, errors and the meaning of the code on stderr, each on its line."""
    made = summary(exit_code=3, bytes_downloaded=1536, files_archived=2)
    made.add_gap(Gap(Window(AT.date(), AT.date()), "a user\nis missing", "u1"))
    made.add_error(Failed("it said \x1b[2J", hint="look"), recording_key="zoom:a", file="f1")
    show_summary(made, as_json=False, home=Path("home"))
    out, err = capsys.readouterr()
    assert "2 files archived now (1.5 KiB)" in out
    assert err.splitlines() == [
        "gap: 2026-03-02..2026-03-02 (u1): a user\\nis missing",
        "error: zoom:a f1: it said \\x1b[2J; look",
        "exit code 3: finished, but some items failed or a gap was found",
    ]


def test_a_summary_of_many_errors_stays_short(capsys):
    """Ten of a kind are shown, the rest is counted, with the command that shows them all."""
    made = summary()
    for number in range(25):
        made.add_error(Failed(f"number {number}"))
    show_summary(made, as_json=False, home=Path("home"))
    err = capsys.readouterr().err.splitlines()
    assert len(err) == 11
    assert err[-1] == "... and 15 more; `harvester runs --json` has them all"


@pytest.mark.parametrize("text", ["\u738b\u5c0f\u660e", 'a "quote"', "line\nbreak", "\u2028"])
def test_a_summary_for_programs(capsys, text):
    """One object, one line, nothing on stderr, whatever an error said."""
    made = summary()
    made.add_error(Failed(text))
    show_summary(made, as_json=True, home=Path("home"))
    out, err = capsys.readouterr()
    assert err == ""
    assert out.count("\n") == 1
    assert json.loads(out)["errors"][0]["message"] == text


def test_a_table_escapes_and_never_marks_up(capsys):
    """Cells are plain text: controls are escaped, brackets stay, None is empty, and no rows are no table."""
    console = Console(width=200)
    show_table(console, "Runs", ("a", "b"), [("\x1b[31mred\u202e", None), ("[red]x[/red]", 5)])
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert r"\x1b[31mred" in out
    assert "[red]x[/red]" in out
    show_table(console, "Runs", ("a", "b"), [])
    assert capsys.readouterr().out == ""

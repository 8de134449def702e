from __future__ import annotations

import contextlib
import csv
import io
import json
from dataclasses import replace

import click
import pytest
from export_samples import START, meeting, message, part, said
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from harvester.lake.cells import make_safe
from harvester.lake.export.data import render_csv, render_json
from harvester.lake.export.minutes import render_minutes
from jobs.output import show_text

HOSTILE = '=HYPERLINK("x")\n# <script>*a* [b](c) & &lt; `d`\x1b[2J\u202e'
MINUTES = """\
# Plan

- Date: 2026-03-02 09:00:00 to 09:30:00 UTC
- Host: ana@example.com
- Participants: Ana Lima, Bo Chen
- Recording: zoom:a== (zoom)

## Transcript

Times count from 09:00:00 UTC.

00:00:00 **Ana Lima:** so we ship

> 00:00:05 **Bo Chen, chat:** on friday?

00:00:10 **(nobody named):** right

> 00:00:12 **Ana Lima to Bo Chen, chat:** (on on fri...) yes

> 00:01:00 **Bo Chen, chat:** gave 👍 for so we ship

## Chat

> **Bo Chen, chat:** whenever
"""


def test_minutes_have_everything_in_its_place():
    """Turns with time and speaker, messages where they were sent, those of no known time at the end."""
    chat = (
        message("whenever", None),
        message("", 60, kind="reaction", reaction="👍", reply_to="so we ship"),
        message("on friday?", 5),
        message("yes", 12, kind="reply", reply_to="on fri...", sender="Ana Lima", recipient="Bo Chen"),
    )
    spoken = part(
        said(0, "so", end=900), said(1, "we ship", start=1000, end=2000), said(2, "right", None, 10_000, 11_000)
    )
    assert render_minutes(meeting(spoken, chat=chat)) == MINUTES


def test_nothing_that_was_said_becomes_markup():
    """Names, topics, speech and chat stay text, each on its line, and hold nothing that a terminal obeys."""
    text = render_minutes(
        meeting(part(said(0, HOSTILE, HOSTILE)), chat=(message(HOSTILE, 1, sender=HOSTILE),), topic=HOSTILE)
    )
    safe = r'=HYPERLINK("x") # \<script>\*a\* \[b\](c) & \&lt; \`d\`\\x1b\[2J\\u202e'
    assert text.count(safe) == 5
    assert text.startswith(f"# {safe}\n")
    assert f"00:00:00 **{safe}:** {safe}\n" in text
    assert "\x1b" not in text
    assert "C \\##\n" in render_minutes(meeting(topic="C ##"))


@given(*[st.text(st.one_of(st.sampled_from("*_`[]()<>!&;#~|\\-+=1. \n:/@$"), st.characters(codec="utf-8")))] * 2)
def test_a_markdown_reader_finds_text_alone(who, said_text):
    """Whatever is said by whoever: a Markdown reader shows the same letters, only the name is bold."""
    spoken = part(said(0, said_text, f"{who}."))
    paragraph = render_minutes(meeting(spoken)).split("\n\n")[-1]
    opened, inline, closed = MarkdownIt("commonmark").enable(["strikethrough", "table"]).parse(paragraph)
    assert (opened.type, closed.type) == ("paragraph_open", "paragraph_close")
    assert {each.type for each in inline.children} <= {"text", "text_special", "strong_open", "strong_close"}
    shown = "".join(each.content for each in inline.children)
    assert shown == f"00:00:00 {one_line(f'{who}.'.strip())}: {one_line(said_text)}".rstrip()


def one_line(text):
    return make_safe(" ".join(text.split()))


def test_parts_of_a_paused_recording_stay_apart():
    """Each has its heading, its own times and where these begin; a message goes to the part that was running."""
    later = START.replace(minute=20)
    second = part(replace(said(0, "back", start=1_000), start_at=later.replace(second=1)), t0=later, key="zoom:a==/2")
    text = render_minutes(meeting(part(said(0, "so")), second, chat=(message("still there?", 1_200.5),)))
    first, _, rest = text.partition("## Transcript, part 2 of 2\n")
    assert "## Transcript, part 1 of 2\n\nTimes count from 09:00:00 UTC.\n" in first
    assert rest.split("\n\n")[1:] == [
        "> 00:00:00 **Bo Chen, chat:** still there?",
        "00:00:01 **Ana Lima:** back\n",
    ]
    assert "Times count from 09:20:00 UTC." in rest


def test_json_is_what_the_readme_describes():
    """Turns with times on both scales, the chat, and what is known of the recording; ASCII, and stable in its shape."""
    spoken = part(
        said(0, "so", end=900),
        replace(said(1, "we\x7f ship", start=1000, end=2000), is_corrected=True),
        replace(said(2, "日", None, None, None), start_at=None),
    )
    text = render_json(meeting(spoken, chat=(message("hi", 5),)))
    assert text.isascii()
    assert "\x7f" not in text
    document = json.loads(text)
    assert list(document) == ["format", "recording", "participants", "parts", "chat"]
    assert document["format"] == "harvester.meeting.1"
    assert document["recording"]["started_at"] == "2026-03-02T09:00:00Z"
    assert document["parts"][0]["turns"] == [
        {
            "speaker": "Ana Lima",
            "start_ms": 0,
            "end_ms": 2000,
            "start_at": "2026-03-02T09:00:00Z",
            "end_at": "2026-03-02T09:00:02Z",
            "first_segment": 0,
            "last_segment": 1,
            "n_segments": 2,
            "is_corrected": True,
            "text": "so we\x7f ship",
        },
        {
            "speaker": None,
            "start_ms": None,
            "end_ms": None,
            "start_at": None,
            "end_at": None,
            "first_segment": 2,
            "last_segment": 2,
            "n_segments": 1,
            "is_corrected": False,
            "text": "日",
        },
    ]
    assert document["chat"][0]["sent_at"] == "2026-03-02T09:00:05Z"


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\uff1d1", "'=1"])
def test_csv_calculates_nothing(start):
    """Speech, names and topics that a spreadsheet would take for formulas are text there; numbers stay numbers."""
    text = render_csv(meeting(part(said(3, start, start, -5)), topic=start))
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert (
        row["topic"] == row["speaker"] == row["text"] == f"'{start}"
        if start.strip() == start
        else row["text"][0] == "'"
    )
    assert (row["segment_index"], row["start_ms"], row["part"], row["date"]) == ("3", "-5", "1", "2026-03-02")


def test_a_meeting_without_speech_is_still_a_document():
    """No part and no message: the headers alone, in every format."""
    assert render_minutes(meeting()).endswith("- Recording: zoom:a== (zoom)\n")
    assert json.loads(render_json(meeting()))["parts"] == []
    assert render_csv(meeting()).splitlines()[0].startswith("date,topic,part,")
    assert render_csv(meeting()).count("\n") == 1


@pytest.mark.parametrize(
    ("text", "is_shown"), [("plain\nnaïve 王\n", True), ("red \x1b[31m\n", False), ("\u202eevil", False)]
)
def test_a_terminal_gets_nothing_that_it_would_obey(monkeypatch, capsys, text, is_shown):
    """A document with such characters is refused there; into a pipe it goes as it is."""
    show_text(text.encode())
    assert capsys.readouterr().out == text
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    with contextlib.nullcontext() if is_shown else pytest.raises(click.UsageError):
        show_text(text.encode())
    assert capsys.readouterr().out == (text if is_shown else "")

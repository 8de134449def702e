"""Summaries and polls: forms that nobody documents, taken for what they look like and never lost."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from harvester.errors import Damaged
from harvester.sidecars import read_polls, read_summary

ITEM = {
    "label": "Tides",
    "start_time": "00:00:01.500",
    "end_time": "00:05:00.000",
    "summary": "High.",
    "short_summary": "",
}


def said(pieces):
    return [(each.kind, each.title, each.text) for each in pieces]


def test_the_known_form_of_a_summary(real):
    """The whole first, then its sections with their times, each with what it stands for in the file."""
    known = json.loads(real("zoom/file-samples.json"))["summary_file"]["json"]
    assert [(each.kind, each.start_ms, each.end_ms) for each in read_summary(json.dumps(known).encode())] == [
        ("summary", None, None),
        ("section", 0, 300_000),
    ]


@pytest.mark.parametrize(
    ("document", "recording_type", "pieces"),
    [
        ({"overall_summary": "So.", "items": [ITEM]}, None, [("summary", None, "So."), ("section", "Tides", "High.")]),
        ({"items": [ITEM]}, "summary_smart_chapters", [("chapter", "Tides", "High.")]),
        ({"overall_summary": "Do it."}, "summary_next_steps", [("next_step", None, "Do it.")]),
        ({"next_steps": ["Ada: ask.", ""]}, "summary_next_steps", [("next_step", None, "Ada: ask.")]),
        (["Ada: ask."], "summary_next_steps", [("next_step", None, "Ada: ask.")]),
        ({"overall_summary": "", "items": []}, "summary", []),
        ({"overall_summary": "All.", "mood": {"x": 1}}, None, [("summary", None, "All."), ("other", None, None)]),
        ({"items": [{"x": 1}, 5]}, None, [("other", None, None), ("other", None, None)]),
        (17, None, [("other", None, None)]),
        ({}, None, []),
    ],
)  # fmt: skip
def test_every_form_becomes_pieces(document, recording_type, pieces):
    """What the file is for decides its kind; what is not understood is `other`, and nothing said is lost."""
    found = read_summary(json.dumps(document).encode(), recording_type=recording_type)
    assert said(found) == pieces
    assert all(json.loads(each.raw) is not None for each in found)


def test_a_summary_that_is_no_json_is_kept():
    """Text of any kind is one piece with all of it; nothing at all is none."""
    (piece,) = read_summary(b"# Next steps\n- Ada: ask")
    assert (piece.kind, json.loads(piece.raw)) == ("other", "# Next steps\n- Ada: ask")
    assert read_summary(b" \r\n") == []


PAIRS_BEHIND = (
    "Poll Report\nGenerated:,today\n\n#,User Name,User Email,Submitted Date/Time\n"
    '1,Ada,a@example.com,"Mar 1, 2026 10:00",Tea?,Yes,When?,Now\n2,Bo,,,Tea?,No\n'
)


def answers(text, **options):
    data = text if isinstance(text, bytes) else text.encode()
    return [(each.respondent, each.question, each.answer) for each in read_polls(data, **options)]


@pytest.mark.parametrize(
    "text",
    [
        "Name,Question,Answer\nAda,Tea?,Yes\nAda,When?,Now\nBo,Tea?,No\n",
        "#;User Name;Question 1;Answer 1;Question 2;Answer 2\r\n1;Ada;Tea?;Yes;When?;Now\r\n2;Bo;Tea?;No;;\r\n",
        PAIRS_BEHIND,
        "User Name,Tea?,When?\nAda,Yes,Now\nBo,No,\n",
        "User Name\tTea?\tWhen?\nAda\tYes\tNow\nBo\tNo\t\n".encode("utf-16"),
        "\ufeffUSER NAME,Email Address,Tea?,When?\nAda,a@example.com,Yes,Now\nBo,,No,\n",
    ],
    ids=["one a row", "numbered", "pairs behind", "columns", "UTF-16", "byte order mark"],
)
def test_polls_give_a_row_for_each_answer(text):
    """Whatever the arrangement of the columns, who answered what is the same."""
    expected = [("Ada", "Tea?", "Yes"), ("Ada", "When?", "Now"), ("Bo", "Tea?", "No")]
    assert answers(text) == expected


def test_the_row_is_kept_with_its_first_answer():
    """Unknown columns, unnamed ones and those of one name are in it, and a second header begins another table."""
    text = "Poll Name,Tides\nName,Question,Answer,Room,Room\nAda,Tea?,Yes,7,8,more\nName,Question,Answer\nBo,Tea?,No\n"
    first, extra, second = read_polls(text.encode())
    assert first.row == {
        "Name": "Ada", "Question": "Tea?", "Answer": "Yes", "Room": "7", "Room (5)": "8", "column (6)": "more",
    }  # fmt: skip
    assert (first.poll, extra.row, extra.question, extra.answer) == ("Tides", None, "more", None)
    assert second.row == {"Name": "Bo", "Question": "Tea?", "Answer": "No"}


def test_mail_addresses_stay_out_unless_they_are_wanted():
    """Neither the column nor the kept row has one, in whatever column it stands."""
    data = b"Name,User Email,Question,Answer\nAda,a@example.com,Mail?,b@example.com\n"
    (without,), (whole,) = read_polls(data), read_polls(data, keep_emails=True)
    assert (without.email, "example.com" in json.dumps(without.row)) == (None, False)
    assert (whole.email, whole.row["User Email"]) == ("a@example.com", "a@example.com")


def test_only_a_time_with_its_zone_is_a_moment():
    """The usual date of a report has none, and is in the row."""
    data = b"Name,Question,Answer,Date\nA,x,y,2026-03-01T10:00:00+01:00\nB,x,y,2026-03-01 10:00\nC,x,y,Mar 1\n"
    assert [each.answered_at for each in read_polls(data)] == [datetime(2026, 3, 1, 9, tzinfo=UTC), None, None]


def test_a_poll_without_known_columns_is_kept_row_by_row():
    """A report in another language is there, though nothing of it is understood."""
    rows = read_polls(b"Frage;Antwort\nTee?;Ja\n")
    assert [(each.question, each.answer, each.row) for each in rows] == [
        (None, None, {"column (1)": "Frage;Antwort"}),
        (None, None, {"column (1)": "Tee?;Ja"}),
    ]
    assert read_polls(b"") == []


def test_what_cannot_be_told_row_by_row_is_refused():
    """Names that would outweigh the file are a reason, not another error and not the memory of the machine."""
    with pytest.raises(Damaged, match="not a poll"):
        read_polls(b"Name,Question,Answer" + b"," + b"y" * 100_000 + b"\nA,b" * 3_000)


def test_a_long_answer_is_kept_whole():
    """Also one that is longer than what Python's reader takes by itself."""
    (answer,) = read_polls(b"Name,Question,Answer\nAda,Why?," + b"x" * 200_000)
    assert answer.answer == "x" * 200_000


def test_a_name_with_an_at_sign_is_no_mail_address():
    """People call themselves so; the row keeps it."""
    (answer,) = read_polls(b"Name,Question,Answer\n@tidewatch,So?,Yes\n")
    assert answer.row == {"Name": "@tidewatch", "Question": "So?", "Answer": "Yes"}
